package dev.caravan.clickstream;

import dev.caravan.clickstream.Alert.State;
import dev.caravan.clickstream.Episode.Evidence;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Finds the clicks with which a rule is broken, and the episodes they make. Which those are depends on a visitor's clicks and their times
 * alone, not on the order in which they came.
 */
final class Watch {
    /** So many clicks back a count of addresses, countries or types looks; who has more within a window is seen by its rate. */
    static final int LOOK_BACK = 4096;

    /** Of so many user agents it is remembered what they match. */
    private static final int MOST_AGENTS = 4096;

    /** Hears of alerts. */
    interface Listener {
        void raised(VisitorState visitor, Episode episode);

        /** @param told which the alert's id was made of */
        void ended(VisitorState visitor, ClickRule rule, long told);
    }

    /** A rule, as clicks are compared with it. */
    static final class Watched {
        final ClickRule rule;
        final long window;
        private final int limit;
        /** Of a rule that one click breaks: its bit of {@link Attributes#matches}. */
        private final int match;
        /** Of a rule that counts types: their numbers. */
        private final BitSet types;

        private Watched(ClickRule rule, Words types, Words matches) {
            this.rule = rule;
            this.window = rule.window().toMillis();
            this.types = new BitSet();
            if (rule instanceof ClickRule.Rate rate) limit = rate.limit();
            else if (rule instanceof ClickRule.Distinct distinct) limit = distinct.limit();
            else if (rule instanceof ClickRule.Count count) {
                limit = count.limit();
                for (var type : count.types()) this.types.set(types.number(type));
            } else limit = 0;
            match = rule instanceof ClickRule.SingleClick ? 1 << (matches.number(rule.name()) - 1) : 0;
        }

        /** Whether the click counts for the rule at all. */
        private boolean counts(Trail trail, int click) {
            if (rule instanceof ClickRule.Rate) return true;
            if (match != 0) return (Attributes.matches(trail.attributes(click)) & match) != 0;
            if (rule instanceof ClickRule.Count) return types.get(Attributes.type(trail.attributes(click)));
            return value(trail, click) != 0;
        }

        /** Of a rule that counts different ones: the address or country, 0 when not told. */
        private int value(Trail trail, int click) {
            return ((ClickRule.Distinct) rule).ofCountries()
                    ? Attributes.country(trail.attributes(click))
                    : trail.address(click);
        }

        /** Whether it cannot be broken by the click, nor by later ones because of it; told fast. */
        private boolean isOutOfReach(VisitorState visitor, int click) {
            if (rule instanceof ClickRule.Rate) return visitor.trail.size() <= limit;
            if (rule instanceof ClickRule.Distinct distinct)
                return !(distinct.ofCountries() ? visitor.severalCountries : visitor.severalAddresses)
                        || !counts(visitor.trail, click);
            return !counts(visitor.trail, click);
        }

        /** Whether the rule is broken with that click, in the window that ends with it. */
        private boolean isBroken(Trail trail, int click) {
            if (rule instanceof ClickRule.Rate)
                return click >= limit && trail.time(click - limit) > trail.time(click) - window;
            return counts(trail, click) && (match != 0 || isAboveLimit(trail, click));
        }

        /** Whether the window that ends with the click has more clicks, or different values, than the limit. */
        private boolean isAboveLimit(Trail trail, int click) {
            long after = trail.time(click) - window;
            int furthest = Math.max(0, click - LOOK_BACK);
            Set<Integer> values = rule instanceof ClickRule.Distinct ? new HashSet<>() : Set.of();
            int count = 0;
            for (int i = click; i >= furthest && trail.time(i) > after && count <= limit; i--)
                if (counts(trail, i) && (rule instanceof ClickRule.Count || values.add(value(trail, i)))) count++;
            return count > limit;
        }
    }

    private final Words types;
    private final Words matches;
    private final Listener listener;
    private List<Watched> rules = List.of();
    private List<Watched> values = List.of();
    private List<Watched> agents = List.of();
    private long longestWindow;
    private final Map<String, Integer> bitsOfAgents = new HashMap<>();
    private Map<SilenceKey, Long> silences = Map.of();

    /** Episodes whose alert has changed, with their visitor. */
    private final List<Change> changed = new ArrayList<>();
    /** Alerts that are no longer about an episode of their own. */
    private final List<Alert> ended = new ArrayList<>();
    /** Those whose alert is open. */
    private final Set<Change> open = new LinkedHashSet<>();

