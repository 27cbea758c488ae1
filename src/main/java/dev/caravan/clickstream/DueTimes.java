package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** When each visitor is to be looked at, whether it can leave the memory; to the minute. */
final class DueTimes {
    private final TreeMap<Long, List<VisitorState>> minutes = new TreeMap<>();
    private long latest;
    private List<VisitorState> ofLatest;

    /** @param time in milliseconds since 1970 UTC */
    void add(VisitorState visitor, long time) {
        long minute = Minutes.of(time);
        if (ofLatest == null || minute != latest) {
            latest = minute;
            ofLatest = minutes.computeIfAbsent(minute, unseen -> new ArrayList<>());
        }
        ofLatest.add(visitor);
    }

    /** Those of minutes before that of the time. */
    List<VisitorState> before(long time) {
        return minutes.headMap(Minutes.of(time)).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    /** As {@link #before}; they are forgotten. */
    List<VisitorState> takeBefore(long time) {
        var due = before(time);
        minutes.headMap(Minutes.of(time)).clear();
        ofLatest = null;
        return due;
    }
}
