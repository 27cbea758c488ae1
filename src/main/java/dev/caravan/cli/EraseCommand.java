package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "erase",
        description =
                "Erases a customer everywhere and prints the certificate. Exit code 1 when something is left after --patience-seconds: it is gone on with, see /api/erasures.",
        mixinStandardHelpOptions = true)
final class EraseCommand implements Callable<Integer> {
    private static final Duration BETWEEN = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec;

    @Option(names = "--customer", paramLabel = "ID", description = "The user_id or customer_id.")
    private String customer;

    @Option(names = "--by", paramLabel = "WHO", description = "Who decided it; beside the name of the API key.")
    private String by;

    @Option(names = "--why", paramLabel = "REASON", description = "Written down, so leave the person out of it.")
    private String why;

    @Option(
            names = "--again",
            description =
                    "After a backup was restored: erases everybody again who has been erased, from the certificates in the archive.")
    private boolean again;

    @Option(
            names = "--patience-seconds",
            defaultValue = "60",
            description = "How long it is waited for the end (default: ${DEFAULT-VALUE}).")
    private int patience;

    @Override
    public Integer call() throws InterruptedException {
        var api = ApiClient.ofProcess();
        if (again) return again(api);
        if (customer == null || why == null) throw new BadSettings("say whom and why: --customer ID --why REASON");
        var query = new HashMap<String, String>();
        query.put("why", why);
        query.put("by", by);
        var begun = api.delete("/api/customers/" + ApiClient.encoded(customer), query);
        if (begun.path("waits").asBoolean()) {
            print("a second operator has to approve it: ./caravan change-requests approve "
                    + begun.path("id").asText());
            return Caravan.OK;
        }
        var erasure = awaited(api, begun.path("erasure").asText());
        print(erasure.toPrettyString());
        if (!erasure.path("known").asBoolean(true)) print("nobody is known by that id: is it the right one?");
        return isDone(erasure) ? Caravan.OK : Caravan.FOUND;
    }

    private int again(ApiClient api) throws InterruptedException {
        int left = 0;
        for (var id : api.post("/api/erasures/again", Json.object()).path("erasures")) {
            var erasure = awaited(api, id.asText());
            print(erasure.toPrettyString());
            if (!isDone(erasure)) left++;
        }
        print(left == 0 ? "nobody who was erased is left" : left + " erasures are not done yet");
        return left == 0 ? Caravan.OK : Caravan.FOUND;
    }

    private JsonNode awaited(ApiClient api, String id) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(patience).toNanos();
        while (true) {
            try {
                var erasure = api.get("/api/erasures/" + id, Map.of());
                if (isDone(erasure) || System.nanoTime() > end) return erasure;
            } catch (TargetUnavailable e) {
                if (System.nanoTime() > end) throw e;
            }
            Thread.sleep(BETWEEN.toMillis());
        }
    }

    private static boolean isDone(JsonNode erasure) {
        return erasure.path("state").asText().equals("done");
    }

    private void print(String text) {
        spec.commandLine().getOut().println(text);
    }
}
