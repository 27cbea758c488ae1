package dev.caravan.console;

import dev.caravan.ledger.Ledger.Minute;
import dev.caravan.ledger.State;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Records that came to rest within an hour, by the minute and by what became of them: a chart of stacked bars, and its numbers. */
final class Throughput {
    static final int MINUTES = 60;
    static final int HEIGHT = 160;
    static final int BAR = 12;

    private final Instant from;
    private final List<Map<State, Long>> minutes = new ArrayList<>();

    /**
     * @param from  the first minute of the hour
     * @param found within that hour; minutes without any may be left out
     */
    Throughput(Instant from, List<Minute> found) {
        this.from = from;
        for (int i = 0; i < MINUTES; i++) minutes.add(new EnumMap<>(State.class));
        for (var minute : found) {
            minutes.get((int) ChronoUnit.MINUTES.between(from, minute.at())).put(minute.state(), minute.records());
        }
    }

    /** A part of a bar, in the units of the chart: {@link #BAR} to a minute, {@link #HEIGHT} for the largest minute. */
    record Part(State state, int x, double y, double height) {}

    /** A minute with its records. */
    record Row(Instant at, Map<State, Long> states) {}

    /** Parts to draw, from left to right and from the bottom up. */
    List<Part> parts() {
        var parts = new ArrayList<Part>();
        double scale = HEIGHT / (double) Math.max(1, largest());
        for (int i = 0; i < MINUTES; i++) {
            double y = HEIGHT;
            for (var state : minutes.get(i).entrySet()) {
                double height = state.getValue() * scale;
                y -= height;
                parts.add(new Part(state.getKey(), i * BAR, y, height));
            }
        }
        return parts;
    }

    /** Minutes in which something came to rest, the oldest first. */
    List<Row> rows() {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < MINUTES; i++) {
            if (!minutes.get(i).isEmpty()) rows.add(new Row(from.plus(i, ChronoUnit.MINUTES), minutes.get(i)));
        }
        return rows;
    }

    /** States that occur, in their order. */
    List<State> states() {
        return minutes.stream()
                .flatMap(minute -> minute.keySet().stream())
                .distinct()
                .sorted()
                .toList();
    }

    Instant from() {
        return from;
    }

    Instant middle() {
        return from.plus(MINUTES / 2, ChronoUnit.MINUTES);
    }

    /** Records of the largest minute. */
    long largest() {
        return minutes.stream().mapToLong(Throughput::sum).max().orElse(0);
    }

    /** Records of the hour. */
    long total() {
        return minutes.stream().mapToLong(Throughput::sum).sum();
    }

    private static long sum(Map<State, Long> minute) {
        return minute.values().stream().mapToLong(Long::longValue).sum();
    }
}
