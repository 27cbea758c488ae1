package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** When each visitor is to be looked at, whether it can leave the memory; to the minute. */
final class DueTimes {
    private final TreeMap<Long, List<VisitorState>> minutes = new TreeMap<>();

    /** @param time in milliseconds since 1970 UTC */
    void add(VisitorState visitor, long time) {
        minutes.computeIfAbsent(Minutes.of(time), unseen -> new ArrayList<>()).add(visitor);
    }

    /** Those of minutes before that of the time, which are forgotten. */
    List<VisitorState> before(long time) {
        var due = new ArrayList<VisitorState>();
        var passed = minutes.headMap(Minutes.of(time));
        passed.values().forEach(due::addAll);
        passed.clear();
        return due;
    }
}
