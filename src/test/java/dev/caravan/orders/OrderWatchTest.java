package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.alerts.Alert;
import dev.caravan.alerts.AlertEvents;
import dev.caravan.deadletters.MessageSchemas;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import dev.caravan.testing.Surroundings;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is out of the ordinary raises an alert, and what no longer is clears it, by the shipped rules on a clock that is moved by hand. */
class OrderWatchTest {
    private static TestState state;
    private static TestOrders orders;

    private int number;

    @BeforeAll
    static void start() {
        state = new TestState();
        orders = new TestOrders(state, Map.of(), state.clock());
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        orders.around.bus.clear();
        orders.catalogue("P-1", "10", "P-2", "10");
    }

    private void look() {
        ((OrderWatch) orders.module.beans().get("orderWatch")).look();
    }

    private AlertEvents events() {
        return (AlertEvents) orders.module.beans().get("orderAlertEvents");
    }

    private List<Alert> open() {
        return orders.alerts.list(true, null, 1000);
    }

    private List<Alert> open(String rule) {
        return orders.alerts.list(true, rule, 1000);
    }

    private Instant now() {
        return state.clock().instant();
    }

    private void pass(Duration time) {
        state.clock().pass(time);
    }

    /** A confirmed order of one product, for which the customer pays ten each. */
    private String order(String id, Instant at, String customer, String channel, int quantity) {
        return order(id, at, customer, channel, quantity, "confirmed");
    }

    private static String order(String id, Instant at, String customer, String channel, int quantity, String status) {
        return """
                {"order_id":"%s","customer_id":"%s","timestamp":"%s","channel":"%s","status":"%s",\
                "items":[{"product_id":"P-1","quantity":%s,"unit_price":10}],"shipping_address":{"country":"US","state":"TX","city":"Austin"}}
                """.formatted(id, customer, at, channel, status, quantity);
    }

