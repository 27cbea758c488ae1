package dev.caravan.clickstream;

import java.util.List;

/** What is in memory of a user, or of a session of the tracker. */
final class VisitorState {
    final String id;
    final boolean anonymous;

    /** Clicks that count as this visitor's. */
    final Trail trail = new Trail();
    /** Of a session: clicks of users that were not logged in yet, which count as theirs; null when there are none. */
    Trail given;
    /** Of a session: who was seen in it; null when nobody was. */
    Sightings sightings;

    /** Times, from and to, between which clicks have come or gone since sessions were told; what lies between two of them may not be in memory. */
    List<long[]> touched = List.of();
    /** Whether it waits among those whose sessions are to be told. */
    boolean waits;
    /** Whether the database may have sessions that come of what is in memory. */
    boolean told;

    /** Clicks before this time have left the memory, and something that goes on knows of them; {@link Long#MIN_VALUE} when nothing does. */
    long foldedBefore = Long.MIN_VALUE;
    /** What a session that goes on knows of such clicks; null when there is none. */
    Session folded;
    /** Null when there are none. */
    List<Episode> episodes;

    /** The only one so far, 0 when none was told. */
    int address;

    boolean severalAddresses;
    /** The only one so far, 0 when none was told. */
    int country;

    boolean severalCountries;

    VisitorState(boolean anonymous, String id) {
        this.anonymous = anonymous;
        this.id = id;
    }

    Visitor visitor() {
        return new Visitor(anonymous, id);
    }

    boolean isFolded() {
        return foldedBefore != Long.MIN_VALUE;
    }

    boolean isTouched() {
        return !touched.isEmpty();
    }

    boolean has(byte[] eventId) {
        return trail.has(eventId) || given != null && given.has(eventId);
    }

    boolean isEmpty() {
        return trail.isEmpty()
                && (given == null || given.isEmpty())
                && (sightings == null || sightings.size() == 0)
                && folded == null;
    }

    /** How many clicks and sightings. */
    int size() {
        return trail.size() + (given == null ? 0 : given.size()) + (sightings == null ? 0 : sightings.size());
    }

    /** Time of the newest click or sighting; {@link Long#MIN_VALUE} without any. */
    long newest() {
        return newestBefore(Long.MAX_VALUE);
    }

    /** Time of the newest click or sighting before another time; {@link Long#MIN_VALUE} without any. */
    long newestBefore(long time) {
        long newest = newestBefore(trail, time);
        if (given != null) newest = Math.max(newest, newestBefore(given, time));
        int sighting = sightings == null ? 0 : sightings.from(time);
        return sighting == 0 ? newest : Math.max(newest, sightings.time(sighting - 1));
    }

    private static long newestBefore(Trail trail, long time) {
        int click = trail.from(time);
        return click == 0 ? Long.MIN_VALUE : trail.time(click - 1);
    }
}
