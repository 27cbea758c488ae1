package dev.caravan.customers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.clickstream.TestClickstream;
import dev.caravan.reports.DayReports;
import dev.caravan.reports.DayReports.ReportFile;
import dev.caravan.reports.DriftReport;
import dev.caravan.reports.RecordsBehind;
import dev.caravan.reports.ReportTable;
import dev.caravan.reports.ReportsApi;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Reports about the sample files. What {@code docs/samples} shows is written anew by {@code ./mvnw test -Dtest=CustomerReportsTest -Ddocs.write=true}. */
class CustomerReportsTest {
    private static final LocalDate DAY = LocalDate.parse("2025-08-20");
    private static TestState state;
    private TestCustomers customers;
    private ReportsApi clickReports;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void samples() {
        state.clear();
        customers = new TestCustomers(state);
        customers.catalogue(TestCustomers.sample("listed_catalog.json"));
        customers.upload("transactions/2025-08.csv", TestCustomers.sample("transactions.csv"));
        customers.upload("tickets/2025-08.json", TestCustomers.sample("tickets.json"));
        var clicks = new TestClickstream(state);
        clicks.upload("clicks/2025-08.json", new String(TestCustomers.sample("clicks.json"), StandardCharsets.UTF_8));
        clicks.work();
        clicks.module.close();
        clickReports = new ReportsApi(List.of(clicks.module.reportDesk()));
        customers.followClicks();
    }

    private ReportsApi api() {
        return new ReportsApi(List.of(customers.module.reportDesk()));
    }

    private DayReports dayReports() {
        return (DayReports) customers.module.beans().get("customerDayReports");
    }

