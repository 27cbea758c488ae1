package dev.caravan.ledger;

import java.util.Arrays;
import java.util.Locale;

/** What became of a record. Each is in exactly one of these, always. */
public enum State {
    /** Received and not at rest yet. */
    IN_FLIGHT,
    /** Confirmed by the flow's last target. */
    DELIVERED,
    /** Both targets had this content already; nothing was sent. */
    UNCHANGED,
    /** The same thing with the same content is on its way already. */
    DUPLICATE,
    /** An older version than what is there. */
    SUPERSEDED,
    /** Waiting for a decision: unsellable, or published by hand. */
    HELD,
    /** Broke a rule. */
    QUARANTINED,
    /** Could not be handled; a dead letter keeps it. */
    PARKED,
    /** Given up by a person, with a reason. */
    DISCARDED;

    /** As in the database and in every answer: {@code in flight}, {@code delivered} … */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    public static State of(String text) {
        return Arrays.stream(values())
                .filter(state -> state.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no state " + text));
    }
}
