package dev.caravan.lineage;

import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A row of {@code lineage.due}.
 *
 * @param subject the id of the upload, task, erasure, replay or release, the data set, the flow whose report it is, or whose round of retention
 * @param day     null of what is no day's
 * @param version 0 for none
 * @param ended   null for the beginning of an upload, replay or release
 * @param rows    queue, flow and folder, table, or key in the archive, to how many; empty of other kinds
 */
record Due(
        long id,
        String kind,
        String subject,
        LocalDate day,
        long version,
        Instant begun,
        Instant ended,
        Map<String, Long> rows) {
    static Due of(ResultSet row) throws SQLException {
        var ended = row.getObject("ended_at", OffsetDateTime.class);
        return new Due(
                row.getLong("id"),
                row.getString("kind"),
                row.getString("subject"),
                row.getObject("day", LocalDate.class),
                row.getLong("version"),
                row.getObject("begun_at", OffsetDateTime.class).toInstant(),
                ended == null ? null : ended.toInstant(),
                rows(row.getString("rows")));
    }

    private static Map<String, Long> rows(String text) {
        var rows = new TreeMap<String, Long>();
        if (text != null)
            Json.read(text)
                    .properties()
                    .forEach(one -> rows.put(one.getKey(), one.getValue().asLong()));
        return rows;
    }

    /** The upload's, task's, replay's or release's own, or one that is the same whenever this is told of. */
    UUID run() {
        return switch (kind) {
            case "upload", "task-done", "task-parked", "replay", "replay-failed", "release", "release-failed" ->
                UUID.fromString(subject);
            default ->
                UUID.nameUUIDFromBytes(String.join("/", kind, subject, String.valueOf(day), String.valueOf(version))
                        .getBytes(StandardCharsets.UTF_8));
        };
    }
}