    private Map<String, String> files(LocalDate day) {
        return dayReports().render(day).files().stream()
                .collect(Collectors.toMap(ReportFile::key, file -> new String(file.content(), StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @EnumSource(Subject.class)
    void the_docs_show_the_report_of_the_samples(Subject subject) throws IOException {
        isShown(subject.text(), api());
    }

    @Test
    void the_docs_show_the_funnel_of_the_samples() throws IOException {
        isShown("funnel", clickReports);
    }

    @Test
    void the_docs_show_that_no_click_of_the_samples_is_late_and_which_fields_nobody_reads() throws IOException {
        assertThat(shown("late-clicks", clickReports).path("rows")).isEmpty();
        shown("drift", new ReportsApi(List.of(new DriftReport(state.database(), state.clock()))));
    }

    private static void isShown(String name, ReportsApi reports) throws IOException {
        assertThat(shown(name, reports).path("rows")).isNotEmpty();
    }

    private static JsonNode shown(String name, ReportsApi reports) throws IOException {
        var page = Path.of("docs/samples", name + ".txt");
        var report = reports.report(Map.of("name", name));
        var text = ReportTable.of(report).text();
        if (Boolean.getBoolean("docs.write")) Files.writeString(page, text);
        assertThat(page).hasContent(text);
        return report;
    }

    @Test
    void records_behind_a_rule_are_as_many_as_it_says() {
        assertThat(api().report(Map.of("name", "transaction-rules")).path("rows"))
                .isNotEmpty()
                .allSatisfy(row -> {
                    for (var outcome : List.of("refused", "warned"))
                        assertThat(behind("transaction-rules", row.path("rule").asText(), outcome))
                                .hasSize(row.path(outcome).asInt())
                                .allSatisfy(record ->
                                        assertThat(record.path("key").asText()).isEqualTo("transactions/2025-08.csv"));
                });
    }

    @Test
    void sessions_behind_a_day_make_its_numbers() {
        assertThat(api().report(Map.of("name", "sessions")).path("rows"))
                .isNotEmpty()
                .allSatisfy(row -> {
                    var day = row.path("day").asText();
                    var sessions = behind(Map.of("name", "sessions", "day", day));
                    assertThat(sessions).hasSize(row.path("sessions").asInt());
                    assertThat(sessions.valueStream()
                                    .mapToInt(session -> session.path("clicks").asInt())
                                    .sum())
                            .isEqualTo(row.path("clicks").asInt());
                    assertThat(behind(Map.of("name", "sessions", "day", day, "converted", "true")))
                            .hasSize(row.path("converted").asInt());
                    assertThat(behind(Map.of("name", "sessions", "day", day, "anonymous", "true")))
                            .hasSize(row.path("anonymous").asInt());
                });
    }

    @ParameterizedTest
    @CsvSource({"revenue-by-category, category", "revenue-by-country, country", "top-customers, customer"})
    void what_was_paid_behind_each_row_adds_up_to_it(String name, String key) {
        assertThat(api().report(Map.of("name", name)).path("rows")).isNotEmpty().allSatisfy(row -> {
            var behind = behind(Map.of(
                    "name",
                    name,
                    key,
                    row.path(key).asText(),
                    "currency",
                    row.path("currency").asText()));
            assertThat(behind.valueStream()
                            .map(paid -> new BigDecimal(paid.path("revenue").asText()))
                            .reduce(BigDecimal.ZERO, BigDecimal::add))
                    .isEqualByComparingTo(row.path("revenue").asText());
            assertThat(behind.findValuesAsText("transaction").stream().distinct())
                    .hasSize(row.path("orders").asInt());
            assertThat(behind.findValuesAsText("key")).containsOnly("transactions/2025-08.csv");
        });
    }

    @Test
    void tickets_behind_a_category_are_as_many_as_it_says() {
        assertThat(api().report(Map.of("name", "support")).path("rows"))
                .isNotEmpty()
                .allSatisfy(row -> assertThat(behind(Map.of(
                                "name",
                                "support",
                                "category",
                                row.path("category").asText())))
                        .hasSize(row.path("tickets").asInt())
                        .allSatisfy(ticket ->
                                assertThat(ticket.path("key").asText()).startsWith("tickets/")));
    }

    private static JsonNode behind(String report, String rule, String outcome) {
        return behind(Map.of("name", report, "rule", rule, "outcome", outcome));
    }

    private static JsonNode behind(Map<String, String> parameters) {
        var asked = new Request(parameters, Map.of(), new byte[0], null);
        return new RecordsBehind(state.database()).find(asked).path("rows");
    }

    @Test
    void the_report_of_a_day_is_a_page_with_charts_and_a_file_each() {
        var files = files(DAY);

        assertThat(files.keySet())
                .contains("reports/customers/2025-08-20/latest/report.html")
                .hasSize(2 * (1 + Subject.values().length));
        assertThat(files.get("reports/customers/2025-08-20/latest/revenue-by-country.csv"))
                .isEqualTo("""
                        country,currency,orders,revenue
                        FR,EUR,1,140.5
                        GB,GBP,1,310
                        US,USD,2,269
                        CA,USD,1,37.99
                        """);
        assertThat(files.get("reports/customers/2025-08-20/latest/report.html"))
                .contains("<h1>Customers on 2025-08-20</h1>", "Revenue by category", "2 in quarantine", "<svg")
                .doesNotContain("<script", "http:", "https:");
    }

    @Test
    void a_day_is_written_once_and_again_when_the_catalogue_has_learnt_what_was_bought_on_it() {
        state.clock().pass(Duration.ofMinutes(1));
        assertThat(dayReports().due())
                .containsExactlyInAnyOrder(LocalDate.parse("2026-11-20"), LocalDate.parse("2025-08-21"), DAY);
        var first = dayReports().render(DAY);
        dayReports().written(first);
        state.clock().pass(Duration.ofMinutes(1));
        assertThat(dayReports().due()).doesNotContain(DAY);

        customers.catalogue("""
                [{"product_id": "GOODS-77", "category": "toys"}]""".getBytes(StandardCharsets.UTF_8));
        state.clock().pass(Duration.ofMinutes(1));

        assertThat(dayReports().due()).contains(DAY);
        assertThat(dayReports().render(DAY).version()).isGreaterThan(first.version());
        assertThat(files(DAY).get("reports/customers/2025-08-20/latest/revenue-by-category.csv"))
                .contains("toys,EUR,1,1,20\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "top-customers | asOf | 2025-08-20T00:00:00Z | there is no parameter asOf here",
                "top-customers | date | yesterday | date must be a day",
                "nothing       | date | 2025-08-20 | no report nothing: there are revenue-by-category"
            })
    void what_is_asked_wrongly_is_refused(String name, String parameter, String value, String message) {
        assertThatThrownBy(() -> api().report(Map.of("name", name, parameter, value)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(message);
    }

    @Test
    void before_anything_came_reports_are_empty() {
        state.clear();

        assertThat(api().report(Map.of("name", "support")).path("rows")).isEmpty();
        assertThat(dayReports().due()).isEmpty();
    }
}
