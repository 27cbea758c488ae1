package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CaravanTest {
    private record Ran(int code, String out, String err) {}

    static Stream<List<String>> verbs() {
        return verbs(new CommandLine(root()), List.of());
    }

    private static Stream<List<String>> verbs(CommandLine command, List<String> path) {
        return Stream.concat(
                Stream.of(path), command.getSubcommands().entrySet().stream().flatMap(sub -> {
                    var longer = Stream.concat(path.stream(), Stream.of(sub.getKey()))
                            .toList();
                    return verbs(sub.getValue(), longer);
                }));
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void every_verb_explains_itself(List<String> verb) {
        var ran = run(Stream.concat(verb.stream(), Stream.of("--help")).toArray(String[]::new));

        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .startsWith("Usage: caravan " + String.join(" ", verb))
                .contains("--help");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void without_a_verb_the_help_is_shown() {
        assertThat(run().out())
                .isEqualTo(run("--help").out())
                .contains("ledger", "dead-letters", "quarantine", "trace", "ingest", "run", "api-key");
        assertThat(run("--version").out()).startsWith("caravan ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "frobnicate",
                "ledger --frob",
                "trace",
                "dead-letters",
                "dead-letters frob",
                "dead-letters discard",
                "quarantine discard --why",
                "quarantine list --format xml",
                "ingest",
                "api-key --name mara",
                "api-key --name mara --role boss",
                "run now"
            })
    void wrong_usage_is_one_sentence_and_exit_code_2(String line) {
        var ran = run(line.split(" "));

        assertThat(ran.code()).isEqualTo(Caravan.USAGE);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines())
                .hasSize(1)
                .first()
                .asString()
                .contains("; see caravan")
                .endsWith(" --help");
    }

    @Test
    void a_new_key_is_shown_once_with_the_entry_that_lets_it_in() {
        var ran = run("api-key", "--name", "mara", "--role", "operator");

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).containsPattern("ck_[A-Za-z0-9_-]{32}").containsPattern("mara:operator:[0-9a-f]{64}");
    }

    @Test
    void settings_of_the_demo_come_back_as_they_were_written(@TempDir Path folder) throws Exception {
        var settings = Map.of(
                "CARAVAN_URL", "http://127.0.0.1:1", "CARAVAN_API_KEY", "it's 'quoted' $x `y` = \"z\"", "EMPTY", "");
        var file = folder.resolve("deeper/demo.env");

        DemoEnvironment.write(file, settings);

        assertThat(DemoEnvironment.read(file)).isEqualTo(settings);
        var shell = new ProcessBuilder("sh", "-c", ". \"$1\"; printf %s \"$CARAVAN_API_KEY\"", "sh", file.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("it's 'quoted' $x `y` = \"z\"");
        assertThat(Files.readString(file)).startsWith("#");
    }

    @Test
    void what_the_environment_says_wins_over_the_demo() {
        assertThat(DemoEnvironment.overlaid(Map.of("CARAVAN_API_KEY", "own")))
                .isEqualTo(Map.of("CARAVAN_API_KEY", "own"));
    }

    private static Object root() {
        try {
            var constructor = Caravan.class.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static synchronized Ran run(String... arguments) {
        var out = System.out;
        var err = System.err;
        var said = new ByteArrayOutputStream();
        var complained = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
            int code = Caravan.execute(arguments);
            return new Ran(code, said.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
