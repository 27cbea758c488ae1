package dev.caravan.check;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A corpus of broken edits: what {@link Operators} make of every shipped file, and what {@link ReportedEdits other people} got
 * wrong. Each has to be refused, and nearly all on the line of the mistake and with the right advice. A build checks every third of what
 * the operators make; {@code -Dcorpus=all} checks it all.
 */
@Tag("operate")
class BrokenEditsIT {
    private static final Path SHIPPED = Path.of("").toAbsolutePath();

    @TempDir
    private static Path copy;

    private static final List<BrokenEdit> corpus = new ArrayList<>();
    private static final Map<BrokenEdit, List<Problem>> told =
            new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));

    @BeforeAll
    static void check_every_edit() throws IOException {
        int step = System.getProperty("corpus", "").equals("all") ? 1 : 3;
        Operators.of(SHIPPED).stream()
                .collect(groupingBy(BrokenEdit::operator))
                .values()
                .forEach(made -> {
                    for (int i = 0; i < made.size(); i += step) corpus.add(made.get(i));
                });
        corpus.addAll(ReportedEdits.of(SHIPPED));
        Copies.of(SHIPPED, copy, "routes", "kamelets");
        for (var edit : corpus) {
            var file = copy.resolve(edit.file());
            var original = Files.readString(file);
            Files.writeString(file, edit.content());
            told.put(edit, check());
            Files.writeString(file, original);
        }
    }

    @Test
    void the_corpus_is_large_and_of_many_kinds() {
        var sizes = corpus.stream().collect(groupingBy(BrokenEdit::operator, TreeMap::new, counting()));

        assertThat(told).hasSameSizeAs(corpus).hasSizeGreaterThan(100);
        assertThat(sizes)
                .containsEntry("reported", 20L)
                .containsKeys("drop", "insert", "misspell", "rename", "reorder", "retype", "write out");
    }

    @Test
    void every_edit_is_refused() {
        var accepted = told.keySet().stream().filter(edit -> told.get(edit).isEmpty());

        assertThat(accepted).isEmpty();
    }

    @Test
    void nearly_every_edit_is_told_on_its_line_and_with_the_right_advice() {
        var missed = told.keySet().stream()
                .filter(edit -> !edit.isTold(told.get(edit)))
                .map(edit -> edit + " (" + edit.word() + ")\n      " + told.get(edit))
                .toList();

        assertThat(missed).hasSizeLessThan(corpus.size() / 20);
    }

    /** What other people got wrong says more than what our own operators find. */
    @Test
    void of_the_mistakes_others_made_nearly_every_one_is_told_rightly() {
        var missed = told.keySet().stream()
                .filter(edit -> edit.operator().equals("reported"))
                .filter(edit -> !edit.isTold(told.get(edit)))
                .map(edit -> edit + " (" + edit.word() + ")\n      " + told.get(edit));

        assertThat(missed).hasSizeLessThanOrEqualTo(1);
    }

    private static List<Problem> check() {
        return new Check(
                        RouteFiles.at("file:" + copy.resolve("routes")),
                        RouteFiles.at("file:" + copy.resolve("kamelets")),
                        Settings.of(Map.of()))
                .problems(false);
    }
}