    private record Change(VisitorState visitor, Episode episode) {}

    private record SilenceKey(String rule, Visitor visitor) {}

    Watch(ClickRules rules, Words types, Words matches, Listener listener) {
        this.types = types;
        this.matches = matches;
        this.listener = listener;
        rules(rules);
    }

    void rules(ClickRules stated) {
        var before = rules;
        rules = stated.all().stream()
                .map(rule -> before.stream()
                        .filter(watched -> watched.rule.equals(rule))
                        .findFirst()
                        .orElseGet(() -> new Watched(rule, types, matches)))
                .toList();
        values = rules.stream()
                .filter(watched -> watched.rule instanceof ClickRule.Value)
                .toList();
        agents = rules.stream()
                .filter(watched -> watched.rule instanceof ClickRule.Agent)
                .toList();
        longestWindow =
                rules.stream().mapToLong(watched -> watched.window).max().orElse(0);
        bitsOfAgents.clear();
    }

    void silences(Collection<Silence> stated) {
        var until = new HashMap<SilenceKey, Long>();
        for (var silence : stated)
            until.merge(new SilenceKey(silence.rule(), silence.visitor()), silence.until(), Math::max);
        silences = until;
    }

    /** In milliseconds. */
    long longestWindow() {
        return longestWindow;
    }

    /** Which rules the click breaks alone, a bit each. */
    int matches(Click click) {
        int bits = click.userAgent() == null ? 0 : byAgent(click);
        for (var watched : values) if (isBroken(watched, click)) bits |= watched.match;
        return bits;
    }

    /** The same user agents come again and again, and a pattern takes longer than all the rest. */
    private int byAgent(Click click) {
        if (agents.isEmpty()) return 0;
        var known = bitsOfAgents.get(click.userAgent());
        if (known != null) return known;
        int bits = 0;
        for (var watched : agents) if (isBroken(watched, click)) bits |= watched.match;
        if (bitsOfAgents.size() == MOST_AGENTS) bitsOfAgents.clear();
        bitsOfAgents.put(click.userAgent(), bits);
        return bits;
    }

    private static boolean isBroken(Watched watched, Click click) {
        return ((ClickRule.SingleClick) watched.rule).isBrokenBy(click);
    }

    /** An episode whose clicks have left the memory. */
    void restore(VisitorState visitor, Ongoing.FoldedEpisode folded) {
        var watched = watched(folded.rule());
        if (watched == null) return;
        var episode = new Episode(watched, folded.start(), folded.last(), folded.told());
        episode.folded = folded.evidence();
        if (visitor.episodes == null) visitor.episodes = new ArrayList<>();
        visitor.episodes.add(episode);
        if (episode.isTold()) open.add(new Change(visitor, episode));
    }

    /** Null when there is no such rule. */
    Watched watched(String rule) {
        for (var watched : rules) if (watched.rule.name().equals(rule)) return watched;
        return null;
    }

    /** A click has come to the visitor; it is that one now. */
    void inserted(VisitorState visitor, int click) {
        remember(visitor, click);
        for (var watched : rules) {
            if (!watched.isOutOfReach(visitor, click)) look(visitor, watched, click);
            else if (visitor.episodes != null && watched.counts(visitor.trail, click))
                mention(visitor, watched, visitor.trail.time(click));
        }
    }

    private static void remember(VisitorState visitor, int click) {
        int address = visitor.trail.address(click);
        if (visitor.address == 0) visitor.address = address;
        else if (address != 0 && address != visitor.address) visitor.severalAddresses = true;
        int country = Attributes.country(visitor.trail.attributes(click));
        if (visitor.country == 0) visitor.country = country;
        else if (country != 0 && country != visitor.country) visitor.severalCountries = true;
    }

    private void look(VisitorState visitor, Watched watched, int click) {
        var trail = visitor.trail;
        long time = trail.time(click);
        int end = trail.from(time + watched.window);
        if (mention(visitor, watched, time) && isWithin(visitor, watched, time, trail.time(end - 1))) return;
        for (int later = click; later < end && later <= click + LOOK_BACK; later++)
            if (watched.isBroken(trail, later)) broken(visitor, watched, trail.time(later));
    }

