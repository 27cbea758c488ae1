package dev.caravan.clickstream;

import dev.caravan.alerts.RuleReader;
import dev.caravan.clickstream.ClickRule.SingleClick;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * {@code routes/clickstream/3-alert/rules.yaml}: what is out of the ordinary with a visitor's clicks. A rule is a name and below it what it
 * {@code watch}es, the members of that watch, all of them, its {@code severity}, and if that is not to be the priority of the tasks that its alerts
 * become, {@code task}: another one, or {@code none}.
 */
public final class ClickRules {
    /** Where it lies below {@code routes}. */
    public static final String FILE = "clickstream/3-alert/rules.yaml";

    /** A window is no longer, because clicks stay in memory for so long. */
    private static final int LONGEST_WINDOW_SECONDS = 7_200;
    /** Rules that look at single clicks; each has a bit of {@link Attributes#matches}, and one is for those that are gone. */
    private static final int MOST_OF_SINGLE_CLICKS = Attributes.MATCHES - 1;

    private final List<ClickRule> rules;

    ClickRules(List<ClickRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /**
     * Reads the file; without one there are no rules.
     *
     * @throws BadSettings when it is wrong: file, line, what, and what would be right
     */
    public static ClickRules load(RouteFiles files) {
        if (!files.has(FILE)) return new ClickRules(List.of());
        return parse(new String(files.bytes(FILE), StandardCharsets.UTF_8));
    }

    /** @throws BadSettings as {@link #load} */
    static ClickRules parse(String text) {
        var rules = RuleReader.rules(FILE, text, ClickRules::read);
        if (rules.stream().filter(SingleClick.class::isInstance).count() > MOST_OF_SINGLE_CLICKS)
            throw new BadSettings(FILE + ":1: more than " + MOST_OF_SINGLE_CLICKS
                    + " rules watch value or pattern: put patterns together, as in \"one|other\"");
        return new ClickRules(rules);
    }

    /** In the order of the file. */
    public List<ClickRule> all() {
        return rules;
    }

    private static ClickRule read(RuleReader reader) {
        var name = reader.name();
        var severity = reader.word("severity", "low", "medium", "high");
        var task = reader.has("task") ? reader.task() : Optional.of(severity);
        var window = Duration.ofSeconds(reader.integer("window-seconds", 1, LONGEST_WINDOW_SECONDS));
        return switch (reader.word("watch", "rate", "value", "pattern", "distinct", "count")) {
            case "rate" -> new ClickRule.Rate(name, severity, task, window, limit(reader));
            case "value" ->
                new ClickRule.Value(
                        name,
                        severity,
                        task,
                        window,
                        reader.word("field", "quantity", "price", "cart_value"),
                        reader.number("limit", 0, Integer.MAX_VALUE));
            case "pattern" -> {
                reader.word("field", "user_agent");
                yield new ClickRule.Agent(name, severity, task, window, pattern(reader));
            }
            case "distinct" ->
                new ClickRule.Distinct(
                        name,
                        severity,
                        task,
                        window,
                        reader.word("field", "ip_address", "country").equals("country"),
                        limit(reader));
            default ->
                new ClickRule.Count(name, severity, task, window, new TreeSet<>(reader.texts("types")), limit(reader));
        };
    }

    private static int limit(RuleReader reader) {
        return reader.integer("limit", 1, 1_000_000);
    }

    private static Pattern pattern(RuleReader reader) {
        try {
            return Pattern.compile(reader.text("pattern"));
        } catch (PatternSyntaxException e) {
            throw reader.wrong(
                    "pattern",
                    "pattern is no regular expression: " + e.getDescription(),
                    "write one of Java's, such as \"(?i)bot|crawl\"");
        }
    }
}
