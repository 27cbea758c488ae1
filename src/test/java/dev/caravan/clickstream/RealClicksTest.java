package dev.caravan.clickstream;

import static dev.caravan.ledger.State.DELIVERED;
import static dev.caravan.ledger.State.QUARANTINED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.customers.TestCustomers;
import dev.caravan.testing.RealFiles;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Visits, purchases and tickets of {@link RealFiles}. */
@EnabledIfSystemProperty(named = RealFiles.WHERE, matches = ".+")
class RealClicksTest {
    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    private static String real(String file) throws IOException {
        return new String(RealFiles.bytes(file), UTF_8);
    }

    private static String number(String sql) {
        return state.column(sql).get(0);
    }

    @Test
    void eight_clicks_are_five_sessions_and_an_alert_that_a_ticket_disputes() throws IOException {
        var clicks = new TestClickstream(state);
        var upload = clicks.upload("clicks/events.json", real("shopstream/clickstream_events.json"));
        clicks.workToTheEnd();
        var tickets = new TestCustomers(state).upload("tickets/support.json", real("shopstream/customer_support.json"));

        assertThat(clicks.states(upload)).isEqualTo(Map.of(DELIVERED, 8L));
        assertThat(number("select count(*) || ' ' || sum(clicks) from clicks.session"))
                .isEqualTo("5 8");
        assertThat(state.column("select rule || ' ' || subject from alerts.alert order by 1"))
                .containsExactly(
                        "big-cart user usr_suspicious", "bot user usr_suspicious", "bulk-quantity user usr_suspicious");
        assertThat(clicks.module.appeals().list(null, null)).isNotEmpty().allSatisfy(appeal -> assertThat(appeal.user())
                .isEqualTo("usr_suspicious"));
        clicks.module.close();
    }

    @Test
    void seven_of_ten_transactions_have_a_defect_and_currencies_add_up_apart() throws IOException {
        var customers = new TestCustomers(state);
        customers.catalogue(RealFiles.bytes("shopstream/product_catalog.json"));
        var upload = customers.upload("transactions/day.csv", real("shopstream/transactions.csv"));

        assertThat(customers.states(upload)).isEqualTo(Map.of(DELIVERED, 8L, QUARANTINED, 2L));
        assertThat(
                        number(
                                "select count(distinct transaction_id) from customers.finding where rule <> 'transaction-country-alias'"))
                .isEqualTo("5");
        assertThat(
                        state.column(
                                "select currency || ' ' || sum(amount) from customers.transaction where status = 'completed' group by currency order by 1"))
                .containsExactly("EUR 299.5", "GBP 449.95", "USD 1154.97");
    }

    @Test
    void a_thousand_events_of_another_shop_are_clicks_by_mapping_alone() throws IOException {
        var clicks = new TestClickstream(state);
        var upload = clicks.upload("clicks/rees46/october.csv", real("realworld/rees46_events_1000.csv"));
        clicks.workToTheEnd();

        assertThat(clicks.states(upload)).isEqualTo(Map.of(DELIVERED, 1_000L));
        assertThat(number("select sum(clicks) from clicks.session")).isEqualTo("1000");
        assertThat(
                        state.column(
                                "select key || ' ' || sum(value::bigint) from clicks.minute, jsonb_each_text(types) group by key order by 1"))
                .containsExactly("add_to_cart 3", "page_view 987", "purchase 10");
        clicks.module.close();
    }
}
