package dev.caravan.clickstream;

import java.util.Arrays;

/** Which users were seen in a session of the tracker, and when. */
final class Sightings {
    private static final long[] NONE = {};

    private long[] times = NONE;
    private int size;
    /** All there are; mostly one. */
    private String[] users = {};
    /** Whose each sighting is; null as long as there is one user. */
    private int[] who;

    int size() {
        return size;
    }

    long lastTime() {
        return times[size - 1];
    }

    long time(int sighting) {
        return times[sighting];
    }

    String user(int sighting) {
        return users[who == null ? 0 : who[sighting]];
    }

    /** The first sighting at or after the time; {@link #size()} when there is none. */
    int from(long time) {
        if (size == 0 || lastTime() < time) return size;
        int found = Arrays.binarySearch(times, 0, size, time);
        if (found < 0) return -found - 1;
        while (found > 0 && times[found - 1] == time) found--;
        return found;
    }

    /**
     * Whose an anonymous click is: of the user seen first at its time or later; of several at once, of the one whose id sorts first.
     *
     * @param within milliseconds in which the user has to be seen
     * @return null when nobody was seen
     */
    String owner(long time, long within) {
        int first = from(time);
        if (first == size || times[first] > time + within) return null;
        var owner = user(first);
        for (int other = first + 1; other < size && times[other] == times[first]; other++)
            if (user(other).compareTo(owner) < 0) owner = user(other);
        return owner;
    }

    /** @return false when it was there */
    boolean add(String user, long time) {
        int at = from(time);
        int number = number(user);
        for (; at < size && times[at] == time; at++) if (users[number].equals(user(at))) return false;
        if (size == times.length) {
            times = Arrays.copyOf(times, Math.max(2, size + (size >> 1)));
            if (who != null) who = Arrays.copyOf(who, times.length);
        }
        if (number > 0 && who == null) who = new int[times.length];
        System.arraycopy(times, at, times, at + 1, size - at);
        times[at] = time;
        if (who != null) {
            System.arraycopy(who, at, who, at + 1, size - at);
            who[at] = number;
        }
        size++;
        return true;
    }

    private int number(String user) {
        for (int number = 0; number < users.length; number++) if (users[number].equals(user)) return number;
        users = Arrays.copyOf(users, users.length + 1);
        users[users.length - 1] = user;
        return users.length - 1;
    }

    /** Leaves only those from that one on. */
    void dropBefore(int sighting) {
        if (sighting == 0) return;
        times = Arrays.copyOfRange(times, sighting, size);
        if (who != null) who = Arrays.copyOfRange(who, sighting, size);
        size -= sighting;
    }
}
