package dev.caravan.orders;

import static dev.caravan.ledger.State.DELIVERED;
import static dev.caravan.ledger.State.DUPLICATE;
import static dev.caravan.ledger.State.QUARANTINED;
import static dev.caravan.ledger.State.SUPERSEDED;
import static dev.caravan.ledger.State.UNCHANGED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.ledger.State;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrdersTest {
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
    void clear() {
        state.clear();
        orders = new TestOrders(state);
        orders.catalogue("P-1", "10.50", "P-2", "3");
    }

    private static String order(String id, String status, String quantity) {
        return """
                {"order_id":"%s","customer_id":"C-1","timestamp":"2025-08-28T10:00:00Z","channel":"web","status":"%s",\
                "items":[{"product_id":"P-1","quantity":%s,"unit_price":10.50}],"shipping_address":{"country":"US","state":"TX","city":"Austin"}}
                """.formatted(id, status, quantity);
    }

    @Test
    void an_order_is_counted_once_however_often_it_comes() {
        var first = orders.upload("orders/a.jsonl", order("O-1", "confirmed", "2"));
        var again =
                orders.upload("orders/b.jsonl", order("O-1", "confirmed", "2").repeat(3));

        assertThat(orders.states(first)).isEqualTo(Map.of(DELIVERED, 1L));
        assertThat(orders.states(again)).isEqualTo(Map.of(DUPLICATE, 3L));
        assertThat(revenue()).containsExactly("2025-08-28 web US TX USD confirmed 1 21");
    }

    /** Two files say 5 at noon and one between them 7; the last tells of the hour before. */
    @ParameterizedTest
    @ValueSource(strings = {"0 1 2 3", "0 2 1 3", "1 0 3 2", "1 2 0 3", "2 0 3 1", "2 1 0 3", "3 2 1 0", "3 0 2 1"})
    void of_what_is_said_of_stock_at_one_moment_the_newest_file_counts_in_whatever_order_they_are_read(String order) {
        var files = List.of("12:00 5", "12:00 7", "12:00 5", "11:00 9");
        var stock =
                files.stream().map(file -> orders.opened("inventory/stock.csv")).toList();
        var listed =
                files.stream().map(file -> orders.opened("catalog/listed.json")).toList();

        for (var next : order.split(" ")) {
            int number = Integer.parseInt(next);
            var file = files.get(number).split(" ");
            orders.read(
                    stock.get(number),
                    "product_id,warehouse_location,available_quantity,last_updated\nP-1,EAST,%s,2025-08-28T%s:00Z\n"
                            .formatted(file[1], file[0]));
            orders.read(
                    listed.get(number),
                    "[{\"product_id\":\"P-3\",\"category\":\"games\",\"stock_quantity\":%s,\"last_updated\":\"2025-08-28T%s:00Z\"}]"
                            .formatted(file[1], file[0]));
        }

        for (var table : List.of("orders.stock where warehouse = 'EAST'", "orders.listed_stock"))
            assertThat(state.column("select to_char(as_of at time zone 'UTC', 'HH24:MI ') || "
                            + (table.contains("listed") ? "stock" : "quantity") + " from " + table + " order by 1"))
                    .as(table)
                    .containsExactly("11:00 9", "12:00 5");
    }

    @Test
    void a_snapshot_of_an_earlier_moment_or_of_an_older_file_is_superseded() {
        var snapshot = "product_id,warehouse_location,available_quantity,last_updated\nP-1,EAST,%s,2025-08-28T%s:00Z\n";
        var older = orders.opened("inventory/stock.csv");
        var newer = orders.upload("inventory/stock.csv", snapshot.formatted("5", "12:00"));
        orders.read(older, snapshot.formatted("7", "12:00"));
        var earlier = orders.upload("inventory/stock.csv", snapshot.formatted("9", "11:00"));
        var again = orders.upload("inventory/stock.csv", snapshot.formatted("5", "12:00"));

        assertThat(orders.states(newer)).isEqualTo(Map.of(DELIVERED, 1L));
        assertThat(orders.states(older)).isEqualTo(Map.of(SUPERSEDED, 1L));
        assertThat(orders.states(earlier)).isEqualTo(Map.of(SUPERSEDED, 1L));
        assertThat(orders.states(again)).isEqualTo(Map.of(UNCHANGED, 1L));
    }

    @ParameterizedTest
    @CsvSource({"0, DELIVERED", "1, QUARANTINED"})
    void an_order_may_be_a_day_ahead_of_the_clock_and_no_millisecond_more(long beyond, State expected) {
        var ahead = TestOrders.NOW.plus(Duration.ofDays(1)).plusMillis(beyond);

        var upload = orders.upload(
                "orders/a.jsonl", order("O-1", "confirmed", "2").replace("2025-08-28T10:00:00Z", ahead.toString()));

        assertThat(orders.states(upload)).isEqualTo(Map.of(expected, 1L));
    }

    @Test
    void the_same_order_in_another_spelling_is_a_duplicate() {
        orders.upload("orders/a.jsonl", order("O-1", "confirmed", "2"));

        var other = orders.upload("orders/b.json", """
                {"order": {"orderId": "O-1", "customer": {"id": "C-1"}, "timestamp": 1756375200000, "channel": " WEB ", "status": "Confirmed ",
                 "items": [{"productId": "P-1", "qty": "2", "price": {"amount": "10.5", "currency": "usd"}}],
                 "shippingAddress": {"state": "TX", "country": "US", "city": "Austin"}}}""");

        assertThat(orders.states(other)).isEqualTo(Map.of(DUPLICATE, 1L));
    }

    @Test
    void of_two_versions_the_greater_counts_whichever_comes_first() {
        orders.upload("orders/a.jsonl", order("O-1", "confirmed", "2"));
        orders.upload("orders/b.jsonl", order("O-1", "cancelled", "2"));
        var tables = orders.tables();

        state.clear();
        orders = new TestOrders(state);
        orders.catalogue("P-1", "10.50", "P-2", "3");
        orders.upload("orders/b.jsonl", order("O-1", "cancelled", "2"));
        var late = orders.upload("orders/a.jsonl", order("O-1", "confirmed", "2"));

        assertThat(orders.states(late)).isEqualTo(Map.of(SUPERSEDED, 1L));
        assertThat(orders.tables()).isEqualTo(tables);
        assertThat(revenue()).containsExactly("2025-08-28 web US TX USD cancelled 1 21");
    }

    @Test
    void an_order_for_an_unknown_product_waits_until_the_catalogue_learns_it() {
        var early = orders.upload(
                "orders/a.jsonl",
                order("O-1", "confirmed", "2").replace("P-1", "P-9") + order("O-2", "confirmed", "1"));

        assertThat(orders.states(early)).isEqualTo(Map.of(QUARANTINED, 1L, DELIVERED, 1L));
        var kept = orders.quarantined().get(0);
        assertThat(kept.reasons().path(0).path("rule").asText()).isEqualTo("product-unknown");
        assertThat(kept.reasons().path(0).path("pointer").asText()).isEqualTo("/items/0/product_id");

        orders.catalogue("P-9", "1");

        assertThat(orders.states(early)).isEqualTo(Map.of(DELIVERED, 2L));
        assertThat(orders.quarantined()).isEmpty();
        assertThat(state.column("select resolved_by from quarantine.record")).containsExactly("the catalogue");
        assertThat(revenue()).containsExactly("2025-08-28 web US TX USD confirmed 2 31.5");
    }

    @Test
    void an_order_with_two_unknown_products_waits_for_both_in_whichever_file_and_order_they_are_told() {
        var early = orders.upload(
                "orders/a.jsonl",
                order("O-1", "confirmed", "2")
                        .replace("\"items\":[", "\"items\":[{\"product_id\":\"P-8\",\"quantity\":1,\"unit_price\":4},")
                        .replace("P-1", "P-9"));

        orders.catalogue("P-9", "1");
        assertThat(orders.states(early)).isEqualTo(Map.of(QUARANTINED, 1L));
        orders.catalogue("P-8", "1");
        assertThat(orders.states(early)).isEqualTo(Map.of(DELIVERED, 1L));
        assertThat(orders.quarantined()).isEmpty();
        assertThat(revenue()).containsExactly("2025-08-28 web US TX USD confirmed 1 25");
        assertThat(state.column("select product_id from orders.waiting")).isEmpty();
    }

    @Test
    void half_characters_and_zero_bytes_in_fields_nobody_reads_are_kept_in_a_form_that_can_be() {
        var odd = order("O-1", "confirmed", "2")
                .strip()
                .replace("\"channel\"", "\"note\":\"a\\ud800b\\u0000\\\\ \\t\\n\",\"channel\"");

        var upload = orders.upload("orders/a.jsonl", odd + "\n" + order("O-2", "confirmed", "1"));

        assertThat(orders.quarantined()).isEmpty();
        assertThat(orders.states(upload)).isEqualTo(Map.of(DELIVERED, 2L));
    }

    private static java.util.List<String> revenue() {
        return state.column("""
                select concat_ws(' ', day, channel, country, state, currency, status, orders, total) from orders.revenue_by_day where orders <> 0 order by 1""");
    }
}
