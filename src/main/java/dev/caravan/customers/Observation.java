package dev.caravan.customers;

import java.time.Instant;
import java.util.Comparator;

/**
 * What was seen of a customer at a moment.
 *
 * @param of    the transaction or ticket that tells it; of two that tell it at one moment, the one with the greater id counts
 * @param value never null: what is not told changes nothing
 */
record Observation(Instant at, String of, Attribute attribute, String value) {
    static final Comparator<Observation> ORDER =
            Comparator.comparing(Observation::at).thenComparing(Observation::of).thenComparing(Observation::value);
}
