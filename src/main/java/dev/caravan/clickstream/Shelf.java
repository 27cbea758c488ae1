package dev.caravan.clickstream;

/**
 * Where the kept state of a partition stands: that of an hour of event time, for a part of the visitors. Parts are only ever added to a shelf.
 *
 * @param hour   hours since 1970 UTC, of the times of the clicks
 * @param number of the visitors' share, from 0 to {@link #NUMBERS} less 1
 */
public record Shelf(long hour, int number) {
    public static final int NUMBERS = 16;
    /** In milliseconds. */
    static final long HOUR = 3_600_000;

    static Shelf of(String id, long time) {
        return new Shelf(hour(time), number(id));
    }

    static int number(String id) {
        // The low bits chose the partition.
        return Partitioning.spread(id) >>> 28;
    }

    static long hour(long time) {
        return Math.floorDiv(time, HOUR);
    }
}
