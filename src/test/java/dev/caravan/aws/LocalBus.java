package dev.caravan.aws;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;

/** Answers PutEvents as EventBridge does, and fails as told: per entry by a code, or for a request as a whole. */
final class LocalBus implements AutoCloseable {
    private final HttpServer server;
    private final EventBridgeClient client;

    /** The entries of each request that got through to the checks, in order. */
    final List<List<JsonNode>> requests = new CopyOnWriteArrayList<>();

    /** The entries that are on the bus. */
    final List<JsonNode> taken = new CopyOnWriteArrayList<>();

    /** The error code for an entry, null to take it. */
    volatile Function<JsonNode, String> failing = entry -> null;

    /** The status and error code of a whole request, such as {@code 400 ValidationException}; null to look at its entries. */
    volatile Function<List<JsonNode>, String> failingAll = entries -> null;

    LocalBus() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        client = EventBridgeClient.builder()
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .overrideConfiguration(config -> config.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
    }

    EventBridgeClient client() {
        return client;
    }

    private void answer(HttpExchange http) throws IOException {
        var entries = new ArrayList<JsonNode>();
        Json.read(http.getRequestBody().readAllBytes()).path("Entries").forEach(entries::add);
        requests.add(entries);
        var failure = failingAll.apply(entries);
        if (failure != null) {
            var parts = failure.split(" ");
            reply(
                    http,
                    Integer.parseInt(parts[0]),
                    Json.object().put("__type", parts[1]).put("message", "as told"));
            return;
        }
        var results = Json.array();
        int failed = 0;
        for (var entry : entries) {
            var code = failing.apply(entry);
            if (code == null) {
                taken.add(entry);
                results.addObject().put("EventId", "event-" + taken.size());
            } else {
                failed++;
                results.addObject().put("ErrorCode", code).put("ErrorMessage", "as told");
            }
        }
        var answer = Json.object().put("FailedEntryCount", failed);
        answer.set("Entries", results);
        reply(http, 200, answer);
    }

    private static void reply(HttpExchange http, int status, JsonNode body) throws IOException {
        var bytes = Json.bytes(body);
        http.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.1");
        http.sendResponseHeaders(status, bytes.length);
        http.getResponseBody().write(bytes);
        http.close();
    }

    @Override
    public void close() {
        client.close();
        server.stop(0);
    }
}