    /** Ordinary orders of a customer, one to three pieces each, an hour apart, up to now. */
    private void ordinary(String customer, int count) {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++)
            lines.append(order("O-" + number++, now().minus(count - i, ChronoUnit.HOURS), customer, "web", 1 + i % 3));
        orders.upload("orders/ordinary.jsonl", lines.toString());
        look();
    }

    private void upload(String line) {
        orders.upload("orders/more.jsonl", line);
        look();
    }

    private static JsonNode evidence(Alert alert) {
        return alert.evidence();
    }

    @Test
    void an_order_far_above_those_of_its_customer_raises_an_alert_that_says_all_of_it() {
        ordinary("C-1", 25);
        assertThat(open()).isEmpty();

        upload(order("O-big", now(), "C-1", "web", 100));

        assertThat(open("value-of-customer")).singleElement().satisfies(alert -> {
            assertThat(alert.subject()).isEqualTo("C-1");
            assertThat(alert.title()).isEqualTo("C-1: O-big for USD 1000, usually 20");
            assertThat(alert.clearsWhen())
                    .isEqualTo("its odd orders are corrected or cancelled, or no other one has come for 24 hours");
            assertThat(evidence(alert).toString())
                    .isEqualTo(
                            "{\"odd\": [{\"order\": \"O-big\", \"score\": 66.1, \"usual\": 20, \"amount\": 1000, \"currency\": \"USD\"}], \"orders\": 1}"
                                    .replace(": ", ":")
                                    .replace(", ", ","));
        });
    }

    @Test
    void an_alert_is_handed_over_as_a_task_once_however_often_it_is_looked() {
        ordinary("C-1", 25);
        upload(order("O-big", now(), "C-1", "web", 100));
        look();
        pass(Duration.ofMinutes(5));
        upload(order("O-big-too", now(), "C-1", "web", 90));

        assertThat(open("value-of-customer")).singleElement().satisfies(alert -> {
            assertThat(alert.title()).isEqualTo("C-1: 2 odd orders, the oddest O-big for USD 1000, usually 20");
            assertThat(state.column("select id::text from tasks.task where description like 'Rule value-of-customer%'"))
                    .containsExactly(alert.task().toString());
        });
        assertThat(state.column(
                        "select title || '|' || lane || '|' || priority || '|' || handed_in_by || '|' || state from tasks.task "
                                + "where description like 'Rule value-of-customer%'"))
                .containsExactly("C-1: O-big for USD 1000, usually 20|orders-alerts|medium|alerts|accepted");
        assertThat(state.column("select wanted::text from tasks.lane where name = 'orders-alerts'"))
                .containsExactly("1");
    }

    @Test
    void it_clears_when_the_order_is_corrected() {
        ordinary("C-1", 25);
        var at = now();
        upload(order("O-big", at, "C-1", "web", 100));
        assertThat(open("value-of-customer")).hasSize(1);

        upload(order("O-big", at.plusSeconds(1), "C-1", "web", 1));

        assertThat(open()).isEmpty();
        assertThat(orders.alerts.list(false, "value-of-customer", 10))
                .singleElement()
                .satisfies(alert -> assertThat(alert.clearedAt()).isEqualTo(now()));
    }

    @Test
    void it_clears_when_the_order_is_cancelled_and_by_itself_after_a_day() {
        ordinary("C-1", 25);
        var at = now();
        upload(order("O-a", at, "C-1", "web", 100));
        upload(order("O-a", at, "C-1", "web", 100, "cancelled"));
        assertThat(open()).isEmpty();

        upload(order("O-b", at, "C-1", "web", 100));
        pass(Duration.ofHours(24).minusSeconds(1));
        look();
        assertThat(open("value-of-customer")).hasSize(1);
        pass(Duration.ofSeconds(1));
        look();

        assertThat(open("value-of-customer")).isEmpty();
    }

    @Test
    void a_line_far_from_those_of_its_product_raises_an_alert_in_both_directions_whoever_orders() {
        ordinary("C-1", 15);
        ordinary("C-2", 15);

        upload(order("O-penny", now(), "C-3", "web", 1).replace(":10}", ":0.01}"));

        assertThat(open()).singleElement().satisfies(alert -> {
            assertThat(alert.rule()).isEqualTo("value-of-product");
            assertThat(alert.title()).isEqualTo("P-1: O-penny for USD 0.01, usually 20");
            assertThat(evidence(alert).at("/odd/0/score").doubleValue()).isLessThan(-6);
        });
    }

    @Test
    void with_little_history_nothing_is_said_and_old_orders_only_teach() {
        ordinary("C-1", 15);
        upload(order("O-big", now(), "C-1", "web", 100));
        assertThat(open()).isEmpty();

        ordinary("C-1", 15);
        upload(order("O-old", now().minus(49, ChronoUnit.HOURS), "C-1", "web", 1000));

        assertThat(open()).isEmpty();
        assertThat(
                        state.column(
                                "select cardinality(amounts)::text from orders.recent_amounts where rule = 'value-of-customer'"))
                .containsExactly("32");
    }

    @Test
    void other_currencies_are_compared_with_their_own_alone() {
        ordinary("C-1", 25);

        upload(order("O-rial", now(), "C-1", "web", 100).replace("\"items\"", "\"currency\":\"SAR\",\"items\""));

        assertThat(open()).isEmpty();
    }

    /** Orders of a channel in each whole hour before now. */
    private void hourly(String channel, int days, int anHour) {
        var lines = new StringBuilder();
        for (int hour = days * 24; hour > 0; hour--)
            for (int i = 0; i < anHour; i++)
                lines.append(order(
                        "O-" + number++,
                        now().minus(hour, ChronoUnit.HOURS).plusSeconds(i),
                        "C-" + number % 500,
                        channel,
                        1));
        orders.upload("orders/" + channel + ".jsonl", lines.toString());
    }

    @Test
    void a_channel_that_falls_silent_raises_an_alert_and_orders_that_come_again_clear_it() {
        hourly("web", 9, 36);
        pass(Duration.ofMinutes(10));
        look();
        assertThat(open()).isEmpty();

        pass(Duration.ofHours(1));
        look();

        assertThat(open("orders-of-channel")).singleElement().satisfies(alert -> {
            assertThat(alert.subject()).isEqualTo("web");
            assertThat(alert.title()).isEqualTo("web: 0 orders in the last hour, usually 36");
            assertThat(alert.clearsWhen())
                    .isEqualTo("the score of its orders is between -2.5 and 3 over the last 1, 6, 24 hours");
            assertThat(evidence(alert).path("score").intValue()).isEqualTo(-6);
            assertThat(evidence(alert).path("days_compared_with").intValue()).isEqualTo(9);
        });
        var lines = new StringBuilder();
        for (int i = 0; i < 72; i++)
            lines.append(order(
                    "O-" + number++,
                    now().truncatedTo(ChronoUnit.HOURS)
                            .minusSeconds(i < 30 ? 30 : 0)
                            .plusSeconds(i),
                    "C-" + i,
                    "web",
                    1));
        upload(lines.toString());
        pass(Duration.ofHours(1));
        look();

        assertThat(open()).isEmpty();
    }

    @Test
    void a_channel_with_far_more_orders_than_at_this_time_of_earlier_days_raises_an_alert() {
        hourly("api", 8, 5);
        var lines = new StringBuilder();
        for (int i = 0; i < 40; i++) lines.append(order("O-" + number++, now().plusSeconds(i), "C-" + i, "api", 1));
        orders.upload("orders/spike.jsonl", lines.toString());

        pass(Duration.ofMinutes(70));
        look();

        assertThat(open("orders-of-channel")).singleElement().satisfies(alert -> assertThat(alert.title())
                .isEqualTo("api: 40 orders in the last hour, usually 5"));
    }

    @Test
    void an_order_is_counted_once_whatever_becomes_of_it() {
        var at = now();
        upload(order("O-1", at, "C-1", "web", 1, "pending"));
        upload(order("O-1", at, "C-1", "web", 1, "confirmed") + order("O-1", at, "C-1", "web", 1, "cancelled"));
        upload(order("O-1", at, "C-1", "web", 1, "pending"));

        assertThat(state.column("select channel || ' ' || orders from orders.count_by_hour"))
                .containsExactly("web 1");
    }

    /** An exporter starts to leave the quantity out. At 10,000 orders a day one comes every nine seconds. */
    @ParameterizedTest
    @CsvSource({"5, 12", "9, 6"})
    void a_fault_in_what_comes_in_raises_an_alert_within_a_minute_with_its_cause_and_samples(int seconds, int bad) {
        for (int i = 0; i < 12; i++) ordinary("C-" + i, 100);
        pass(Duration.ofMinutes(10));
        var begun = now();

        for (int i = 0; i < bad; i++) {
            orders.upload(
                    "orders/live.jsonl",
                    order("O-bad-" + i, now(), "C-1", "web", 1).replace("\"quantity\":1,", ""));
            pass(Duration.ofSeconds(seconds));
            look();
        }

        assertThat(open("quality-of-orders")).singleElement().satisfies(alert -> {
            assertThat(alert.raisedAt()).isBetween(begun, begun.plusSeconds(60));
            assertThat(alert.title())
                    .startsWith("quality of orders is 0.")
                    .endsWith("quantity-missing in %s of %s records".formatted(bad, 100 + bad));
            assertThat(evidence(alert).path("cause").asText()).isEqualTo("refused");
            assertThat(evidence(alert).at("/causes/0").toString()).contains("quantity-missing");
            assertThat(evidence(alert).path("samples")).hasSize(5).allSatisfy(sample -> {
                assertThat(sample.path("key").asText()).isEqualTo("orders/live.jsonl");
                assertThat(sample.path("what").asText()).isEqualTo("quantity-missing");
                assertThat(sample.path("index").isInt()).isTrue();
            });
        });

        ordinary("C-1", 200);

        assertThat(open("quality-of-orders")).isEmpty();
    }

    @Test
    void fields_that_orders_tell_no_more_are_a_fault_too() {
        for (int i = 0; i < 12; i++) ordinary("C-" + i, 100);
        var lines = IntStream.range(0, 100)
                .mapToObj(
                        i -> order("O-nowhere-" + i, now(), "C-" + i, "web", 1).replace(",\"city\":\"Austin\"", ""))
                .toList();

        upload(String.join("", lines));

        assertThat(open("quality-of-orders")).singleElement().satisfies(alert -> {
            assertThat(alert.title()).isEqualTo("quality of orders is 0.75, usually 1: no city in 100 of 100 records");
            assertThat(evidence(alert).path("cause").asText()).isEqualTo("incomplete");
        });
    }

    private void stock(String product, Instant at, int quantity) {
        orders.upload(
                "inventory/stock-" + number++ + ".csv",
                "product_id,warehouse_location,available_quantity,last_updated\n%s,EAST,%s,%s\n"
                        .formatted(product, quantity, at));
    }

    @Test
    void stock_that_falls_below_the_threshold_raises_an_alert_and_clears_when_more_has_come() {
        stock("P-1", now().minus(1, ChronoUnit.HOURS), 12);
        look();
        assertThat(open()).isEmpty();

        orders.upload("orders/a.jsonl", order("O-1", now(), "C-1", "web", 3));
        pass(Duration.ofMinutes(1));
        look();

        assertThat(open("stock-low")).singleElement().satisfies(alert -> {
            assertThat(alert.title()).isEqualTo("P-1: 9 in stock, below 10 is low");
            assertThat(alert.clearsWhen()).isEqualTo("10 or more are in stock");
        });

        stock("P-1", now(), 100);
        pass(Duration.ofMinutes(1));
        look();

        assertThat(open("stock-low")).isEmpty();
    }

    @Test
    void stock_that_will_not_last_until_the_next_delivery_raises_an_alert() {
        // Delivered every 10 days, the last time 2 days ago; 14 sold a day.
        var deliveries = new int[] {32, 22, 12, 2};
        for (int days : deliveries) {
            stock("P-1", now().minus(days, ChronoUnit.DAYS).minus(1, ChronoUnit.HOURS), 50);
            stock("P-1", now().minus(days, ChronoUnit.DAYS), 150);
        }
        var lines = new StringBuilder();
        for (int day = 30; day > 0; day--)
            lines.append(order("O-" + day, now().minus(day, ChronoUnit.DAYS), "C-" + day, "web", 14));
        orders.upload("orders/a.jsonl", lines.toString());
        look();

        assertThat(open("stock-out-before-delivery")).isEmpty();
        orders.upload("orders/b.jsonl", order("O-much", now(), "C-1", "web", 60));
        pass(Duration.ofMinutes(1));
        look();

        assertThat(open("stock-out-before-delivery")).singleElement().satisfies(alert -> {
            // 150 - 14 - 60 = 76 at 14 a day are 5.43 days; 10 - 2 = 8 until the next delivery.
            assertThat(alert.title()).isEqualTo("P-1: sold out in 5.43 days, the next delivery is due in 8");
            assertThat(evidence(alert).path("delivery_known").asBoolean()).isTrue();
        });
        stock("P-1", now(), 200);
        pass(Duration.ofMinutes(1));
        look();
        assertThat(open("stock-out-before-delivery")).isEmpty();
    }

    @Test
    void raising_and_clearing_are_told_on_the_bus_once_and_fit_their_schemas() {
        ordinary("C-1", 25);
        var at = now();
        upload(order("O-big", at, "C-1", "web", 100));
        orders.around.busAway = true;
        events().publish();
        assertThat(orders.around.bus).isEmpty();
        orders.around.busAway = false;
        events().publish();
        events().publish();
        upload(order("O-big", at, "C-1", "web", 100, "cancelled"));
        events().publish();

        assertThat(orders.around.bus)
                .filteredOn(event -> event.detail().contains("value-of-customer"))
                .extracting(event -> event.detailType())
                .containsExactly("OrderAlertRaised", "OrderAlertCleared");
        var schemas = new MessageSchemas(RouteFiles.at("file:routes"));
        assertThat(orders.around.bus).isNotEmpty().allSatisfy(entry -> {
            var event = Json.object().put("source", entry.source()).put("detail-type", entry.detailType());
            event.set("detail", Json.read(entry.detail()));
            assertThat(schemas.check(event)).isEmpty();
        });
    }

    @Test
    void a_look_that_breaks_off_leaves_nothing_and_the_next_one_finds_the_same() {
        ordinary("C-1", 25);
        orders.upload("orders/more.jsonl", order("O-big", now(), "C-1", "web", 100));
        var before = everything();
        state.database().write(db -> db.execute("alter table tasks.task rename to away"));
        try {
            assertThatThrownBy(this::look).isNotNull();
        } finally {
            state.database().write(db -> db.execute("alter table tasks.away rename to task"));
        }
        assertThat(everything()).isEqualTo(before);

        look();
        look();

        assertThat(open("value-of-customer")).hasSize(1);
        assertThat(state.column(
                        "select count(*)::text from tasks.task where description like 'Rule value-of-customer%'"))
                .containsExactly("1");
    }

    /** A process of its own that looks once. */
    static final class Looking {
        /** @param arguments the database's URL, the time */
        public static void main(String[] arguments) {
            var clock = Clock.fixed(Instant.parse(arguments[1]), ZoneOffset.UTC);
            var routes = RouteFiles.at("classpath:routes");
            var database = Database.open(arguments[0], 2);
            var around = new Surroundings(database, Settings.of(Map.of()), routes, clock);
            new OrderWatch(database, WatchRules.load(routes), around.alerts, 0, clock).look();
        }
    }

    @Test
    void a_process_that_is_killed_in_the_middle_of_a_look_neither_loses_nor_doubles_an_alert() {
        ordinary("C-1", 25);
        orders.upload("orders/more.jsonl", order("O-big", now(), "C-1", "web", 100));
        var before = everything();
        state.database().write(db -> {
            // Whoever raises an alert waits here.
            db.execute("lock table alerts.alert in exclusive mode");
            var looking = looking();
            patiently().until(() -> !state.column(
                            "select pid from pg_locks where not granted and relation = 'alerts.alert'::regclass")
                    .isEmpty());
            looking.destroyForcibly();
            assertThat(looking.onExit().join().exitValue()).isEqualTo(137);
        });
        assertThat(everything()).isEqualTo(before);

        // Until PostgreSQL has noticed, the dead one has the lock of who looks.
        patiently().until(() -> {
            look();
            return !open("value-of-customer").isEmpty();
        });
        look();
        events().publish();

        assertThat(open("value-of-customer")).hasSize(1);
        assertThat(state.column(
                        "select count(*)::text from tasks.task where description like 'Rule value-of-customer%'"))
                .containsExactly("1");
        assertThat(orders.around.bus)
                .filteredOn(event -> event.detail().contains("value-of-customer"))
                .hasSize(1);
    }

    private Process looking() {
        try {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            Looking.class.getName(),
                            state.jdbcUrl(),
                            now().toString())
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ConditionFactory patiently() {
        return await().pollInterval(Duration.ofMillis(100));
    }

    private List<String> everything() {
        var all = new ArrayList<String>();
        for (var table : List.of(
                "alerts.alert",
                "tasks.lane",
                "orders.watched",
                "orders.count_by_hour",
                "orders.recent_amounts",
                "orders.odd_order",
                "orders.quality_by_change")) all.addAll(state.column("select t::text from " + table + " t order by 1"));
        return all;
    }

    @Test
    void while_another_instance_looks_nothing_happens() {
        look();
        ordinary("C-1", 5);
        orders.upload("orders/more.jsonl", order("O-more", now(), "C-1", "web", 1));
        state.database().write(db -> {
            db.execute("select from orders.watched for update");
            // In a thread of its own: this one is within the transaction.
            CompletableFuture.runAsync(this::look).join();
        });
        assertThat(state.column("select sum(orders)::text from orders.count_by_hour"))
                .containsExactly("5");

        look();

        assertThat(state.column("select sum(orders)::text from orders.count_by_hour"))
                .containsExactly("6");
    }

    @Test
    void an_alert_of_a_rule_that_was_taken_out_clears_and_an_edited_threshold_holds_from_the_next_look_on() {
        ordinary("C-1", 25);
        upload(order("O-big", now(), "C-1", "web", 100));
        assertThat(open()).hasSize(1);
        var rules = WatchRules.parse("low: {watch: low-stock, task: none}\n");

        new OrderWatch(state.database(), rules, orders.alerts, 10, state.clock()).look();

        assertThat(open()).isEmpty();
    }
}
