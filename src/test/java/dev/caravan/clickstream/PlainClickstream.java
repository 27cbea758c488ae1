package dev.caravan.clickstream;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.groupingBy;

import dev.caravan.clickstream.Checkpoint.MinuteChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What is to come of clicks, worked out the plain way from all of them at once: sort, look at each, and at each beside it. It knows what was
 * asked for and nothing of how a {@link Partition} does it.
 */
final class PlainClickstream {
    /** A click and the source through which it came. */
    record Sourced(String source, Click click) {}

    /** An alert without what depends on when it was raised. */
    record Told(
            String rule,
            Visitor visitor,
            long from,
            long start,
            long last,
            int events,
            List<String> eventIds,
            int peak,
            int peakMinute) {}

    /** @param minutes that have anything */
    record Outcome(Set<Session> sessions, Map<Long, MinuteChange> minutes, Set<Told> alerts) {}

    private static final long MINUTE = 60_000;
    private static final Comparator<Sourced> BY_TIME = comparing(
                    (Sourced one) -> one.click().time())
            .thenComparing(one -> one.click().eventId());

    private final PartitionSettings settings;
    private final ClickRules rules;

    PlainClickstream(PartitionSettings settings, ClickRules rules) {
        this.settings = settings;
        this.rules = rules;
    }

    /** @param all in any order; none of them late */
    Outcome of(List<Sourced> all) {
        var once = new LinkedHashMap<List<Object>, Sourced>();
        for (var one : all)
            once.putIfAbsent(List.of(one.click().visitor(), one.click().eventId()), one);
        var clicks = List.copyOf(once.values());

        var visitors = visitors(clicks);
        var sessions = new HashSet<Session>();
        var alerts = new HashSet<Told>();
        visitors.forEach((visitor, of) -> {
            sessions.addAll(sessions(visitor, of));
            for (var rule : rules.all()) alerts.addAll(alerts(rule, visitor, of));
        });
        return new Outcome(sessions, minutes(clicks, visitors), alerts);
    }

    /** The funnel of some sessions: a line a day and stage, with how many sessions reached it, and how many reached it through all stages before. */
    static List<String> funnel(Set<Session> sessions) {
        var stages = List.of(
                Set.of("page_view", "product_view"), Set.of("search"), Set.of("add_to_cart"), Set.of("purchase"));
        var names = List.of("all", "view", "search", "cart", "purchase");
        var lines = new ArrayList<String>();
        var days = new TreeMap<>(sessions.stream()
                .collect(groupingBy(session ->
                        Instant.ofEpochMilli(session.start()).toString().substring(0, 10))));
        days.forEach((day, of) -> {
            var through = of;
            lines.add(day + " all " + of.size() + " " + of.size());
            for (int i = 0; i < stages.size(); i++) {
                var stage = stages.get(i);
                Predicate<Session> reached =
                        session -> session.types().keySet().stream().anyMatch(stage::contains);
                through = through.stream().filter(reached).toList();
                lines.add(day + " " + names.get(i + 1) + " "
                        + of.stream().filter(reached).count() + " " + through.size());
            }
        });
        return lines;
    }

    /** Clicks of each visitor, by time, after stitching. */
    private Map<Visitor, List<Sourced>> visitors(List<Sourced> clicks) {
        var identified = clicks.stream()
                .filter(one -> one.click().userId() != null && one.click().sessionId() != null)
                .collect(groupingBy(one -> one.click().sessionId()));
        var visitors = new HashMap<Visitor, List<Sourced>>();
        for (var one : clicks) {
            var visitor = one.click().visitor();
            if (visitor.anonymous()) {
                long time = one.click().time();
                visitor = identified.getOrDefault(visitor.id(), List.of()).stream()
                        .map(Sourced::click)
                        .filter(seen -> seen.time() >= time
                                && seen.time() <= time + settings.stitch().toMillis())
                        .min(comparing(Click::time).thenComparing(Click::userId))
                        .map(Click::visitor)
                        .orElse(visitor);
            }
            visitors.computeIfAbsent(visitor, unseen -> new ArrayList<>()).add(one);
        }
        visitors.values().forEach(of -> of.sort(BY_TIME));
        return visitors;
    }

    private List<Session> sessions(Visitor visitor, List<Sourced> clicks) {
        var sessions = new ArrayList<List<Sourced>>();
        long before = 0;
        for (var one : clicks) {
            if (sessions.isEmpty()
                    || one.click().time() - before > settings.gap().toMillis()) sessions.add(new ArrayList<>());
            sessions.get(sessions.size() - 1).add(one);
            before = one.click().time();
        }
        return sessions.stream().map(of -> session(visitor, of)).toList();
    }

