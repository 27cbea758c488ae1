package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.orders.OrderGenerator;
import dev.caravan.orders.OrderGenerator.Options;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Orders by {@code POST /orders}, one a request: for minutes at a pace, then more than a key may ask, whoever is told to wait coming again. */
final class BurstBench {
    private static final int SENDERS = 100;
    private static final int TOO_MANY = 200;
    private static final int TOO_MANY_SECONDS = 15;

    /** Beyond the time to wait, so that not all come again at once. */
    private static final int APART_MILLISECONDS = 3_000;

    private final HttpClient http = HttpClient.newHttpClient();
    private final CaravanProcess caravan;
    private final URI door;
    private final String key;

    private BurstBench(CaravanProcess caravan, String key) {
        this.caravan = caravan;
        this.door = URI.create(caravan.url() + "/orders");
        this.key = key;
    }

    /**
     * @param key       a producer's
     * @param perSecond orders, at the pace
     * @param seconds   for so long
     */
    static ObjectNode run(Sandbox sandbox, CaravanProcess caravan, String key, int perSecond, int seconds)
            throws Exception {
        var bench = new BurstBench(caravan, key);
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl())) {
            Bench.upload(sandbox, "catalog/products.json", Path.of("samples/product_catalog.json"));
            Bench.atRest(caravan, 1);
            var result = Json.object().put("bench", "burst");
            result.set("paced", bench.sent(perSecond, seconds, 1));
            result.set("tooMany", bench.sent(TOO_MANY, TOO_MANY_SECONDS, 2));
            long sent = (long) perSecond * seconds + TOO_MANY * TOO_MANY_SECONDS;
            long counted = (long) Bench.number(connection, "select count(*) from orders.placed");
            long delivered = (long) Bench.number(connection, """
                    select sum(e.last_index - e.first_index + 1) from ledger.entry e join ledger.upload u on u.id = e.upload
                    where u.bucket = 'api' and e.state = 'delivered'""");
            if (counted != sent || delivered != sent)
                throw new IllegalStateException(
                        sent + " orders were taken, " + counted + " count, the ledger has " + delivered);
            return result.put("sent", sent)
                    .put("counted", counted)
                    .put("inTheLedger", delivered)
                    .put("peakMemoryMB", Bench.peakMegabytes(caravan.pid()));
        }
    }

    /** What became of one order's requests, until it was taken. */
    private final class Sending {
        private final ConcurrentLinkedQueue<Double> milliseconds = new ConcurrentLinkedQueue<>();
        private final Map<Integer, AtomicInteger> refused = new ConcurrentSkipListMap<>();
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final ScheduledExecutorService senders = Executors.newScheduledThreadPool(SENDERS);
        private final CountDownLatch toBeTaken;

        Sending(int orders) {
            toBeTaken = new CountDownLatch(orders);
        }

        void send(String order) {
            try {
                long began = System.nanoTime();
                var answer = http.send(
                        HttpRequest.newBuilder(door)
                                .header("X-API-Key", key)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(order))
                                .build(),
                        BodyHandlers.ofString());
                int status = answer.statusCode();
                if (status == 202) {
                    milliseconds.add((System.nanoTime() - began) / 1e6);
                    toBeTaken.countDown();
                    return;
                }
                var wait = answer.headers().firstValue("Retry-After");
                if (status != 429 && status != 503 || wait.isEmpty())
                    throw new IllegalStateException(
                            status + ", come again after " + wait.orElse("nothing is said") + ": " + answer.body());
                refused.computeIfAbsent(status, any -> new AtomicInteger()).incrementAndGet();
                long apart = ThreadLocalRandom.current().nextLong(APART_MILLISECONDS);
                senders.schedule(() -> send(order), Long.parseLong(wait.get()) * 1000 + apart, TimeUnit.MILLISECONDS);
            } catch (IOException | InterruptedException | RuntimeException e) {
                failures.add(e.toString());
                toBeTaken.countDown();
            }
        }
    }

    /** Sends orders, each once a time that is its own, and again when it was to wait. */
    private ObjectNode sent(int perSecond, int seconds, long seed) throws IOException, InterruptedException {
        var orders = orders(perSecond * seconds, seed);
        var sending = new Sending(orders.size());
        var used = caravan.cpu();
        long began = System.nanoTime();
        for (int i = 0; i < orders.size(); i++) {
            var order = orders.get(i);
            sending.senders.schedule(() -> sending.send(order), 1_000_000_000L * i / perSecond, TimeUnit.NANOSECONDS);
        }
        if (!sending.toBeTaken.await(seconds + 600L, TimeUnit.SECONDS))
            throw new IllegalStateException(sending.toBeTaken.getCount() + " orders are not taken yet");
        sending.senders.shutdown();
        if (!sending.failures.isEmpty())
            throw new IllegalStateException(
                    sending.failures.size() + " requests failed, such as: " + sending.failures.peek());
        var result = Json.object()
                .put("orders", orders.size())
                .put("perSecond", perSecond)
                .put("secondsUntilAllAreTaken", Bench.rounded((System.nanoTime() - began) / 1e9))
                .put(
                        "cpuMillisecondsAnOrder",
                        Bench.rounded(caravan.cpu().minus(used).toNanos() / 1e6 / orders.size()));
        var refused = result.putObject("toldToComeAgain");
        sending.refused.forEach((status, times) -> refused.put(status.toString(), times.get()));
        var taken = sending.milliseconds.stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        result.set("milliseconds", Bench.percentiles(taken, 50, 99, 100));
        return result;
    }

    private static List<String> orders(int count, long seed) throws IOException {
        var out = new ByteArrayOutputStream();
        new OrderGenerator(Options.of(count, seed)).write(out);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
