package dev.caravan.deploy;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.caravan.json.Json;
import dev.caravan.sandbox.SandboxResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** What can be told of {@code docker-compose.yml} without Docker. */
class ComposeTest {
    private static final Path FILE = Path.of("docker-compose.yml");
    private static final Path SCHEMA = Path.of("src/test/resources/compose-spec/compose-spec.json");

    /** As a reader of YAML sees it: anchors and merges resolved. */
    private final JsonNode compose = compose();

    @Test
    void it_is_a_compose_file() throws IOException {
        assertThat(schema().validate(compose)).isEmpty();
    }

    @Test
    void the_schema_would_see_a_mistake() throws IOException {
        var wrong = Json.object();
        wrong.putObject("services").putObject("aws").put("imagee", "a:1");

        assertThat(schema().validate(wrong)).isNotEmpty();
    }

    @Test
    void everything_caravan_works_with_is_in_it() {
        assertThat(services().keySet())
                .contains(
                        "pimcore",
                        "mariadb",
                        "nginx",
                        "redis",
                        "medusa",
                        "postgres",
                        "aws",
                        "caravan",
                        "prometheus",
                        "grafana");
    }

    @Test
    void every_image_is_pinned_here_and_in_the_files_it_is_built_from() throws IOException {
        var images = new ArrayList<String>();
        for (var service : services().values()) {
            images.add(service.path("image").asText());
            var build = service.path("build");
            if (build.isMissingNode()) continue;
            var file = Path.of(build.path("dockerfile").asText("Dockerfile"));
            Files.readAllLines(file).stream()
                    .filter(line -> line.matches("FROM [^$].*|ARG (JDK|JRE)=.*"))
                    .map(line -> line.split("[ =]")[line.startsWith("ARG") ? 2 : 1])
                    .forEach(images::add);
        }

        assertThat(images).allSatisfy(image -> assertThat(image)
                .matches("[a-z0-9/._-]+:[a-z0-9_.-]*\\d[a-z0-9_.-]*")
                .doesNotContain("latest"));
    }

    @Test
    void what_stays_up_has_a_health_check_and_what_runs_once_is_waited_for_as_such() {
        services().forEach((name, service) -> {
            var once = name.endsWith("-init");
            assertThat(service.path("restart").asText()).as(name).isEqualTo(once ? "no" : "unless-stopped");
            assertThat(service.has("healthcheck")).as("health check of " + name).isEqualTo(!once);
            service.path("depends_on").properties().forEach(dependency -> assertThat(
                            dependency.getValue().path("condition").asText())
                    .as(name + " waits for " + dependency.getKey())
                    .isEqualTo(
                            dependency.getKey().endsWith("-init")
                                    ? "service_completed_successfully"
                                    : "service_healthy"));
        });
    }

    @Test
    void every_service_waited_for_exists_and_nobody_waits_for_himself() {
        services().forEach((name, service) -> assertThat(needs(name, new TreeSet<>()))
                .as("needs of " + name)
                .doesNotContain(name)
                .isSubsetOf(services().keySet()));
        assertThat(needs("caravan", new TreeSet<>()))
                .contains("aws-init", "pimcore-init", "medusa-init", "shop-init", "secrets-init");
    }

    @Test
    void ports_are_distinct_open_on_this_machine_only_and_listed_in_the_readme() throws IOException {
        var readme = Files.readString(Path.of("README.md"));
        var ports = new ArrayList<String>();
        for (var service : services().values()) {
            for (var port : service.path("ports")) {
                assertThat(port.asText()).startsWith("127.0.0.1:");
                ports.add(port.asText().split(":")[1]);
            }
        }

        assertThat(ports).doesNotHaveDuplicates().hasSizeGreaterThan(6);
        assertThat(ports).allSatisfy(port -> assertThat(readme).contains("`" + port + "`"));
    }

    @Test
    void no_secret_stands_in_it() {
        var secretive = Pattern.compile("(?i).*(PASSWORD|SECRET|TOKEN|API_KEY)$");
        services().forEach((name, service) -> service.path("environment")
                .properties()
                .forEach(variable -> {
                    if (variable.getKey().equals("AWS_SECRET_ACCESS_KEY"))
                        assertThat(variable.getValue().asText())
                                .as("for the emulator")
                                .isEqualTo("local");
                    else assertThat(variable.getKey()).as(name).doesNotMatch(secretive);
                }));
        assertThat(compose.toString()).doesNotContain("whsec_", "sk_", "ck_");
    }

    @Test
    void every_file_it_mounts_and_every_volume_it_names_is_there() {
        services().forEach((name, service) -> {
            for (var volume : service.path("volumes")) {
                var source = volume.asText().split(":")[0];
                if (source.startsWith("./"))
                    assertThat(Path.of(source)).as(name).exists();
                else
                    assertThat(compose.path("volumes").has(source))
                            .as(name + ": " + source)
                            .isTrue();
            }
        });
    }

