package dev.caravan.products.pimcore;

import java.time.Duration;
import java.util.List;

/** What became of one product that was to be written to Pimcore. */
public sealed interface Outcome {
    /**
     * Pimcore has it as asked, and something was sent for that.
     *
     * @param id        Pimcore's id of the product
     * @param fullpath  where it lies in Pimcore; usually {@code /products/<handle>}, elsewhere when a person moved it
     * @param published whether it is published now
     * @param gone      SKUs that the source no longer has and that were unpublished for it, in any order
     */
    record Written(String id, String fullpath, boolean published, List<String> gone) implements Outcome {
        public Written {
            gone = List.copyOf(gone);
        }
    }

    /** Pimcore had it as asked; nothing was sent. */
    record Unchanged(String id, String fullpath, boolean published) implements Outcome {}

    /**
     * Pimcore does not have it as asked. Parts of it may be there: the next write looks before it does anything, and completes it.
     *
     * @param kind       what would help
     * @param message    one sentence, with what Pimcore said
     * @param retryAfter how long Pimcore asked us to wait, or null when it did not say
     */
    record Failed(Kind kind, String message, Duration retryAfter) implements Outcome {
        public Failed(Kind kind, String message) {
            this(kind, message, null);
        }
    }

    /** What helps against a failure. */
    enum Kind {
        /** Time: try again later. */
        HEALS,
        /** Other data, or another mapping. */
        BAD_MESSAGE,
        /** Another setting here, or of the Data Hub endpoint. */
        BAD_SETTINGS
    }
}
