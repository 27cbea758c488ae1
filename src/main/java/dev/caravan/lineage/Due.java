package dev.caravan.lineage;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A row of {@code lineage.due}.
 *
 * @param subject the id of the upload, task or erasure, the data set, or the flow whose report it is
 * @param day     null of what is no day's
 * @param version 0 for none
 * @param ended   null for the beginning of an upload
 */
record Due(long id, String kind, String subject, LocalDate day, long version, Instant begun, Instant ended) {
    static Due of(ResultSet row) throws SQLException {
        var ended = row.getObject("ended_at", OffsetDateTime.class);
        return new Due(
                row.getLong("id"),
                row.getString("kind"),
                row.getString("subject"),
                row.getObject("day", LocalDate.class),
                row.getLong("version"),
                row.getObject("begun_at", OffsetDateTime.class).toInstant(),
                ended == null ? null : ended.toInstant());
    }

    /** The upload's or task's own, or one that is the same whenever this is told of. */
    UUID run() {
        return switch (kind) {
            case "upload", "task-done", "task-parked" -> UUID.fromString(subject);
            default ->
                UUID.nameUUIDFromBytes(String.join("/", kind, subject, String.valueOf(day), String.valueOf(version))
                        .getBytes(StandardCharsets.UTF_8));
        };
    }
}
