package dev.caravan.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.api.Problem;
import dev.caravan.clickstream.TestClickstream;
import dev.caravan.customers.TestCustomers;
import dev.caravan.orders.TestOrders;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Fields that come and nobody reads, from files that have them. */
class DriftReportTest {
    @Test
    void a_field_that_nobody_reads_is_told_of_with_how_often_it_came_and_since_when() {
        try (var state = new TestState()) {
            var reports = new ReportsApi(List.of(new DriftReport(state.database(), state.clock())));
            assertThat(reports.report(Map.of("name", "drift")).path("rows")).isEmpty();

            var orders = new TestOrders(state, Map.of(), state.clock());
            orders.catalogue("P-1", "5.00");
            for (int day = 1; day <= 2; day++) {
                orders.upload("orders/" + day + ".jsonl", """
                        {"order_id":"o-%1$s","customer_id":"c-1","timestamp":"2025-08-0%1$sT10:00:00Z","channel":"web","status":"confirmed",\
                        "items":[{"product_id":"P-1","quantity":1,"price":5}],"giftWrap":true}
                        """.formatted(day));
                state.clock().pass(Duration.ofHours(1));
            }
            new TestClickstream(state).upload("clicks/a.json", """
                    {"event_id":"e-1","user_id":"u-1","timestamp":"2025-08-01T10:00:00.000Z","event_type":"page_view","scrollDepth":40}
                    """);
            state.clock().pass(Duration.ofHours(1));
            new TestCustomers(state).upload("tickets/a.json", """
                    {"ticket_id":"t-1","user_id":"u-1","created_at":"2025-08-02T10:00:00Z","status":"open","mood":"cross"}
                    """);

            var report = reports.report(Map.of("name", "drift"));

            assertThat(report.path("rows"))
                    .extracting(row -> row.path("flow").asText() + " "
                            + row.path("pointer").asText() + " " + row.path("records"))
                    .containsExactly("customers /mood 1", "clickstream /scrollDepth 1", "orders /giftWrap 2");
            var first = report.path("rows").get(2);
            assertThat(Duration.between(
                            Instant.parse(first.path("first_seen").asText()),
                            Instant.parse(first.path("last_seen").asText())))
                    .isEqualTo(Duration.ofHours(1));
            assertThat(report.path("version").asLong()).isEqualTo(4);
            assertThat(reports.report(Map.of("name", "drift", "limit", "1")).path("rows"))
                    .hasSize(1);
            assertThat(ReportTable.of(report).text()).contains("giftWrap");
        }
    }

    @Test
    void a_parameter_that_it_does_not_know_is_refused() {
        var reports = new ReportsApi(List.of(new DriftReport(null, null)));

        assertThatThrownBy(() -> reports.report(Map.of("name", "drift", "date", "2025-08-01")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("limit");
    }
}
