package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Whether the images of Medusa and Pimcore fit {@code cloudformation/platforms.yaml}; nobody has built or started them. */
class PlatformsTest {
    private static final JsonNode RESOURCES = Template.named("platforms").tree().path("Resources");
    private static final Pattern STAGE = Pattern.compile("(?m)^FROM .*?(?: AS (\\w+))?$");

    @Test
    void each_container_runs_as_the_user_of_its_image_and_writes_where_the_image_lets_it() throws IOException {
        for (var container : containers()) {
            var image = image(container.path("Name").asText());

            assertThat(named(image, "(?m)^USER (\\d+)$"))
                    .containsExactly(container.path("User").asText());
            // Without VOLUME a volume of Fargate belongs to root. Files in EFS belong to whom their access point says.
            var own = container
                    .path("MountPoints")
                    .valueStream()
                    .filter(mount -> !mount.path("SourceVolume").asText().matches("session-.*|state|pictures"))
                    .map(mount -> mount.path("ContainerPath").asText());
            assertThat(named(named(image, "(?m)^VOLUME (.*)$").toString(), "\"(/[^\"]+)\""))
                    .isEqualTo(own.collect(Collectors.toSet()));
        }
    }

    @Test
    void what_an_image_reads_from_its_environment_is_given_to_it_and_nothing_else() throws IOException {
        var medusa = Files.readString(Path.of("docker/medusa/aws.sh"))
                + Files.readString(Path.of("docker/medusa/aws-config.js"))
                + Files.readString(Path.of("src/it/medusa/medusa-config.js"));
        var read = named(medusa, "\\b([A-Z]+(?:_[A-Z]+)+)\\b");
        // The one of docker-compose.yml, which aws-config.js replaces.
        read.remove("DATABASE_URL");
        read.add("HOME");

        assertThat(variables("medusa")).isEqualTo(read);
        assertThat(Stream.concat(
                        variables("pimcore").stream(),
                        named(image("pimcore"), "(PIMCORE_INSTALL_MYSQL_\\w+)=").stream()))
                .containsAll(named(Files.readString(Path.of("docker/pimcore/aws-database.yaml")), "env\\((\\w+)\\)"))
                .contains("PIMCORE_DATA_HUB_KEY", "PIMCORE_INSTALL_ADMIN_USERNAME", "PIMCORE_INSTALL_ADMIN_PASSWORD");
    }

    @Test
    void pimcores_files_belong_to_its_user() {
        RESOURCES
                .valueStream()
                .filter(resource -> resource.path("Type").asText().equals("AWS::EFS::AccessPoint"))
                .forEach(point -> assertThat(List.of(
                                point.at("/Properties/PosixUser/Uid").asText(),
                                point.at("/Properties/RootDirectory/CreationInfo/OwnerUid")
                                        .asText()))
                        .containsOnly(container("pimcore").path("User").asText()));
    }

    /** The command of the image, on the file that is there. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the command is for a Linux container")
    void the_web_server_finds_php_in_its_own_task_and_listens_where_the_task_says() throws Exception {
        var command = named(image("pimcore"), "(sed -i [^\\n]*) /nginx.conf")
                .iterator()
                .next();
        var sed = new ProcessBuilder("sh", "-c", command.replace(" -i", "") + " docker/pimcore/nginx.conf").start();

        var made = new String(sed.getInputStream().readAllBytes());

        assertThat(made).contains("listen 8080;", "set $php 127.0.0.1:9000;", "location = /healthz");
        assertThat(made).doesNotContain("listen 80;", "resolver", "pimcore:9000");
    }

    /** The stage of the Dockerfile that a container is built by. */
    private static String image(String container) throws IOException {
        var file = Files.readString(
                Path.of(container.equals("medusa") ? "docker/medusa/aws.Dockerfile" : "docker/pimcore/aws.Dockerfile"));
        var stages = STAGE.matcher(file).results().toList();
        for (var i = 0; i < stages.size(); i++) {
            var end = i + 1 < stages.size() ? stages.get(i + 1).start() : file.length();
            if (stages.size() == 1 || stages.get(i).group(1).equals(container))
                return file.substring(stages.get(i).start(), end);
        }
        throw new AssertionError("no stage " + container);
    }

    private static List<JsonNode> containers() {
        return Stream.of("MedusaTask", "PimcoreTask")
                .flatMap(task -> RESOURCES
                        .path(task)
                        .at("/Properties/ContainerDefinitions")
                        .valueStream())
                .toList();
    }

    private static JsonNode container(String name) {
        return containers().stream()
                .filter(container -> container.path("Name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Set<String> variables(String container) {
        return Stream.of("Environment", "Secrets")
                .flatMap(list -> container(container).path(list).valueStream())
                .map(variable -> variable.path("Name").asText())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> named(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
