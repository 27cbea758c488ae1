package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.products.Intake.Said;
import dev.caravan.testing.TestState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever the order and however often pages of records arrive, the end is the same. */
class AdmissionPropertyTest {
    private static TestState state;
    private static Intake intake;

    @BeforeContainer
    static void start() {
        state = new TestState();
        intake = new Intake(state);
    }

    @AfterContainer
    static void stop() {
        state.close();
    }

    /**
     * Uploads, each a page of records, and the order in which they arrive.
     *
     * @param arrivals numbers of uploads, each at least once; negative: both targets confirm everything in between
     */
    record Story(List<List<Said>> uploads, List<Integer> arrivals) {}

    @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
    void the_newest_version_of_each_product_is_the_current_one_and_each_record_is_in_one_state(
            @ForAll("stories") Story story) {
        state.clear();
        var uploads = IntStream.range(0, story.uploads().size())
                .mapToObj(intake::upload)
                .toList();
        var sent = new ArrayList<RecordId>();

        for (int arrival : story.arrivals()) {
            if (arrival < 0) confirmAll();
            else
                sent.addAll(intake.save(
                        uploads.get(arrival), story.uploads().get(arrival).toArray(Said[]::new)));
        }

        newest(story, uploads).forEach((id, newest) -> {
            var row = intake.row(id);
            assertThat(row.contentHash()).isEqualTo(newest.said().hash());
            assertThat(row.sourceVersion()).isEqualTo(newest.version());
            assertThat(sent).as("the event of what is current").contains(row.record());
        });
        for (int i = 0; i < uploads.size(); i++) {
            assertThat(intake.states(uploads.get(i)))
                    .hasSize(story.uploads().get(i).size());
        }
        assertThat(state.column("select thing from ledger.entry where state = 'in flight'"))
                .as("one on its way per product")
                .doesNotHaveDuplicates();
        assertThat(state.column("""
                select p.id from products.product p join ledger.entry e on e.upload = p.upload and e.first_index = p.index
                where e.state not in ('in flight', 'delivered')"""))
                .as("what is current is on its way or there")
                .isEmpty();
    }

    private record Newest(Said said, String version) {}

    private static Map<String, Newest> newest(Story story, List<Upload> uploads) {
        var newest = new HashMap<String, Newest>();
        for (int i = 0; i < uploads.size(); i++) {
            for (int index = 0; index < story.uploads().get(i).size(); index++) {
                var said = story.uploads().get(i).get(index);
                newest.put(said.id(), new Newest(said, uploads.get(i).sourceVersion(index)));
            }
        }
        return newest;
    }

    private static void confirmAll() {
        state.column("select id from products.product where source_version <> ''")
                .forEach(id -> {
                    if (intake.ledgerState(id) == State.IN_FLIGHT) intake.confirm(id, true);
                });
    }

    @Provide
    Arbitrary<Story> stories() {
        var said = Combinators.combine(Arbitraries.of("1", "2"), Arbitraries.of("red", "blue"))
                .as((id, content) -> new Said(id, content));
        var uploads = said.list().ofMinSize(1).ofMaxSize(4).list().ofMinSize(1).ofMaxSize(4);
        return uploads.flatMap(all -> {
            var each = IntStream.range(0, all.size()).boxed().toList();
            return Arbitraries.integers()
                    .between(-1, all.size() - 1)
                    .list()
                    .ofMaxSize(4)
                    .flatMap(repeats -> {
                        var arrivals = new ArrayList<>(each);
                        arrivals.addAll(repeats);
                        return Arbitraries.shuffle(arrivals).map(order -> new Story(all, order));
                    });
        });
    }
}
