package dev.caravan.sandbox;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.clickstream.ClickGenerator;
import dev.caravan.clickstream.ClickGenerator.Options;
import dev.caravan.json.Json;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.core.sync.RequestBody;

/** Clicks from files in S3 until all that comes of them is written, and at a pace from POST to alert; and Jackson over the same bytes. */
final class ClicksBench {
    /** S3 takes five gigabytes at once. */
    private static final int CLICKS_A_FILE = 11_000_000;

    /** As {@code clickstream.parquet-pages} is shipped. */
    private static final int PAGES_IN_A_STRETCH = 500;

    private static final int CLICKS_A_REQUEST = 500;
    private static final int SENDERS = 8;
    /** Seconds at the pace before those that count: the file came another way. */
    private static final int PACED_WARM_UP = 20;
    /** Of the clicks of the pace; with those before it they stay within the allowed lateness. */
    private static final int MOST_MINUTES = 80;

    private static final String ALERTING = """
            {"event_id":"%s","user_id":"%s","session_id":null,"timestamp":"%s","event_type":"add_to_cart","properties":{"quantity":51}}
            """;

    private ClicksBench() {}

    /**
     * At which clicks are handed in by requests.
     *
     * @param rate    clicks a minute
     * @param alerts  of them a minute that raise an alert
     * @param seconds how long
     */
    record Pace(int rate, int alerts, int seconds) {
        int requests() {
            return (int) ((long) rate * seconds / 60 / CLICKS_A_REQUEST);
        }

        /** Whether a click of that request raises an alert. */
        boolean alerting(int request) {
            int every = Math.max(1, rate / CLICKS_A_REQUEST / alerts);
            return request % every == 0;
        }

        Pace lasting(int others) {
            return new Pace(rate, alerts, others);
        }
    }

