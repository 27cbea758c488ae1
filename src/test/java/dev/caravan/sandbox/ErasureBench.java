package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.clickstream.ClickGenerator;
import dev.caravan.json.Json;
import dev.caravan.orders.OrderGenerator;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** A customer with many clicks, visits and orders among those of others, erased everywhere; and only looking for them in what came. */
final class ErasureBench {
    private static final String CUSTOMER = "CLIENT-TO-BE-FORGOTTEN";
    private static final int CLICKS_A_VISIT = 20;
    /** Of event time: a million in a week. */
    private static final int CLICKS_A_MINUTE = 100;

    private static final int CLICKS_A_FILE = 100_000;
    private static final int ORDERS = 10_000;
    private static final int ORDERS_OF_THE_CUSTOMER = 50;
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final int LIMIT_SECONDS = 60;

    private final Sandbox sandbox;
    private final CaravanProcess caravan;
    private final Path folder;
    private int uploads;

    private ErasureBench(Sandbox sandbox, CaravanProcess caravan, Path folder) {
        this.sandbox = sandbox;
        this.caravan = caravan;
        this.folder = folder;
    }

    /**
     * @param events of the customer
     * @param others clicks of other visitors
     * @param folder for the generated files, which are removed
     */
    static ObjectNode run(Sandbox sandbox, CaravanProcess caravan, int events, int others, Path folder)
            throws IOException {
        var bench = new ErasureBench(sandbox, caravan, folder);
        bench.upload("catalog/products.json", Path.of("samples/product_catalog.json"));
        bench.orders();
        bench.clicks(events, others);
        var result = Json.object()
                .put("bench", "erasure")
                .put("events", events)
                .put("orders", ORDERS_OF_THE_CUSTOMER)
                .put("clicksOfOthers", others)
                .put("ordersOfOthers", ORDERS - ORDERS_OF_THE_CUSTOMER);
        double looked = bench.looked(events);
        var used = caravan.cpu();
        long began = System.nanoTime();
        var erasure = caravan.delete("/api/customers/" + CUSTOMER + "?why=bench")
                .path("erasure")
                .asText();
        var certificate = bench.done(erasure);
        double took = (System.nanoTime() - began) / 1e9;
        if (certificate.at("/scan/found").asInt(-1) != 0)
            throw new IllegalStateException("something is left: " + certificate);
        var found = result.putObject("found");
        certificate.path("stores").forEach(store -> store.path("found")
                .properties()
                .forEach(thing -> found.set(store.path("store").asText() + ": " + thing.getKey(), thing.getValue())));
        return result.put("seconds", Bench.rounded(took))
                .put("limitSeconds", LIMIT_SECONDS)
                .put("cpuSeconds", Bench.rounded(caravan.cpu().minus(used).toMillis() / 1e3))
                .put("lookingSeconds", Bench.rounded(looked))
                .put("ratio", Bench.rounded(looked / took))
                .put("peakMemoryMB", Bench.peakMegabytes(caravan.pid()));
    }

    private JsonNode done(String erasure) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            var told = caravan.get("/api/erasures/" + erasure);
            if (told.path("state").asText().equals("done")) return told;
            CaravanProcess.pause(100);
        }
        throw new IllegalStateException("not done: " + caravan.get("/api/erasures/" + erasure));
    }

    private void upload(String key, Path file) {
        Bench.upload(sandbox, key, file);
        Bench.atRest(caravan, ++uploads);
    }

    private void orders() throws IOException {
        var file = folder.resolve("bench-erasure-orders.jsonl");
        try {
            try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
                new OrderGenerator(OrderGenerator.Options.of(ORDERS, 3)).write(out);
            }
            var orders = Files.readAllLines(file);
            for (int i = 0; i < ORDERS_OF_THE_CUSTOMER; i++) {
                int place = i * (ORDERS / ORDERS_OF_THE_CUSTOMER);
                var order = (ObjectNode) Json.read(orders.get(place));
                orders.set(place, order.put("customer_id", CUSTOMER).toString());
            }
            Files.write(file, orders);
            upload("orders/all.jsonl", file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** The customer's are spread evenly among those of others. */
    private void clicks(int events, int others) throws IOException {
        var all = folder.resolve("bench-erasure-clicks.jsonl");
        var part = folder.resolve("bench-erasure-part.jsonl");
        try {
            try (var out = new BufferedOutputStream(Files.newOutputStream(all))) {
                new ClickGenerator(ClickGenerator.Options.of(others, 3)
                                .withPerMinute(CLICKS_A_MINUTE)
                                .withStart(Instant.now().minus(Duration.ofMinutes(others / CLICKS_A_MINUTE))))
                        .write(out);
            }
            int every = others / events;
            int theirs = 0;
            try (var lines = Files.newBufferedReader(all)) {
                int written = 0;
                for (int file = 0; written < others; file++) {
                    try (var out = Files.newBufferedWriter(part)) {
                        for (int i = 0; i < CLICKS_A_FILE && written < others; i++) {
                            var line = lines.readLine();
                            out.append(line).append('\n');
                            if (++written % every == 0 && theirs < events)
                                out.append(ofTheCustomer(line, theirs++)).append('\n');
                        }
                    }
                    upload("clicks/shop/" + file + ".jsonl", part);
                }
            }
            if (theirs != events) throw new IllegalStateException(theirs + " events of the customer");
        } finally {
            Files.deleteIfExists(all);
            Files.deleteIfExists(part);
        }
    }

    private static String ofTheCustomer(String line, int number) {
        return Json.object()
                .put("event_id", "theirs-" + number)
                .put("user_id", CUSTOMER)
                .put("session_id", "visit-" + number / CLICKS_A_VISIT)
                .put("timestamp", Json.read(line).path("timestamp").asText())
                .put("event_type", "page_view")
                .put("ip_address", "192.0.2." + number % 250)
                .toString();
    }

    /** How long it takes to look for the customer in all that is kept of what came, once. */
    private double looked(int events) throws IOException {
        var s3 = sandbox.aws().clients().s3();
        var archive = sandbox.aws().resources().archive();
        long began = System.nanoTime();
        int found = 0;
        for (var object : s3.listObjectsV2Paginator(
                        request -> request.bucket(archive).prefix("raw/"))
                .contents())
            try (var lines = new BufferedReader(new InputStreamReader(
                    s3.getObject(request -> request.bucket(archive).key(object.key())), StandardCharsets.UTF_8))) {
                for (var line = lines.readLine(); line != null; line = lines.readLine())
                    if (line.contains(CUSTOMER)) found++;
            }
        if (found != events + ORDERS_OF_THE_CUSTOMER) throw new IllegalStateException(found + " lines of the customer");
        return (System.nanoTime() - began) / 1e9;
    }
}
