package dev.caravan.clickstream;

import java.util.List;

/**
 * What one page of the log has for one partition.
 *
 * @param position  of the page in the log; a partition gets its slices in ascending order, each once, with gaps
 * @param source    of all its clicks; empty for a page of moves
 * @param watermark below it a click or sighting of this page is late: highest time of the source in <em>earlier</em> pages less the allowed
 *                  lateness, in milliseconds since 1970 UTC; {@link Long#MIN_VALUE} for the first page of a source
 * @param indexes   which record of the page each click is, as long as {@code clicks}
 * @param clicks    of users and anonymous sessions of this partition, in the order of the page; duplicates and late ones included
 * @param sightings in sessions of this partition, one for each identified click of the page that has a session id, whichever partition that is in
 * @param moves     for users of this partition
 */
public record Slice(
        long position,
        String source,
        long watermark,
        int[] indexes,
        List<Click> clicks,
        List<Sighting> sightings,
        List<Move> moves) {
    public Slice {
        if (indexes.length != clicks.size())
            throw new IllegalArgumentException(
                    "slice " + position + ": " + clicks.size() + " clicks, " + indexes.length + " indexes");
    }
}
