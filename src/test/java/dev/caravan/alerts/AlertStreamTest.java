package dev.caravan.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Over HTTP, on the port as it is opened. */
class AlertStreamTest {
    private static final String VIEWER = "ck_noor";
    private static final String TILL = "ck_till";
    private static final int MOST = 2;

    private static TestState state;

    private Alerts alerts;
    private AlertStream stream;
    private PublicPort port;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void open() {
        state.clear();
        alerts = new Alerts(state.database(), (db, lane, title, description, priority) -> null, state.clock());
        stream = new AlertStream(alerts, MOST, state.clock());
        var api = new Api(ApiKeys.parse(
                ApiKeys.entry("noor", Role.VIEWER, VIEWER) + "," + ApiKeys.entry("till", Role.PRODUCER, TILL)));
        new AlertsApi(alerts).addTo(api);
        api.stream("/api/alerts", Role.VIEWER, stream::open);
        port = new PublicPort(1_000, api, stream);
    }

    @AfterEach
    void close() {
        port.close();
    }

    private void settle(String rule, String... products) {
        state.database().write(db -> settle(db, rule, products));
        state.clock().pass(Duration.ofMillis(1));
    }

    private void settle(Handle db, String rule, String... products) {
        alerts.settle(
                db,
                "orders",
                rule,
                Optional.empty(),
                Stream.of(products)
                        .map(product -> new Finding(product, product + " is low", Json.object(), "there is more"))
                        .toList());
    }

    /** What somebody hears; each with its lines joined by a bar. */
    private final class Ear {
        private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final CountDownLatch over = new CountDownLatch(1);

        private Ear(String lastId) throws IOException, InterruptedException {
            var answer = ask(VIEWER, lastId, BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
            var thread = new Thread(() -> {
                var lines = new ArrayList<String>();
                try {
                    answer.body().forEach(line -> {
                        if (!line.isEmpty()) lines.add(line);
                        else {
                            heard.add(String.join("|", lines));
                            lines.clear();
                        }
                    });
                } finally {
                    over.countDown();
                }
            });
            thread.setDaemon(true);
            thread.start();
            assertThat(next()).isEqualTo("retry: 3000");
        }

        private String next() throws InterruptedException {
            var next = heard.poll(20, TimeUnit.SECONDS);
            assertThat(next).as("heard within 20 s").isNotNull();
            return next;
        }

        /** {@code raised P-1} */
        private String nextChange() throws InterruptedException {
            return change(next());
        }
    }

    private static String change(String told) {
        var lines = told.split("\\|", 3);
        return lines[1].substring("event: ".length()) + " "
                + Json.read(lines[2].substring("data: ".length()))
                        .path("subject")
                        .asText();
    }

    private <T> HttpResponse<T> ask(String key, String lastId, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(port.url("/api/alerts"))
                .header("X-API-Key", key)
                .header("Accept", "text/event-stream");
        if (lastId != null) request.header("Last-Event-ID", lastId);
        return HttpClient.newHttpClient().send(request.build(), body);
    }

    @Test
    void who_listens_is_told_of_each_alert_when_it_is_raised_and_when_it_clears() throws Exception {
        settle("stock-low", "P-0");
        var ear = new Ear(null);

        settle("stock-low", "P-0", "P-1");
        var raised = ear.next();
        settle("stock-low", "P-1");

        assertThat(change(raised)).isEqualTo("raised P-1");
        assertThat(Json.read(raised.split("data: ")[1]))
                .isEqualTo(alerts.list(true, null, 1).get(0).json());
        assertThat(ear.nextChange()).isEqualTo("cleared P-0");
        assertThat(ear.heard).isEmpty();
    }

    @Test
    void who_comes_again_goes_on_where_they_were() throws Exception {
        settle("stock-low", "P-0");
        state.clock().pass(Duration.ofMinutes(1));
        var first = new Ear(null);
        settle("stock-low", "P-0", "P-1");
        var last = first.next().split("\\|")[0].substring("id: ".length());
        state.clock().pass(Duration.ofMinutes(1));
        settle("stock-low", "P-0", "P-1", "P-2");
        settle("stock-low", "P-0", "P-1");

        var again = new Ear(last);

        assertThat(List.of(again.nextChange(), again.nextChange(), again.nextChange()))
                .as("the last one before may come once more")
                .containsExactly("raised P-1", "raised P-2", "cleared P-2");
    }

    @Test
    void what_commits_after_something_newer_was_told_is_told_too() throws Exception {
        var ear = new Ear(null);
        var begun = new CountDownLatch(1);
        var newer = new CountDownLatch(1);
        var slow = new Thread(() -> state.database().write(db -> {
            settle(db, "slow", "P-1");
            begun.countDown();
            try {
                newer.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        slow.start();
        begun.await();
        state.clock().pass(Duration.ofSeconds(3));
        settle("fast", "P-2");
        assertThat(ear.nextChange()).isEqualTo("raised P-2");

        newer.countDown();

        assertThat(ear.nextChange()).isEqualTo("raised P-1");
        slow.join();
    }

    @Test
    void no_more_than_so_many_listen_and_who_leaves_makes_room() throws Exception {
        var bodies = new ArrayList<InputStream>();
        for (int i = 0; i < MOST; i++)
            bodies.add(ask(VIEWER, null, BodyHandlers.ofInputStream()).body());

        var refused = ask(VIEWER, null, BodyHandlers.ofString());

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("30");
        assertThat(Json.read(refused.body()).path("title").asText()).isEqualTo("Not available");
        bodies.get(0).close();
        // Noticed with the next thing that is written.
        state.clock().pass(Duration.ofSeconds(20));
        await().until(() -> stream.listening() < MOST);
        new Ear(null);
    }

    @Test
    void silence_is_broken_so_that_nobody_takes_the_connection_for_dead() throws Exception {
        var ear = new Ear(null);

        state.clock().pass(Duration.ofSeconds(15));

        assertThat(ear.next()).isEqualTo(": still here");
    }

    @Test
    void it_ends_when_the_instance_does() throws Exception {
        var ear = new Ear(null);

        port.close();

        assertThat(ear.over.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"ck_till, '', 403", "ck_wrong, '', 401", "ck_noor, yesterday, 400"})
    void who_may_not_or_asks_wrongly_is_told_so(String key, String lastId, int status) throws Exception {
        var answer = ask(key, lastId, BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(stream.listening()).isZero();
    }

    @Test
    void who_does_not_ask_for_events_has_the_list() throws Exception {
        settle("stock-low", "P-1");

        var answer = port.call("GET", "/api/alerts", VIEWER, null, null);

        assertThat(Json.read(answer.body()).path("alerts")).hasSize(1);
    }

    @Test
    void more_than_fits_into_one_look_is_told_in_whole_and_once() throws Exception {
        var ear = new Ear(null);
        var products =
                Stream.iterate(0, i -> i + 1).limit(1_100).map(i -> "P-" + i).toArray(String[]::new);

        settle("stock-low", products);

        var heard = new ArrayList<String>();
        for (int i = 0; i < products.length; i++) heard.add(ear.nextChange());
        assertThat(heard).doesNotHaveDuplicates().hasSize(products.length);
    }
}
