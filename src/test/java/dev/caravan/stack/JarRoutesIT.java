package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.CaravanProcess;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The packaged JAR carries the routes users edit, says what is wrong with its settings, and explains each of its verbs. */
class JarRoutesIT {
    @Test
    void its_routes_kamelets_mappings_and_schemas_are_those_in_the_folders() throws IOException {
        try (var jar = new JarFile(CaravanProcess.jar().toFile())) {
            for (var folder : List.of("routes", "kamelets")) {
                var files = RouteFiles.at("file:" + folder);
                for (var path : files.endingWith("")) {
                    if (path.contains("/cases/")) continue;
                    var entry = jar.getJarEntry(folder + "/" + path);
                    assertThat(entry).as("%s/%s in the JAR", folder, path).isNotNull();
                    try (var in = jar.getInputStream(entry)) {
                        assertThat(in.readAllBytes()).as("%s/%s", folder, path).isEqualTo(files.bytes(path));
                    }
                }
            }
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .noneMatch(name -> name.matches("routes/.*/cases/.+")
                            || name.startsWith("dev/caravan/sandbox/")
                            || name.startsWith("samples/"));
        }
    }

    @Test
    void one_start_names_every_wrong_setting_and_ends_with_2() {
        var ended = new Cli(new TreeMap<>(Map.of(
                        "DATABASE_URL", "mysql://here",
                        "PIMCORE_URL", "ftp://pimcore",
                        "PIMCORE_API_KEY", "",
                        "PIMCORE_WEBHOOK_SECRET", "hush-hush",
                        "MEDUSA_URL", "",
                        "MEDUSA_API_KEY", "sk_secret",
                        "PRODUCTS_PUBLISH", "sometimes",
                        "PRODUCTS_CONSUMERS", "many",
                        "RETRY_ATTEMPTS", "0")))
                .run("run");

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err().lines())
                .hasSize(8)
                .anyMatch(line -> line.startsWith("DATABASE_URL must look like jdbc:postgresql://"))
                .anyMatch(line -> line.startsWith("PIMCORE_URL=ftp://pimcore must start with http://"))
                .anyMatch(line -> line.startsWith("set PIMCORE_API_KEY: "))
                .anyMatch(line -> line.startsWith("PIMCORE_WEBHOOK_SECRET must be whsec_"))
                .anyMatch(line -> line.startsWith("set MEDUSA_URL: "))
                .anyMatch(line -> line.startsWith("PRODUCTS_PUBLISH=sometimes must be one of when-complete, manual"))
                .anyMatch(line -> line.startsWith("PRODUCTS_CONSUMERS=many must be a whole number"))
                .anyMatch(line -> line.startsWith("RETRY_ATTEMPTS=0 must be between 1 and 1000"));
        assertThat(ended.out() + ended.err()).doesNotContain("hush-hush", "sk_secret", "mysql://here", "\tat ");
    }

    @Test
    void a_folder_of_routes_that_is_not_there_is_a_wrong_setting() throws IOException {
        var empty = Files.createTempDirectory("no-routes");
        var ended = new Cli(Map.of(
                        "DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/none?user=a&password=b",
                        "PIMCORE_URL", "http://127.0.0.1:1/",
                        "PIMCORE_API_KEY", "k",
                        "PIMCORE_WEBHOOK_SECRET", "whsec_aGVyZQ==",
                        "MEDUSA_URL", "http://127.0.0.1:1",
                        "MEDUSA_API_KEY", "sk_k",
                        "CARAVAN_ROUTES", "file:" + empty.resolve("routes")))
                .run("run");

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err())
                .contains("no routes at \"file:" + empty.resolve("routes") + "\"")
                .doesNotContain("\tat ");
    }

    @Test
    void each_verb_explains_itself() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classpath = CaravanProcess.jar() + File.pathSeparator + Path.of("target", "test-classes");
        var probe = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", classpath, HelpProbe.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();

        var explained = new TreeMap<String, String>();
        new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.split("\t"))
                .forEach(verb -> explained.put(verb[1], verb[0] + " " + verb[2]));

        assertThat(probe.waitFor()).isZero();
        assertThat(explained.keySet())
                .contains(
                        "",
                        "run",
                        "trace",
                        "ledger",
                        "dead-letters",
                        "dead-letters replay",
                        "quarantine",
                        "quarantine release",
                        "ingest",
                        "api-key");
        explained.forEach((verb, help) -> assertThat(help)
                .as("caravan %s --help", verb)
                .startsWith("0 Usage: caravan" + (verb.isEmpty() ? "" : " " + verb)));
        assertThat(new Cli(Map.of()).run("ledger", "--help").code()).isZero();
    }

    @Test
    void a_verb_that_is_none_ends_with_2_and_says_where_help_is() {
        var ended = new Cli(Map.of()).run("fly");

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("fly").contains("see caravan --help");
    }
}
