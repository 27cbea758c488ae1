package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.orders.OrderReports.Wanted;
import dev.caravan.reports.ReportTable;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each report of the sample files is what {@code docs/samples} shows. It is written anew by
 * {@code ./mvnw test -Dtest=SampleReportsTest -Ddocs.write=true}.
 */
class SampleReportsTest {
    private static TestState state;
    private static OrderReports reports;

    @BeforeAll
    static void start() throws IOException {
        state = new TestState();
        var orders = new TestOrders(state, Map.of(), state.clock());
        orders.upload("catalog/products.json", sample("product_catalog.json"));
        orders.upload("inventory/stock.csv", sample("inventory.csv"));
        orders.upload("orders/2025-08.jsonl", sample("orders.jsonl"));
        reports = orders.module.reports();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    private static byte[] sample(String file) throws IOException {
        return Files.readAllBytes(Path.of("samples", file));
    }

    @ParameterizedTest
    @EnumSource(Subject.class)
    void the_docs_show_the_report_of_the_samples(Subject subject) throws IOException {
        var page = Path.of("docs/samples", subject.text() + ".txt");

        var report = reports.find(subject, new Wanted(null, null, List.of("confirmed"), 1000, null, null));

        var text = ReportTable.of(report.json()).text();
        if (Boolean.getBoolean("docs.write")) Files.writeString(page, text);
        assertThat(page).hasContent(text);
        assertThat(report.rows()).isNotEmpty();
    }
}
