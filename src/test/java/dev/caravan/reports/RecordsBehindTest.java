package dev.caravan.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.orders.TestOrders;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From numbers of reports about the sample orders to the records they are made of. */
class RecordsBehindTest {
    private static TestState state;
    private static TestOrders orders;

    @BeforeAll
    static void start() throws IOException {
        state = new TestState();
        orders = new TestOrders(state, Map.of(), state.clock());
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
        // One product is counted before the orders, one after them.
        orders.upload("inventory/stock.csv", """
                product_id,available_quantity,warehouse_location,last_updated
                ITEM-003,100,WH-EAST,2025-08-01T00:00:00Z
                ITEM-003,40,WH-WEST,2025-08-15T00:00:00Z
                ITEM-007,9,WH-EAST,2025-08-21T06:00:00Z
                """.getBytes(StandardCharsets.UTF_8));
        orders.upload("orders/bad.jsonl", """
                {"order_id":"bad-1","timestamp":"2025-08-14T10:00:00Z","items":[]}
                """.getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"daily-revenue", "top-products", "customers"})
    void records_behind_each_row_add_up_to_it(String name) {
        assertThat(rows(name)).isNotEmpty().allSatisfy(row -> assertThat(sum(
                        find(
                                name,
                                chosen(row, "day", "channel", "country", "state", "currency", "product", "customer")),
                        "revenue"))
                .isEqualByComparingTo(row.path("revenue").asText()));
    }

    @Test
    void orders_behind_a_pair_are_as_many_as_it_says() {
        assertThat(rows("bought-together")).isNotEmpty().allSatisfy(row -> assertThat(
                        find("bought-together", chosen(row, "product", "other")).path("rows"))
                .hasSize(row.path("orders").asInt()));
    }

    @Test
    void counts_and_what_was_sold_since_make_the_stock() {
        assertThat(rows("stock")).hasSize(2).allSatisfy(row -> {
            assertThat(sum(find("stock", chosen(row, "product")), "units"))
                    .isEqualByComparingTo(row.path("available").asText());
            assertThat(sum(find("stock", Map.of("product", row.path("product").asText(), "what", "counted")), "units"))
                    .isEqualByComparingTo(row.path("counted").asText());
        });
        assertThat(find("stock", Map.of("product", "ITEM-003", "what", "sold")).path("rows"))
                .isNotEmpty();
        assertThat(find("stock", Map.of("product", "ITEM-007", "what", "sold")).path("rows"))
                .isEmpty();
    }

    @Test
    void accepted_and_refused_records_make_the_quality_of_a_day() {
        assertThat(rows("quality"))
                .anySatisfy(row -> assertThat(row.path("refused").asInt()).isEqualTo(1))
                .allSatisfy(row -> {
                    var accepted = find("quality", Map.of("day", row.path("day").asText(), "outcome", "accepted"));
                    var refused = find("quality", Map.of("day", row.path("day").asText(), "outcome", "refused"));
                    assertThat(accepted.path("rows")).hasSize(row.path("orders").asInt());
                    assertThat(refused.path("rows")).hasSize(row.path("refused").asInt());
                    assertThat(sum(accepted, "filled").doubleValue()
                                    / (4 * row.path("orders").asInt()))
                            .isCloseTo(row.path("completeness").asDouble(), within(0.0001));
                });
    }

    @Test
    void a_record_says_in_which_object_it_came() {
        var found = find("daily-revenue", Map.of("status", "cancelled"));

        assertThat(found.path("rows")).isNotEmpty().allSatisfy(row -> {
            assertThat(row.path("key").asText()).isEqualTo("orders/day.jsonl");
            assertThat(row.path("status").asText()).isEqualTo("cancelled");
            assertThat(row.path("index").isIntegralNumber()).isTrue();
        });
        assertThat(RecordsBehind.table(found).text()).startsWith("records behind daily-revenue\nday");
    }

    @Test
    void what_is_wrong_is_said() {
        assertThatThrownBy(() -> find("operations", Map.of()))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("records stand behind bought-together, customers, daily-revenue");
        assertThatThrownBy(() -> find("customers", Map.of("channel", "web")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("date, from, to, limit, customer, currency, status are known");
    }

    private static JsonNode find(String name, Map<String, String> chosen) {
        var parameters = new HashMap<>(chosen);
        parameters.put("name", name);
        return new RecordsBehind(state.database()).find(new Request(parameters, Map.of(), new byte[0], null));
    }

    private static JsonNode rows(String name) {
        return orders.reports().report(Map.of("name", name)).path("rows");
    }

    /** What tells a row apart, of those of the columns that it has. */
    private static Map<String, String> chosen(JsonNode row, String... columns) {
        return Stream.of(columns).filter(row::has).collect(Collectors.toMap(column -> column, column -> row.path(column)
                .asText()));
    }

    private static BigDecimal sum(JsonNode found, String column) {
        return found.path("rows")
                .valueStream()
                .map(row -> new BigDecimal(row.path(column).asText()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
