package dev.caravan.orders;

import static dev.caravan.testing.Promised.fits;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Contract;
import dev.caravan.json.Json;
import dev.caravan.reports.ReportsApi;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrderDoorTest {
    private static final String TILL = "ck_till";
    private static final String KIOSK = "ck_kiosk";
    private static final String FLOOD = "ck_flood";
    private static final String VIEWER = "ck_noor";
    private static final String GOOD = """
            {"order_id":"W-%s","customer_id":"C-1","timestamp":"2025-08-28T10:00:00Z","channel":"web","status":"confirmed",\
            "items":[{"product_id":"%s","quantity":1,"unit_price":10.5}]}""";

    private static TestState state;
    private static PublicPort port;
    private static TestOrders orders;

    @BeforeAll
    static void start() {
        state = new TestState();
        orders = new TestOrders(
                state, Map.of("ORDERS_REQUESTS_PER_SECOND", "1", "ORDERS_REQUESTS_AT_ONCE", "100"), state.clock());
        var keys = ApiKeys.parse(String.join(
                ",",
                ApiKeys.entry("till", Role.PRODUCER, TILL),
                ApiKeys.entry("kiosk", Role.PRODUCER, KIOSK),
                ApiKeys.entry("flood", Role.PRODUCER, FLOOD),
                ApiKeys.entry("noor", Role.VIEWER, VIEWER)));
        var api = new Api(keys);
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
        orders.catalogue("P-1", "10.50");
    }

    @Test
    void each_order_of_a_body_is_answered_for() throws Exception {
        var body =
                GOOD.formatted(1, "P-1") + "\nno order\n" + GOOD.formatted(2, "P-9") + "\n" + GOOD.formatted(1, "P-1");

        var answer = post("application/x-ndjson", body);

        assertThat(answer.statusCode()).isEqualTo(202);
        var receipt = Json.read(answer.body());
        fits("OrdersTaken", receipt);
        assertThat(receipt.path("received").asInt()).isEqualTo(4);
        assertThat(receipt.path("orders").findValuesAsText("state"))
                .containsExactly("delivered", "quarantined", "quarantined", "duplicate");
        assertThat(receipt.path("orders").findValuesAsText("line")).containsExactly("1", "2", "3", "4");
        assertThat(receipt.path("orders").findValuesAsText("rule"))
                .containsExactly("record-malformed", "product-unknown");
        assertThat(state.column(
                        "select object_key || ' ' || state || ' ' || received from ledger.upload where bucket = 'api'"))
                .singleElement()
                .asString()
                .startsWith("orders/")
                .endsWith(" complete 4");
        assertThat(
                        state.column(
                                "select convert_from(o.bytes, 'UTF8') from ledger.original o join ledger.upload u using (sha256) where u.bucket = 'api'"))
                .as("its bytes, on their way to the archive")
                .containsExactly(body);
        assertThat(post("application/json", "[" + GOOD.formatted(1, "P-1") + "]")
                        .body())
                .contains("\"duplicate\"");
    }

    @Test
    void a_body_without_any_sound_order_is_refused_and_nothing_is_kept() throws Exception {
        var answer = post("application/json", GOOD.formatted(1, "P-1").replace("\"quantity\":1", "\"quantity\":0"));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        var problem = Json.read(answer.body());
        fits("OrdersRefused", problem);
        assertThat(problem.at("/orders/0/reasons/0/pointer").asText()).isEqualTo("/items/0/quantity");
        assertThat(problem.at("/orders/0/reasons/0/rule").asText()).isEqualTo("quantity-not-positive");
        assertThat(state.column("select object_key from ledger.upload where bucket = 'api'"))
                .isEmpty();
        assertThat(state.column("select sha256 from ledger.original")).isEmpty();
        assertThat(orders.quarantined()).isEmpty();
    }

    @Test
    void the_example_of_the_contract_is_an_order() throws Exception {
        orders.catalogue("LAMP-1", "19.95");
        var example = Contract.of(RouteFiles.at("file:routes")).at("/components/schemas/NewOrder/examples/0");
        fits("NewOrder", example);

        assertThat(Json.read(post("application/json", example.toString()).body())
                        .findValuesAsText("state"))
                .containsExactly("delivered");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json | '' | 400",
                "application/json | '[]' | 400",
                "application/json | '[' | 400",
                "application/json | '\"text\"' | 400",
                "application/xml | '<order/>' | 415",
                "'' | '{}' | 415",
            })
    void what_is_no_order_is_told_why(String type, String body, int status) throws Exception {
        var answer = post(type, body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Json.read(answer.body()).path("detail").asText()).isNotBlank();
    }

    @Test
    void only_a_producer_may_hand_orders_in_and_only_a_viewer_sees_reports() throws Exception {
        assertThat(port.call("POST", "/orders", VIEWER, "application/json", "{}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(port.call("POST", "/orders", "ck_guessed", "application/json", "{}")
                        .statusCode())
                .isEqualTo(401);
        assertThat(port.call("GET", "/api/reports/daily-revenue", TILL, null, null)
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void one_request_too_many_is_told_when_to_come_again() throws Exception {
        HttpResponse<String> answer = null;
        for (int i = 0; i < 200; i++) {
            answer = port.call("POST", "/orders", KIOSK, "application/xml", "x");
            if (answer.statusCode() == 429) break;
        }

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    /** A hundred times the orders of an average five minutes, when there are ten thousand a day; told to wait, callers come again. */
    @Test
    void a_burst_is_slowed_down_and_loses_nothing() throws Exception {
        int bodies = 347;
        int ordersEach = 10;
        var next = new AtomicInteger();
        var slowed = new AtomicInteger();
        var senders = Executors.newFixedThreadPool(8);
        var calls = Collections.nCopies(8, (Callable<Void>) () -> {
            for (int body = next.getAndIncrement(); body < bodies; body = next.getAndIncrement()) {
                int first = body * ordersEach;
                var lines = IntStream.range(first, first + ordersEach)
                        .mapToObj(order -> GOOD.formatted("burst-" + order, "P-1"))
                        .collect(Collectors.joining("\n"));
                var answer = port.call("POST", "/orders", FLOOD, "application/x-ndjson", lines);
                while (answer.statusCode() == 429) {
                    slowed.incrementAndGet();
                    state.clock()
                            .pass(Duration.ofSeconds(Long.parseLong(
                                    answer.headers().firstValue("Retry-After").orElseThrow())));
                    answer = port.call("POST", "/orders", FLOOD, "application/x-ndjson", lines);
                }
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            }
            return null;
        });
        for (var call : senders.invokeAll(calls)) call.get();
        senders.shutdown();

        assertThat(slowed).hasPositiveValue();
        assertThat(state.column("select orders || ' ' || total from orders.revenue_by_day"))
                .containsExactly("3470 36435.0");
        assertThat(
                        state.column(
                                "select e.state || ' ' || sum(e.last_index - e.first_index + 1) from ledger.entry e join ledger.upload u on u.id = e.upload where u.bucket = 'api' group by e.state"))
                .containsExactly("delivered 3470");
    }

    @Test
    void reports_are_about_the_days_and_statuses_asked_for() throws Exception {
        orders.upload("orders/a.jsonl", GOOD.formatted(1, "P-1"));
        orders.upload(
                "orders/b.jsonl",
                GOOD.formatted(2, "P-1").replace("08-28", "08-27").replace("confirmed", "pending"));
        orders.upload(
                "inventory/a.csv",
                "product_id,available_quantity,warehouse_location,last_updated\nP-1,5,EAST,2025-08-27T00:00:00Z\nP-1,3,WEST,2025-08-27T00:00:00Z\n");

        assertThat(rows("daily-revenue").findValuesAsText("day")).containsExactly("2025-08-28");
        assertThat(rows("daily-revenue?status=confirmed,pending").findValuesAsText("revenue"))
                .containsExactly("10.5", "10.5");
        assertThat(rows("daily-revenue?date=2025-08-27")).isEmpty();
        assertThat(rows("top-products").get(0))
                .hasToString(
                        "{\"product\":\"P-1\",\"category\":\"Books\",\"brand\":\"ReadMore\",\"currency\":\"USD\",\"units\":1,\"revenue\":\"10.5\"}");
        assertThat(rows("customers?status=confirmed,pending")
                        .get(0)
                        .path("days_between_orders")
                        .asText())
                .isEqualTo("1");
        var low = rows("low-stock").get(0);
        assertThat(low.path("available").asInt()).isEqualTo(7);
        assertThat(low.path("warehouses")).hasToString("{\"EAST\":5,\"WEST\":3}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "profit | 404",
                "daily-revenue?date=today | 400",
                "daily-revenue?status=lost | 400",
                "customers?limit=0 | 400",
                "customers?limit=many | 400",
                "customers?at=2025-08-02T12:00:00Z | 400",
                "stock?at=today | 400",
                "customers?colour=red | 400"
            })
    void a_report_that_cannot_be_given_says_why(String report, int status) throws Exception {
        var answer = port.call("GET", "/api/reports/" + report, VIEWER, null, null);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Json.read(answer.body()).path("detail").asText()).isNotBlank();
    }

    private static JsonNode rows(String report) throws Exception {
        var answer = port.call("GET", "/api/reports/" + report, VIEWER, null, null);
        assertThat(answer.statusCode()).isEqualTo(200);
        return Json.read(answer.body()).path("rows");
    }

    private static HttpResponse<String> post(String type, String body) throws IOException, InterruptedException {
        return port.call("POST", "/orders", TILL, type, body);
    }
}
