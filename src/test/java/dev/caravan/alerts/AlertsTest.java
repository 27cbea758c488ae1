package dev.caravan.alerts;

import static dev.caravan.testing.Promised.fits;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.alerts.Alerts.Episode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertsTest {
    private static final String VIEWER = "ck_noor";
    private static final String TILL = "ck_till";
    private static final List<String> HANDED_IN = new ArrayList<>();

    private static TestState state;
    private static Alerts alerts;
    private static PublicPort port;

    @BeforeAll
    static void start() {
        state = new TestState();
        alerts = new Alerts(
                state.database(),
                (db, lane, title, description, priority) -> {
                    HANDED_IN.add(String.join("|", lane, title, priority, description));
                    return new UUID(0, HANDED_IN.size());
                },
                state.clock());
        var api = new Api(ApiKeys.parse(
                ApiKeys.entry("noor", Role.VIEWER, VIEWER) + "," + ApiKeys.entry("till", Role.PRODUCER, TILL)));
        new AlertsApi(alerts).addTo(api);
        port = new PublicPort(1_000, api);
    }

    @AfterAll
    static void stop() {
        port.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        HANDED_IN.clear();
    }

    private static Finding low(String product, int available) {
        return new Finding(
                product, product + " is low", Json.object().put("available", available), "10 or more are in stock");
    }

    @Test
    void episodes_are_alerts_by_their_ids_and_become_tasks_once_in_the_order_in_which_they_were_raised() {
        var began = Instant.parse("2025-08-01T10:00:00Z");
        // The one that was raised last comes first by its id, and both begin at the same moment.
        var ids = List.of(new UUID(0, 2), new UUID(0, 1), new UUID(0, 3));
        for (var id : ids) {
            var wanted = id.equals(ids.get(2)) ? Optional.<String>empty() : Optional.of("high");
            var episode = new Episode("clickstream", "rate", wanted, id, began, low("user " + id, 1), true);
            state.database().write(db -> alerts.raise(db, List.of(episode)));
            state.database().write(db -> alerts.raise(db, List.of(episode)));
            state.clock().pass(Duration.ofSeconds(1));
        }

        assertThat(HANDED_IN).isEmpty();
        assertThat(alerts.handOver("orders")).isZero();
        assertThat(alerts.handOver("clickstream")).isEqualTo(2);
        assertThat(alerts.handOver("clickstream")).isZero();

        assertThat(HANDED_IN).hasSize(2);
        assertThat(HANDED_IN.get(0)).startsWith("clickstream-alerts|user " + ids.get(0));
        assertThat(HANDED_IN.get(1)).startsWith("clickstream-alerts|user " + ids.get(1));
        assertThat(alerts.list(true, "rate", 10))
                .extracting(Alert::task)
                .containsExactly(null, new UUID(0, 2), new UUID(0, 1));
    }

    private static void settle(String rule, Optional<String> priority, Finding... findings) {
        state.database().write(db -> alerts.settle(db, "orders", rule, priority, List.of(findings)));
        state.clock().pass(Duration.ofSeconds(1));
    }

    private static HttpResponse<String> ask(String query, String key) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(port.url("/api/alerts" + query))
                                    .header("X-API-Key", key)
                                    .build(),
                            BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static JsonNode listed(String query) {
        var answer = Json.read(ask(query, VIEWER).body());
        fits("Alerts", answer);
        return answer.path("alerts");
    }

    @Test
    void an_alert_is_raised_once_follows_what_is_seen_and_clears_when_nothing_is() {
        settle("stock-low", Optional.of("high"), low("P-1", 9));
        settle("stock-low", Optional.of("high"), low("P-1", 7), low("P-2", 1));

        assertThat(listed("?state=open")).hasSize(2).anySatisfy(alert -> {
            assertThat(alert.path("subject").asText()).isEqualTo("P-1");
            assertThat(alert.at("/evidence/available").intValue()).isEqualTo(7);
            assertThat(alert.path("raised_at").asText()).isEqualTo("2026-11-21T07:00:00Z");
            assertThat(alert.path("task_id").asText()).isEqualTo(new UUID(0, 1).toString());
        });
        settle("stock-low", Optional.of("high"), low("P-2", 1));

        assertThat(listed("?state=cleared")).singleElement().satisfies(alert -> {
            assertThat(alert.path("subject").asText()).isEqualTo("P-1");
            assertThat(alert.path("cleared_at").asText()).isEqualTo("2026-11-21T07:00:02Z");
        });
        settle("stock-low", Optional.of("high"), low("P-1", 9));
        assertThat(listed("")).hasSize(3);
        assertThat(HANDED_IN).hasSize(3);
    }

    @Test
    void as_a_task_it_says_what_was_seen_by_which_rule_and_what_clears_it() {
        settle("stock-low", Optional.of("high"), low("P-1", 9));

        var alert = listed("").get(0).path("id").asText();
        assertThat(HANDED_IN).containsExactly("""
                orders-alerts|P-1 is low|high|Rule stock-low about P-1.
                Clears by itself when 10 or more are in stock.
                Alert %s.
                Evidence: {"available":9}""".formatted(alert));
    }

    @Test
    void a_rule_without_tasks_hands_none_in_and_rules_do_not_clear_each_others_alerts() {
        settle("stock-low", Optional.empty(), low("P-1", 9));
        settle("stock-out", Optional.empty(), low("P-1", 9));
        settle("stock-out", Optional.empty());

        assertThat(listed("?state=open")).singleElement().satisfies(alert -> assertThat(alert.has("task_id"))
                .isFalse());
        assertThat(listed("?rule=stock-out")).hasSize(1);
        assertThat(HANDED_IN).isEmpty();
        state.database().write(db -> alerts.settleOthers(db, "orders", List.of("stock-out")));
        assertThat(listed("?state=open")).isEmpty();
    }

    @Test
    void the_newest_come_first_and_no_more_than_asked_for() {
        settle("a", Optional.empty(), low("P-1", 1));
        settle("b", Optional.empty(), low("P-1", 1));

        assertThat(listed("?limit=1"))
                .singleElement()
                .satisfies(alert -> assertThat(alert.path("rule").asText()).isEqualTo("b"));
    }

    @ParameterizedTest
    @CsvSource({
        "?state=closed, 'state must be open or cleared, not \"closed\"'",
        "?limit=0, limit must be a whole number from 1 to 1000",
        "?sort=rule, 'there is no parameter sort: state, rule and limit are known'"
    })
    void a_wrong_question_is_told_what_is_wrong(String query, String told) {
        var answer = ask(query, VIEWER);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Json.read(answer.body()).path("detail").asText()).isEqualTo(told);
    }

    @Test
    void who_only_hands_things_in_may_not_look() {
        assertThat(ask("", TILL).statusCode()).isEqualTo(403);
        assertThat(ask("", "ck_wrong").statusCode()).isEqualTo(401);
    }
}
