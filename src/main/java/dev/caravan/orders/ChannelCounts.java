package dev.caravan.orders;

import dev.caravan.alerts.Finding;
import dev.caravan.json.Json;
import dev.caravan.orders.Arrivals.Arrival;
import dev.caravan.orders.WatchRules.OrderCount;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Orders of each channel in the last whole hours, beside those at the same time of earlier days. Counted is by the hour in which an order was
 * placed, each order once.
 */
final class ChannelCounts {
    private static final int HOURS_A_DAY = 24;

    private ChannelCounts() {}

    /** An hour of a channel. */
    private record Hour(Instant start, String channel) {}

    /** Counts those of the orders that were not known before. */
    static void learn(Handle db, List<Arrival> came) {
        var counts = came.stream()
                .filter(Arrival::isNew)
                .collect(Collectors.groupingBy(
                        order -> new Hour(order.placedAt().truncatedTo(ChronoUnit.HOURS), order.channel()),
                        Collectors.counting()));
        var hours = List.copyOf(counts.keySet());
        db.createUpdate("""
                insert into orders.count_by_hour as known (hour, channel, orders)
                select cast(hour as timestamptz), channel, orders from unnest(:hours, :channels, :orders) as came (hour, channel, orders)
                on conflict (hour, channel) do update set orders = known.orders + excluded.orders""")
                .bindArray(
                        "hours",
                        String.class,
                        hours.stream().map(hour -> hour.start().toString()).toList())
                .bindArray(
                        "channels",
                        String.class,
                        hours.stream().map(Hour::channel).toList())
                .bindArray("orders", Long.class, hours.stream().map(counts::get).toList())
                .execute();
    }

    /** The channels of which there are too many or too few, as {@link #finding} has it. */
    static List<Finding> findings(Handle db, OrderCount rule, Set<String> open, Instant now) {
        var end = now.minus(Duration.ofMinutes(rule.lateMinutes())).truncatedTo(ChronoUnit.HOURS);
        int hours = (rule.historyDays() + 1) * HOURS_A_DAY;
        var start = end.minus(hours, ChronoUnit.HOURS);
        var counts = new TreeMap<String, long[]>();
        db.createQuery("select hour, channel, orders from orders.count_by_hour where hour >= :start and hour < :end")
                .bind("start", start)
                .bind("end", end)
                .map((row, context) -> {
                    var hour = row.getObject("hour", OffsetDateTime.class).toInstant();
                    counts.computeIfAbsent(row.getString("channel"), channel -> new long[hours])[
                                    (int) start.until(hour, ChronoUnit.HOURS)] =
                            row.getLong("orders");
                    return hour;
                })
                .list();
        return counts.entrySet().stream()
                .flatMap(channel -> finding(rule, channel, open.contains(channel.getKey()), end).stream())
                .toList();
    }

    /** @param score of the orders of the last hours; below zero when they are fewer than usual */
    private record Window(int hours, long orders, Usual usual, int days, double score) {}

    /**
     * Whether the orders of a channel are out of the ordinary; the oddest window tells. Once they are, they stay so until they are half as odd.
     *
     * @param channel with its orders hour by hour, the last one ending at {@code end}
     */
    static Optional<Finding> finding(OrderCount rule, Map.Entry<String, long[]> channel, boolean open, Instant end) {
        double share = open ? 0.5 : 1;
        Window oddest = null;
        double odds = 1;
        for (int hours : rule.windowsHours()) {
            var window = window(rule, channel.getValue(), hours);
            if (window == null) continue;
            double of = window.score() / (window.score() > 0 ? rule.spike() : -rule.silence()) / share;
            if (of < odds) continue;
            oddest = window;
            odds = of;
        }
        return Optional.ofNullable(oddest).map(window -> told(rule, channel.getKey(), window, end));
    }

    /** Null when there is too little to compare with. */
    private static Window window(OrderCount rule, long[] byHour, int hours) {
        int first = 0;
        while (first < byHour.length && byHour[first] == 0) first++;
        var before = new ArrayList<Double>();
        for (int to = byHour.length - HOURS_A_DAY; to - hours >= first; to -= HOURS_A_DAY)
            before.add((double) sum(byHour, to - hours, to));
        if (before.size() < rule.minimumDays()) return null;
        long orders = sum(byHour, byHour.length - hours, byHour.length);
        var usual = Usual.of(before.stream().mapToDouble(Double::doubleValue).toArray());
        return new Window(hours, orders, usual, before.size(), usual.scoreOfCount(orders));
    }

    private static long sum(long[] byHour, int from, int to) {
        long sum = 0;
        for (int hour = from; hour < to; hour++) sum += byHour[hour];
        return sum;
    }

    private static Finding told(OrderCount rule, String channel, Window window, Instant end) {
        var evidence = Json.object()
                .put("from", end.minus(window.hours(), ChronoUnit.HOURS).toString())
                .put("to", end.toString())
                .put("orders", window.orders())
                .put("usual", Rounded.of(window.usual().median()))
                .put("days_compared_with", window.days())
                .put("score", Rounded.of(window.score()));
        var span = window.hours() == 1 ? "the last hour" : "the last " + window.hours() + " hours";
        return new Finding(
                channel,
                "%s: %s orders in %s, usually %s"
                        .formatted(
                                channel,
                                window.orders(),
                                span,
                                Rounded.of(window.usual().median())),
                evidence,
                "the score of its orders is between -%s and %s over the last %s hours"
                        .formatted(
                                Rounded.of(rule.silence() / 2),
                                Rounded.of(rule.spike() / 2),
                                rule.windowsHours().stream()
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(", "))));
    }
}
