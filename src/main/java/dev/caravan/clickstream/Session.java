package dev.caravan.clickstream;

import java.util.SortedMap;
import java.util.SortedSet;

/**
 * A visit: clicks of one visitor with no pause longer than the session gap. It is known by visitor and start, and final when the lowest
 * watermark has passed its end plus the gap.
 *
 * @param start   time of the first click, in milliseconds since 1970 UTC
 * @param end     time of the last click
 * @param clicks  how many, at least one
 * @param types   how many of each type
 * @param devices that were told; as countries and sources may be empty
 * @param cartValue the highest; NaN when none was told
 */
public record Session(
        Visitor visitor,
        long start,
        long end,
        int clicks,
        SortedMap<String, Integer> types,
        SortedSet<String> devices,
        SortedSet<String> countries,
        SortedSet<String> sources,
        double cartValue) {}
