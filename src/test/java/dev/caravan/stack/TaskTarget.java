package dev.caravan.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.json.Json;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Does tasks for others over HTTP: each once, by its {@code Idempotency-Key}; and keeps a record of all it was asked. */
final class TaskTarget implements AutoCloseable {
    static final String SECRET = "whsec_" + "c2VjcmV0".repeat(4);

    private static final RememberedIds ANY = new RememberedIds() {
        @Override
        public boolean remember(String id, Duration atLeast) {
            return true;
        }

        @Override
        public void forget(String id) {
            // Nothing was remembered.
        }
    };

    private final StandardWebhooks signatures = new StandardWebhooks(List.of(SECRET), ANY, Clock.systemUTC());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final Map<String, Effect> effects = new LinkedHashMap<>();
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> agreed = new ConcurrentHashMap<>();
    private final List<JsonNode> told = new CopyOnWriteArrayList<>();
    private volatile Function<JsonNode, Integer> answers = task -> 204;

    /** Something that was done, once. */
    record Effect(String id, String lane, long sequence, String title) {}

    TaskTarget() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/work", exchange -> answer(exchange, this::work));
        server.createContext(
                "/told",
                exchange -> answer(exchange, (id, body) -> {
                    told.add(body);
                    return 204;
                }));
        server.setExecutor(threads);
        server.start();
    }

    private interface Doing {
        int answer(String id, JsonNode body);
    }

    private void answer(HttpExchange exchange, Doing doing) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            var verified =
                    signatures.verify(name -> exchange.getRequestHeaders().getFirst(name), body);
            var id = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            int status = verified.ok() ? doing.answer(id, Json.read(body)) : 401;
            exchange.sendResponseHeaders(status, -1);
        }
    }

    /** The effect and the record of it are one step, as they are in a database with a unique key. */
    private int work(String id, JsonNode task) {
        asked.computeIfAbsent(id, unknown -> new AtomicInteger()).incrementAndGet();
        int status = answers.apply(task);
        if (status >= 300) return status;
        agreed.computeIfAbsent(id, unknown -> new AtomicInteger()).incrementAndGet();
        synchronized (effects) {
            effects.putIfAbsent(
                    id,
                    new Effect(
                            id,
                            task.path("lane").asText(),
                            task.path("sequence").asLong(),
                            task.path("title").asText()));
        }
        return status;
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    /** What it says to a task: a status; below 300 it does it. */
    void answers(Function<JsonNode, Integer> by) {
        answers = by;
    }

    /** What was done, in the order it was. */
    List<Effect> effects() {
        synchronized (effects) {
            return List.copyOf(effects.values());
        }
    }

    /** How often it was asked to do a task. */
    int asked(String id) {
        var times = asked.get(id);
        return times == null ? 0 : times.get();
    }

    /** Tasks it was asked for again after it had done them. */
    Set<String> repeated() {
        return agreed.entrySet().stream()
                .filter(times -> times.getValue().get() > 1)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Webhooks, in the order they came. */
    List<JsonNode> told() {
        return List.copyOf(told);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
