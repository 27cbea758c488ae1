package dev.caravan.orders;

import dev.caravan.alerts.RuleReader;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * {@code routes/orders/4-alert/rules.yaml}: what is out of the ordinary. A rule is a name and below it what it {@code watch}es, the members of
 * that watch, all of them, and {@code task}: the priority of the tasks its alerts become, or {@code none}.
 */
public final class WatchRules {
    /** Where it lies below {@code routes}. */
    public static final String FILE = "orders/4-alert/rules.yaml";

    private volatile List<WatchRule> rules;

    private WatchRules(List<WatchRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** A rule, by its watch. */
    sealed interface WatchRule {
        /** As it stands in the file. */
        String name();

        /** Priority of its tasks; empty for none. */
        Optional<String> task();
    }

    /**
     * {@code order-value}: amounts far from those before them.
     *
     * @param ofCustomer whether orders are compared with those of their customer, else lines with those of their product
     * @param both       whether amounts far below are odd as well
     * @param history    amounts compared with, the newest there are
     * @param minimum    with fewer nothing is said
     * @param score      from which on an amount is odd
     * @param freshHours orders placed before only teach what is usual
     * @param keepHours  how long one that is odd keeps the alert open
     */
    record OrderValue(
            String name,
            Optional<String> task,
            boolean ofCustomer,
            boolean both,
            int history,
            int minimum,
            double score,
            int freshHours,
            int keepHours)
            implements WatchRule {}

    /**
     * {@code order-count}: many more or fewer orders of a channel than at the same time of earlier days.
     *
     * @param windowsHours what is counted: the orders of the last so many whole hours
     * @param historyDays  days compared with
     * @param minimumDays  with fewer nothing is said
     * @param spike        score from which on it is too many
     * @param silence      score below which, negated, it is too few
     * @param lateMinutes  how long after its end an hour is looked at
     */
    record OrderCount(
            String name,
            Optional<String> task,
            List<Integer> windowsHours,
            int historyDays,
            int minimumDays,
            double spike,
            double silence,
            int lateMinutes)
            implements WatchRule {}

    /**
     * {@code quality}: the quality score of the newest records below that of those before.
     *
     * @param records at least so many make a score
     * @param history scores compared with, the newest before
     * @param minimum with fewer nothing is said
     * @param score   from which on it is a drop
     * @param drop    the least that is one, from 0 to 1
     */
    record Quality(String name, Optional<String> task, int records, int history, int minimum, double score, double drop)
            implements WatchRule {}

    /** {@code low-stock}: fewer of a product than {@code orders.low-stock}. */
    record LowStock(String name, Optional<String> task) implements WatchRule {}

    /**
     * {@code stock-out}: what there is of a product will be sold before it comes again.
     *
     * @param rateDays     days over which it is told how much is sold
     * @param deliveryDays until it comes again, where its snapshots do not tell
     */
    record StockOut(String name, Optional<String> task, int rateDays, int deliveryDays) implements WatchRule {}

    /**
     * Reads the file; without one there are no rules.
     *
     * @throws BadSettings when it is wrong: file, line, what, and what would be right
     */
    public static WatchRules load(RouteFiles files) {
        if (!files.has(FILE)) return new WatchRules(List.of());
        return parse(new String(files.bytes(FILE), StandardCharsets.UTF_8));
    }

    /** @throws BadSettings as {@link #load} */
    static WatchRules parse(String text) {
        return new WatchRules(RuleReader.rules(FILE, text, WatchRules::read));
    }

    /** Watches as the other from the next time on. */
    public void becomes(WatchRules other) {
        rules = other.rules;
    }

    List<WatchRule> all() {
        return rules;
    }

    private static WatchRule read(RuleReader reader) {
        var name = reader.name();
        var rule =
                switch (reader.word("watch", "order-value", "order-count", "quality", "low-stock", "stock-out")) {
                    case "order-value" ->
                        new OrderValue(
                                name,
                                reader.task(),
                                reader.word("of", "customer", "product").equals("customer"),
                                reader.word("side", "above", "both").equals("both"),
                                reader.integer("history", 2, 1_000),
                                reader.integer("minimum", 2, 1_000),
                                reader.number("score", 1, 1_000),
                                reader.integer("fresh-hours", 1, 8_760),
                                reader.integer("keep-hours", 1, 8_760));
                    case "order-count" ->
                        new OrderCount(
                                name,
                                reader.task(),
                                reader.integers("windows-hours", 1, 24, "write a list of hours, such as [1, 24]"),
                                reader.integer("history-days", 2, 366),
                                reader.integer("minimum-days", 2, 366),
                                reader.number("spike", 1, 1_000),
                                reader.number("silence", 1, 1_000),
                                reader.integer("late-minutes", 0, 1_440));
                    case "quality" ->
                        new Quality(
                                name,
                                reader.task(),
                                reader.integer("records", 10, 10_000),
                                reader.integer("history", 2, 1_000),
                                reader.integer("minimum", 2, 1_000),
                                reader.number("score", 1, 1_000),
                                reader.number("drop", 0, 1));
                    case "low-stock" -> new LowStock(name, reader.task());
                    default ->
                        new StockOut(
                                name,
                                reader.task(),
                                reader.integer("rate-days", 1, 366),
                                reader.integer("delivery-days", 1, 366));
                };
        if (rule instanceof OrderValue value && value.minimum() > value.history())
            throw reader.wrong("minimum", "minimum is greater than history", "with " + value.history() + " or less");
        if (rule instanceof OrderCount count && count.minimumDays() > count.historyDays())
            throw reader.wrong(
                    "minimum-days",
                    "minimum-days is greater than history-days",
                    "with " + count.historyDays() + " or less");
        return rule;
    }
}
