package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.HttpPort;
import dev.caravan.outbound.Port;
import dev.caravan.products.ProductGenerator;
import dev.caravan.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * One generated product of the supplier SHEIN, from the inbox to the shop and out of it again. What remains is what Caravan keeps of
 * everything: its line in the ledger, its journey, and its bytes in the archive until they expire.
 */
final class Canary {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final S3Client s3;
    private final String inbox;
    private final ApiClient caravan;
    private final Port pimcore;
    private final Port medusa;
    private final Clock clock;
    private final PrintWriter out;

    private Canary(
            S3Client s3, String inbox, ApiClient caravan, Port pimcore, Port medusa, Clock clock, PrintWriter out) {
        this.s3 = s3;
        this.inbox = inbox;
        this.caravan = caravan;
        this.pimcore = pimcore;
        this.medusa = medusa;
        this.clock = clock;
        this.out = out;
    }

    /**
     * With AWS, the running instance, Pimcore and Medusa as this process's environment names them.
     *
     * @throws BadSettings when it does not
     */
    static Canary ofProcess(Clock clock, PrintWriter out) {
        var environment = DemoEnvironment.overlaid(System.getenv());
        var settings = Settings.ofProcess(environment);
        settings.flaws(true).stream()
                .filter(flaw -> flaw.key().startsWith("medusa.") || flaw.key().startsWith("pimcore."))
                .findFirst()
                .ifPresent(flaw -> {
                    throw new BadSettings(flaw.what());
                });
        var medusaKey = Base64.getEncoder()
                .encodeToString((settings.text("medusa.api-key") + ":").getBytes(StandardCharsets.UTF_8));
        return new Canary(
                S3Access.s3(environment),
                settings.text("inbox.bucket"),
                ApiClient.of(environment),
                new HttpPort(
                        "pimcore",
                        settings.uri("pimcore.url"),
                        Map.of("X-API-Key", settings.text("pimcore.api-key")),
                        settings.duration("pimcore.timeout-seconds")),
                new HttpPort(
                        "medusa",
                        settings.uri("medusa.url"),
                        Map.of("Authorization", "Basic " + medusaKey),
                        settings.duration("medusa.timeout-seconds")),
                clock,
                out);
    }

    /**
     * Sends it, waits until it is on sale, and takes it away.
     *
     * @return what went wrong, a sentence each, with what to do; empty when all went well
     */
    List<String> send(Duration patience) {
        var now = clock.instant();
        var file = generated(now.toEpochMilli());
        var id = Json.read(file).at("/0/info/productInfo/goods_id").asText();
        var key = "products/shein/canary-" + now.toEpochMilli() + ".json";
        var findings = new ArrayList<String>();
        String version;
        try {
            version = s3.putObject(request -> request.bucket(inbox).key(key), RequestBody.fromBytes(file))
                    .versionId();
        } catch (SdkException e) {
            return List.of("the canary could not be put into s3://%s/%s: %s"
                    .formatted(inbox, key, e.getMessage().lines().findFirst().orElse("")));
        }
        try {
            var there = await(id, patience);
            if (onSale(there))
                out.printf(
                        "canary %s is on sale after %s s%n",
                        id, Duration.between(now, clock.instant()).toSeconds());
            else
                findings.add(
                        "the canary " + id + " is not on sale after " + patience.toSeconds() + " s, " + reached(there));
            clean(id, there, findings);
        } finally {
            s3.deleteObject(request -> request.bucket(inbox).key(key).versionId(version));
        }
        return findings;
    }

    private static String reached(JsonNode journey) {
        var hops = journey.path("journey");
        if (hops.isEmpty())
            return "and no instance has seen it: look at the rule and the queue of uploads, and whether a task runs";
        return "its last step was " + hops.get(hops.size() - 1).path("step").asText()
                + ": ./caravan trace says more, ./caravan dead-letters list whether it is parked";
    }

    /** First where it is published, so that nobody publishes it again. */
    private void clean(String id, JsonNode journey, List<String> findings) {
        if (journey.hasNonNull("pimcoreId")) {
            var query = "mutation($id: Int!){ deleteProduct(id: $id){ success message } }";
            var body = Json.object().put("query", query);
            body.putObject("variables").put("id", journey.path("pimcoreId").asLong());
            var reply = pimcore.send(Call.post("", Json.bytes(body)));
            var answer = reply.ok() ? Json.read(reply.body()) : Json.object();
            if (!answer.at("/data/deleteProduct/success").asBoolean())
                findings.add("the canary " + id + " is still in Pimcore (" + answer + "): delete object "
                        + journey.path("pimcoreId").asText() + " there");
        }
        if (journey.hasNonNull("medusaId")) {
            if (!medusa.send(Call.delete(product(journey))).ok())
                findings.add("the canary " + id + " is still in Medusa: delete product "
                        + journey.path("medusaId").asText() + " there");
        }
    }

    /** What Medusa itself says of it. */
    private boolean onSale(JsonNode journey) {
        if (!journey.hasNonNull("medusaId")) return false;
        var reply = medusa.send(Call.get(product(journey) + "?fields=status"));
        return reply.ok()
                && Json.read(reply.body()).at("/product/status").asText().equals("published");
    }

    private static String product(JsonNode journey) {
        return "/admin/products/" + journey.path("medusaId").asText();
    }

    /** The journey once it is on sale, or as it was when patience ended; an empty object when nothing is known of it. */
    private JsonNode await(String id, Duration patience) {
        var until = clock.instant().plus(patience);
        while (true) {
            var journeys = caravan.get("/api/journeys", Map.of("id", id));
            var journey = journeys.isEmpty() ? Json.object() : journeys.get(0);
            if (onSale(journey) || clock.instant().isAfter(until)) return journey;
            try {
                Thread.sleep(EVERY.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TargetUnavailable("caravan", "interrupted", null, e);
            }
        }
    }

    private static byte[] generated(long seed) {
        try {
            var file = new ByteArrayOutputStream();
            new ProductGenerator(ProductGenerator.Options.of("shein", 1, seed)).write(file);
            return file.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
