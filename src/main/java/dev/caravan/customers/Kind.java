package dev.caravan.customers;

import java.util.Locale;
import java.util.Optional;

/** What comes in, by its prefix in the inbox. */
enum Kind {
    TRANSACTION("transactions"),
    TICKET("tickets");

    static final String STEP = "customers/1-receive/";

    private final String area;

    Kind(String area) {
        this.area = area;
    }

    static Optional<Kind> of(String area) {
        for (var kind : values()) if (kind.area.equals(area)) return Optional.of(kind);
        return Optional.empty();
    }

    /** Its prefix in the inbox. */
    String area() {
        return area;
    }

    /** What a mapping makes of a record, and as it is called in the database: {@code ticket} for {@code ticket.jslt}. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
