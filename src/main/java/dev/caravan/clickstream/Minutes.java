package dev.caravan.clickstream;

import dev.caravan.clickstream.Checkpoint.MinuteChange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is to be added to the minutes of event time. */
final class Minutes {
    static final long MINUTE = 60_000;

    private final TreeMap<Long, Counts> minutes = new TreeMap<>();
    private long latest = Long.MIN_VALUE;
    private Counts ofLatest;

    /** Sums of one minute; types, devices and countries by their numbers. */
    private static final class Counts {
        private long events;
        private int users;
        private int anonymous;
        private int[] types = {};
        private int[] devices = {};
        private int[] countries = {};
    }

    /** Minutes since 1970 UTC. */
    static long of(long time) {
        return Math.floorDiv(time, MINUTE);
    }

    void event(long time, long attributes) {
        var counts = counts(of(time));
        counts.events++;
        counts.types = increased(counts.types, Attributes.type(attributes));
        counts.devices = increased(counts.devices, Attributes.device(attributes));
        counts.countries = increased(counts.countries, Attributes.country(attributes));
    }

    /** @param by 1 or -1 */
    void visitors(long time, boolean anonymous, int by) {
        var counts = counts(of(time));
        if (anonymous) counts.anonymous += by;
        else counts.users += by;
    }

    private Counts counts(long minute) {
        if (minute == latest && ofLatest != null) return ofLatest;
        latest = minute;
        ofLatest = minutes.computeIfAbsent(minute, unseen -> new Counts());
        return ofLatest;
    }

    private static int[] increased(int[] counts, int number) {
        var enough = number < counts.length ? counts : Arrays.copyOf(counts, number + 1);
        enough[number]++;
        return enough;
    }

    /** What there is, oldest first; afterwards there is nothing. */
    List<MinuteChange> drain(Words types, Words devices, Words countries) {
        var changes = new ArrayList<MinuteChange>(minutes.size());
        minutes.forEach((minute, counts) -> changes.add(new MinuteChange(
                minute * MINUTE,
                counts.events,
                counts.users,
                counts.anonymous,
                named(counts.types, types),
                named(counts.devices, devices),
                named(counts.countries, countries))));
        minutes.clear();
        ofLatest = null;
        return changes;
    }

    private static SortedMap<String, Long> named(int[] counts, Words words) {
        var named = new TreeMap<String, Long>();
        for (int number = 1; number < counts.length; number++)
            if (counts[number] > 0) named.put(words.word(number), (long) counts[number]);
        return named;
    }
}
