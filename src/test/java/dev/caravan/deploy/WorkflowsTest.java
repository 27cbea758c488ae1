package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/** What has to hold of {@code .github/workflows/} and actionlint does not ask: rights, versions, what a stranger's text may do. */
class WorkflowsTest {
    static final Path FOLDER = Path.of(".github", "workflows");

    private final Map<String, JsonNode> workflows = workflows();

    @Test
    void nobody_has_more_rights_than_he_needs() {
        assertThat(workflows.get("build.yml").path("permissions")).hasToString("{\"contents\":\"read\"}");
        assertThat(workflows.get("deploy.yml").path("permissions")).hasToString("{}");
        assertThat(workflows.get("deploy.yml").at("/jobs/deploy/permissions"))
                .hasToString("{\"contents\":\"read\",\"id-token\":\"write\"}");
        assertThat(workflows.get("build.yml").findParents("permissions")).hasSize(1);
    }

    @Test
    void aws_is_reached_by_oidc_and_no_secret_is_stored() throws IOException {
        assertThat(workflows.get("deploy.yml").at("/jobs/deploy/environment").asText())
                .isEqualTo("${{ inputs.environment }}");
        for (var name : workflows.keySet())
            assertThat(Files.readString(FOLDER.resolve(name))).doesNotContain("secrets.", "aws-access-key-id");
    }

    @Test
    void actions_have_a_version_and_leave_no_credentials_behind() {
        var pinned = Pattern.compile("(actions|aws-actions)/[a-z-]+@(v\\d+|[0-9a-f]{40})");
        for (var workflow : workflows.values())
            for (var job : workflow.path("jobs")) {
                assertThat(job.path("timeout-minutes").asInt()).isBetween(1, 120);
                assertThat(job.path("runs-on").asText()).doesNotContain("latest");
                for (var step : job.path("steps")) {
                    if (!step.has("uses")) continue;
                    assertThat(step.path("uses").asText()).matches(pinned);
                    if (step.path("uses").asText().startsWith("actions/checkout"))
                        assertThat(step.at("/with/persist-credentials").asText())
                                .isEqualTo("false");
                }
            }
    }

    /** A branch's name or a title is put in by whoever opens a pull request: it comes in as a variable, never as a part of a script. */
    @Test
    void no_script_has_an_expression_in_it() {
        for (var workflow : workflows.values())
            for (var job : workflow.path("jobs"))
                for (var step : job.path("steps"))
                    assertThat(step.path("run").asText()).doesNotContain("${{");
    }

    @Test
    void a_change_passes_what_it_passes_here() {
        assertThat(workflows.get("build.yml").at("/jobs/build/steps").findValuesAsText("run"))
                .containsExactly(".ci/run");
        assertThat(Path.of(".ci/run")).isExecutable();
    }

    /** What is not there is left out without a word, as long as anything is there. */
    @Test
    void what_the_build_keeps_is_what_it_makes() throws IOException {
        var kept = workflows.get("build.yml").at("/jobs/artifacts/steps").findValuesAsText("path").stream()
                .flatMap(String::lines)
                .toList();
        var build = Files.readString(Path.of("pom.xml"));

        assertThat(kept).containsExactly("target/caravan.jar", "target/caravan.cdx.json", "target/caravan-image.tar");
        assertThat(build)
                .contains(
                        "<outputFile>${project.build.directory}/caravan.jar</outputFile>",
                        "<outputName>caravan.cdx</outputName>",
                        "<tar>${project.build.directory}/caravan-image.tar</tar>");
    }

    private static Map<String, JsonNode> workflows() {
        var found = new TreeMap<String, JsonNode>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (var file : files.toList())
                found.put(
                        file.getFileName().toString(), Json.mapper().valueToTree(texts().load(Files.readString(file))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** Everything as a text: to YAML 1.1, "on" is a flag. */
    private static Yaml texts() {
        var resolver = new Resolver() {
            @Override
            protected void addImplicitResolvers() {
                addImplicitResolver(Tag.NULL, NULL, "~nN\0");
            }
        };
        var dumping = new DumperOptions();
        return new Yaml(
                new SafeConstructor(new LoaderOptions()),
                new Representer(dumping),
                dumping,
                new LoaderOptions(),
                resolver);
    }
}
