package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.testing.TestState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However the same orders come (in which order, how often, in which files and pages, before or after their catalogue), the tables are the same. */
class OrdersPropertiesTest {
    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_tables_do_not_depend_on_how_orders_come(long seed) {
        var random = new Random(seed);
        var lines = orders(new Random(100));
        state.clear();
        var plain = new TestOrders(state);
        plain.catalogue("P-0", "1", "P-1", "2.5", "P-2", "3.99");
        plain.upload("orders/all.jsonl", String.join("\n", lines));
        var expected = plain.tables();

        state.clear();
        var mixed = new TestOrders(state, Map.of("ORDERS_PAGE_SIZE", String.valueOf(1 + random.nextInt(9))));
        var bag = new ArrayList<>(lines);
        for (int i = 0; i < 20; i++) bag.add(lines.get(random.nextInt(lines.size())));
        Collections.shuffle(bag, random);
        int catalogueAfter = random.nextInt(bag.size());
        for (int from = 0, file = 0; from < bag.size(); file++) {
            int to = Math.min(bag.size(), from + 1 + random.nextInt(15));
            mixed.upload("orders/" + file + ".jsonl", String.join("\n", bag.subList(from, to)));
            if (from <= catalogueAfter && catalogueAfter < to) mixed.catalogue("P-0", "1", "P-1", "2.5", "P-2", "3.99");
            from = to;
        }

        assertThat(mixed.tables()).isEqualTo(expected);
        assertThat(mixed.quarantined()).isEmpty();
        assertThat(added("orders.revenue_by_day", "sum(orders) || ' ' || sum(total)"))
                .isEqualTo(added("orders.placed", "count(*) || ' ' || sum(total)"));
        assertThat(added("orders.sales_by_day", "sum(lines) || ' ' || sum(units) || ' ' || sum(total)"))
                .isEqualTo(added("orders.line", "count(*) || ' ' || sum(quantity) || ' ' || sum(total)"));
    }

    private static List<String> added(String table, String sums) {
        return state.column("select " + sums + " from " + table);
    }

    /** Twenty orders, some of them in several versions. */
    private static List<String> orders(Random random) {
        var orders = new ArrayList<ObjectNode>();
        for (int i = 0; i < 40; i++) {
            var order = Json.object()
                    .put("order_id", "O-" + random.nextInt(20))
                    .put("customer_id", "C-" + random.nextInt(5))
                    .put("timestamp", String.format(Locale.ROOT, "2025-08-%02dT10:00:00Z", 20 + random.nextInt(3)))
                    .put("channel", random.nextBoolean() ? "web" : "api")
                    .put("status", List.of("pending", "confirmed", "cancelled").get(random.nextInt(3)));
            for (int line = 0; line <= random.nextInt(3); line++)
                order.withArray("items")
                        .addObject()
                        .put("product_id", "P-" + random.nextInt(3))
                        .put("quantity", 1 + random.nextInt(4))
                        .put("unit_price", List.of("1", "2.5", "3.99").get(random.nextInt(3)));
            orders.add(order);
        }
        return orders.stream().map(ObjectNode::toString).collect(Collectors.toList());
    }
}
