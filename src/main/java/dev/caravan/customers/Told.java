package dev.caravan.customers;

import java.util.Comparator;

/**
 * One content of a transaction or ticket. Of several with the same id, the greatest counts: by moment, then how far its status is, then
 * content hash, so that it does not matter in which order they arrive.
 */
sealed interface Told permits Transaction, Ticket {
    /** What versions of one thing are compared by. */
    record Standing(String moment, int rank, String contentHash) implements Comparable<Standing> {
        private static final Comparator<Standing> ORDER = Comparator.comparing(Standing::moment)
                .thenComparing(Standing::rank)
                .thenComparing(Standing::contentHash);

        @Override
        public int compareTo(Standing other) {
            return ORDER.compare(this, other);
        }
    }

    String id();

    /** SHA-256 of the canonical form with its extras, in lower-case hex. */
    String contentHash();

    /** Whose it is; null when nobody is known. */
    String user();

    /** In UTC, such as {@code 2025-08-28T12:28:45.353Z}: text order is time order. */
    String moment();

    /** How far it is on its way. */
    int rank();

    /** The day it is counted on, in UTC, such as {@code 2025-08-28}. */
    String day();

    /** Canonical, with what came beyond it under {@code extra}; JSON with its keys sorted. */
    String document();

    default Standing standing() {
        return new Standing(moment(), rank(), contentHash());
    }
}
