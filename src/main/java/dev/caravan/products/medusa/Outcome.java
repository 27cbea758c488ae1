package dev.caravan.products.medusa;

import java.time.Duration;
import java.util.Optional;

/** What became of one product that was to be written to the shop. */
public sealed interface Outcome {
    /** Medusa's id of the product; empty when there is none, or none was learned. */
    default Optional<String> id() {
        return Optional.empty();
    }

    /** It was not in the shop and now is, as asked. */
    record Created(String medusaId) implements Outcome {
        @Override
        public Optional<String> id() {
            return Optional.of(medusaId);
        }
    }

    /** It was in the shop and differed; now it is as asked. */
    record Updated(String medusaId) implements Outcome {
        @Override
        public Optional<String> id() {
            return Optional.of(medusaId);
        }
    }

    /** It was in the shop as asked; nothing was sent. */
    record Unchanged(String medusaId) implements Outcome {
        @Override
        public Optional<String> id() {
            return Optional.of(medusaId);
        }
    }

    /** It was to be taken off sale and the shop has never had it. */
    record Absent(String handle) implements Outcome {}

    /**
     * It is not in the shop as asked. Part of it may be: the next write looks before it does anything, and completes it.
     *
     * @param kind       what would help
     * @param message    one sentence, with what Medusa said
     * @param retryAfter how long Medusa asked us to wait, or null when it did not say
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
        /** Another setting, or a shop that is set up. */
        BAD_SETTINGS
    }
}
