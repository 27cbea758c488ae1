package dev.caravan.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.orders.TestOrders;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
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
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"daily-revenue", "top-products", "customers"})
    void records_behind_each_row_add_up_to_it(String name) {
        var rows = orders.reports().report(Map.of("name", name)).path("rows");

        assertThat(rows).isNotEmpty().allSatisfy(row -> {
            var chosen = new HashMap<String, String>();
            for (var key : Set.of("day", "channel", "country", "state", "currency", "product", "customer"))
                if (row.has(key)) chosen.put(key, row.path(key).asText());
            assertThat(sum(find(name, chosen)))
                    .isEqualByComparingTo(row.path("revenue").asText());
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
        assertThatThrownBy(() -> find("stock", Map.of()))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("records stand behind customers, daily-revenue");
        assertThatThrownBy(() -> find("customers", Map.of("channel", "web")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("date, from, to, limit, customer, currency, status are known");
    }

    private static JsonNode find(String name, Map<String, String> chosen) {
        var parameters = new HashMap<>(chosen);
        parameters.put("name", name);
        return new RecordsBehind(state.database()).find(new Request(parameters, Map.of(), new byte[0], null));
    }

    private static BigDecimal sum(JsonNode found) {
        return found.path("rows")
                .valueStream()
                .map(row -> new BigDecimal(row.path("revenue").asText()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
