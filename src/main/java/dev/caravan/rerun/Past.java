package dev.caravan.rerun;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.ledger.Upload;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What came in, as the ledger has it. Only looks. */
public final class Past {
    private static final Set<String> NO_LEDGER = Set.of("3F000", "42P01");

    private Past() {}

    /**
     * An upload and when it was received.
     *
     * @param at as its instance's clock said
     */
    public record Received(Upload upload, Instant at) {}

    /**
     * A span of the past.
     *
     * @param from first moment that belongs to it
     * @param to   first moment that does not
     * @param key  of the one object to look at; null for all
     */
    public record Span(Instant from, Instant to, String key) {
        public Span {
            if (!from.isBefore(to)) throw new BadSettings("--from " + from + " must lie before --to " + to);
        }
    }

    /**
     * The uploads received in a span, in the order of receipt; without those that came by another way than the inbox, whose bytes are no object.
     *
     * @param url   of the database, as in {@code DATABASE_URL}
     * @param inbox its bucket
     * @throws BadSettings       when there is no ledger in the database
     * @throws TargetUnavailable when it does not answer
     */
    public static List<Received> uploads(String url, String inbox, Span span) {
        try (var connection = DriverManager.getConnection(url)) {
            connection.setReadOnly(true);
            try (var query = connection.prepareStatement("""
                    select %s, started_at from ledger.upload
                    where bucket = ? and started_at >= ? and started_at < ? and (cast(? as text) is null or object_key = ?) order by started_at, id""".formatted(Upload.COLUMNS))) {
                query.setString(1, inbox);
                query.setObject(2, span.from().atOffset(ZoneOffset.UTC));
                query.setObject(3, span.to().atOffset(ZoneOffset.UTC));
                query.setString(4, span.key());
                query.setString(5, span.key());
                var uploads = new ArrayList<Received>();
                try (var row = query.executeQuery()) {
                    while (row.next()) {
                        uploads.add(new Received(
                                Upload.of(row),
                                row.getObject(8, OffsetDateTime.class).toInstant()));
                    }
                }
                return uploads;
            }
        } catch (SQLException e) {
            if (NO_LEDGER.contains(e.getSQLState()))
                throw new BadSettings(
                        "there is no ledger in the database of DATABASE_URL: nothing has been received there");
            throw new TargetUnavailable(
                    "postgresql",
                    "PostgreSQL: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    null,
                    e);
        }
    }
}
