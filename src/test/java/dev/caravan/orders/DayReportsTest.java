package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.reports.DayReports;
import dev.caravan.testing.TestS3;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The shipped route writes the reports of days that are over, on a clock that is moved by hand. */
class DayReportsTest {
    private static final String BUCKET = "caravan-archive";

    private static TestState state;
    private static TestOrders orders;
    private static TestS3 server;
    private static S3Client s3;

    @BeforeAll
    static void start() throws Exception {
        state = new TestState();
        orders = new TestOrders(state, Map.of(), state.clock());
        server = new TestS3(BUCKET);
        s3 = server.client();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        for (var object : objects())
            s3.deleteObject(request -> request.bucket(BUCKET).key(object));
        orders.catalogue("P-1", "10", "P-<b>", "3");
    }

    /** What is in the bucket after the route has run once. */
    private static TreeSet<String> round() throws Exception {
        return round(BUCKET);
    }

    private static TreeSet<String> round(String bucket) throws Exception {
        try (var camel = new DefaultCamelContext()) {
            camel.getPropertiesComponent().addInitialProperty("orders.report-seconds", "1");
            camel.getPropertiesComponent().addInitialProperty("archive.bucket", bucket);
            camel.getRegistry().bind("s3", s3);
            camel.getRegistry().bind("dayReports", dayReports());
            PluginHelper.getRoutesLoader(camel)
                    .loadRoutes(ResourceHelper.resolveResource(camel, "file:routes/orders/3-report/day.camel.yaml"));
            AdviceWith.adviceWith(camel, "orders-report-day", route -> route.replaceFromWith("direct:round"));
            camel.start();
            camel.createProducerTemplate().sendBody("direct:round", null);
        }
        return objects();
    }

    private static DayReports dayReports() {
        return (DayReports) orders.module.beans().get("dayReports");
    }

    private static TreeSet<String> objects() {
        var keys = new TreeSet<String>();
        s3.listObjectsV2Paginator(request -> request.bucket(BUCKET)).contents().stream()
                .map(S3Object::key)
                .forEach(keys::add);
        return keys;
    }

    private static String object(String key) {
        return s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asUtf8String();
    }

    /** A confirmed order of one product. */
    private static String order(String id, String moment, String product) {
        return """
                {"order_id":"%s","customer_id":"C-1","timestamp":"%s","channel":"web","status":"confirmed",\
                "items":[{"product_id":"%s","quantity":2,"unit_price":10}]}
                """.formatted(id, moment, product);
    }

    private static void clockTo(String moment) {
        state.clock().pass(Duration.between(state.clock().instant(), Instant.parse(moment)));
    }

    private static List<String> of(TreeSet<String> keys, String day) {
        return keys.stream()
                .filter(key -> key.startsWith("reports/orders/" + day + "/"))
                .map(key -> key.substring(("reports/orders/" + day + "/").length()))
                .toList();
    }

    @Test
    void a_day_is_written_once_it_is_over() throws Exception {
        orders.upload("orders/a.jsonl", order("O-1", "2026-11-21T06:00:00Z", "P-<b>"));
        clockTo("2026-11-21T23:59:59Z");
        assertThat(of(round(), "2026-11-21")).isEmpty();

        clockTo("2026-11-22T00:00:00Z");

        assertThat(of(round(), "2026-11-21"))
                .contains("v2/report.html", "v2/daily-revenue.csv", "latest/report.html", "latest/bought-together.csv")
                .hasSize(12);
        assertThat(object("reports/orders/2026-11-21/v2/daily-revenue.csv")).isEqualTo("""
                day,channel,country,state,currency,orders,revenue
                2026-11-21,web,unknown,unknown,USD,1,20
                """);
        var html = object("reports/orders/2026-11-21/latest/report.html");
        assertThat(html)
                .contains("<h1>Orders of 2026-11-21</h1>", "version 2", "quality 0.25", "0 in quarantine")
                .contains("<svg class=\"report-chart\" role=\"img\"", "Revenue by channel", "P-&lt;b&gt;")
                .doesNotContain("<script", "P-<b>", "http:", "https:");
        assertThat(s3.headObject(request -> request.bucket(BUCKET).key("reports/orders/2026-11-21/latest/report.html"))
                        .contentType())
                .startsWith("text/html");
        assertThat(dayReports().due()).isEmpty();
    }

