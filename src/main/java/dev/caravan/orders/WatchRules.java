package dev.caravan.orders;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code routes/orders/4-alert/rules.yaml}: what is out of the ordinary. A rule is a name and below it what it {@code watch}es, the members of
 * that watch, all of them, and {@code task}: the priority of the tasks its alerts become, or {@code none}.
 */
public final class WatchRules {
    /** Where it lies below {@code routes}. */
    public static final String FILE = "orders/4-alert/rules.yaml";

    private static final List<String> PRIORITIES = List.of("low", "medium", "high");
    private static final String NO_TASK = "none";
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

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
        JsonNode table;
        try {
            table = YAML.readTree(text);
        } catch (IOException e) {
            throw new BadSettings(
                    FILE + ":1: not YAML: " + e.getMessage().lines().findFirst().orElse("")
                            + ": write a rule's name, and below it what it watches");
        }
        if (!table.isMissingNode() && !table.isNull() && !table.isObject())
            throw new BadSettings(FILE + ":1: no rules: write a rule's name, and below it what it watches");
        var rules = new ArrayList<WatchRule>();
        table.properties().forEach(rule -> rules.add(new Reader(text, rule.getKey(), rule.getValue()).read()));
        return new WatchRules(rules);
    }

    /** Watches as the other from the next time on. */
    public void becomes(WatchRules other) {
        rules = other.rules;
    }

    List<WatchRule> all() {
        return rules;
    }

    /** Reads one rule. */
    private static final class Reader {
        private final String text;
        private final String name;
        private final JsonNode members;
        private final Set<String> read = new HashSet<>(Set.of("watch"));

        Reader(String text, String name, JsonNode members) {
            this.text = text;
            this.name = name;
            this.members = members;
        }

        WatchRule read() {
            if (!name.matches("[a-z][a-z0-9-]{0,49}"))
                throw wrong("", "\"" + name + "\" cannot name a rule", "use lower-case letters, digits and hyphens");
            var rule =
                    switch (word("watch", "order-value", "order-count", "quality", "low-stock", "stock-out")) {
                        case "order-value" ->
                            new OrderValue(
                                    name,
                                    task(),
                                    word("of", "customer", "product").equals("customer"),
                                    word("side", "above", "both").equals("both"),
                                    integer("history", 2, 1_000),
                                    integer("minimum", 2, 1_000),
                                    number("score", 1, 1_000),
                                    integer("fresh-hours", 1, 8_760),
                                    integer("keep-hours", 1, 8_760));
                        case "order-count" ->
                            new OrderCount(
                                    name,
                                    task(),
                                    hours(),
                                    integer("history-days", 2, 366),
                                    integer("minimum-days", 2, 366),
                                    number("spike", 1, 1_000),
                                    number("silence", 1, 1_000),
                                    integer("late-minutes", 0, 1_440));
                        case "quality" ->
                            new Quality(
                                    name,
                                    task(),
                                    integer("records", 10, 10_000),
                                    integer("history", 2, 1_000),
                                    integer("minimum", 2, 1_000),
                                    number("score", 1, 1_000),
                                    number("drop", 0, 1));
                        case "low-stock" -> new LowStock(name, task());
                        default ->
                            new StockOut(name, task(), integer("rate-days", 1, 366), integer("delivery-days", 1, 366));
                    };
            members.fieldNames().forEachRemaining(member -> {
                if (!read.contains(member))
                    throw wrong(
                            member,
                            "a rule that watches " + members.path("watch").asText() + " has no \"" + member + "\"",
                            "known are " + read.stream().sorted().collect(Collectors.joining(", ")));
            });
            if (rule instanceof OrderValue value && value.minimum() > value.history())
                throw wrong("minimum", "minimum is greater than history", "with " + value.history() + " or less");
            if (rule instanceof OrderCount count && count.minimumDays() > count.historyDays())
                throw wrong(
                        "minimum-days",
                        "minimum-days is greater than history-days",
                        "with " + count.historyDays() + " or less");
            return rule;
        }

        private Optional<String> task() {
            var words = new ArrayList<>(PRIORITIES);
            words.add(NO_TASK);
            return Optional.of(word("task", words.toArray(String[]::new))).filter(word -> !word.equals(NO_TASK));
        }

        private String word(String member, String... words) {
            var stated = member(member).asText();
            if (!List.of(words).contains(stated))
                throw wrong(member, member + " is \"" + stated + "\"", "write one of " + String.join(", ", words));
            return stated;
        }

        private int integer(String member, int least, int most) {
            return integer(member, member(member), least, most);
        }

        private int integer(String member, JsonNode stated, int least, int most) {
            if (!stated.isInt() || stated.intValue() < least || stated.intValue() > most)
                throw wrong(member, member + " is " + stated, "write a whole number from " + least + " to " + most);
            return stated.intValue();
        }

        private double number(String member, double least, double most) {
            var stated = member(member);
            if (!stated.isNumber() || stated.doubleValue() < least || stated.doubleValue() > most)
                throw wrong(
                        member, member + " is " + stated, "write a number from " + (long) least + " to " + (long) most);
            return stated.doubleValue();
        }

        private List<Integer> hours() {
            var member = "windows-hours";
            var stated = member(member);
            if (!stated.isArray() || stated.isEmpty())
                throw wrong(member, member + " is " + stated, "write a list of hours, such as [1, 24]");
            return stated.valueStream()
                    .map(window -> integer(member, window, 1, 24))
                    .toList();
        }

        private JsonNode member(String member) {
            read.add(member);
            if (!members.hasNonNull(member))
                throw wrong("", "rule " + name + " has no " + member, "write it below its name");
            return members.get(member);
        }

        /** @param member whose line is told; empty for that of the rule's name */
        private BadSettings wrong(String member, String what, String advice) {
            var lines = Arrays.asList(text.split("\n", -1));
            int line = 0;
            while (line < lines.size() - 1 && !begins(lines.get(line), name)) line++;
            int found = line;
            for (int i = line + 1;
                    !member.isEmpty() && i < lines.size() && !lines.get(i).matches("[^\\s#].*");
                    i++) if (begins(lines.get(i).strip(), member)) found = i;
            return new BadSettings(FILE + ":" + (found + 1) + ": " + what + ": " + advice);
        }

        private static boolean begins(String line, String key) {
            return line.replace("\"", "").startsWith(key + ":");
        }
    }
}
