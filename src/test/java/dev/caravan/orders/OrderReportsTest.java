package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.reports.ReportsApi;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Reports as the API answers them, on a clock that is moved by hand. */
class OrderReportsTest {
    private static final Duration QUIET = Duration.ofSeconds(20);
    private static final String VIEWER = "ck_noor";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static TestState state;
    private static TestOrders orders;
    private static PublicPort port;

    @BeforeAll
    static void start() {
        state = new TestState();
        orders = new TestOrders(state, Map.of(), state.clock());
        var api = new Api(ApiKeys.parse(ApiKeys.entry("noor", Role.VIEWER, VIEWER)));
        orders.module.addTo(api);
        new ReportsApi(List.of(orders.module.reportDesk())).addTo(api);
        port = new PublicPort(200_000, api);
    }

    @AfterAll
    static void stop() {
        port.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        orders.catalogue("P-1", "10", "P-2", "3", "P-3", "5");
    }

    private static HttpResponse<String> ask(String path) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(port.url("/api/reports/" + path))
                            .header("X-API-Key", VIEWER)
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode report(String path) {
        var answer = ask(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.read(answer.body());
    }

    /** Each row's values of some columns, with blanks between them. */
    private static List<String> rows(JsonNode report, String... columns) {
        return StreamSupport.stream(report.path("rows").spliterator(), false)
                .map(row -> {
                    var cells = new ArrayList<String>();
                    for (var column : columns) {
                        assertThat(row.has(column)).as(column).isTrue();
                        var cell = row.get(column);
                        cells.add(cell.isContainerNode() ? cell.toString() : cell.asText());
                    }
                    return String.join(" ", cells);
                })
                .toList();
    }

    /** An order of one of each product, at noon of a day in August 2025. */
    private static String order(String id, int day, String status, String... products) {
        var order = Json.object()
                .put("order_id", id)
                .put("customer_id", "C-1")
                .put("timestamp", String.format(Locale.ROOT, "2025-08-%02dT12:00:00Z", day))
                .put("channel", "web")
                .put("status", status);
        for (var product : products)
            order.withArray("items")
                    .addObject()
                    .put("product_id", product)
                    .put("quantity", 1)
                    .put("unit_price", "10");
        order.putObject("shipping_address")
                .put("country", "US")
                .put("state", "TX")
                .put("city", "Austin");
        return order + "\n";
    }

    private static void stock(String... productWarehouseTimeQuantity) {
        var csv = new StringBuilder("product_id,warehouse_location,last_updated,available_quantity\n");
        for (var line : productWarehouseTimeQuantity) csv.append(line).append('\n');
        orders.upload("inventory/stock.csv", csv.toString());
    }

    /** The case that is computed by hand in the how-to. */
    @Test
    void turnover_is_units_over_the_average_of_the_stock_at_each_snapshot() {
        stock(
                "P-1,EAST,2025-08-01T06:00:00Z,100",
                "P-1,WEST,2025-08-01T06:00:00Z,20",
                "P-1,EAST,2025-08-03T06:00:00Z,60",
                "P-2,EAST,2025-07-30T06:00:00Z,8",
                "P-1,EAST,2025-08-09T06:00:00Z,1");
        for (int i = 0; i < 30; i++) orders.upload("orders/a.jsonl", order("O-" + i, 2, "confirmed", "P-1"));
        orders.upload(
                "orders/b.jsonl",
                order("O-30", 3, "confirmed", "P-2")
                        + order("O-31", 3, "cancelled", "P-2")
                        + order("O-32", 4, "confirmed", "P-3"));

        var report = report("inventory-turnover?from=2025-08-01&to=2025-08-04");

        // P-1: (100 + 20) at the first snapshot, (60 + 20) at the second, 100 on average; 30 sold.
        // P-2: not counted in the period, 8 before it; 1 sold. P-3 was never counted.
        assertThat(rows(report, "product", "units", "snapshots", "average_stock", "turnover"))
                .containsExactly("P-1 30 2 100 0.3", "P-2 1 0 8 0.125", "P-3 1 0 null null");
    }

    @Test
    void what_was_sold_after_a_snapshot_is_no_longer_there() {
        stock("P-1,EAST,2025-08-02T06:00:00Z,9", "P-2,EAST,2025-08-02T13:00:00Z,1");
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1")
                        + order("O-2", 2, "confirmed", "P-1", "P-2")
                        + order("O-3", 3, "confirmed", "P-1", "P-2", "P-2")
                        + order("O-4", 3, "pending", "P-1"));

        // P-1: sold at noon of the 2nd, after it was counted, and on the 3rd. P-2: counted after noon of the 2nd.
        assertThat(rows(report("low-stock"), "product", "counted", "sold_since", "available", "oversold"))
                .containsExactly("P-2 1 2 -1 true", "P-1 9 2 7 false");
        assertThat(rows(report("stock"), "product", "available")).containsExactly("P-2 -1", "P-1 7");
    }

