package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.alerts.Alert;
import dev.caravan.orders.WatchRules.OrderCount;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much of what is put among generated orders the shipped rules find, and how often they speak without cause. */
class GeneratedAnomaliesTest {
    private static final int LEARNING_DAYS = 30;
    private static final int QUIET_DAYS = 30;
    private static final int ODD_DAYS = 20;
    private static final int ORDERS_A_DAY = Integer.getInteger("anomalies.orders", 167);
    private static final int STEP_HOURS = 8;
    private static final int PRODUCTS = 20;
    /** Customers and stock are as many as it takes. */
    private static final double SIZE = ORDERS_A_DAY / 167.0;

    private static final int CUSTOMERS = (int) (60 * SIZE);
    private static final int DELIVERED_EVERY = 7;
    private static final List<String> CHANNELS = List.of("web", "mobile", "api");
    private static final double[] SHARES = {0.5, 0.3, 0.2};

    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    /** Something that was put among the orders: which alert is about it. */
    private record Planted(String what, Instant from, Instant to, Predicate<Alert> told) {
        boolean foundBy(Alert alert) {
            return !alert.raisedAt().isBefore(from) && !alert.raisedAt().isAfter(to) && told.test(alert);
        }
    }

    /** A shop whose orders come as they come, some of them refused or at another price, and which is delivered weekly. */
    private static final class Shop {
        private final SplittableRandom random;
        private final TestOrders orders = new TestOrders(state, Map.of(), state.clock());
        private final OrderWatch watch = (OrderWatch) orders.module.beans().get("orderWatch");
        private final List<Planted> planted = new ArrayList<>();
        private final Set<String> silent = new HashSet<>();
        private final Set<String> busy = new HashSet<>();
        private String fault = "";
        private int missing = -1;
        private int number;
        private int day;

        Shop(long seed) {
            random = new SplittableRandom(seed);
            orders.catalogue(IntStream.range(0, PRODUCTS)
                    .boxed()
                    .flatMap(product -> List.of("P-" + product, price(product)).stream())
                    .toArray(String[]::new));
        }

        private static String price(int product) {
            return String.valueOf(8 + 8 * product);
        }

        /** @param inSteps whether orders come some hours at a time, with a look after each; else all at once, and nobody looks */
        void day(boolean inSteps) {
            stock();
            var lines = new StringBuilder();
            for (int hour = 0; hour < 24; hour++) {
                var at = state.clock().instant();
                for (int channel = 0; channel < CHANNELS.size(); channel++) {
                    var name = CHANNELS.get(channel);
                    int count = silent.contains(name)
                            ? 0
                            : poisson(random, ofHour(hour) * SHARES[channel] * (busy.contains(name) ? 4 : 1));
                    for (int i = 0; i < count; i++)
                        lines.append(order(name, at.plusSeconds(random.nextInt(3600)), 1, false));
                }
                state.clock().pass(Duration.ofHours(1));
                if (inSteps && hour % STEP_HOURS == STEP_HOURS - 1) take(lines, true);
            }
            take(lines, inSteps);
            day++;
        }

        private static double ofHour(int hour) {
            return ORDERS_A_DAY / 24.0 * (1 - 0.6 * Math.cos(2 * Math.PI * (hour + 0.5) / 24));
        }

        private void take(StringBuilder lines, boolean look) {
            if (lines.length() > 0) orders.upload("orders/day.jsonl", lines.toString());
            lines.setLength(0);
            if (look) watch.look();
        }

