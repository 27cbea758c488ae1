package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.clickstream.ClickGenerator;
import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.sandbox.CaravanProcess.Options;
import dev.caravan.sandbox.PostgresSandbox.Database;
import dev.caravan.sandbox.Sandbox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * Two instances on one database, one set of queues and one cluster take in clicks, by requests, messages and a file, while one after another
 * is killed, the database goes away, the queues do, and S3 breaks off: hardly a request has to wait, nothing is lost, what comes of the clicks
 * is what comes of them in one instance that nothing happens to, and each alert is one task.
 * {@code -Dfaults.minutes=30 -Djunit.jupiter.execution.timeout.default=2h} makes it as long as that, with a fault a minute.
 */
@Tag("crash")
class TwoInstancesIT {
    private static final Duration LASTING = Duration.ofMinutes(Integer.getInteger("faults.minutes", 1));
    private static final Duration BETWEEN_FAULTS =
            LASTING.compareTo(Duration.ofMinutes(1)) > 0 ? Duration.ofMinutes(1) : Duration.ofSeconds(8);
    private static final Duration OUTAGE = Duration.ofSeconds(4);
    private static final int A_REQUEST = 50;
    private static final int SENDERS = 4;
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(400);

    /** One of so many is a message in place of a request. */
    private static final int A_MESSAGE_IN = 3;

    private static final int IN_THE_FILE = 40_000;

    /** Whoever hands in clicks tries again for so long, at the other instance each time, before it counts as refused. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final String TRACKER = ApiKeys.generate();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();

    @Test
    void what_comes_of_clicks_is_as_if_nothing_had_happened() throws Exception {
        var requests = requests();
        var file = clicks(IN_THE_FILE, 24, EnumSet.noneOf(Edge.class));
        try (var sandbox = Sandbox.start()) {
            String uninterrupted;
            try (var database = sandbox.postgres().createDatabase();
                    var alone = new CaravanProcess(options(sandbox, database, "alone")).start()) {
                alone.awaitReady();
                upload(sandbox, file);
                for (var sender : sending(sandbox, requests, List.of(alone), Duration.ZERO)) sender.get();
                awaitRest(database, requests.size());
                uninterrupted = tables(database);
            }
            try (var database = sandbox.postgres().createDatabase();
                    var one = new CaravanProcess(clustered(sandbox, database, "one"));
                    var two = new CaravanProcess(clustered(sandbox, database, "two"))) {
                one.start().awaitReady();
                two.start().awaitReady();

                var senders = sending(sandbox, requests, List.of(one, two), BETWEEN_REQUESTS);
                TimeUnit.SECONDS.sleep(5);
                // Before anybody can read all of it, and again; then one of the two is killed.
                sandbox.aws().s3Faults().cutGets(2, file.length() / 4);
                upload(sandbox, file);
                int faults = trouble(sandbox, database, one, two, senders);
                for (var sender : senders) sender.get();
                awaitRest(database, requests.size());

                System.out.printf(
                        "%s requests with %s clicks each, %s faults: %s tried again, %s not accepted within %s%n",
                        requests.size(), A_REQUEST, faults, repeated, refused, PATIENCE);
                assertThat(tables(database)).isEqualTo(uninterrupted);
                assertThat(
                                text(
                                        database,
                                        "select (select count(*) from tasks.task) = count(task) and count(task) = count(distinct task) and count(task) > 0 from alerts.alert"))
                        .as("each alert is one task")
                        .isEqualTo("t");
                assertThat(refused.get()).isLessThanOrEqualTo(requests.size() / 1_000);
            }
        }
    }

    private static Options options(Sandbox sandbox, Database database, String name) {
        return Options.of(sandbox.environment())
                .withLog(Path.of("target", "two-instances-" + name + ".log"))
                .withKey("tracker", Role.PRODUCER, TRACKER)
                .with("CARAVAN_LOG_FORMAT", "text")
                .with("DATABASE_URL", database.jdbcUrl())
                .with("RETRY_FIRST_DELAY_MILLISECONDS", "200")
                .with("CLICKSTREAM_VISIBILITY_SECONDS", "10")
                .with("UPLOADS_VISIBILITY_SECONDS", "5")
                .with("CLICKSTREAM_LEASE_SECONDS", "3")
                .with("CLICKSTREAM_CHECKPOINT_SECONDS", "1")
                .with("CLICKSTREAM_OPEN_SESSIONS_SECONDS", "1")
                // Longer than anything is away: what comes after it is in time.
                .with("CLICKSTREAM_SOURCE_IDLE_SECONDS", "20")
                .with("CLICKSTREAM_REQUESTS_PER_SECOND", "100000")
                .with("CLICKSTREAM_REQUESTS_AT_ONCE", "100000")
                // The clicks are of long ago, and none is to leave meanwhile.
                .with("CLICKSTREAM_CLICKS_KEPT_DAYS", "36500")
                .with("CLICKSTREAM_SESSIONS_KEPT_DAYS", "36500");
    }

    private static Options clustered(Sandbox sandbox, Database database, String name) {
        return options(sandbox, database, name).with("CARAVAN_CLUSTER", "true").with("CARAVAN_NODE_NAME", name);
    }

    /** Bodies that are handed in one after another. */
    private static List<String> requests() throws IOException {
        long requests = LASTING.dividedBy(BETWEEN_REQUESTS) * SENDERS;
        var lines = clicks(requests * A_REQUEST, 23, EnumSet.allOf(Edge.class))
                .lines()
                .toList();
        return IntStream.range(0, lines.size() / A_REQUEST)
                .mapToObj(i -> String.join("\n", lines.subList(i * A_REQUEST, (i + 1) * A_REQUEST)))
                .toList();
    }

