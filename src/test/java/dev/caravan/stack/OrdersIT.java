package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.sandbox.Storefront;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Orders, catalogue and stock through the packaged JAR: from S3 to the tables, and out as reports. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OrdersIT {
    private static final String CONFIRMED = "15715.7";
    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start("orders-it", settings -> settings.with("CARAVAN_CRASH_AT", "PAGE_SAVED:7")
                .with("ORDERS_PAGE_SIZE", "7")
                .with("ORDERS_REPORT_SECONDS", "1")
                .with("CUSTOMERS_REPORT_SECONDS", "1")
                .with("ORDERS_SHOP_SWEEP_SECONDS", "1")
                .with("UPLOADS_VISIBILITY_SECONDS", "5"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static byte[] sample(String file) throws IOException {
        return Files.readAllBytes(Path.of("samples", file));
    }

    private static Cli.Ended run(String... verb) {
        return Cli.of(stack.caravan(), stack.caravan().options().apiKey()).run(verb);
    }

    @Test
    @Order(1)
    void the_sample_is_enriched_and_reported() throws IOException {
        assertThat(states(stack.delivered("catalog/products.json", sample("product_catalog.json"))))
                .isEqualTo(Map.of("delivered", 12L));
        assertThat(states(stack.delivered("inventory/stock.csv", sample("inventory.csv"))))
                .isEqualTo(Map.of("delivered", 12L));

        // Two pages of each file before it, and the third of its own.
        var version = crashing("orders/day.jsonl", sample("orders.jsonl"));

        assertThat(states(stack.atRest("orders/day.jsonl", version))).isEqualTo(Map.of("delivered", 60L));
        assertThat(revenue()).isEqualTo(CONFIRMED);
        var text = run("report", "low-stock");
        assertThat(text.out()).contains("ITEM-003").contains("ITEM-007").doesNotContain("ITEM-001");
        assertThat(run("report", "top-products", "--limit", "1", "--format", "csv")
                        .out())
                .startsWith("product,category,brand,currency,units,revenue");
        assertThat(run("report", "customers", "--status", "confirmed,pending").code())
                .isZero();
        var trace = run("trace", "SHOP-00001");
        assertThat(trace.out())
                .startsWith("order SHOP-00001  ")
                .contains("this version counts", "key: orders/day.jsonl");
        var nothing = run("report", "profit");
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(nothing.err())
                .contains("no report profit: there are daily-revenue, top-products, customers, stock, low-stock");
    }

    @Test
    @Order(2)
    void the_same_orders_again_in_any_way_change_nothing() throws IOException {
        var lines = new ArrayList<>(new String(sample("orders.jsonl"), StandardCharsets.UTF_8)
                .lines()
                .toList());
        Collections.shuffle(lines, new Random(1));

        assertThat(states(stack.delivered("orders/again.jsonl", sample("orders.jsonl"))))
                .isEqualTo(Map.of("duplicate", 60L));
        assertThat(states(stack.delivered(
                        "orders/array.json", ("[" + String.join(",", lines) + "]").getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(Map.of("duplicate", 60L));
        for (int part = 0; part < 10; part++)
            stack.upload("orders/part-" + part + ".jsonl", join(lines.subList(6 * part, 6 * part + 6)));
        for (int part = 0; part < 10; part++) {
            var key = "orders/part-" + part + ".jsonl";
            patiently().until(() -> stack.balances(key).path(0).path("atRest").asBoolean());
            assertThat(states(stack.balances(key).get(0))).isEqualTo(Map.of("duplicate", 6L));
        }

        assertThat(revenue()).isEqualTo(CONFIRMED);
        assertThat(run("ledger", "--flow", "orders").code()).isZero();
    }

    @Test
    @Order(3)
    void what_is_bad_is_quarantined_and_comes_out_by_itself_or_by_hand() {
        var line = """
                {"order_id":"N-%s","customer_id":"C","timestamp":"2025-08-20T10:00:00Z","channel":"web","status":"confirmed","items":[{"product_id":"%s","quantity":%s,"unit_price":1}]}
                """;
        var file = line.formatted(1, "ITEM-NEW", 1) + line.formatted(2, "ITEM-001", 0) + "no json\n"
                + line.formatted(3, "ITEM-001", 1);

        var version = stack.upload("orders/bad.jsonl", file.getBytes(StandardCharsets.UTF_8));
        assertThat(states(stack.atRest("orders/bad.jsonl", version)))
                .isEqualTo(Map.of("delivered", 1L, "quarantined", 3L));

        stack.delivered(
                "catalog/new.json", "[{\"product_id\":\"ITEM-NEW\",\"price\":1}]".getBytes(StandardCharsets.UTF_8));

        assertThat(states(stack.balance("orders/bad.jsonl", version)))
                .isEqualTo(Map.of("delivered", 2L, "quarantined", 2L));
        assertThat(stack.quarantined("orders/bad.jsonl").findValuesAsText("rule"))
                .containsExactlyInAnyOrder("quantity-not-positive", "record-malformed");
        assertThat(run("quarantine", "release", "--flow", "orders").out()).contains("2");
        assertThat(run("quarantine", "discard", "--flow", "orders", "--why", "typed by hand")
                        .code())
                .isZero();
        assertThat(states(stack.balance("orders/bad.jsonl", version)))
                .isEqualTo(Map.of("delivered", 2L, "discarded", 2L));
    }

    @Test
    @Order(4)
    void the_sums_are_what_the_original_bytes_say_and_a_row_that_is_not_is_named() throws SQLException {
        var recount = new Cli(stack.sandbox().environment());

        var right = recount.run("recount");
        execute("update orders.revenue_by_day set total = total + 0.01 where orders = 1");
        var wrong = recount.run("recount");

        assertThat(right.err()).isEmpty();
        assertThat(right.out()).startsWith("uploads read again: 14, ").endsWith(" differences: 0\n");
        assertThat(right.code()).isZero();
        assertThat(wrong.out()).startsWith("revenue_by_day: is {");
        assertThat(wrong.code()).isEqualTo(1);
    }

    @Test
    @Order(5)
    void what_is_bought_in_the_shop_is_an_order() {
        var file = Stack.generated(Options.of("shein", 1, 401));
        var handle = "shein-"
                + Stack.records(file).get(0).at("/info/productInfo/goods_id").asText();
        stack.delivered("products/shein/ordered.json", file);
        var storefront = new Storefront(
                stack.sandbox().medusa().url(), stack.sandbox().medusa().publishableKey());
        var variant = storefront.onSale("sar", handle).get(handle).at("/variants/0");

        var order =
                storefront.checkOut(storefront.cart("sar", variant.path("id").asText(), 1), "sa");

        var id = order.path("id").asText();
        patiently().untilAsserted(() -> assertThat(run("trace", id).out())
                .contains("pending at", "this version counts", "bucket: medusa"));
    }

    @Test
    @Order(6)
    void transactions_and_tickets_become_customers() throws IOException {
        stack.delivered("catalog/listed.json", sample("listed_catalog.json"));
        var version = stack.upload("transactions/2025-08.csv", sample("transactions.csv"));
        assertThat(states(stack.atRest("transactions/2025-08.csv", version)))
                .isEqualTo(Map.of("delivered", 7L, "quarantined", 3L));
        assertThat(states(stack.delivered("tickets/2025-08.json", sample("tickets.json"))))
                .isEqualTo(Map.of("delivered", 4L));

        assertThat(run("trace", "CLIENT-101").out())
                .startsWith("customer CLIENT-101  2 orders, 1 tickets")
                .contains(
                        "worth 269 USD",
                        "billing: country US, paymentMethod apple_pay",
                        "key: transactions/2025-08.csv",
                        "supportStatus open");
        assertThat(run("report", "revenue-by-country", "--format", "csv").out())
                .contains("FR,EUR,1,140.5", "US,USD,2,269");
        assertThat(run("ledger", "--flow", "customers").code()).isZero();
    }

    @Test
    @Order(7)
    void days_that_are_over_have_their_report_in_the_archive_and_any_can_be_told_as_it_stood() {
        var archive = stack.sandbox().aws().resources().archive();
        var s3 = stack.sandbox().aws().clients().s3();
        var key = "reports/orders/2025-08-12/latest/report.html";

        patiently()
                .until(() -> s3.listObjectsV2(request -> request.bucket(archive).prefix(key)).contents().stream()
                        .anyMatch(object -> object.key().equals(key)));

        assertThat(s3.getObjectAsBytes(request -> request.bucket(archive).key(key))
                        .asUtf8String())
                .contains("<h1>Orders of 2025-08-12</h1>", "<svg");
        var before = run("report", "daily-revenue", "--as-of", "2025-01-01T00:00:00Z");
        assertThat(before.out()).contains("version 0").contains("no rows");
        var changes = run("report", "daily-revenue", "--date", "2025-08-20", "--changes-since", "0");
        assertThat(changes.out()).contains("late order", "N-1", "released from quarantine by the catalogue");
        assertThat(run("report", "quality", "--format", "html").out())
                .startsWith("<!DOCTYPE html>")
                .contains("Quality score by day");
        var wrong = run("report", "quality", "--as-of", "noon");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("asOf must be a time such as");
    }

    @Test
    @Order(8)
    void the_archive_has_the_original_bytes_and_the_lines_of_each_day() throws Exception {
        var archive = stack.sandbox().aws().resources().archive();
        var s3 = stack.sandbox().aws().clients().s3();
        var raw = "raw/orders/" + Json.sha256(sample("orders.jsonl"));

        assertThat(s3.getObjectAsBytes(request -> request.bucket(archive).key(raw))
                        .asByteArray())
                .isEqualTo(sample("orders.jsonl"));
        assertThat(run("trace", "SHOP-00001").out()).contains("raw: " + raw);
        var unreadable = new byte[] {(byte) 0xff, 0, '{'};
        var version = stack.upload("orders/unreadable.jsonl", unreadable);
        assertThat(states(stack.atRest("orders/unreadable.jsonl", version))).isEqualTo(Map.of("quarantined", 1L));
        assertThat(s3.getObjectAsBytes(request -> request.bucket(archive).key("raw/orders/" + Json.sha256(unreadable)))
                        .asByteArray())
                .isEqualTo(unreadable);
        patiently()
                .until(() -> count(
                                "select (select count(*) from archive.mark where dataset = 'orders') + (select count(*) from archive.day where dataset = 'orders' and day < current_date and version is distinct from wanted)")
                        == 0);
        var folder = Files.createTempDirectory("caravan-orders-it-");
        for (var object : s3.listObjectsV2(request -> request.bucket(archive).prefix("parquet/orders/"))
                .contents()) {
            var file = folder.resolve(object.key());
            Files.createDirectories(file.getParent());
            s3.getObject(request -> request.bucket(archive).key(object.key()), file);
        }
        try (var duckDb = DriverManager.getConnection("jdbc:duckdb:");
                var statement = duckDb.createStatement();
                var sum = statement.executeQuery("select sum(line_total) from read_parquet('" + folder
                        + "/parquet/orders/*/*.parquet') where status = 'confirmed' and order_id like 'SHOP-%'")) {
            sum.next();
            assertThat(sum.getBigDecimal(1)).isEqualByComparingTo(CONFIRMED);
        } finally {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    @Test
    @Order(9)
    void days_of_customers_that_are_over_have_their_report_in_the_archive_too() {
        var archive = stack.sandbox().aws().resources().archive();
        var s3 = stack.sandbox().aws().clients().s3();
        var key = "reports/customers/2025-08-20/latest/report.html";
        patiently()
                .until(() -> s3.listObjectsV2(request -> request.bucket(archive).prefix(key)).contents().stream()
                        .anyMatch(object -> object.key().equals(key)));
    }

    private static void execute(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    private static byte[] join(List<String> lines) {
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    /** Uploads a file whose reader dies on the way, and starts another. */
    private static String crashing(String key, byte[] content) {
        var version = stack.upload(key, content);
        assertThat(stack.caravan().awaitExit()).isEqualTo(137);
        stack.restart(settings -> settings.with("CARAVAN_CRASH_AT", ""));
        return version;
    }

    /** Of confirmed orders, over all days, as the daily report adds up. */
    private static String revenue() {
        var report = run("report", "daily-revenue", "--format", "json");
        assertThat(report.err()).isEmpty();
        return Json.read(report.out()).path("rows").findValuesAsText("revenue").stream()
                .map(java.math.BigDecimal::new)
                .reduce(java.math.BigDecimal.ZERO, java.math.BigDecimal::add)
                .stripTrailingZeros()
                .toPlainString();
    }
}
