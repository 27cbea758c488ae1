package dev.caravan.clickstream;

import java.util.List;

/** For how long a visitor has broken a rule: from the first click with which it was broken to the last one, never more than the window apart. */
final class Episode {
    /** {@link #told} of one that is silenced. */
    static final long NEVER = Long.MIN_VALUE;

    final Watch.Watched rule;
    long start;
    long last;
    /** Where it began when its alert was raised, which makes the alert's id; {@link #NEVER} when there is none. */
    long told;
    /** Whether it waits among those whose alert has changed. */
    boolean waits;
    /** What its clicks said that have left the memory; null when they are all there. */
    Evidence folded;

    Episode(Watch.Watched rule, long start, long last, long told) {
        this.rule = rule;
        this.start = start;
        this.last = last;
        this.told = told;
    }

    boolean isTold() {
        return told != NEVER;
    }

    /** Whether a click with which the rule is broken at that time belongs to it. */
    boolean reaches(long time) {
        return start - rule.window <= time && time <= last + rule.window;
    }

    /** @param eventIds of the earliest clicks, in order of time and then id */
    record Evidence(long from, int events, List<String> eventIds, int peak, int peakMinute) {}
}
