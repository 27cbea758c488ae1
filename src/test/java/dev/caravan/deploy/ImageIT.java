package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.sandbox.CaravanProcess;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The image that is built without a Docker daemon: what is in it beside its base. Nothing here can start it. */
@Tag("image")
class ImageIT {
    private static final Path FILE = Path.of("target", "caravan-image.tar");

    @Test
    void the_image_runs_the_jar_as_nobody_and_has_nothing_else_of_ours() throws IOException {
        var files = unpacked(Files.readAllBytes(FILE));
        var manifest = Json.read(files.get("manifest.json")).get(0);
        var image = Json.read(files.get(manifest.path("Config").asText()));
        var config = image.path("config");

        assertThat(config.path("User").asText()).isEqualTo("10001");
        assertThat(config.path("WorkingDir").asText()).isEqualTo("/app");
        assertThat(config.path("Entrypoint").valueStream().map(JsonNode::asText))
                .containsExactly("java", "-jar", "caravan.jar");
        assertThat(config.path("Cmd").valueStream().map(JsonNode::asText)).containsExactly("run");
        assertThat(config.path("Env").valueStream().map(JsonNode::asText))
                .contains(
                        "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75 -XX:+UseTransparentHugePages -XX:+ExitOnOutOfMemoryError");
        assertThat(config.path("ExposedPorts").properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("8080/tcp", "9876/tcp");
        assertThat(config.path("Volumes").has("/tmp")).isTrue();
        assertThat(image.path("created").asText()).isEqualTo("1970-01-01T00:00:00Z");

        var layers = manifest.path("Layers");
        var ours = unpacked(gunzipped(files.get(layers.get(layers.size() - 1).asText())));
        assertThat(ours.keySet()).containsExactly("app/caravan.jar");
        assertThat(ours.get("app/caravan.jar")).isEqualTo(Files.readAllBytes(CaravanProcess.jar()));
    }

    /** Files of an archive by name. */
    private static Map<String, byte[]> unpacked(byte[] archive) throws IOException {
        var files = new TreeMap<String, byte[]>();
        try (var in = new TarArchiveInputStream(new BufferedInputStream(new ByteArrayInputStream(archive)))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry())
                if (!entry.isDirectory()) files.put(entry.getName(), in.readAllBytes());
        }
        return files;
    }

    private static byte[] gunzipped(byte[] content) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(content))) {
            return in.readAllBytes();
        }
    }
}
