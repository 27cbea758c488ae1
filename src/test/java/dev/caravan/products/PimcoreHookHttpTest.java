package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Port;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Caches;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import dev.caravan.webhooks.StandardWebhooks;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pimcore's webhook over a real port, with the database and the cache behind it, and with Pimcore and the event bus away. */
class PimcoreHookHttpTest {
    private static final String NEW_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    private static final int MOST_BYTES = 10_000;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final TestBus BUS = new TestBus();
    private static TestState state;
    private static Caches caches;
    private static PublicPort port;

    @BeforeAll
    static void start() {
        state = new TestState();
        caches = Caches.start(state.database().dataSource(), Caches.Settings.alone());
        var ids = new CachedIds(caches.idempotent(), "pimcore");
        BUS.fails = true;
        Port never = call -> {
            throw new AssertionError("Pimcore is asked while it waits for our answer");
        };
        var publications = new Publications(
                state.database(),
                new Notices(Tracing.OFF, state.clock()),
                BUS.publisher(),
                new PimcoreReader(never, 25, state.clock()),
                new PimcoreSweep(never, Duration.ofSeconds(120), 100, state.clock()),
                state.clock());
        var hook = new PimcoreHook(
                new StandardWebhooks(List.of(NEW_SECRET, OLD_SECRET), ids, state.clock()), ids, publications);
        port = new PublicPort(MOST_BYTES, new Api(ApiKeys.parse("")).on("POST", "/hooks/pimcore", null, hook::receive));
    }

    @AfterAll
    static void stop() {
        port.close();
        caches.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void a_signed_change_is_noted_and_answered_with_nothing() {
        var answer = post(signed(NEW_SECRET, change(1)), change(1));

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(notices()).containsExactly("/products/shein-1");
    }

    @Test
    void while_secrets_are_rotated_either_signs() {
        assertThat(post(signed(OLD_SECRET, change(1)), change(1)).statusCode()).isEqualTo(204);
        assertThat(post(signed(NEW_SECRET, change(2)), change(2)).statusCode()).isEqualTo(204);

        assertThat(notices()).hasSize(2);
    }

    @Test
    void without_a_signature_or_with_a_strangers_nothing_is_noted() {
        var stranger = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

        assertUnauthorized(post(Map.of(), change(1)), "a header is missing");
        assertUnauthorized(post(signed(stranger, change(1)), change(1)), "that of any of our secrets");
        assertUnauthorized(post(signed(NEW_SECRET, change(1)), change(2)), "that of any of our secrets");

        assertThat(notices()).isEmpty();
    }

    @Test
    void a_message_is_let_in_once_whoever_sends_it_again() {
        var headers = signed(NEW_SECRET, change(1));
        post(headers, change(1));
        state.database().write(db -> db.execute("delete from products.notice"));

        assertUnauthorized(post(headers, change(1)), "was let in before");

        assertThat(notices()).isEmpty();
    }

    @Test
    void a_message_is_let_in_within_five_minutes_either_way() {
        var headers = signed(NEW_SECRET, change(1));
        state.clock().pass(Duration.ofSeconds(301));
        assertUnauthorized(post(headers, change(1)), "more than five minutes ago");

        headers = signed(NEW_SECRET, change(1));
        state.clock().pass(Duration.ofSeconds(-301));
        assertUnauthorized(post(headers, change(1)), "more than five minutes ahead");

        headers = signed(NEW_SECRET, change(1));
        state.clock().pass(Duration.ofSeconds(299));
        assertThat(post(headers, change(1)).statusCode()).isEqualTo(204);
    }

    @Test
    void a_body_beyond_the_limit_is_not_even_read() {
        var body = change(1) + " ".repeat(MOST_BYTES);

        var answer = post(signed(NEW_SECRET, body), body);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(notices()).isEmpty();
    }

    /** Pimcore fails the test when it is asked, and the bus is away. */
    @Test
    void it_notes_what_it_is_told_and_asks_nobody() {
        for (int i = 0; i < 100; i++)
            assertThat(post(signed(NEW_SECRET, change(i)), change(i)).statusCode())
                    .isEqualTo(204);

        assertThat(notices()).hasSize(100);
    }

    private static void assertUnauthorized(HttpResponse<String> answer, String why) {
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(Json.read(answer.body()).path("detail").asText()).contains(why);
    }

    private static List<String> notices() {
        return state.column("select fullpath from products.notice order by 1");
    }

    private static String change(int id) {
        return """
                {"general":{"eventName":"pimcore.dataobject.postUpdate","timestamp":1795244400,"subjectType":"object","versionOnly":false},
                 "subject":{"id":%s,"path":"/products/shein-%s","type":"Product","objectType":"object","published":true}}""".formatted(id, id);
    }

    private static Map<String, String> signed(String secret, String body) {
        Clock clock = state.clock();
        return new HashMap<>(new StandardWebhooks(List.of(secret), null, clock)
                .sign("msg_" + UUID.randomUUID(), body.getBytes(StandardCharsets.UTF_8)));
    }

    private static HttpResponse<String> post(Map<String, String> headers, String body) {
        var request = HttpRequest.newBuilder(port.url("/hooks/pimcore"))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        headers.forEach(request::header);
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
