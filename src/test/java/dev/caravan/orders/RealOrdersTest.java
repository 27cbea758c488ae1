package dev.caravan.orders;

import static dev.caravan.ledger.State.DELIVERED;
import static dev.caravan.ledger.State.DUPLICATE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.testing.RealFiles;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Orders of {@link RealFiles}. */
@EnabledIfSystemProperty(named = RealFiles.WHERE, matches = ".+")
class RealOrdersTest {
    private static final String CONFIRMED =
            "select %1$s || ' ' || sum(total) from orders.placed where status = 'confirmed' group by %1$s order by 1";

    private static TestState state;
    private TestOrders orders;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void catalogue() throws IOException {
        begin();
    }

    private void begin() throws IOException {
        state.clear();
        orders = new TestOrders(state);
        orders.upload("catalog/products.json", RealFiles.bytes("orders/product_catalog.json"));
        orders.upload("inventory/stock.csv", RealFiles.bytes("orders/inventory_updates.csv"));
    }

    private static String number(String sql) {
        return state.column(sql).get(0);
    }

    @Test
    void a_thousand_orders_add_up_as_their_publishers_file_does() throws IOException {
        var upload = orders.upload("orders/stream.jsonl", RealFiles.bytes("orders/orders_stream.jsonl"));

        assertThat(orders.states(upload)).isEqualTo(Map.of(DELIVERED, 1_000L));
        assertThat(number("select count(*) || ' ' || sum(total) from orders.placed where status = 'confirmed'"))
                .isEqualTo("321 324272.62");
        assertThat(number("select count(*) || ' ' || sum(total) from orders.placed where status <> 'cancelled'"))
                .isEqualTo("659 657868.30");
        assertThat(state.column(CONFIRMED.formatted("channel")))
                .containsExactly("api 110439.99", "mobile 93702.95", "web 120129.68");
        assertThat(state.column(CONFIRMED.formatted("state")))
                .containsExactly("CA 42947.66", "FL 60885.49", "IL 79434.19", "NY 57687.39", "TX 83317.89");
        assertThat(number("select count(*) from orders.enriched_line where category is not null"))
                .isEqualTo("2944");
        assertThat(number("select count(*) from orders.enriched_line where before_launch"))
                .isEqualTo("116");
        assertThat(number("select count(*) from orders.enriched_line where price_differs"))
                .isEqualTo("0");
        assertThat(
                        number(
                                "select product_id || ' ' || sum(total) from orders.enriched_line where status = 'confirmed' group by product_id order by sum(total) desc limit 1"))
                .isEqualTo("PROD-024 16291.74");
        assertThat(state.column(
                        "select product_id || ' ' || quantity from orders.stock where quantity < 10 order by quantity"))
                .containsExactly("PROD-044 3", "PROD-001 6", "PROD-012 7");
    }

    @Test
    void three_times_shuffled_and_in_ten_files_they_make_the_same_tables() throws IOException {
        orders.upload("orders/stream.jsonl", RealFiles.bytes("orders/orders_stream.jsonl"));
        var once = orders.tables();
        begin();

        var lines = new ArrayList<>(new String(RealFiles.bytes("orders/orders_stream.jsonl"), UTF_8)
                .lines()
                .toList());
        for (int time = 0; time < 3; time++) {
            Collections.shuffle(lines, new Random(time));
            for (int part = 0; part < 10; part++) {
                var of = lines.subList(part * 100, part * 100 + 100);
                var upload = orders.upload("orders/part-" + part + ".jsonl", String.join("\n", of));
                assertThat(orders.states(upload)).isEqualTo(Map.of(time == 0 ? DELIVERED : DUPLICATE, 100L));
            }
        }

        assertThat(orders.tables()).isEqualTo(once);
    }

    @Test
    void invoices_of_two_days_become_orders_by_mapping_alone() throws IOException {
        var upload = orders.upload(
                "orders/online-retail/december.csv", RealFiles.bytes("realworld/online_retail_dec2010.csv"));

        assertThat(orders.states(upload)).isEqualTo(Map.of(DELIVERED, 236L));
        assertThat(
                        state.column(
                                "select status || ' ' || currency || ' ' || count(*) || ' ' || sum(total) from orders.placed group by status, currency order by 1"))
                .containsExactly("confirmed GBP 236 93029.47");
    }
}