    /** @return whether the time is in an episode, whose evidence has changed by it */
    private boolean mention(VisitorState visitor, Watched watched, long time) {
        boolean mentioned = false;
        if (visitor.episodes != null)
            for (var episode : visitor.episodes)
                if (episode.rule == watched && episode.start - watched.window < time && time <= episode.last) {
                    change(visitor, episode);
                    mentioned = true;
                }
        return mentioned;
    }

    private static boolean isWithin(VisitorState visitor, Watched watched, long from, long to) {
        for (var episode : visitor.episodes)
            if (episode.rule == watched && episode.start <= from && to <= episode.last) return true;
        return false;
    }

    private void broken(VisitorState visitor, Watched watched, long time) {
        if (visitor.episodes == null) visitor.episodes = new ArrayList<>(1);
        Episode joined = null;
        for (var episodes = visitor.episodes.iterator(); episodes.hasNext(); ) {
            var episode = episodes.next();
            if (episode.rule != watched || !episode.reaches(time)) continue;
            if (joined == null) {
                joined = episode;
                if (episode.start <= time && time <= episode.last) return;
                episode.start = Math.min(episode.start, time);
                episode.last = Math.max(episode.last, time);
            } else {
                episodes.remove();
                join(visitor, joined, episode);
            }
        }
        if (joined == null) {
            joined = new Episode(watched, time, time, Episode.NEVER);
            visitor.episodes.add(joined);
            raise(visitor, joined);
        }
        change(visitor, joined);
    }

    /** The other one ends in the first; of two alerts the one that was told to begin earlier stays. */
    private void join(VisitorState visitor, Episode episode, Episode other) {
        episode.start = Math.min(episode.start, other.start);
        episode.last = Math.max(episode.last, other.last);
        if (other.folded != null) episode.folded = other.folded;
        open.remove(new Change(visitor, other));
        long ends = Episode.NEVER;
        if (!episode.isTold()) episode.told = other.told;
        else if (other.isTold()) {
            ends = Math.max(episode.told, other.told);
            episode.told = Math.min(episode.told, other.told);
        }
        other.told = Episode.NEVER;
        if (ends != Episode.NEVER) end(visitor, episode, ends, State.MERGED);
    }

    private void end(VisitorState visitor, Episode episode, long told, State state) {
        listener.ended(visitor, episode.rule.rule, told);
        ended.add(new Alert(
                id(episode.rule.rule, visitor, told),
                episode.rule.rule,
                visitor.visitor(),
                state,
                episode.start,
                episode.start,
                episode.last,
                0,
                List.of(),
                0,
                0,
                state == State.MERGED ? id(episode.rule.rule, visitor, episode.told) : null));
    }

    private void raise(VisitorState visitor, Episode episode) {
        var until = silences.get(new SilenceKey(episode.rule.rule.name(), visitor.visitor()));
        if (until != null && episode.start < until) return;
        episode.told = episode.start;
        listener.raised(visitor, episode);
    }

    private void change(VisitorState visitor, Episode episode) {
        if (episode.waits) return;
        episode.waits = true;
        changed.add(new Change(visitor, episode));
    }

    /**
     * Clicks have left the visitor: the episodes they were in are worked out anew.
     *
     * @param from time of the first of them
     * @param to   time of the last of them
     */
    void removed(VisitorState visitor, long from, long to) {
        if (visitor.episodes == null) return;
        for (var watched : rules) {
            var old = visitor.episodes.stream()
                    .filter(episode -> episode.rule == watched
                            && episode.folded == null
                            && episode.start - watched.window < to
                            && from <= episode.last)
                    .toList();
            if (old.isEmpty()) continue;
            visitor.episodes.removeAll(old);
            var told = new TreeSet<Long>();
            for (var episode : old) {
                open.remove(new Change(visitor, episode));
                if (episode.isTold()) told.add(episode.told);
                episode.told = Episode.NEVER;
            }
            for (var left : found(visitor, watched)) {
                // With less clicks there is nothing new: an episode is shorter, or in pieces.
                if (old.stream().noneMatch(one -> one.start <= left.start && left.last <= one.last)) continue;
                var within = List.copyOf(told.subSet(left.start, true, left.last, true));
                within.forEach(told::remove);
                visitor.episodes.add(left);
                if (within.isEmpty()) raise(visitor, left);
                else {
                    left.told = within.get(0);
                    for (var start : within.subList(1, within.size())) end(visitor, left, start, State.MERGED);
                }
                change(visitor, left);
            }
            for (var start : told) end(visitor, new Episode(watched, start, start, start), start, State.WITHDRAWN);
        }
        if (visitor.episodes.isEmpty()) visitor.episodes = null;
    }