    /**
     * @param warmUp clicks before, not counted
     * @param pace   of the second measurement
     * @param folder for the generated files, which are removed in the end
     */
    static ObjectNode run(
            Sandbox sandbox, CaravanProcess caravan, String apiKey, int count, int warmUp, Pace pace, Path folder)
            throws Exception {
        var start = Options.of(0, 1).start();
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl())) {
            // Of the same source, and before: two sources would wait for each other.
            var warming = Options.of(warmUp, 1);
            var before = generated(folder, warming.withStart(start.minus(lasting(warming))));
            Bench.upload(sandbox, "clicks/shop/warming.jsonl", before);
            Bench.atRest(caravan, 1);
            Files.delete(before);
            var result = Json.object()
                    .put("bench", "clicks")
                    .put("clicks", count)
                    .put("warmUp", warmUp)
                    .put("memoryMBBefore", Bench.peakMegabytes(caravan.pid()));
            var staged = new Staged(sandbox.aws());
            double jackson = 0;
            for (long left = count; left > 0; left -= CLICKS_A_FILE) {
                var options = Options.of(Math.min(left, CLICKS_A_FILE), 2 + staged.sizes.size());
                var file = generated(folder, options.withStart(start));
                start = start.plus(lasting(options));
                if (staged.sizes.isEmpty()) jackson = jackson(file);
                staged.add(file);
                Files.delete(file);
            }
            long bytes = staged.sizes.stream().mapToLong(Long::longValue).sum();
            // One file is as the other.
            jackson *= (double) bytes / staged.sizes.get(0);
            secondsUntilArchived(connection);
            var cpu = caravan.cpu();
            for (int file = 0; file < staged.sizes.size(); file++) {
                staged.handIn(file);
                Bench.atRest(caravan, 2 + file);
            }
            var used = caravan.cpu().minus(cpu);
            double took = secondsOf(connection);
            double archivedAfter = secondsUntilArchived(connection);
            result.put("bytes", bytes)
                    .put("seconds", Bench.rounded(took))
                    .put("clicksPerMinute", Math.round(60.0 * count / took))
                    .put("limitPerMinute", 6_000_000)
                    .put("cpuMicrosecondsAClick", Bench.rounded(used.toNanos() / 1e3 / count))
                    .put("peakMemoryMB", Bench.peakMegabytes(caravan.pid()))
                    .put("secondsUntilArchived", Bench.rounded(archivedAfter));
            if (Bench.number(connection, "select sum(events) from clicks.minute") != count + warmUp)
                throw new IllegalStateException("not all clicks count once");
            result.put("jacksonSeconds", Bench.rounded(jackson)).put("ratio", Bench.rounded(jackson / took));
            paced(connection, caravan, apiKey, pace.lasting(PACED_WARM_UP), "warm-up");
            result.set("paced", paced(connection, caravan, apiKey, pace, "latency"));
            return result.put("peakMemoryMBAfter", Bench.peakMegabytes(caravan.pid()));
        }
    }

    /**
     * Files in a bucket of their own, from where each is handed in at once when it is time: who sends them has done so on a machine of
     * their own.
     */
    private static final class Staged {
        private static final String BUCKET = "caravan-bench";

        private final AwsSandbox aws;
        private final List<Long> sizes = new ArrayList<>();

        Staged(AwsSandbox aws) {
            this.aws = aws;
            aws.clients().s3().createBucket(request -> request.bucket(BUCKET));
        }

        void add(Path file) throws IOException {
            aws.clients()
                    .s3()
                    .putObject(request -> request.bucket(BUCKET).key(key(sizes.size())), RequestBody.fromFile(file));
            sizes.add(Files.size(file));
        }

        void handIn(int file) {
            aws.clients().s3().copyObject(request -> request.sourceBucket(BUCKET)
                    .sourceKey(key(file))
                    .destinationBucket(aws.resources().inbox())
                    .destinationKey(key(file)));
        }

        private static String key(int file) {
            return "clicks/shop/measured-%s.jsonl".formatted(file);
        }
    }

    /** From the first of the measured files to the last change in what the ledger says of them. */
    private static double secondsOf(Connection connection) throws SQLException {
        return Bench.number(connection, """
                select extract(epoch from max(e.changed_at) - min(u.event_time)) from ledger.entry e join ledger.upload u on u.id = e.upload
                where u.object_key like '%measured%'""");
    }

    /** Until no more than a stretch waits: the archive comes after what is made of clicks. */
    private static double secondsUntilArchived(Connection connection) throws SQLException {
        long began = System.nanoTime();
        while (Bench.number(
                        connection,
                        "select told.position - written.position from clicks.told, archive.clicks_written written")
                >= PAGES_IN_A_STRETCH) CaravanProcess.pause(500);
        return (System.nanoTime() - began) / 1e9;
    }

    /** In event time. */
    private static Duration lasting(Options options) {
        return Duration.ofMinutes(options.count() / options.perMinute());
    }

    /** How long Jackson takes to look at every token. */
    private static double jackson(Path file) throws IOException {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            long began = System.nanoTime();
            try (var parser =
                    new JsonFactory().createParser(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
                while (parser.nextToken() != null) {
                    // Only looked at.
                }
            }
            best = Math.min(best, (System.nanoTime() - began) / 1e9);
        }
        return best;
    }

    private static ObjectNode paced(Connection connection, CaravanProcess caravan, String key, Pace pace, String name)
            throws Exception {
        int requests = pace.requests();
        var bodies = bodies(requests, name.hashCode());
        var sent = new ConcurrentHashMap<String, Instant>();
        var accepted = new ConcurrentHashMap<String, Instant>();
        var failed = new AtomicInteger();
        var http = HttpClient.newHttpClient();
        var senders = Executors.newScheduledThreadPool(SENDERS);
        long every = TimeUnit.SECONDS.toNanos(pace.seconds()) / requests;
        for (int i = 0; i < requests; i++) {
            var id = name + "-" + i;
            var body = bodies.get(i);
            boolean alerting = pace.alerting(i);
            senders.schedule(
                    () -> {
                        var now = Instant.now();
                        var request = HttpRequest.newBuilder(URI.create(caravan.url() + "/clicks"))
                                .header("X-API-Key", key)
                                .header("Content-Type", "application/x-ndjson")
                                .POST(BodyPublishers.ofString(alerting ? body + ALERTING.formatted(id, id, now) : body))
                                .build();
                        try {
                            if (http.send(request, BodyHandlers.discarding()).statusCode() != 202)
                                failed.incrementAndGet();
                            else if (alerting) {
                                sent.put("user " + id, now);
                                accepted.put("user " + id, Instant.now());
                            }
                        } catch (IOException e) {
                            failed.incrementAndGet();
                        }
                        return null;
                    },
                    i * every,
                    TimeUnit.NANOSECONDS);
        }
        senders.shutdown();
        senders.awaitTermination(pace.seconds() + 60L, TimeUnit.SECONDS);
        var raised = raised(connection, name, accepted.size());
        raised.keySet().retainAll(accepted.keySet());
        var result = Json.object()
                .put("clicksPerMinute", pace.rate())
                .put("requests", requests)
                .put("failed", failed.get())
                .put("alerts", raised.size());
        result.set("millisecondsFromRequestToAlert", Bench.percentiles(between(sent, raised), 50, 99, 99.9, 100));
        result.set(
                "millisecondsFromAcceptanceToAlert", Bench.percentiles(between(accepted, raised), 50, 99, 99.9, 100));
        return result;
    }

    /** Milliseconds from one to the other, in order; 0 where the other was first: an alert may be there before the sender reads that its click is safe. */
    private static double[] between(Map<String, Instant> from, Map<String, Instant> to) {
        return to.entrySet().stream()
                .mapToDouble(each -> Math.max(
                        0,
                        each.getValue().toEpochMilli() - from.get(each.getKey()).toEpochMilli()))
                .sorted()
                .toArray();
    }

    /** Clicks of the last hours, none of which is late: were so many people's of one minute, most of them would be out of the ordinary. */
    private static List<String> bodies(int requests, long seed) throws IOException {
        var out = new ByteArrayOutputStream();
        var usual = Options.of((long) requests * CLICKS_A_REQUEST, seed);
        var options = usual.withPerMinute((int) Math.max(usual.perMinute(), usual.count() / MOST_MINUTES));
        new ClickGenerator(options.withStart(
                        Instant.now().minus(Duration.ofMinutes(options.count() / options.perMinute() + 1))))
                .write(out);
        var bodies = new ArrayList<String>(requests);
        var lines = out.toString(StandardCharsets.UTF_8).lines().iterator();
        for (int i = 0; i < requests; i++) {
            var body = new StringBuilder();
            for (int line = 0; line < CLICKS_A_REQUEST; line++)
                body.append(lines.next()).append('\n');
            bodies.add(body.toString());
        }
        return bodies;
    }

    private static Map<String, Instant> raised(Connection connection, String name, int expected) throws SQLException {
        var raised = new HashMap<String, Instant>();
        for (int tries = 0; raised.size() < expected; tries++) {
            if (tries == 60) throw new IllegalStateException(raised.size() + " alerts of " + expected);
            CaravanProcess.pause(500);
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery(
                            "select subject, raised_at from alerts.alert where rule = 'bulk-quantity' and subject like 'user "
                                    + name + "-%'")) {
                while (rows.next())
                    raised.put(rows.getString(1), rows.getTimestamp(2).toInstant());
            }
        }
        return raised;
    }

    private static Path generated(Path folder, Options options) throws IOException {
        var file = folder.resolve("bench-clicks-" + options.seed() + ".jsonl");
        try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            new ClickGenerator(options).write(out);
        }
        return file;
    }
}