    @Test
    void a_late_order_has_it_written_again_beside_what_was_there() throws Exception {
        orders.upload("orders/a.jsonl", order("O-1", "2026-11-21T06:00:00Z", "P-1"));
        clockTo("2026-11-22T00:00:30Z");
        round();

        clockTo("2026-11-22T09:00:00Z");
        orders.upload("orders/late.jsonl", order("O-2", "2026-11-21T06:00:00Z", "P-1"));

        assertThat(of(round(), "2026-11-21")).contains("v2/daily-revenue.csv", "v3/daily-revenue.csv");
        assertThat(object("reports/orders/2026-11-21/v2/daily-revenue.csv")).contains(",1,20\n");
        assertThat(object("reports/orders/2026-11-21/v3/daily-revenue.csv")).contains(",2,40\n");
        assertThat(object("reports/orders/2026-11-21/latest/daily-revenue.csv"))
                .isEqualTo(object("reports/orders/2026-11-21/v3/daily-revenue.csv"));
    }

    @Test
    void while_late_orders_stream_in_a_day_is_not_written_for_each_of_them() throws Exception {
        orders.upload("orders/a.jsonl", order("O-1", "2026-11-20T06:00:00Z", "P-1"));
        round();
        orders.upload("orders/b.jsonl", order("O-2", "2026-11-20T06:00:00Z", "P-1"));
        assertThat(of(round(), "2026-11-20")).doesNotContain("v3/report.html");
        orders.upload("orders/c.jsonl", order("O-3", "2026-11-20T06:00:00Z", "P-1"));

        clockTo("2026-11-21T07:00:20Z");

        assertThat(of(round(), "2026-11-20")).contains("v4/report.html").doesNotContain("v3/report.html");
    }

    @Test
    void a_day_whose_orders_go_elsewhere_is_written_again_without_rows() throws Exception {
        orders.upload("orders/a.jsonl", order("O-1", "2026-11-20T06:00:00Z", "P-1"));
        round();
        orders.upload("orders/b.jsonl", order("O-1", "2026-11-21T06:00:00Z", "P-1"));
        clockTo("2026-11-21T07:00:20Z");

        assertThat(of(round(), "2026-11-20")).contains("v3/report.html");
        assertThat(object("reports/orders/2026-11-20/latest/daily-revenue.csv"))
                .isEqualTo("day,channel,country,state,currency,orders,revenue\n");
        assertThat(object("reports/orders/2026-11-20/latest/report.html")).contains("<p>no rows</p>");
    }

    @Test
    void a_day_without_orders_has_its_report_too_but_not_before_there_was_any_order() throws Exception {
        assertThat(round()).isEmpty();

        orders.upload("orders/a.jsonl", order("O-1", "2026-11-21T06:00:00Z", "P-1"));
        clockTo("2026-11-23T00:00:00Z");

        assertThat(of(round(), "2026-11-22")).contains("v0/report.html", "latest/report.html");
    }

    @Test
    void what_cannot_be_written_is_tried_again() throws Exception {
        orders.upload("orders/a.jsonl", order("O-1", "2026-11-20T06:00:00Z", "P-1"));
        assertThatThrownBy(() -> round("no-such-bucket")).hasStackTraceContaining("NoSuchBucket");
        assertThat(round()).isEmpty();

        state.clock().pass(Duration.ofSeconds(30));

        assertThat(of(round(), "2026-11-20")).contains("v2/report.html");
    }
}