    /**
     * Clicks have come back from a shelf: works out their episodes, of which the alerts were raised before.
     */
    void loaded(VisitorState visitor) {
        for (int click = 0; click < visitor.trail.size(); click++) remember(visitor, click);
        var before = visitor.episodes == null ? List.<Episode>of() : visitor.episodes;
        var after = new ArrayList<Episode>();
        for (var watched : rules) {
            var old = new ArrayList<>(
                    before.stream().filter(episode -> episode.rule == watched).toList());
            for (var found : found(visitor, watched)) {
                var same = old.stream()
                        .filter(episode -> found.start <= episode.last && episode.start <= found.last)
                        .toList();
                old.removeAll(same);
                if (same.isEmpty()) {
                    after.add(found);
                    continue;
                }
                var kept = same.get(0);
                // What was found while some clicks were not there yet does not count any more.
                kept.start = kept.folded == null ? found.start : Math.min(kept.start, found.start);
                kept.last = Math.max(kept.folded == null ? found.last : kept.last, found.last);
                for (var other : same) {
                    if (!kept.isTold() || other.isTold() && other.told < kept.told) kept.told = other.told;
                    if (other != kept) other.told = Episode.NEVER;
                }
                after.add(kept);
            }
            // Their clicks may stand on a shelf that comes yet.
            for (var episode : old) if (episode.isTold()) after.add(episode);
        }
        visitor.episodes = after.isEmpty() ? null : after;
    }

    /** The owner before has raised the visitor's alerts: those of episodes that end at that time or later may be open. */
    void restored(VisitorState visitor, long from) {
        if (visitor.episodes != null)
            for (var episode : visitor.episodes)
                if (episode.isTold() && episode.last >= from) open.add(new Change(visitor, episode));
    }

    /** Episodes by the clicks in memory, in order of time; none of them told. */
    private static List<Episode> found(VisitorState visitor, Watched watched) {
        var trail = visitor.trail;
        var found = new ArrayList<Episode>();
        if (watched.rule instanceof ClickRule.Rate && trail.size() <= watched.limit) return found;
        Episode current = null;
        for (int click = 0; click < trail.size(); click++) {
            if (!watched.isBroken(trail, click)) continue;
            long time = trail.time(click);
            if (current == null || time > current.last + watched.window) {
                current = new Episode(watched, time, time, Episode.NEVER);
                found.add(current);
            }
            current.last = time;
        }
        return found;
    }

    /**
     * Episodes whose clicks before that time are about to leave the memory keep what those said, or leave, too.
     *
     * @return whether any keeps something
     */
    boolean fold(VisitorState visitor, long before) {
        if (visitor.episodes == null) return false;
        boolean keeps = false;
        for (var episodes = visitor.episodes.iterator(); episodes.hasNext(); ) {
            var episode = episodes.next();
            if (episode.last < before) {
                episodes.remove();
                open.remove(new Change(visitor, episode));
            } else if (episode.start - episode.rule.window < before) {
                episode.folded = evidence(visitor, episode, before);
                keeps = true;
            }
        }
        if (visitor.episodes.isEmpty()) visitor.episodes = null;
        return keeps;
    }

    /** The visitor leaves the memory. */
    void forget(VisitorState visitor) {
        if (visitor.episodes != null) for (var episode : visitor.episodes) open.remove(new Change(visitor, episode));
    }

    /** What the alert says now. */
    Alert alert(VisitorState visitor, Episode episode, long clock) {
        var evidence = evidence(visitor, episode, Long.MAX_VALUE);
        return new Alert(
                id(episode.rule.rule, visitor, episode.told),
                episode.rule.rule,
                visitor.visitor(),
                episode.last + episode.rule.window < clock ? State.CLEARED : State.OPEN,
                evidence.from(),
                episode.start,
                episode.last,
                evidence.events(),
                evidence.eventIds(),
                evidence.peak(),
                evidence.peakMinute(),
                null);
    }

