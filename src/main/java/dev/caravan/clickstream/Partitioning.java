package dev.caravan.clickstream;

/**
 * Which partition knows a visitor. The hash is fixed: state in the database was laid out by it.
 *
 * @param count how many partitions there are, at least one
 */
public record Partitioning(int count) {
    public Partitioning {
        if (count < 1) throw new IllegalArgumentException("no partitions: " + count);
    }

    /** Of a click: that of its user, or of its session when it is anonymous. */
    public int of(Click click) {
        return of(click.userId() == null ? click.sessionId() : click.userId());
    }

    public int of(Sighting sighting) {
        return of(sighting.sessionId());
    }

    public int of(Move move) {
        return of(move.userId());
    }

    /** @param id of a user or a session */
    public int of(String id) {
        return Math.floorMod(spread(id), count);
    }

    /** Whether all that is kept by one id, of a user or a session, is kept where that of the other is: then one can stand for the other. */
    boolean alike(String id, String other) {
        return of(id) == of(other) && Shelf.number(id) == Shelf.number(other);
    }

    /** String.hashCode is specified, but its low bits hardly differ between ids that count up: the finisher of MurmurHash3 mixes them. */
    static int spread(String id) {
        int hash = id.hashCode();
        hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
        return hash ^ (hash >>> 16);
    }
}