    private static Session session(Visitor visitor, List<Sourced> of) {
        var types = new TreeMap<String, Integer>();
        var devices = new TreeSet<String>();
        var countries = new TreeSet<String>();
        var sources = new TreeSet<String>();
        double cartValue = Double.NaN;
        for (var one : of) {
            var click = one.click();
            types.merge(click.type(), 1, Integer::sum);
            if (click.device() != null) devices.add(click.device());
            if (click.country() != null) countries.add(click.country());
            sources.add(one.source());
            if (!Double.isNaN(click.cartValue()))
                cartValue = Double.isNaN(cartValue) ? click.cartValue() : Math.max(cartValue, click.cartValue());
        }
        return new Session(
                visitor,
                of.get(0).click().time(),
                of.get(of.size() - 1).click().time(),
                of.size(),
                types,
                devices,
                countries,
                sources,
                cartValue);
    }

    private static Map<Long, MinuteChange> minutes(List<Sourced> clicks, Map<Visitor, List<Sourced>> visitors) {
        var users = new HashMap<Long, Set<Visitor>>();
        visitors.forEach(
                (visitor, of) -> of.forEach(one -> users.computeIfAbsent(minute(one.click()), unseen -> new HashSet<>())
                        .add(visitor)));
        var minutes = new HashMap<Long, MinuteChange>();
        clicks.stream()
                .map(Sourced::click)
                .collect(groupingBy(PlainClickstream::minute))
                .forEach((minute, of) -> {
                    int anonymous = (int) users.get(minute).stream()
                            .filter(Visitor::anonymous)
                            .count();
                    minutes.put(
                            minute,
                            new MinuteChange(
                                    minute,
                                    of.size(),
                                    users.get(minute).size() - anonymous,
                                    anonymous,
                                    counts(of.stream().map(Click::type).toList()),
                                    counts(of.stream().map(Click::device).toList()),
                                    counts(of.stream().map(Click::country).toList())));
                });
        return minutes;
    }

    private static long minute(Click click) {
        return Math.floorDiv(click.time(), MINUTE) * MINUTE;
    }

    private static TreeMap<String, Long> counts(List<String> words) {
        var counts = new TreeMap<String, Long>();
        for (var word : words) if (word != null) counts.merge(word, 1L, Long::sum);
        return counts;
    }

    private static List<Told> alerts(ClickRule rule, Visitor visitor, List<Sourced> all) {
        long window = rule.window().toMillis();
        var clicks = all.stream().map(Sourced::click).filter(counting(rule)).toList();
        // Which clicks end a window that is too much, and how much that one is.
        var broken = new TreeMap<Long, Integer>();
        for (var last : clicks) {
            var within = clicks.stream()
                    .filter(one -> one.time() > last.time() - window && one.time() <= last.time())
                    .toList();
            int count = measure(rule, within);
            if (count > limit(rule)) broken.merge(last.time(), count, Math::max);
        }
        var told = new ArrayList<Told>();
        var episode = new TreeMap<Long, Integer>();
        for (var one : broken.entrySet()) {
            if (!episode.isEmpty() && one.getKey() - episode.lastKey() > window) {
                told.add(told(rule, visitor, clicks, episode));
                episode.clear();
            }
            episode.put(one.getKey(), one.getValue());
        }
        if (!episode.isEmpty()) told.add(told(rule, visitor, clicks, episode));
        return told;
    }

    private static Told told(ClickRule rule, Visitor visitor, List<Click> clicks, TreeMap<Long, Integer> episode) {
        var contributing = clicks.stream()
                .filter(one ->
                        one.time() > episode.firstKey() - rule.window().toMillis() && one.time() <= episode.lastKey())
                .toList();
        var inMinutes = contributing.stream().collect(groupingBy(PlainClickstream::minute, Collectors.counting()));
        return new Told(
                rule.name(),
                visitor,
                contributing.get(0).time(),
                episode.firstKey(),
                episode.lastKey(),
                contributing.size(),
                contributing.stream().map(Click::eventId).limit(200).toList(),
                rule instanceof ClickRule.SingleClick
                        ? 1
                        : episode.values().stream().mapToInt(i -> i).max().orElseThrow(),
                inMinutes.values().stream().mapToInt(Long::intValue).max().orElseThrow());
    }

    private static Predicate<Click> counting(ClickRule rule) {
        if (rule instanceof ClickRule.SingleClick single) return single::isBrokenBy;
        if (rule instanceof ClickRule.Count count) return click -> count.types().contains(click.type());
        if (rule instanceof ClickRule.Distinct distinct)
            return click -> (distinct.ofCountries() ? click.country() : click.ipAddress()) != null;
        return click -> true;
    }

    private static int measure(ClickRule rule, List<Click> within) {
        if (rule instanceof ClickRule.Distinct distinct)
            return (int) within.stream()
                    .map(click -> distinct.ofCountries() ? click.country() : click.ipAddress())
                    .distinct()
                    .count();
        return within.size();
    }

    private static int limit(ClickRule rule) {
        if (rule instanceof ClickRule.Rate rate) return rate.limit();
        if (rule instanceof ClickRule.Distinct distinct) return distinct.limit();
        if (rule instanceof ClickRule.Count count) return count.limit();
        return 0;
    }
}