    /** No visitor's clicks come much later than those of others: which of them are late would depend on who is first. */
    private static String clicks(long count, long seed, Set<Edge> edges) throws IOException {
        var out = new ByteArrayOutputStream();
        new ClickGenerator(ClickGenerator.Options.of(count, seed)
                        .withPerMinute(400)
                        .withShuffle(Duration.ofMinutes(5))
                        .withEdges(edges))
                .write(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void upload(Sandbox sandbox, String file) {
        sandbox.aws()
                .clients()
                .s3()
                .putObject(
                        request -> request.bucket(sandbox.aws().resources().inbox())
                                .key("clicks/nightly/clicks.jsonl"),
                        RequestBody.fromString(file));
    }

    /** Senders take turns, so that clicks arrive about in their order. */
    private List<Future<Void>> sending(
            Sandbox sandbox, List<String> requests, List<CaravanProcess> instances, Duration pause) {
        var next = new AtomicInteger();
        Callable<Void> sender = () -> {
            for (int i = next.getAndIncrement(); i < requests.size(); i = next.getAndIncrement()) {
                if (i % A_MESSAGE_IN == 0) send(sandbox, requests.get(i));
                else handIn(requests.get(i), i, instances);
                TimeUnit.NANOSECONDS.sleep(pause.toNanos());
            }
            return null;
        };
        var threads = Executors.newFixedThreadPool(SENDERS);
        try {
            return IntStream.range(0, SENDERS)
                    .mapToObj(i -> threads.submit(sender))
                    .toList();
        } finally {
            threads.shutdown();
        }
    }

    /** Perhaps more than once: of what breaks off nobody knows whether it was sent. */
    private static void send(Sandbox sandbox, String body) throws InterruptedException {
        while (true) {
            try {
                sandbox.aws().clients().sqs().sendMessage(request -> request.queueUrl(
                                sandbox.aws().queueUrl(sandbox.aws().resources().clicks()))
                        .messageBody(body));
                return;
            } catch (SdkClientException e) {
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    /** As a load balancer would: each time at another instance, until one accepts. */
    private void handIn(String body, int number, List<CaravanProcess> instances) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        boolean late = false;
        for (int attempt = 0; !isAccepted(body, instances.get((number + attempt) % instances.size())); attempt++) {
            repeated.incrementAndGet();
            if (!late && System.nanoTime() > until) {
                refused.incrementAndGet();
                late = true;
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private boolean isAccepted(String body, CaravanProcess instance) throws InterruptedException {
        try {
            var answer = http.send(
                    HttpRequest.newBuilder(URI.create(instance.url() + "/clicks"))
                            .timeout(Duration.ofSeconds(10))
                            .header("X-API-Key", TRACKER)
                            .header("Content-Type", "application/x-ndjson")
                            .POST(BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isIn(202, 404, 503);
            return answer.statusCode() == 202;
        } catch (IOException e) {
            return false;
        }
    }

    /** One fault after another while clicks are handed in, each at least once. @return how many */
    private static int trouble(
            Sandbox sandbox, Database database, CaravanProcess one, CaravanProcess two, List<Future<Void>> senders)
            throws Exception {
        var faults = List.<Callable<Void>>of(
                () -> killed(one),
                () -> away(down -> database.away(down)),
                () -> killed(two),
                () -> away(down -> sandbox.aws().sqsDown(down)),
                () -> stopped(one));
        int done = 0;
        while (true) {
            long until = System.nanoTime() + BETWEEN_FAULTS.toNanos();
            while (System.nanoTime() < until) {
                if (done >= faults.size() && senders.stream().allMatch(Future::isDone)) return done;
                TimeUnit.MILLISECONDS.sleep(100);
            }
            faults.get(done++ % faults.size()).call();
        }
    }

    private static Void killed(CaravanProcess instance) {
        instance.kill();
        instance.start().awaitReady();
        return null;
    }

    /** As for another version of it. */
    private static Void stopped(CaravanProcess instance) {
        instance.close();
        instance.start().awaitReady();
        return null;
    }

    private interface Outage {
        void is(boolean there);
    }

    private static Void away(Outage outage) throws InterruptedException {
        outage.is(true);
        TimeUnit.NANOSECONDS.sleep(OUTAGE.toNanos());
        outage.is(false);
        return null;
    }

    /** Until all that comes of the requests is written, and nobody waits for more. */
    private static void awaitRest(Database database, int requests) {
        await().atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(
                                List.of(
                                        text(
                                                database,
                                                "select count(*) > " + requests
                                                        + " and bool_and(state = 'complete') and bool_or(object_key like '%nightly%') from ledger.upload"),
                                        text(
                                                database,
                                                "select coalesce(bool_or(cast(value ->> 'open' as boolean)), true) from clicks.head, jsonb_each(cast(sources as jsonb))"),
                                        text(
                                                database,
                                                "select count(*) from clicks.lease where position < (select position from clicks.head)"),
                                        text(
                                                database,
                                                "select count(*) from alerts.alert where flow = 'clickstream' and (cleared_at is null or task_wanted is not null)")))
                        .containsExactly("t", "f", "0", "0"));
    }

    private static String tables(Database database) throws SQLException {
        var tables = new ArrayList<String>();
        for (var table : List.of(
                "select * from clicks.session order by 1, 2, 3",
                "select minute, sum(events), sum(users), sum(anonymous) from clicks.minute group by minute having sum(events) <> 0 order by 1",
                """
                select minute, what, key, sum(cast(value as bigint)) from clicks.minute
                cross join lateral (values ('types', types), ('devices', devices), ('countries', countries)) told (what, counts)
                cross join lateral jsonb_each_text(counts) group by minute, what, key having sum(cast(value as bigint)) <> 0 order by 1, 2, 3""",
                "select count(*) from clicks.late",
                // Those that stand: an id, and what was joined to another later, depend on what had come when it was
                // raised.
                "select rule, subject, evidence from alerts.alert where flow = 'clickstream' and cast(evidence ->> 'events' as int) > 0 order by 1, 2, 3"))
            tables.add(
                    text(database, "select coalesce(string_agg(cast(t as text), chr(10)), '') from (" + table + ") t"));
        return String.join("\n\n", tables);
    }

    private static String text(Database database, String sql) throws SQLException {
        try (var connection = database.connect();
                var rows = connection.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
