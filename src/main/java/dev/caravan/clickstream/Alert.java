package dev.caravan.clickstream;

import java.util.List;
import java.util.UUID;

/**
 * An episode: a rule was broken by a visitor, again and again with no pause longer than the rule's window.
 *
 * @param id         of rule, visitor and the time at which it was first seen to begin; an alert that is there keeps it when earlier clicks come
 * @param state      as of now
 * @param from       time of the first contributing click, in milliseconds since 1970 UTC, as all times
 * @param start      when the rule was first broken
 * @param last       when it was last broken
 * @param events     how many clicks contributed
 * @param eventIds   of them the earliest, at most {@link #MOST_IDS}, in order of time
 * @param peak       the most the rule counted in any window, such as 101 clicks or 12 IP addresses; 1 where it counts nothing
 * @param peakMinute the most clicks that broke it in one minute of the clock, beside {@code peak}
 * @param mergedInto the alert that is now about this episode, too; null except for {@link State#MERGED}
 */
public record Alert(
        UUID id,
        ClickRule rule,
        Visitor visitor,
        State state,
        long from,
        long start,
        long last,
        int events,
        List<String> eventIds,
        int peak,
        int peakMinute,
        UUID mergedInto) {
    public static final int MOST_IDS = 200;

    /** What has become of it. */
    public enum State {
        OPEN,
        /** The condition has been false for a window. */
        CLEARED,
        /** Clicks that came later joined it to another one. */
        MERGED,
        /** Clicks it was about turned out to be another visitor's. */
        WITHDRAWN
    }
}
