package dev.caravan.alerts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Something out of the ordinary, for as long as it was.
 *
 * @param flow      that watches for it
 * @param evidence  as it was seen last
 * @param clearedAt null while it is open
 * @param task      it was handed over as; null when its rule wants none, or for a moment after it was raised
 */
public record Alert(
        UUID id,
        String flow,
        String rule,
        String subject,
        String title,
        ObjectNode evidence,
        String clearsWhen,
        Instant raisedAt,
        Instant clearedAt,
        UUID task) {
    static final String COLUMNS =
            "id, flow, rule, subject, title, evidence::text as evidence, clears_when, raised_at, cleared_at, task";

    static Alert of(ResultSet row, StatementContext context) throws SQLException {
        return new Alert(
                row.getObject("id", UUID.class),
                row.getString("flow"),
                row.getString("rule"),
                row.getString("subject"),
                row.getString("title"),
                (ObjectNode) Json.read(row.getString("evidence")),
                row.getString("clears_when"),
                row.getObject("raised_at", OffsetDateTime.class).toInstant(),
                row.getObject("cleared_at") == null
                        ? null
                        : row.getObject("cleared_at", OffsetDateTime.class).toInstant(),
                row.getObject("task", UUID.class));
    }

    public boolean open() {
        return clearedAt == null;
    }

    /** As the API answers it. */
    public ObjectNode json() {
        var json = Json.object()
                .put("id", id.toString())
                .put("state", open() ? "open" : "cleared")
                .put("flow", flow)
                .put("rule", rule)
                .put("subject", subject)
                .put("title", title);
        json.set("evidence", evidence);
        json.put("clears_when", clearsWhen).put("raised_at", raisedAt.toString());
        if (!open()) json.put("cleared_at", clearedAt.toString());
        if (task != null) json.put("task_id", task.toString());
        return json;
    }
}