    /** Alerts raised or changed, and those that the clock has cleared; afterwards there are none. */
    List<Alert> drain(long clock) {
        for (var one : open)
            if (one.episode().last + one.episode().rule.window < clock) change(one.visitor(), one.episode());
        // One that ended may have been raised again, with the same id.
        var alerts = new LinkedHashMap<UUID, Alert>();
        for (var alert : ended) alerts.put(alert.id(), alert);
        for (var one : changed) {
            one.episode().waits = false;
            if (!one.episode().isTold()) continue;
            var alert = alert(one.visitor(), one.episode(), clock);
            alerts.put(alert.id(), alert);
            if (alert.state() == State.OPEN) open.add(one);
            else open.remove(one);
        }
        changed.clear();
        ended.clear();
        return List.copyOf(alerts.values());
    }

    private static UUID id(ClickRule rule, VisitorState visitor, long told) {
        return id(rule.name(), visitor.visitor(), told);
    }

    /** Of an alert. */
    static UUID id(String rule, Visitor visitor, long told) {
        var name = rule + '\n' + (visitor.anonymous() ? "session" : "user") + '\n' + visitor.id() + '\n' + told;
        return UUID.nameUUIDFromBytes(Trail.id(name));
    }

    /** @param before clicks from this time on are left out, except for the peak */
    private static Evidence evidence(VisitorState visitor, Episode episode, long before) {
        var trail = visitor.trail;
        var watched = episode.rule;
        var folded = episode.folded == null ? new Evidence(episode.start, 0, List.of(), 0, 0) : episode.folded;
        var ids = new ArrayList<Id>();
        var counting = new Counting(watched, trail);
        long from = folded.from();
        int events = folded.events();
        int peak = folded.peak();
        int peakMinute = folded.peakMinute();
        long minute = Long.MIN_VALUE;
        int inMinute = 0;
        int end = trail.after(episode.last);
        for (int click = trail.after(episode.start - watched.window); click < end; click++) {
            if (!watched.counts(trail, click)) continue;
            long time = trail.time(click);
            int count = counting.upTo(click);
            if (time >= episode.start) peak = Math.max(peak, count);
            if (time >= before) continue;
            if (events++ == 0) from = time;
            if (ids.size() < Alert.MOST_IDS || time == ids.get(ids.size() - 1).time)
                ids.add(new Id(time, trail.eventId(click)));
            inMinute = Minutes.of(time) == minute ? inMinute + 1 : 1;
            minute = Minutes.of(time);
            peakMinute = Math.max(peakMinute, inMinute);
        }
        // Of clicks at the same time it shall not matter which came first.
        ids.sort(null);
        var earliest = Stream.concat(folded.eventIds().stream(), ids.stream().map(Id::eventId))
                .limit(Alert.MOST_IDS)
                .toList();
        return new Evidence(from, events, earliest, peak, peakMinute);
    }

    /** Counts clicks, or different values, of windows one after the other. */
    private static final class Counting {
        private final Watched watched;
        private final Trail trail;
        private final Map<Integer, Integer> values = new HashMap<>();
        /** The first click in the window; -1 before the first window. */
        private int first = -1;

        private int next;
        private int count;

        Counting(Watched watched, Trail trail) {
            this.watched = watched;
            this.trail = trail;
        }

        /** Of the window that ends with the click, which is a later one each time. */
        int upTo(int click) {
            if (watched.match != 0) return 1;
            long after = trail.time(click) - watched.window;
            if (first < 0) first = next = trail.after(after);
            for (; next <= click; next++) if (watched.counts(trail, next)) enter(next, 1);
            for (; trail.time(first) <= after; first++) if (watched.counts(trail, first)) enter(first, -1);
            return watched.rule instanceof ClickRule.Distinct ? values.size() : count;
        }

        private void enter(int click, int by) {
            count += by;
            if (watched.rule instanceof ClickRule.Distinct)
                values.merge(watched.value(trail, click), by, (sum, more) -> sum + more == 0 ? null : sum + more);
        }
    }

    private record Id(long time, String eventId) implements Comparable<Id> {
        @Override
        public int compareTo(Id other) {
            int byTime = Long.compare(time, other.time);
            return byTime == 0 ? eventId.compareTo(other.eventId) : byTime;
        }
    }
}
