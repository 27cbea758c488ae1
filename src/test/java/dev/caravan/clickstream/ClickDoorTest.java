package dev.caravan.clickstream;

import static dev.caravan.testing.Promised.fits;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Contract;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClickDoorTest {
    private static final String TRACKER = "ck_tracker";
    private static final String FLOOD = "ck_flood";
    private static final String VIEWER = "ck_noor";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String GOOD = """
            {"event_id":"e-%s","user_id":"u-1","session_id":"s-1","timestamp":"2025-08-01T10:00:00.000Z","event_type":"page_view"}""";

    private static TestState state;
    private static PublicPort port;
    private static TestClickstream clicks;

    @BeforeAll
    static void start() {
        state = new TestState();
        clicks = new TestClickstream(
                state, Map.of("CLICKSTREAM_REQUESTS_PER_SECOND", "1", "CLICKSTREAM_REQUESTS_AT_ONCE", "50"));
        var api = new Api(ApiKeys.parse(String.join(
                ",",
                ApiKeys.entry("tracker", Role.PRODUCER, TRACKER),
                ApiKeys.entry("flood", Role.PRODUCER, FLOOD),
                ApiKeys.entry("noor", Role.VIEWER, VIEWER))));
        clicks.module.addTo(api);
        port = new PublicPort(200_000, api);
    }

    @AfterAll
    static void stop() {
        port.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void what_is_safe_has_a_receipt_and_what_is_refused_is_told_why() throws Exception {
        var body = GOOD.formatted(1) + "\nno event\n" + GOOD.formatted(2);

        var answer = post("application/x-ndjson", body);

        assertThat(answer.statusCode()).isEqualTo(202);
        var receipt = Json.read(answer.body());
        fits("ClicksTaken", receipt);
        assertThat(receipt.path("received").asInt()).isEqualTo(3);
        assertThat(receipt.path("taken").asInt()).isEqualTo(2);
        assertThat(receipt.at("/refused/0/line").asInt()).isEqualTo(2);
        assertThat(receipt.at("/refused/0/reasons/0/rule").asText()).isEqualTo("record-malformed");
        assertThat(state.column("select id || ' ' || state || ' ' || received from ledger.upload"))
                .containsExactly(receipt.path("receipt").asText() + " complete 3");
        assertThat(state.column("select convert_from(bytes, 'UTF8') from ledger.original"))
                .as("its bytes, on their way to the archive")
                .containsExactly(body);
        assertThat(clicks.log.after(-1, 10, any -> true))
                .extracting(LogPage::source)
                .containsExactly("tracker");
    }

    @Test
    void a_body_may_be_packed() throws Exception {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(("[" + GOOD.formatted(1) + "," + GOOD.formatted(2) + "]").getBytes(UTF_8));
        }

        var answer = HTTP.send(
                HttpRequest.newBuilder(port.url("/clicks"))
                        .header("X-API-Key", TRACKER)
                        .header("Content-Type", "application/json")
                        .header("Content-Encoding", "gzip")
                        .POST(BodyPublishers.ofByteArray(packed.toByteArray()))
                        .build(),
                BodyHandlers.ofString(UTF_8));

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(Json.read(answer.body()).path("taken").asInt()).isEqualTo(2);
    }

    @Test
    void a_body_without_any_sound_event_is_refused_and_nothing_is_kept() throws Exception {
        var answer = post("application/json", GOOD.formatted(1).replace("page_view", "teleport"));

        assertThat(answer.statusCode()).isEqualTo(400);
        var problem = Json.read(answer.body());
        fits("ClicksRefused", problem);
        assertThat(problem.at("/refused/0/reasons/0/pointer").asText()).isEqualTo("/event_type");
        assertThat(problem.at("/refused/0/reasons/0/rule").asText()).isEqualTo("event-type-unknown");
        assertThat(state.column("select id from ledger.upload")).isEmpty();
        assertThat(clicks.quarantined()).isEmpty();
        assertThat(clicks.log.head()).isEqualTo(-1);
    }

    @Test
    void the_example_of_the_contract_is_an_event() throws Exception {
        var example = Contract.of(RouteFiles.at("file:routes")).at("/components/schemas/NewClick/examples/0");
        fits("NewClick", example);

        assertThat(post("application/json", example.toString()).statusCode()).isEqualTo(202);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json | '' | 400",
                "application/json | '[]' | 400",
                "application/json | '[' | 400",
                "application/xml | '<event/>' | 415",
                "'' | '{}' | 415",
            })
    void what_is_no_event_is_told_why(String type, String body, int status) throws Exception {
        var answer = post(type, body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Json.read(answer.body()).path("detail").asText()).isNotBlank();
    }

    @Test
    void a_body_that_is_too_large_is_refused() throws Exception {
        assertThat(post("application/json", " ".repeat(250_000)).statusCode()).isEqualTo(413);
    }

    @Test
    void only_a_producer_may_hand_events_in_and_only_a_viewer_sees_sessions() throws Exception {
        assertThat(port.call("POST", "/clicks", VIEWER, "application/json", "{}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(port.call("POST", "/clicks", "ck_guessed", "application/json", "{}")
                        .statusCode())
                .isEqualTo(401);
        assertThat(port.call("GET", "/api/sessions?user=u", TRACKER, null, null).statusCode())
                .isEqualTo(403);
    }

    @Test
    void one_request_too_many_is_told_when_to_come_again() throws Exception {
        HttpResponse<String> answer = null;
        for (int i = 0; i < 60; i++) {
            answer = port.call("POST", "/clicks", FLOOD, "application/xml", "x");
            if (answer.statusCode() == 429) break;
        }

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sessions | 400",
                "sessions?user=u&session=s | 400",
                "sessions?user=u&limit=0 | 400",
                "sessions?user=u&colour=red | 400",
                "minutes?from=today | 400",
                "minutes?from=2025-08-02T00:00:00Z&to=2025-08-01T00:00:00Z | 400",
                "minutes?from=2024-08-02T00:00:00Z&to=2025-08-01T00:00:00Z | 400",
                "minutes | 200",
                "sessions?user=nobody | 200"
            })
    void a_question_that_cannot_be_answered_is_told_why(String question, int status) throws Exception {
        var answer = port.call("GET", "/api/" + question, VIEWER, null, null);

        assertThat(answer.statusCode()).isEqualTo(status);
        if (status == 400)
            assertThat(Json.read(answer.body()).path("detail").asText()).isNotBlank();
    }

    private static HttpResponse<String> post(String type, String body) throws IOException, InterruptedException {
        return port.call("POST", "/clicks", TRACKER, type, body);
    }
}
