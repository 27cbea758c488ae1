package dev.caravan.clickstream;

import java.util.TreeMap;

/** How many clicks and sightings of each hour are in memory. */
final class Hours {
    private final TreeMap<Long, long[]> counts = new TreeMap<>();
    private long latest;
    private long[] ofLatest;
    private long all;

    /** @param by 1 or -1 */
    void count(long time, int by) {
        long hour = Shelf.hour(time);
        if (ofLatest == null || hour != latest) {
            latest = hour;
            ofLatest = counts.computeIfAbsent(hour, unseen -> new long[1]);
        }
        ofLatest[0] += by;
        all += by;
    }

    long all() {
        return all;
    }

    /** The first hour that has any; {@link Long#MAX_VALUE} when none has. */
    long first() {
        counts.values().removeIf(count -> count[0] == 0);
        ofLatest = null;
        return counts.isEmpty() ? Long.MAX_VALUE : counts.firstKey();
    }
}
