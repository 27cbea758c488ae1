package dev.caravan.clickstream;

import static dev.caravan.testing.Promised.fits;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.clickstream.Appeals.State;
import dev.caravan.customers.TestCustomers;
import dev.caravan.json.Json;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppealsTest {
    private static final String VIEWER = "ck_noor";
    private static final String OPERATOR = "ck_lena";

    private static TestState state;
    private static PublicPort port;
    private static TestClickstream clicks;
    private static int tickets;

    @BeforeAll
    static void start() {
        state = new TestState();
        clicks = new TestClickstream(state);
        var api = new Api(ApiKeys.parse(
                ApiKeys.entry("noor", Role.VIEWER, VIEWER) + "," + ApiKeys.entry("lena", Role.OPERATOR, OPERATOR)));
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
        clicks.module.close();
        state.clear();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_sample_ticket_disputes_the_sample_alert_whichever_comes_first(boolean ticketFirst) throws IOException {
        if (ticketFirst) ticket(new String(TestCustomers.sample("tickets.json"), UTF_8));
        clicks.upload("clicks/sample.json", Files.readString(Path.of("samples/clicks.json")));
        clicks.workToTheEnd();
        if (!ticketFirst) ticket(new String(TestCustomers.sample("tickets.json"), UTF_8));

        var appeals = clicks.module.appeals().list(State.WAITING, null);

        assertThat(appeals).singleElement().satisfies(appeal -> {
            assertThat(appeal.rule()).isEqualTo("bulk-quantity");
            assertThat(appeal.user()).isEqualTo("usr-wholesale");
            assertThat(appeal.tickets()).containsExactly("ASK-504");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "u, shipping, 2025-08-01T12:00:00Z",
        "u, account, 2025-08-01T09:59:59Z",
        "u, account, 2025-08-31T10:00:00Z",
        "v, account, 2025-08-01T12:00:00Z"
    })
    void another_category_time_or_user_disputes_nothing(String user, String category, String createdAt) {
        bulk(1, "2025-08-01T10:00:00.000Z");
        ticket("""
                [{"ticket_id": "T-1", "user_id": "%s", "created_at": "%s", "category": "%s", "status": "open"}]""".formatted(user, createdAt, category));

        assertThat(clicks.module.appeals().list(null, null)).isEmpty();
    }

    @Test
    void an_appeal_that_is_confirmed_silences_its_rule_for_its_user_for_a_while() throws Exception {
        var alert = bulk(1, "2026-11-21T06:00:00.000Z");
        ticket("""
                [{"ticket_id": "T-2", "user_id": "u", "created_at": "2026-11-21T06:30:00Z", "category": "Account", "status": "open"},
                 {"ticket_id": "T-1", "user_id": "u", "created_at": "2026-11-21T06:10:00Z", "category": "account", "status": "open"}]""");

        var confirmed = Json.read(confirm(alert, "a trader", 200));

        fits("Appeal", confirmed);
        assertThat(confirmed.path("ticket_ids").toString()).isEqualTo("[\"T-1\",\"T-2\"]");
        var until = Instant.parse(confirmed.path("silent_until").asText());
        assertThat(state.column("select who || ' ' || action || ' ' || subject || ' ' || why from audit.action"))
                .containsExactly("lena confirm appeal " + alert + " a trader");
        state.clock().pass(Duration.ofHours(3));
        bulk(2, "2026-11-21T09:00:00.000Z");
        assertThat(alerts()).as("what begins while it is silent").hasSize(1);
        // The visitor's other rules go on.
        click(3, "2026-11-21T09:10:00.000Z", "{\"quantity\":1,\"cart_value\":20000}");
        assertThat(alerts()).containsExactlyInAnyOrder("bulk-quantity user u", "big-cart user u");
        state.clock().pass(Duration.between(state.clock().instant(), until).plus(Duration.ofHours(3)));
        bulk(4, until.plusSeconds(1).toString());
        assertThat(alerts()).as("what begins afterwards").hasSize(3);
    }

    @Test
    void an_appeal_is_confirmed_once_by_an_operator_who_says_why() throws Exception {
        var alert = bulk(1, "2025-08-01T10:00:00.000Z");
        confirm(alert, "no ticket yet", 404);
        ticket("""
                [{"ticket_id": "T-1", "user_id": "u", "created_at": "2025-08-01T10:00:00Z", "category": "account", "status": "open"}]""");

        for (var how : List.of("confirm", "decline")) {
            decide(how, alert, " ", 400);
            assertThat(port.call(
                                    "POST",
                                    "/api/appeals/" + alert + "/" + how,
                                    VIEWER,
                                    "application/json",
                                    "{\"why\":\"x\"}")
                            .statusCode())
                    .isEqualTo(403);
        }
        assertThat(appeals("?state=waiting")).hasSize(1);
        confirm(alert, "a trader", 200);
        confirm(alert, "again", 404);

        assertThat(appeals("?state=waiting")).isEmpty();
        assertThat(appeals("?state=confirmed&alert=" + alert)).hasSize(1);
        assertThat(state.column("select why from audit.action")).containsExactly("a trader");
        assertThat(port.call("GET", "/api/appeals?state=lost", VIEWER, null, null)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void an_appeal_that_is_declined_silences_nobody_until_another_ticket_makes_it_wait_again() throws Exception {
        var alert = bulk(1, "2026-11-21T06:00:00.000Z");
        ticket("""
                [{"ticket_id": "T-1", "user_id": "u", "created_at": "2026-11-21T06:10:00Z", "category": "account", "status": "open"}]""");

        var declined = Json.read(decide("decline", alert, "not a trader", 200));

        fits("Appeal", declined);
        assertThat(declined.path("state").asText()).isEqualTo("declined");
        assertThat(declined.path("declined_by").asText()).isEqualTo("lena");
        assertThat(declined.has("silent_until")).isFalse();
        assertThat(state.column("select who || ' ' || action || ' ' || subject || ' ' || why from audit.action"))
                .containsExactly("lena decline appeal " + alert + " not a trader");
        assertThat(appeals("?state=waiting")).isEmpty();
        assertThat(appeals("?state=declined")).hasSize(1);
        decide("decline", alert, "again", 404);
        state.clock().pass(Duration.ofHours(3));
        bulk(2, "2026-11-21T09:00:00.000Z");
        assertThat(alerts()).as("the rule goes on").hasSize(2);

        ticket("""
                [{"ticket_id": "T-2", "user_id": "u", "created_at": "2026-11-21T08:00:00Z", "category": "account", "status": "open"}]""");

        assertThat(appeals("?state=waiting&alert=" + alert)).singleElement().satisfies(appeal -> assertThat(
                        appeal.path("ticket_ids").toString())
                .isEqualTo("[\"T-1\",\"T-2\"]"));
        decide("decline", alert, "still not", 200);
        assertThat(appeals("?state=declined"))
                .singleElement()
                .satisfies(appeal -> assertThat(appeal.path("why").asText()).isEqualTo("still not"));
    }

    @Test
    void an_appeal_that_was_declined_can_be_confirmed_after_all_but_not_the_other_way_round() throws Exception {
        var alert = bulk(1, "2026-11-21T06:00:00.000Z");
        ticket("""
                [{"ticket_id": "T-1", "user_id": "u", "created_at": "2026-11-21T06:10:00Z", "category": "account", "status": "open"}]""");
        decide("decline", alert, "not a trader", 200);

        var confirmed = Json.read(confirm(alert, "a trader after all", 200));

        assertThat(confirmed.path("state").asText()).isEqualTo("confirmed");
        assertThat(appeals("?state=declined")).isEmpty();
        decide("decline", alert, "or not", 404);
        assertThat(appeals("?state=confirmed")).hasSize(1);
    }

    private static List<JsonNode> appeals(String query) throws IOException, InterruptedException {
        var answer = Json.read(
                port.call("GET", "/api/appeals" + query, VIEWER, null, null).body());
        fits("Appeals", answer);
        return answer.path("appeals").valueStream().toList();
    }

    private static String confirm(String alert, String why, int status) throws IOException, InterruptedException {
        return decide("confirm", alert, why, status);
    }

    private static String decide(String how, String alert, String why, int status)
            throws IOException, InterruptedException {
        var answer = port.call(
                "POST",
                "/api/appeals/" + alert + "/" + how,
                OPERATOR,
                "application/json",
                Json.object().put("why", why).toString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer.body();
    }

    private static void ticket(String content) {
        new TestCustomers(state).upload("tickets/" + tickets++ + ".json", content);
    }

    /** Puts far too much into the cart, and gives the alert that comes of it. */
    private static String bulk(int id, String time) {
        click(id, time, "{\"quantity\":100}");
        return state.column(
                        "select id::text from alerts.alert where rule = 'bulk-quantity' order by episode desc limit 1")
                .get(0);
    }

    private static void click(int id, String time, String properties) {
        clicks.upload("clicks/" + id + ".json", """
                {"event_id":"e-%s","user_id":"u","session_id":"s","timestamp":"%s","event_type":"add_to_cart","properties":%s}""".formatted(id, time, properties));
        // Leases are looked at anew, and with them silences.
        state.clock().pass(Duration.ofSeconds(10));
        clicks.work();
    }

    private static List<String> alerts() {
        return state.column("select rule || ' ' || subject from alerts.alert");
    }
}