        /**
         * An order in a line, one of a hundred without a status.
         *
         * @param times how many pieces for one
         * @param cheap whether at a hundredth of its prices
         */
        private String order(String channel, Instant at, int times, boolean cheap) {
            var items = new StringBuilder();
            int count = 1 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                int product = random.nextInt(PRODUCTS);
                var price = price(product) + (random.nextInt(20) == 0 ? ".5" : "");
                if (cheap) price = String.valueOf(Double.parseDouble(price) / 100);
                items.append(items.isEmpty() ? "" : ",")
                        .append("{\"product_id\":\"P-%s\",\"quantity\":%s,\"unit_price\":%s}"
                                .formatted(product, times * (1 + random.nextInt(3)), price));
            }
            var line = """
                    {"order_id":"O-%s","customer_id":"C-%s","timestamp":"%s","channel":"%s","status":"%s","items":[%s],\
                    "shipping_address":{"country":"US","state":"TX","city":"Austin"}}
                    """.formatted(
                            number++,
                            (int) (CUSTOMERS * random.nextDouble() * random.nextDouble()),
                            at,
                            channel,
                            random.nextInt(10) < 6 ? "confirmed" : "pending",
                            items);
            if (random.nextInt(100) == 0) line = line.replace("\"status\"", "\"state\"");
            return fault.isEmpty() ? line : line.replace(fault, "\"other\"");
        }

        private void stock() {
            var rows = new StringBuilder("product_id,warehouse_location,available_quantity,last_updated\n");
            for (int product = 0; product < PRODUCTS; product++) {
                int since = (day + product) % DELIVERED_EVERY;
                int quantity = product == missing ? 8 : (int) ((500 - 25 * since) * SIZE) + random.nextInt(10);
                rows.append("P-%s,EAST,%s,%s%n"
                        .formatted(product, quantity, state.clock().instant()));
            }
            orders.upload("inventory/day.csv", rows.toString());
        }

        void plant(String what, int hours, Predicate<Alert> told) {
            var now = state.clock().instant();
            planted.add(new Planted(what, now, now.plus(hours, ChronoUnit.HOURS), told));
        }

        /** Odd orders, now: one at a hundredth of its prices, two of far more pieces than usual. */
        void plantOrders() {
            var lines = new StringBuilder();
            for (int i = 0; i < 3; i++) {
                var id = "\"O-" + number + "\"";
                boolean cheap = i == 0;
                int times = cheap ? 1 : random.nextInt(12, 200);
                plant(
                        cheap ? "order at a hundredth" : "order of " + times + " times as many",
                        1,
                        alert -> alert.evidence().toString().contains(id));
                lines.append(order("web", state.clock().instant(), times, cheap)
                        .replace("\"state\":\"confirmed", "\"status\":\"confirmed")
                        .replace("\"state\":\"pending", "\"status\":\"pending"));
            }
            take(lines, true);
        }

