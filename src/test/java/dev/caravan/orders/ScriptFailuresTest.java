package dev.caravan.orders;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.reports.ReportsApi;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways in which a small script over the same orders goes wrong, as docs/debugging.md tells them: none of them is ours. */
class ScriptFailuresTest {
    private static final String TOTAL = "15715.7";
    private static final String VIEWER = "ck_noor";

    private static TestState state;
    private static List<String> sample;
    private static byte[] catalogue;
    private TestOrders orders;

    @BeforeAll
    static void start() throws IOException {
        state = new TestState();
        sample = Files.readAllLines(Path.of("samples/orders.jsonl"));
        catalogue = Files.readAllBytes(Path.of("samples/product_catalog.json"));
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        orders = new TestOrders(state, Map.of("ORDERS_PAGE_SIZE", "20"));
        orders.upload("catalog/products.json", catalogue);
    }

    @Test
    void a_malformed_or_blank_line_costs_only_itself() {
        var lines = new ArrayList<>(sample);
        lines.add(30, "{\"order_id\": \"SHOP-");
        lines.add(31, "");

        var upload = orders.upload("orders/a.jsonl", String.join("\n", lines));

        assertThat(orders.states(upload)).isEqualTo(Map.of(State.DELIVERED, 60L, State.QUARANTINED, 1L));
        assertThat(orders.quarantined()).singleElement().satisfies(kept -> assertThat(kept.line())
                .isEqualTo(31));
        assertThat(confirmed()).isEqualTo(TOTAL);
    }

    @Test
    void a_report_is_json_and_tells_its_moment_in_utc_wherever_the_machine_stands() throws Exception {
        var zone = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
        try {
            upload(sample);

            assertThat(report("daily-revenue").path("asOf").asText())
                    .startsWith("2025-08-29T00:00:00")
                    .endsWith("Z");
            assertThat(report("daily-revenue").at("/rows/0/day").asText()).isEqualTo("2025-08-11");
        } finally {
            TimeZone.setDefault(zone);
        }
    }

    @Test
    void money_is_added_up_exactly() {
        double binary = 0;
        for (var line : sample) {
            var order = Json.read(line);
            if (!order.get("status").textValue().equals("confirmed")) continue;
            for (var item : order.get("items"))
                binary += item.get("quantity").doubleValue()
                        * item.get("unit_price").doubleValue();
        }

        upload(sample);

        assertThat(binary).isEqualTo(15715.699999999999);
        assertThat(confirmed()).isEqualTo(TOTAL);
    }

    @Test
    void an_order_that_is_there_twice_counts_once() {
        var lines = new ArrayList<>(sample);
        lines.addAll(sample);

        upload(lines);

        assertThat(confirmed()).isEqualTo(TOTAL);
    }

    @Test
    void an_order_without_a_field_is_named_and_its_neighbours_count() {
        var lines = changed(order -> {
            if (order.path("order_id").asText().equals("SHOP-00002")) order.remove("customer_id");
        });

        upload(lines);

        assertThat(orders.quarantined()).singleElement().satisfies(kept -> {
            assertThat(kept.line()).isEqualTo(2);
            assertThat(kept.reasons().findValuesAsText("rule")).containsExactly("customer-missing");
        });
        assertThat(confirmed()).isEqualTo("15570.33");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\r\n \n"})
    void a_file_without_orders_is_a_file_and_its_report_has_no_rows(String nothing) throws Exception {
        var upload = orders.upload("orders/empty.jsonl", nothing);

        assertThat(orders.balance(upload).received()).isZero();
        assertThat(orders.balance(upload).atRest()).isTrue();
        assertThat(report("daily-revenue").path("rows")).isEmpty();
        assertThat(report("customers").path("rows")).isEmpty();
    }

    @Test
    void numbers_written_as_text_are_the_same_numbers() {
        var lines = changed(order -> order.get("items").forEach(item -> ((ObjectNode) item)
                .put("quantity", item.get("quantity").asText())
                .put("unit_price", item.get("unit_price").asText() + "0")));
        upload(sample);

        var again = upload(lines);

        assertThat(orders.states(again)).isEqualTo(Map.of(State.DUPLICATE, 60L));
        assertThat(confirmed()).isEqualTo(TOTAL);
    }

    @Test
    void a_file_is_read_as_it_is_worked_on_and_not_before() throws IOException {
        var file = String.join("\n", sample).repeat(2_000).getBytes(UTF_8);
        var counted = new ByteArrayInputStream(file);
        var upload = TestState.upload("orders/large.jsonl", TestClock.START, "09");
        orders.intake.open(upload);

        try (var pages = orders.intake.pages(counted, upload)) {
            assertThat(pages.next().items()).hasSize(20);
        }

        assertThat(file).hasSizeGreaterThan(40_000_000);
        assertThat(file.length - counted.available()).isLessThan(1_000_000);
    }

    @Test
    void running_twice_changes_nothing() {
        upload(sample);
        var tables = orders.tables();

        upload(sample);

        assertThat(orders.tables()).isEqualTo(tables);
    }

    @Test
    void what_could_be_read_of_a_damaged_file_counts_and_the_damage_is_told() throws IOException {
        var whole = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(whole)) {
            gzip.write(String.join("\n", sample).getBytes(UTF_8));
        }
        var half = Arrays.copyOf(whole.toByteArray(), whole.size() / 2);

        var upload = orders.upload("orders/half.jsonl.gz", half);

        var states = orders.states(upload);
        assertThat(states.get(State.DELIVERED)).isBetween(5L, 59L);
        assertThat(states.get(State.QUARANTINED)).isEqualTo(1);
        assertThat(orders.quarantined().get(0).reasons().findValuesAsText("rule"))
                .containsAnyOf("file-truncated", "file-corrupt");
        assertThat(orders.balance(upload).missing()).isZero();

        orders.upload("orders/whole.jsonl.gz", whole.toByteArray());
        assertThat(confirmed()).isEqualTo(TOTAL);
    }