    @ParameterizedTest
    @CsvSource({"7, P-2", "8, P-2 P-1", "10, P-2 P-1"})
    void stock_is_low_below_what_the_setting_says(String below, String low) throws Exception {
        stock("P-1,EAST,2025-08-02T06:00:00Z,7", "P-2,EAST,2025-08-02T06:00:00Z,6", "P-3,EAST,2025-08-02T06:00:00Z,10");
        var api = new Api(ApiKeys.parse(ApiKeys.entry("noor", Role.VIEWER, VIEWER)));
        new TestOrders(state, Map.of("ORDERS_LOW_STOCK", below), state.clock())
                .reports()
                .addTo(api);
        try (var door = new PublicPort(200_000, api)) {
            var answer = HTTP.send(
                    HttpRequest.newBuilder(door.url("/api/reports/low-stock"))
                            .header("X-API-Key", VIEWER)
                            .build(),
                    BodyHandlers.ofString());

            assertThat(rows(Json.read(answer.body()), "product")).containsExactly(low.split(" "));
        }
    }

    @Test
    void stock_can_be_told_of_any_moment() {
        stock(
                "P-1,EAST,2025-08-02T06:00:00Z,9",
                "P-1,EAST,2025-08-04T06:00:00Z,20",
                "P-1,WEST,2025-08-03T18:00:00Z,100",
                "P-2,EAST,2025-08-05T06:00:00Z,5");
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1")
                        + order("O-2", 2, "confirmed", "P-1")
                        + order("O-3", 3, "confirmed", "P-1")
                        + order("O-4", 4, "confirmed", "P-1"));

