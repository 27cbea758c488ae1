package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/** Pimcore's system dates: seconds since 1970 in Data Hub 1.x, text with a time zone since 2.0. */
final class PimcoreDates {
    private static final DateTimeFormatter TEXT = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd['T'][' ']HH:mm:ss[.SSS][' '][XXX][XX][VV]")
            .toFormatter(Locale.ROOT);

    private PimcoreDates() {}

    /** To the second; empty when there is no date or it is not readable. A text without a zone is taken as UTC. */
    static Optional<Instant> read(JsonNode value) {
        if (value.isIntegralNumber()) return Optional.of(Instant.ofEpochSecond(value.asLong()));
        var text = value.asText("").strip();
        if (text.isEmpty()) return Optional.empty();
        if (text.matches("\\d{1,12}")) return Optional.of(Instant.ofEpochSecond(Long.parseLong(text)));
        try {
            var time = TEXT.parseBest(text, ZonedDateTime::from, LocalDateTime::from);
            var instant = time instanceof ZonedDateTime zoned
                    ? zoned.toInstant()
                    : ((LocalDateTime) time).toInstant(ZoneOffset.UTC);
            return Optional.of(instant.truncatedTo(ChronoUnit.SECONDS));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
