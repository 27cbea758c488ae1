package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.json.Json;
import dev.caravan.sandbox.CaravanProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code docs/how-to/hand-in-a-task.md}, as they stand there, in a shell. */
@Tag("operate")
class TasksHowToIT {
    private static final Pattern BLOCK = Pattern.compile("(?s)\n```sh\n(.*?)\n```\n");

    @TempDir
    private Path folder;

    @Test
    void what_the_page_tells_to_type_does_what_it_says() throws IOException, InterruptedException {
        var page = Files.readString(Path.of("docs/how-to/hand-in-a-task.md"));
        var blocks = BLOCK.matcher(page).results().map(block -> block.group(1)).toList();
        assertThat(blocks).hasSize(5);
        try (var stack = new TasksStack("tasks-how-to")) {
            stack.start();
            stack.target().answers(task -> task.path("description").asText().contains("new number") ? 204 : 422);
            var poison = stack.accepted("suppliers", "Call the supplier");
            await().until(() -> stack.state(poison).equals("parked"));
            stack.target()
                    .answers(task -> !task.path("lane").asText().equals("suppliers")
                                    || task.path("description").asText().contains("new number")
                            ? 204
                            : 422);

            var handedIn = shell(stack, blocks.get(0));
            var id = Json.read(handedIn).path("task_id").asText();
            await().until(() -> stack.state(id).equals("done"));
            var followed = shell(stack, blocks.get(1));
            var listed = shell(stack, blocks.get(2));
            var edited = shell(stack, blocks.get(3));
            var replayed = shell(stack, blocks.get(4));

            assertThat(followed)
                    .contains("\"task_id\":\"" + id + "\",\"state\":\"done\",\"lane\":\"prices\"")
                    .contains("accepted as 1 of lane prices")
                    .contains("task " + id + "  done  lane prices, number 1  Check the price of SKU A-17");
            assertThat(listed).contains(poison).contains("1 open");
            assertThat(edited).contains("replace /description: \"\" -> \"On the new number.\"");
            assertThat(replayed).contains("replayed 1");
            await().until(() -> stack.state(poison).equals("done"));
        }
    }

    private String shell(TasksStack stack, String commands) throws IOException, InterruptedException {
        var jvm = Path.of(System.getProperty("java.home"), "bin", "java");
        // As ./caravan would, without looking whether there is something to build.
        var runnable = commands.replace("./caravan ", jvm + " -jar " + CaravanProcess.jar() + " ");
        var builder = new ProcessBuilder(List.of("bash", "-c", runnable)).directory(folder.toFile());
        builder.environment().put("CARAVAN_URL", stack.caravan().url().toString());
        builder.environment().put("CARAVAN_API_KEY", stack.caravan().options().apiKey());
        builder.environment().put("CARAVAN_PRODUCER_KEY", stack.producer());
        builder.environment().put("CARAVAN_LOG_LEVEL", "WARN");
        builder.redirectErrorStream(true);
        var process = Limited.start(builder);
        var out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        process.waitFor();
        return out;
    }
}
