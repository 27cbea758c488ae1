package dev.caravan.clickstream;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A partition's sessions, minutes and alerts, in memory: a function of the slices of the log, in their order. It knows no clock and no
 * database, and is used by one thread at a time.
 *
 * <p>A slice: {@code needs} is asked and each shelf it names {@code load}ed, again until it names none; then {@code apply}, and the alerts it
 * returns are written at once ({@code on conflict do nothing}). Now and then a {@code drain}, whose checkpoint is written before the next
 * one, and before anything is loaded. A new owner: {@code restore} with the last checkpoint's {@code ongoing}, {@code load} of each shelf there is from
 * the hour that it returns, then the slices after its position.
 */
public final class Partition {
    public Partition(PartitionSettings settings, ClickRules rules) {}

    /**
     * Takes up where the owner before left off. Called once, before anything else.
     *
     * @param ongoing of the last checkpoint
     * @return hour of event time, in hours since 1970 UTC, from which on all shelves have to be loaded, hour by hour
     */
    public long restore(byte[] ongoing) {
        throw new UnsupportedOperationException();
    }

    /**
     * Shelves that have to be loaded before the slice is applied, because it has something older than what is in memory. After they were
     * loaded it may name further ones.
     */
    public Set<Shelf> needs(Slice slice) {
        throw new UnsupportedOperationException();
    }

    /** @param parts all that stand on the shelf, in the order of the checkpoints that wrote them; may be none */
    public void load(Shelf shelf, List<byte[]> parts) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes in a slice.
     *
     * @return alerts that were raised by it, to be told at once; they come with the next checkpoint, too, and again when the same slice is
     *     applied after a crash, with the same ids
     */
    public List<Alert> apply(Slice slice) {
        throw new UnsupportedOperationException();
    }

    /**
     * What has come of the slices since the last checkpoint. What is older than the floor leaves the memory.
     *
     * @param floor lowest watermark of the open sources, {@link Long#MIN_VALUE} when one has none yet
     * @param clock highest time of any source: alerts whose window it has passed are cleared
     * @param open  whether sessions that are not final are told as well; those not told are told by a later one
     */
    public Checkpoint drain(long floor, long clock, boolean open) {
        throw new UnsupportedOperationException();
    }

    /** From now on these silences hold, and no others. */
    public void silences(Collection<Silence> silences) {
        throw new UnsupportedOperationException();
    }

    /** From now on these rules hold; clicks that were there before are not looked at again. */
    public void rules(ClickRules rules) {
        throw new UnsupportedOperationException();
    }

    /** How many clicks are in memory. */
    public long clicks() {
        throw new UnsupportedOperationException();
    }

    /** How many users and anonymous sessions are in memory: about those whose session is not final. */
    public int visitors() {
        throw new UnsupportedOperationException();
    }
}