        List<Alert> alerts(Instant since) {
            return orders.alerts.list(null, null, 1000).stream()
                    .filter(alert -> !alert.raisedAt().isBefore(since))
                    .toList();
        }
    }

    private static int poisson(SplittableRandom random, double mean) {
        int count = 0;
        for (double time = -Math.log(1 - random.nextDouble()); time < mean; count++)
            time -= Math.log(1 - random.nextDouble());
        return count;
    }

    @Test
    void at_least_95_percent_of_what_is_planted_is_found_and_no_more_than_one_alert_a_day_is_about_nothing() {
        state.clear();
        var shop = new Shop(7);
        for (int day = 0; day < LEARNING_DAYS; day++) shop.day(false);
        // As autovacuum does while a shop is open.
        state.database().write(db -> db.execute("analyze"));
        shop.watch.look();
        var quiet = state.clock().instant();
        for (int day = 0; day < QUIET_DAYS; day++) shop.day(true);
        assertThat(shop.number / (LEARNING_DAYS + QUIET_DAYS))
                .as("orders a day")
                .isBetween(ORDERS_A_DAY * 95 / 100, ORDERS_A_DAY * 105 / 100);

        var falseAlarms = shop.alerts(quiet);

        System.out.printf(
                "%s orders a day: %s alerts in %s quiet days%n", ORDERS_A_DAY, falseAlarms.size(), QUIET_DAYS);
        assertThat(falseAlarms)
                .as("alerts of %s quiet days: %s", QUIET_DAYS, titles(falseAlarms))
                .hasSizeLessThanOrEqualTo(QUIET_DAYS);
        var odd = state.clock().instant();
        for (int day = 0; day < ODD_DAYS; day++) odd(shop, day);
        var alerts = shop.alerts(odd);
        var missed = shop.planted.stream()
                .filter(planted -> alerts.stream().noneMatch(planted::foundBy))
                .map(Planted::what)
                .toList();
        assertThat(shop.planted).hasSizeGreaterThanOrEqualTo(70);
        assertThat(missed)
                .as("missed of %s, among alerts %s", shop.planted.size(), titles(alerts))
                .hasSizeLessThanOrEqualTo(shop.planted.size() / 20);
    }

    /** A day with odd orders, and something else gone wrong on every other one. */
    private static void odd(Shop shop, int day) {
        shop.plantOrders();
        var channel = CHANNELS.get(day / 2 % CHANNELS.size());
        if (day % 2 == 0) {
            switch (day / 2 % 4) {
                case 0 -> {
                    var quietOne = channel.equals("api") ? "web" : channel;
                    shop.silent.add(quietOne);
                    shop.plant("silence of " + quietOne, 24, alert -> isOf(alert, "orders-of-channel", quietOne));
                }
                case 1 -> {
                    shop.busy.add(channel);
                    shop.plant("spike of " + channel, 24, alert -> isOf(alert, "orders-of-channel", channel));
                }
                case 2 -> {
                    shop.fault = List.of("\"quantity\"", "\"city\"").get(day / 8 % 2);
                    shop.plant("fault in " + shop.fault, 24, alert -> isOf(alert, "quality-of-orders", "orders"));
                }
                default -> {
                    shop.missing = day % PRODUCTS;
                    var product = "P-" + shop.missing;
                    shop.plant("low stock of " + product, 24, alert -> isOf(alert, "stock-low", product));
                    shop.plant("end of " + product, 24, alert -> isOf(alert, "stock-out-before-delivery", product));
                }
            }
        }
        shop.day(true);
        shop.silent.clear();
        shop.busy.clear();
        shop.fault = "";
        shop.missing = -1;
    }

    private static boolean isOf(Alert alert, String rule, String subject) {
        return alert.rule().equals(rule) && alert.subject().equals(subject);
    }

    private static String titles(List<Alert> alerts) {
        return alerts.stream()
                .map(alert -> alert.raisedAt() + " " + alert.title())
                .collect(Collectors.joining("; "));
    }

    /** Looked at after each hour, as it is while a shop is open. */
    @ParameterizedTest
    @ValueSource(ints = {167, 10_000, 1_000_000})
    void counts_of_channels_are_out_of_the_ordinary_less_than_once_a_day_by_chance(int ordersADay) {
        var rule = (OrderCount) WatchRules.load(RouteFiles.at("file:routes")).all().stream()
                .filter(OrderCount.class::isInstance)
                .findFirst()
                .orElseThrow();
        var random = new SplittableRandom(11);
        int hours = (rule.historyDays() + 1) * 24;
        var all = IntStream.range(0, hours + QUIET_DAYS * 24)
                .mapToLong(hour -> count(random, ordersADay, hour))
                .toArray();
        int raised = 0;
        boolean open = false;
        for (int hour = 0; hour < QUIET_DAYS * 24; hour++) {
            var last = Arrays.copyOfRange(all, hour, hour + hours);
            boolean found = ChannelCounts.finding(rule, Map.entry("web", last), open, Instant.EPOCH)
                    .isPresent();
            if (found && !open) raised++;
            open = found;
        }

        assertThat(raised).as("of one channel in %s days", QUIET_DAYS).isLessThanOrEqualTo(QUIET_DAYS / 10);
    }

    /** Poisson's for few; for many the normal distribution, which it then is. */
    private static long count(SplittableRandom random, int ordersADay, int hour) {
        double mean = ordersADay / 24.0 * (1 - 0.6 * Math.cos(2 * Math.PI * (hour % 24 + 0.5) / 24));
        return mean < 1000 ? poisson(random, mean) : Math.round(mean + Math.sqrt(mean) * random.nextGaussian());
    }
}
