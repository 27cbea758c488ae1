package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One content of an order. Of several with the same id, the greatest counts: by moment, then status (pending, confirmed, cancelled), then
 * content hash, so that it does not matter in which order they arrive.
 *
 * @param contentHash SHA-256 of the canonical order with its extras, in lower-case hex
 * @param placedAt    UTC, such as {@code 2025-08-28T12:28:45.353Z}: text order is time order
 * @param customer    null for a guest
 * @param document    canonical, as in {@code order.schema.json}, with what came beyond it under {@code extra}; JSON with its keys sorted
 */
record Order(
        String id,
        String contentHash,
        String placedAt,
        Status status,
        String customer,
        String channel,
        String currency,
        String country,
        String state,
        String city,
        BigDecimal total,
        List<Line> lines,
        String document) {
    private static final String UNKNOWN = "unknown";

    /** Four digits for the year: what has more, or is before the first, is no day of an order. */
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);

    /** In the order in which an order goes through them; what it is called outside is in lower case. */
    enum Status {
        PENDING,
        CONFIRMED,
        CANCELLED;

        private final String text = name().toLowerCase(Locale.ROOT);

        String text() {
            return text;
        }

        static Status of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** What is bought, at which price. */
    record Line(String product, int quantity, BigDecimal unitPrice) {
        BigDecimal total() {
            return unitPrice.multiply(BigDecimal.valueOf(quantity));
        }
    }

    /**
     * Of a canonical order, which is not changed.
     *
     * @param extras what came beyond it and is part of its content; null when nothing did
     */
    static Order of(ObjectNode canonical, ObjectNode extras) {
        var document = canonical;
        if (extras != null) {
            document = canonical.deepCopy();
            document.set("extra", extras);
        }
        var bytes = Json.canonicalBytes(document);
        var lines = new ArrayList<Line>();
        for (var line : canonical.get("lines"))
            lines.add(new Line(
                    line.get("product").textValue(),
                    line.get("quantity").intValue(),
                    new BigDecimal(line.get("unitPrice").textValue())));
        var shipTo = canonical.path("shipTo");
        return new Order(
                canonical.get("id").textValue(),
                Json.sha256(bytes),
                canonical.get("placedAt").textValue(),
                Status.of(canonical.get("status").textValue()),
                canonical.path("customer").textValue(),
                canonical.get("channel").textValue(),
                canonical.get("currency").textValue(),
                known(shipTo.path("country")),
                known(shipTo.path("state")),
                known(shipTo.path("city")),
                new BigDecimal(canonical.get("total").textValue()),
                List.copyOf(lines),
                new String(bytes, StandardCharsets.UTF_8));
    }

    /** How many of customer, country, state and city it tells. */
    int filled() {
        int places = (int) Stream.of(country, state, city)
                .filter(place -> !place.equals(UNKNOWN))
                .count();
        return customer == null ? places : places + 1;
    }

    /** Of {@link #placedAt}, in UTC, such as {@code 2025-08-28}. */
    String day() {
        return placedAt.substring(0, 10);
    }

    /** The day of what may be no sound order; null when it cannot be read. */
    static String day(ObjectNode canonical) {
        if (canonical == null) return null;
        var moment = canonical.path("placedAt").asText();
        try {
            return LocalDate.ofInstant(Instant.parse(moment), ZoneOffset.UTC).format(DAY);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static String known(JsonNode text) {
        return text.isTextual() ? text.textValue() : UNKNOWN;
    }
}
