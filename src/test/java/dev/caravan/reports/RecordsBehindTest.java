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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
                ITEM-003,70,WH-EAST,2025-08-18T00:00:00Z
                ITEM-007,9,WH-EAST,2025-08-21T06:00:00Z
                """.getBytes(StandardCharsets.UTF_8));
        var twice = Files.readAllLines(Path.of("samples/orders.jsonl")).subList(0, 2);
        orders.upload("orders/again.jsonl", String.join("\n", twice).getBytes(StandardCharsets.UTF_8));
        // Of a product that the catalogue learns of afterwards.
        orders.upload(
                "orders/early.jsonl",
                twice.get(0)
                        .replaceAll("\"order_id\": ?\"[^\"]*\"", "\"order_id\":\"early-1\"")
                        .replaceAll("ITEM-[0-9]+", "ITEM-NEW")
                        .getBytes(StandardCharsets.UTF_8));
        orders.catalogue("ITEM-NEW", "10.00");
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

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"-, -", "2025-08-15, 2025-08-20", "2025-08-16, 2025-08-20", "2025-08-19, 2025-08-20"})
    void what_was_sold_and_counted_makes_the_turnover(String from, String to) {
        Map<String, String> period = from == null ? Map.of() : Map.of("from", from, "to", to);

        var rows = orders.reports()
                .report(with(period, "name", "inventory-turnover"))
                .path("rows");

        assertThat(rows).isNotEmpty().allSatisfy(row -> {
            var asked = with(period, "product", row.path("product").asText());
            assertThat(sum(find("inventory-turnover", with(asked, "what", "sold")), "units"))
                    .isEqualByComparingTo(row.path("units").asText());
            var counts = find("inventory-turnover", with(asked, "what", "counted"))
                    .path("rows")
                    .valueStream()
                    .toList();
            assertThat(average(counts, from == null ? "" : from))
                    .isCloseTo(row.path("average_stock").asDouble(), within(0.005));
            assertThat(counts)
                    .allSatisfy(count -> assertThat(count.path("key").asText()).isEqualTo("inventory/stock.csv"));
        });
    }

    /** Of what the warehouses counted last, summed, whenever one of them counted within the period, or once when none did; 0 when none ever did. */
    private static double average(List<JsonNode> counts, String from) {
        var moments = counts.stream()
                .map(count -> count.path("counted_at").asText())
                .filter(moment -> moment.compareTo(from) >= 0)
                .distinct()
                .toList();
        return (moments.isEmpty() ? List.of("9999") : moments)
                .stream()
                        .mapToInt(moment -> counts.stream()
                                .filter(count ->
                                        count.path("counted_at").asText().compareTo(moment) <= 0)
                                .sorted(Comparator.comparing(
                                        count -> count.path("counted_at").asText()))
                                .collect(Collectors.toMap(
                                        count -> count.path("warehouse").asText(),
                                        count -> count.path("units").asInt(),
                                        (earlier, later) -> later))
                                .values()
                                .stream()
                                .mapToInt(Integer::intValue)
                                .sum())
                        .average()
                        .orElseThrow();
    }

    @Test
    void records_of_the_pages_of_a_day_make_its_operations() {
        assertThat(rows("operations")).hasSize(3).allSatisfy(row -> {
            var of = chosen(row, "day", "kind");
            for (var outcome : List.of("accepted", "duplicate", "superseded", "quarantined", "released"))
                assertThat(find("operations", with(of, "outcome", outcome)).path("rows"))
                        .as(outcome)
                        .hasSize(row.path(outcome).asInt());
        });
        assertThat(rows("operations").findValuesAsText("duplicate")).contains("2");
        assertThat(rows("operations").findValuesAsText("released")).contains("1");
        assertThat(find("operations", Map.of("rule", "product-unknown")).path("rows"))
                .extracting(record -> record.path("outcome").asText())
                .containsExactly("quarantined", "released");
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
        assertThatThrownBy(() -> find("nonsense", Map.of()))
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

    private static Map<String, String> with(Map<String, String> parameters, String name, String value) {
        var all = new HashMap<>(parameters);
        all.put(name, value);
        return all;
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
