package dev.caravan.clickstream;

import java.time.Duration;

/**
 * Times a partition goes by.
 *
 * @param gap        a longer pause ends a session
 * @param stitch     an anonymous click is that of the user who is first seen in its session within this time after it
 * @param duplicates how far before the newest click a late one is looked up among those that were there
 */
public record PartitionSettings(Duration gap, Duration stitch, Duration duplicates) {}
