package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./caravan} itself, with a Java and a Maven that only say that they were called. */
class LauncherTest {
    @TempDir
    private Path home;

    @BeforeEach
    void lay() throws IOException {
        script(home.resolve("jdk/bin/java"), "echo java");
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
        script(home.resolve("mvnw"), "echo built >&2");
        Files.copy(Path.of("caravan"), home.resolve("caravan"));
        file("pom.xml", -60);
        file("src/main/App.java", -60);
        file("target/caravan.jar", -30);
        file("routes/edited.camel.yaml", 0);
    }

    /** Under a demo that runs the JAR must not be exchanged because of a route that the demo has read itself. */
    @ParameterizedTest
    @ValueSource(strings = {"alerts", "dead-letters", "ingest", "ledger", "quarantine", "report", "trace"})
    void who_asks_a_running_instance_needs_no_build_for_an_edited_route(String verb) throws Exception {
        assertThat(said(verb)).isEqualTo("java\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"check", "run", "try"})
    void who_reads_the_routes_in_the_jar_has_it_built(String verb) throws Exception {
        assertThat(said(verb)).contains("built\n").endsWith("java\n");
    }

    private String said(String verb) throws IOException, InterruptedException {
        var builder = new ProcessBuilder("bash", home.resolve("caravan").toString(), verb).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        builder.environment().remove("CARAVAN_ROUTES");
        var process = builder.start();
        var said = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static void script(Path file, String command) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private void file(String name, int seconds) throws IOException {
        var file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
        var when = FileTime.from(Instant.now().plusSeconds(seconds));
        Files.setLastModifiedTime(file, when);
        Files.setLastModifiedTime(file.getParent(), when);
    }
}