        // Each is sold at noon of its day.
        var moments = List.of(
                "2025-08-02T05:59:59Z",
                "2025-08-02T06:00:00Z",
                "2025-08-02T12:00:00Z",
                "2025-08-03T11:00:00Z",
                "2025-08-03T12:00:00Z",
                "2025-08-03T18:00:00Z",
                "2025-08-04T06:00:00Z",
                "2025-08-04T14:00:00%2B02:00");
        assertThat(moments.stream().map(at -> rows(report("stock?at=" + at), "product", "counted", "sold_since")))
                .containsExactly(
                        List.of(),
                        List.of("P-1 9 0"),
                        List.of("P-1 9 1"),
                        List.of("P-1 9 1"),
                        List.of("P-1 9 2"),
                        List.of("P-1 109 2"),
                        List.of("P-1 120 0"),
                        List.of("P-1 120 1"));
        assertThat(report("stock?at=2025-08-02T12:00:00Z").path("at").asText()).isEqualTo("2025-08-02T12:00:00Z");
        assertThat(rows(report("low-stock?at=2025-08-02T12:00:00Z"), "product", "available"))
                .containsExactly("P-1 8");
    }

    @Test
    void pairs_have_the_support_and_lift_one_gets_by_hand() {
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1", "P-2")
                        + order("O-2", 1, "confirmed", "P-2", "P-1", "P-1")
                        + order("O-3", 2, "confirmed", "P-1")
                        + order("O-4", 2, "confirmed", "P-3")
                        + order("O-5", 2, "cancelled", "P-2", "P-3"));

        // 4 orders; P-1 in 3, P-2 in 2, both in 2: support 2/4, lift (2/4) / (3/4 * 2/4).
        assertThat(rows(report("bought-together"), "product", "other", "orders", "support", "lift"))
                .containsExactly("P-1 P-2 2 0.5 1.3333");
        assertThat(rows(report("bought-together?date=2025-08-01"), "orders", "support", "lift"))
                .containsExactly("2 1 1");
    }

    @Test
    void pairs_are_the_same_before_and_after_they_are_added_up() {
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1", "P-2", "P-3")
                        + order("O-2", 1, "confirmed", "P-2", "P-1", "P-1")
                        + order("O-3", 2, "confirmed", "P-1", "P-2")
                        + order("O-4", 2, "pending", "P-1", "P-3"));
        var live = report("bought-together?status=confirmed,pending").path("rows");

        pairSums().addUp();
        assertThat(state.column("select day from orders.paired"))
                .as("more may come")
                .isEmpty();
        state.clock().pass(QUIET);
        pairSums().addUp();
        var added = report("bought-together?status=confirmed,pending").path("rows");

        assertThat(added).isEqualTo(live).hasSize(2);
        assertThat(state.column("select day || ' ' || change from orders.paired order by 1"))
                .containsExactly("2025-08-01 2", "2025-08-02 2");

        orders.upload(
                "orders/b.jsonl", order("O-3", 2, "cancelled", "P-1") + order("O-1", 2, "confirmed", "P-1", "P-2"));
        var restated = report("bought-together?status=confirmed,pending").path("rows");
        state.clock().pass(QUIET);
        pairSums().addUp();

        assertThat(report("bought-together?status=confirmed,pending").path("rows"))
                .isEqualTo(restated);
        assertThat(restated).isNotEqualTo(live);
        assertThat(rows(report("bought-together"), "product", "other", "orders", "support", "lift"))
                .containsExactly("P-1 P-2 2 1 1");
    }

    private static LateSums pairSums() {
        return (LateSums) orders.module.beans().get("pairSums");
    }

    @Test
    void customers_are_the_same_before_and_after_they_are_added_up_in_any_period() {
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1")
                        + order("O-2", 3, "confirmed", "P-1", "P-2")
                        + order("O-3", 3, "pending", "P-1")
                        + of("C-2", order("O-4", 2, "confirmed", "P-1", "P-2", "P-3"))
                        + of("C-2", order("O-5", 9, "confirmed", "P-1")).replace("2025-08", "2025-06")
                        + of("C-3", order("O-6", 9, "confirmed", "P-1")).replace("2025-08", "2025-06"));
        var live = customers();
        assertThat(live.get(0)).contains("C-2 2 40 20 54", "C-1 2 30 15 2", "C-3 1 10 10 null");

        customerSums().addUp();
        assertThat(months()).as("more may come").isEmpty();
        state.clock().pass(QUIET);
        customerSums().addUp();

        assertThat(customers()).isEqualTo(live);
        assertThat(months()).containsExactly("2025-06-01 2", "2025-08-01 2");

        orders.upload(
                "orders/b.jsonl",
                order("O-3", 3, "confirmed", "P-1")
                        + of("C-2", order("O-4", 2, "cancelled", "P-1"))
                        + of("C-4", order("O-7", 31, "confirmed", "P-1")).replace("2025-08", "2025-07"));
        var restated = customers();
        state.clock().pass(QUIET);
        customerSums().addUp();

        assertThat(customers()).isEqualTo(restated).isNotEqualTo(live);
        assertThat(restated.get(0)).contains("C-1 3 40 13.33 1", "C-2 1 10 10 null", "C-4 1 10 10 null");
        assertThat(months()).containsExactly("2025-06-01 2", "2025-07-01 3", "2025-08-01 3");
        state.database().write(db -> db.execute("update orders.customers_by_month set total = total + 1"));
        assertThat(customers().get(0)).as("it is read").contains("C-1 3 41 13.67 1");
    }

    /** All of the report, of all there is, of some months, and of days that are a part of a month. */
    private static List<List<String>> customers() {
        return List.of("", "&to=2025-08-02", "&from=2025-06-10&to=2025-08-31", "&from=2025-08-01&to=2025-08-31")
                .stream()
                .map(period -> rows(
                        report("customers?limit=9" + period),
                        "customer",
                        "orders",
                        "revenue",
                        "average_basket",
                        "days_between_orders"))
                .toList();
    }

    private static String of(String customer, String order) {
        return order.replace("C-1", customer);
    }

    private static LateSums customerSums() {
        return (LateSums) orders.module.beans().get("customerSums");
    }

    private static List<String> months() {
        return state.column("select month || ' ' || change from orders.customers_added order by 1");
    }

    @Test
    void operations_tell_what_was_received_when_and_how_fast() {
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1") + order("O-1", 1, "confirmed", "P-1") + "no json\n"
                        + order("O-2", 1, "sent", "P-1"));
        state.clock().pass(Duration.ofDays(1));
        orders.upload("orders/b.jsonl", order("O-3", 1, "confirmed", "P-1"));

        assertThat(rows(
                        report("operations"),
                        "day",
                        "kind",
                        "received",
                        "accepted",
                        "duplicate",
                        "quarantined",
                        "quarantined_by_rule",
                        "error_rate",
                        "latency_p99_seconds"))
                .containsExactly(
                        "2026-11-21 catalog 3 3 0 0 null 0 0",
                        "2026-11-21 orders 4 1 1 2 {\"record-malformed\":1,\"status-unknown\":1} 0.5 0",
                        "2026-11-22 orders 1 1 0 0 null 0 0");
    }

    @Test
    void latency_counts_each_record_from_when_its_upload_was_noticed() {
        var upload = orders.opened("orders/slow.jsonl");
        state.clock().pass(Duration.ofSeconds(9));
        orders.read(upload, order("O-1", 1, "confirmed", "P-1").repeat(3));

        assertThat(rows(report("operations"), "kind", "latency_p50_seconds", "latency_p95_seconds"))
                .containsExactly("catalog 0 0", "orders 9 9");
    }

    @Test
    void quality_is_completeness_times_the_share_of_records_that_break_no_rule() {
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1")
                        + order("O-2", 1, "pending", "P-1").replace("\"web\"", "\"fax\"")
                        + order("O-3", 1, "confirmed", "P-1").replace("\"city\":\"Austin\"", "\"city\":null")
                        + order("O-4", 1, "confirmed", "P-1").replace("\"quantity\":1", "\"quantity\":0")
                        + order("O-5", 2, "confirmed", "P-9"));

        var report = report("quality");

        // Day 1: 11 of 12 fields, 2 of 4 records without a broken rule. Day 2: nothing but a refused record.
        assertThat(rows(report, "day", "orders", "refused", "warned", "completeness", "rule_score", "score", "rules"))
                .containsExactly(
                        "2025-08-01 3 1 1 0.9167 0.5 0.4583 {\"channel-unknown\":0.75,\"quantity-not-positive\":0.75}",
                        "2025-08-02 0 1 0 null 0 0 {\"product-unknown\":0}");
        assertThat(report.path("inQuarantine").asInt()).isEqualTo(2);
        var day = report("daily-revenue?date=2025-08-01");
        assertThat(day.path("quality").asText()).isEqualTo("0.4583");
        assertThat(day.path("inQuarantine").asInt()).isEqualTo(1);
        assertThat(report("daily-revenue?date=2025-08-05").path("quality").isNull())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(Subject.class)
    void a_report_can_be_told_as_it_stood(Subject subject) {
        var period = subject.period() == Subject.Period.NONE ? "" : "?from=2025-08-01&to=2026-11-21";
        var name = subject.text() + period;
        var join = period.isEmpty() ? "?" : "&";
        stock("P-1,EAST,2025-08-01T06:00:00Z,9", "P-2,EAST,2025-08-01T06:00:00Z,5");
        orders.upload(
                "orders/a.jsonl",
                order("O-1", 1, "confirmed", "P-1", "P-2")
                        + order("O-2", 1, "confirmed", "P-1", "P-2").replace("\"web\"", "\"fax\"")
                        + order("O-3", 2, "pending", "P-2")
                        + order("O-4", 1, "confirmed", "P-9")
                        + "no json\n");
        var before = report(name);
        var then = state.clock().instant();

        state.clock().pass(Duration.ofDays(1));
        orders.upload(
                "orders/b.jsonl",
                order("O-1", 1, "cancelled", "P-1")
                        + order("O-2", 2, "confirmed", "P-2")
                        + order("O-3", 2, "confirmed", "P-2")
                        + order("O-5", 1, "confirmed", "P-1", "P-2")
                        + order("O-6", 1, "confirmed", "P-8"));
        orders.upload("catalog/c.json", """
                [{"product_id":"P-1","category":"Toys","brand":"Lumo","price":"11"},{"product_id":"P-9","price":"1"}]""");
        stock("P-1,EAST,2025-08-01T06:00:00Z,7", "P-2,EAST,2025-08-02T06:00:00Z,4");

        var now = report(subject.text());
        var stood = report(name + join + "asOf=" + then);

        assertThat(stood.path("rows")).isEqualTo(before.path("rows")).isNotEmpty();
        assertThat(stood.path("version")).isEqualTo(before.path("version"));
        assertThat(stood.path("quality")).isEqualTo(before.path("quality"));
        assertThat(stood.path("inQuarantine")).isEqualTo(before.path("inQuarantine"));
        assertThat(stood.path("asOf").asText()).isEqualTo(then.toString());
        assertThat(new ReportsApi(List.of(orders.module.reportDesk()))
                        .report(Map.of("name", subject.text()))
                        .path("rows")
                        .toString())
                .as("as the console has it")
                .isEqualTo(now.path("rows").toString());
        assertThat(now.path("rows")).isNotEqualTo(before.path("rows"));
        assertThat(now.path("version").asLong())
                .isGreaterThan(before.path("version").asLong());
    }

    @Test
    void before_everything_there_was_nothing() {
        var before = state.clock().instant().minusSeconds(1);
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-1"));

        for (var subject : Subject.values()) {
            var report = report(subject.text() + "?asOf=" + before);
            assertThat(report.path("rows")).as(subject.text()).isEmpty();
            assertThat(report.path("version").asLong()).isZero();
            assertThat(report.path("columns")).isNotEmpty();
        }
    }

    @Test
    void a_day_without_orders_has_a_report_without_rows() {
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-1"));

        var report = report("daily-revenue?date=2025-08-02");

        assertThat(report.path("rows")).isEmpty();
        assertThat(report.path("version").asLong()).isZero();
    }

    @Test
    void what_does_not_touch_a_period_leaves_its_version() {
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-1"));
        var version = report("top-products?date=2025-08-01").path("version");

        orders.upload("orders/again.jsonl", order("O-1", 1, "confirmed", "P-1"));
        orders.upload("orders/other.jsonl", order("O-2", 2, "confirmed", "P-2"));
        orders.catalogue("P-2", "4");

        assertThat(report("top-products?date=2025-08-01").path("version")).isEqualTo(version);
    }

    @Test
    void a_restatement_says_which_orders_changed_it_and_why() {
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-1") + order("O-2", 1, "confirmed", "P-9"));
        var version = report("daily-revenue?date=2025-08-01").path("version").asLong();

        var late = orders.upload("orders/late.jsonl", order("O-3", 1, "confirmed", "P-2"));
        orders.upload("orders/newer.jsonl", order("O-1", 1, "cancelled", "P-1"));
        orders.upload("orders/elsewhere.jsonl", order("O-4", 2, "confirmed", "P-1"));
        orders.catalogue("P-9", "1");

        var changes = report("daily-revenue?date=2025-08-01&changesSince=" + version);
        assertThat(rows(changes, "what", "thing", "why", "upload", "index"))
                .containsExactly(
                        "late order O-3 received orders/late.jsonl 0",
                        "newer version O-1 received orders/newer.jsonl 0",
                        "late order O-2 released from quarantine by the catalogue orders/a.jsonl 1",
                        "record decided about again null product-unknown orders/a.jsonl 1");
        assertThat(rows(changes, "before", "after").get(1)).isEqualTo("""
                        {"day":"2025-08-01","status":"confirmed","total":"10","currency":"USD"} \
                        {"day":"2025-08-01","status":"cancelled","total":"10","currency":"USD"}""");
        assertThat(changes.path("changesSince").asLong()).isEqualTo(version);
        assertThat(changes.path("version"))
                .isEqualTo(report("daily-revenue?date=2025-08-01").path("version"));
        assertThat(late.key()).isEqualTo("orders/late.jsonl");
        assertThat(rows(
                        report("daily-revenue?date=2025-08-01&changesSince="
                                + changes.path("version").asLong()),
                        "what"))
                .isEmpty();
    }

    @Test
    void an_order_that_moves_to_another_day_restates_both_down_to_nothing() {
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-1"));
        var first = report("daily-revenue?date=2025-08-01").path("version").asLong();

        orders.upload("orders/b.jsonl", order("O-1", 2, "confirmed", "P-1"));

        var report = report("daily-revenue?date=2025-08-01");
        assertThat(report.path("rows")).isEmpty();
        assertThat(report.path("version").asLong()).isGreaterThan(first);
        assertThat(report("daily-revenue?date=2025-08-02").path("version")).isEqualTo(report.path("version"));
        assertThat(rows(report("daily-revenue?date=2025-08-01&changesSince=" + first), "what", "thing"))
                .containsExactly("newer version O-1");
    }

    @Test
    void the_catalogue_and_stock_restate_the_reports_that_show_them() {
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-1"));
        var version =
                report("inventory-turnover?date=2025-08-01").path("version").asLong();

        orders.upload("catalog/c.json", "[{\"product_id\":\"P-1\",\"brand\":\"Lumo\",\"price\":\"10\"}]");
        stock("P-1,EAST,2025-08-01T06:00:00Z,9");

        assertThat(rows(report("inventory-turnover?date=2025-08-01&changesSince=" + version), "what", "thing", "why"))
                .containsExactly("catalogue P-1 learned", "stock P-1 counted in EAST");
        assertThat(report("daily-revenue?date=2025-08-01&changesSince=" + version)
                        .path("rows"))
                .isEmpty();
    }

    @Test
    void what_a_person_releases_or_discards_is_told_apart() {
        orders.upload("orders/a.jsonl", order("O-1", 1, "confirmed", "P-9") + order("O-2", 1, "confirmed", "P-8"));
        var version = report("daily-revenue?date=2025-08-01").path("version").asLong();
        var kept = orders.quarantined();
        state.database().write(db -> db.execute("delete from orders.waiting"));
        orders.catalogue("P-9", "1", "P-7", "1");

        assertThat(orders.module.again(kept.get(0), "mara")).hasValue(true);
        assertThat(orders.module.again(kept.get(1), "mara")).hasValue(false);
        discard(kept.get(1));

        assertThat(rows(report("daily-revenue?date=2025-08-01&changesSince=" + version), "what", "thing", "why"))
                .contains("late order O-1 released from quarantine by mara");
        assertThat(report("daily-revenue?date=2025-08-01").path("inQuarantine").asInt())
                .isZero();
        assertThat(report("quality?date=2025-08-01")
                        .path("rows")
                        .path(0)
                        .path("refused")
                        .asInt())
                .isEqualTo(1);
    }

    private static void discard(Kept kept) {
        state.database().write(db -> orders.quarantine.resolve(db, kept.id(), "discarded", "mara", "typed by hand"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "profit | 404 | no report profit: there are daily-revenue",
                "daily-revenue?asof=2025-01-01T00:00:00Z | 400 | there is no parameter asof",
                "daily-revenue?asOf=yesterday | 400 | asOf must be a time such as",
                "daily-revenue?asOf=2099-01-01T00:00:00Z | 400 | asOf must not be in the future",
                "daily-revenue?changesSince=-1 | 400 | changesSince must be the version of a report",
                "daily-revenue?changesSince=999 | 400 | there is no version 999 yet: the newest is 1",
                "daily-revenue?date=2025-02-30 | 400 | date must be a day such as",
                "daily-revenue?date=2025-02-01&to=2025-03-01 | 400 | give either date, or from and to",
                "daily-revenue?from=2025-02-02&to=2025-02-01 | 400 | to must not be before from",
                "daily-revenue?status=sent | 400 | status must be some of",
                "daily-revenue?limit=0 | 400 | limit must be a whole number",
            })
    void a_wrong_question_is_told_what_is_wrong(String path, int status, String why) {
        var answer = ask(path);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Json.read(answer.body()).path("detail").asText()).startsWith(why);
    }
}
