package dev.caravan.clickstream;

import java.util.List;
import java.util.SortedMap;

/**
 * What has come of the slices since the last checkpoint. All of it is written in one transaction; while that has not succeeded, the same
 * checkpoint is tried again, or the partition is given up.
 *
 * @param position   of the last slice applied; -1 when there was none
 * @param parts      of shelves, to be added to what stands there; {@link Partition#load} wants them back in the order of their positions
 * @param ongoing    what {@link Partition#restore} wants back; replaces that of the last checkpoint
 * @param sessions   to be replaced
 * @param minutes    to be added to
 * @param duplicates clicks that were there before
 * @param late       clicks below their source's watermark that were not there before, as far as {@link PartitionSettings#duplicates} reaches back
 * @param moves      to be appended to the log, in this order
 * @param alerts     raised or changed, the newest state of each
 */
public record Checkpoint(
        long position,
        List<Part> parts,
        byte[] ongoing,
        List<SessionChange> sessions,
        List<MinuteChange> minutes,
        List<Place> duplicates,
        List<Late> late,
        List<Move> moves,
        List<Alert> alerts) {

    /** Bytes for a shelf; their form is the partition's own. */
    public record Part(Shelf shelf, byte[] bytes) {}

    /** A record of a page of the log: position of the page, number of the record in it. */
    public record Place(long position, int index) {}

    /** A late click and where it stands. */
    public record Late(Place place, Click click) {}

    /**
     * The sessions of a visitor that start from {@code from} to {@code to}, both included, are now these and no others.
     *
     * @param told     whether there may be others, of a checkpoint before
     * @param sessions oldest first; may be empty; changes of one visitor can overlap, and then have the same sessions
     */
    public record SessionChange(Visitor visitor, boolean told, long from, long to, List<Session> sessions) {}

    /**
     * What is to be added to a minute of event time; visitors may also become fewer, when clicks turn out to be another's.
     *
     * @param minute    its start, in milliseconds since 1970 UTC
     * @param events    clicks, each counted by the partition it first came to
     * @param users     that are known, stitched ones included; no other partition counts the same
     * @param anonymous sessions of nobody known
     * @param types     clicks of each type
     * @param devices   clicks of each device that was told
     * @param countries clicks of each country that was told
     */
    public record MinuteChange(
            long minute,
            long events,
            int users,
            int anonymous,
            SortedMap<String, Long> types,
            SortedMap<String, Long> devices,
            SortedMap<String, Long> countries) {}
}