    /** The script that makes them, run with a CLI that only writes down what it is asked for. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is for the emulator's Linux")
    void buckets_queues_bus_and_rules_have_the_names_of_the_sandbox(@TempDir Path folder) throws Exception {
        var asked = folder.resolve("asked");
        var cli = folder.resolve("aws");
        Files.writeString(cli, """
                #!/bin/sh
                case "$*" in *get-queue-url*|*head-bucket*|*describe-event-bus*) exit 1;; esac
                echo "$@" >> "%s"
                """.formatted(asked));
        assertThat(cli.toFile().setExecutable(true)).isTrue();
        var init = new ProcessBuilder("sh", "docker/aws/init.sh").redirectErrorStream(true);
        init.environment().put("PATH", folder + ":" + init.environment().get("PATH"));
        init.environment().put("AWS_ENDPOINT_URL", "http://127.0.0.1:9");

        var process = init.start();
        var output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0)
                .as(output)
                .isTrue();

        var expected = SandboxResources.defaults();
        var lines = Files.readAllLines(asked);
        assertThat(named(lines, "create-bucket --bucket (\\S+)"))
                .containsExactlyInAnyOrder(expected.inbox(), expected.archive());
        assertThat(named(lines, "create-queue --queue-name (\\S+)"))
                .containsExactlyInAnyOrderElementsOf(expected.queues().stream()
                        .flatMap(queue -> Stream.of(queue, SandboxResources.dead(queue)))
                        .toList());
        assertThat(named(lines, "create-event-bus --name (\\S+)")).containsExactly(expected.bus());
        var rules = new TreeMap<String, JsonNode>();
        for (var line : lines) {
            var rule = Pattern.compile("put-rule --event-bus-name (\\S+) --name (\\S+) --event-pattern (.*)")
                    .matcher(line);
            if (rule.find())
                rules.put(
                        rule.group(1) + " " + rule.group(2),
                        Json.read(rule.group(3).getBytes()));
        }
        assertThat(rules)
                .isEqualTo(new TreeMap<>(expected.rules().stream()
                        .collect(java.util.stream.Collectors.toMap(
                                rule -> rule.bus() + " " + rule.name(),
                                rule -> Json.read(rule.pattern().getBytes())))));
        assertThat(named(lines, "put-bucket-notification-configuration --bucket (\\S+)"))
                .containsExactly(expected.inbox());
    }

    /** What the stack's own scripts make, with the shell of this machine. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is for a Linux container")
    void secrets_are_made_once_and_fit_those_who_use_them(@TempDir Path folder) throws Exception {
        var script = Files.readString(Path.of("docker/secrets/make.sh")).replace("cd /secrets", "cd " + folder);

        run(script);
        var first = Files.readString(folder.resolve("caravan.env"));
        run(script);

        assertThat(Files.readString(folder.resolve("caravan.env"))).isEqualTo(first);
        var key = Files.readString(folder.resolve("operator-key"));
        assertThat(first)
                .contains("CARAVAN_API_KEYS='operator:operator:" + Json.sha256(key.getBytes()) + "'")
                .containsPattern("PIMCORE_WEBHOOK_SECRET='whsec_[A-Za-z0-9+/]{43}='");
        assertThat(Files.readString(folder.resolve("pimcore.env")))
                .contains(first.lines()
                        .filter(line -> line.contains("PIMCORE_WEBHOOK_SECRET"))
                        .findFirst()
                        .orElseThrow()
                        .replace("PIMCORE_WEBHOOK_SECRET", "CARAVAN_WEBHOOK_SECRET"));
    }

    @Test
    void every_shell_script_is_sound_shell() throws Exception {
        try (var files = Files.walk(Path.of("docker"))) {
            for (var script :
                    files.filter(file -> file.toString().endsWith(".sh")).toList()) run(Files.readString(script), "-n");
        }
    }

    @Test
    void the_dashboard_asks_for_metrics_by_labels_that_caravan_has() throws IOException {
        var dashboard = Json.read(Files.readAllBytes(Path.of("docker/grafana/dashboards/caravan.json")));

        for (var panel : dashboard.path("panels")) {
            assertThat(panel.path("title").asText()).isNotBlank();
            for (var target : panel.path("targets"))
                assertThat(target.path("expr").asText())
                        .matches(".*((camel_(exchanges|route)|caravan_|jvm_|process_)|up\\{).*");
        }
        assertThat(dashboard.path("panels").size()).isGreaterThan(5);
    }

    private static JsonSchema schema() throws IOException {
        var schema = Json.read(Files.readAllBytes(SCHEMA));
        // The draft is told by the factory; the address in the file is none that exists.
        ((ObjectNode) schema).remove("$schema");
        withoutId(schema);
        return JsonSchemaFactory.getInstance(VersionFlag.V201909).getSchema(schema);
    }

    /** A keyword of an older draft than the rest of it; also a name of properties, which stay. */
    private static void withoutId(JsonNode schema) {
        if (schema.path("id").isTextual()) ((ObjectNode) schema).remove("id");
        schema.forEach(ComposeTest::withoutId);
    }

    private static void run(String script, String... options) throws Exception {
        var command = new ArrayList<>(List.of("sh"));
        command.addAll(List.of(options));
        command.addAll(options.length == 0 ? List.of("-c", script) : List.of("-s"));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var input = process.getOutputStream()) {
            if (options.length > 0) input.write(script.getBytes());
        }
        var output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static Set<String> named(List<String> lines, String pattern) {
        var found = Pattern.compile(pattern);
        return lines.stream()
                .flatMap(line -> found.matcher(line).results())
                .map(result -> result.group(1))
                .collect(toSet());
    }

    private Set<String> needs(String name, Set<String> found) {
        var dependencies = services().get(name).path("depends_on");
        for (var dependency : (Iterable<String>) dependencies::fieldNames)
            if (found.add(dependency)) needs(dependency, found);
        return found;
    }

    private Map<String, JsonNode> services() {
        var services = new TreeMap<String, JsonNode>();
        compose.path("services").properties().forEach(service -> services.put(service.getKey(), service.getValue()));
        return services;
    }

    private static JsonNode compose() {
        try (var file = Files.newBufferedReader(FILE)) {
            return Json.mapper().valueToTree(new Yaml().load(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