    @Test
    void a_day_is_a_day_in_utc_whatever_the_offset_and_a_moment_without_one_is_refused() {
        upload(sample);
        var days = days();

        var elsewhere = upload(changed(order -> order.put(
                "timestamp",
                Instant.parse(order.get("timestamp").textValue())
                        .atOffset(ZoneOffset.ofHours(-5))
                        .toString())));
        var nowhere = upload(changed(order ->
                order.put("timestamp", order.get("timestamp").textValue().replace("Z", ""))));

        assertThat(orders.states(elsewhere)).isEqualTo(Map.of(State.DUPLICATE, 60L));
        assertThat(orders.states(nowhere)).isEqualTo(Map.of(State.QUARANTINED, 60L));
        assertThat(days())
                .isEqualTo(days)
                .contains("2025-08-11 2770.05")
                .noneMatch(day -> day.startsWith("2025-08-10"));
    }

    @Test
    void a_save_that_fails_half_way_leaves_nothing_behind() {
        var upload = TestState.upload("orders/a.jsonl", TestClock.START, "09");
        var file = String.join("\n", sample).getBytes(UTF_8);
        state.database().write(db -> {
            db.execute(
                    "create function public.fail() returns trigger language plpgsql as 'begin raise exception ''the disk is full''; end'");
            db.execute(
                    "create trigger fail before insert on orders.sales_by_day for each row when (new.day = '2025-08-20') execute function public.fail()");
        });
        try {
            assertThatThrownBy(() -> orders.receive(upload, file)).hasStackTraceContaining("the disk is full");
        } finally {
            state.database().write(db -> db.execute("drop function public.fail cascade"));
        }
        assertThat(added("orders.placed", "count(*)"))
                .isEqualTo(added("orders.revenue_by_day", "coalesce(sum(orders), 0)"));
        assertThat(added("orders.line", "count(*)")).isEqualTo(added("orders.sales_by_day", "coalesce(sum(lines), 0)"));
        assertThat(added("orders.placed", "count(*)"))
                .isEqualTo(List.of(String.valueOf(orders.balance(upload).received())));

        orders.receive(upload, file);

        assertThat(orders.states(upload)).isEqualTo(Map.of(State.DELIVERED, 60L));
        assertThat(confirmed()).isEqualTo(TOTAL);
    }

    private Upload upload(List<String> lines) {
        return orders.upload("orders/" + lines.hashCode() + ".jsonl", String.join("\n", lines));
    }

    private static List<String> changed(Consumer<ObjectNode> change) {
        return sample.stream()
                .map(line -> {
                    var order = (ObjectNode) Json.read(line);
                    change.accept(order);
                    return order.toString();
                })
                .toList();
    }

    private static String confirmed() {
        return state.column("select trim_scale(sum(total))::text from orders.revenue_by_day where status = 'confirmed'")
                .get(0);
    }

    private static List<String> days() {
        return state.column(
                "select day || ' ' || trim_scale(sum(total)) from orders.revenue_by_day where status = 'confirmed' group by day order by day");
    }

    private static List<String> added(String table, String sum) {
        return state.column("select cast(" + sum + " as text) from " + table);
    }

    private JsonNode report(String name) throws Exception {
        var api = new Api(ApiKeys.parse(ApiKeys.entry("noor", Role.VIEWER, VIEWER)));
        orders.module.addTo(api);
        new ReportsApi(List.of(orders.module.reportDesk())).addTo(api);
        try (var port = new PublicPort(200_000, api)) {
            var request = HttpRequest.newBuilder(port.url("/api/reports/" + name))
                    .header("X-API-Key", VIEWER)
                    .build();
            return Json.read(HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofString(UTF_8))
                    .body());
        }
    }
}
