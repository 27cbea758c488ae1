package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.records.Values;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;

/**
 * What a customer asked of support.
 *
 * @param createdAt       UTC, such as {@code 2025-08-28T12:28:45.353Z}
 * @param changedAt       as told, but not before; else when it was resolved, when that is told; else as {@code createdAt}
 * @param sentiment       from -1, angry, to 1, glad; null when it is not told, as what follows
 * @param satisfaction    from 1, bad, to 5, good
 * @param resolutionHours from creation to resolution
 */
record Ticket(
        String id,
        String contentHash,
        String createdAt,
        String changedAt,
        Status status,
        String user,
        String category,
        String priority,
        BigDecimal sentiment,
        BigDecimal satisfaction,
        BigDecimal resolutionHours,
        String document)
        implements Told {
    private static final BigDecimal MILLISECONDS = new BigDecimal(3_600_000);

    /** In the order in which a ticket may go through them; what it is called outside is in lower case. */
    enum Status {
        OPEN(3),
        IN_PROGRESS(2),
        PENDING(1),
        UNDER_REVIEW(4),
        ESCALATED(5),
        RESOLVED(0),
        CLOSED(-1);

        private final int pressing;

        Status(int pressing) {
            this.pressing = pressing;
        }

        /** The greater, the sooner somebody has to do something about it; none has, from zero down. */
        int pressing() {
            return pressing;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Status of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /**
     * Of a canonical ticket, which is not changed.
     *
     * @param extras what came beyond it and is part of its content; null when nothing did
     */
    static Ticket of(ObjectNode canonical, ObjectNode extras) {
        var document = Document.of(canonical, extras);
        var createdAt = canonical.get("createdAt").textValue();
        var hours = Values.number(canonical.path("resolutionHours"));
        return new Ticket(
                canonical.get("id").textValue(),
                document.hash(),
                createdAt,
                changedAt(canonical.path("updatedAt"), createdAt, hours),
                Status.of(canonical.get("status").textValue()),
                canonical.get("user").textValue(),
                canonical.path("category").textValue(),
                canonical.path("priority").textValue(),
                Values.number(canonical.path("sentiment")),
                Values.number(canonical.path("satisfaction")),
                hours,
                document.text());
    }

    private static String changedAt(JsonNode updatedAt, String createdAt, BigDecimal hours) {
        if (updatedAt.isTextual())
            return updatedAt.textValue().compareTo(createdAt) < 0 ? createdAt : updatedAt.textValue();
        if (hours == null) return createdAt;
        return Values.text(
                Instant.parse(createdAt).plusMillis(hours.multiply(MILLISECONDS).longValue()));
    }

    @Override
    public String moment() {
        return changedAt;
    }

    @Override
    public int rank() {
        return status.ordinal();
    }

    @Override
    public String day() {
        return createdAt.substring(0, Document.DAY);
    }
}
