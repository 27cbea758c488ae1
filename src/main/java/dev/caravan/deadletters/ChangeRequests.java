package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** What operators asked for and a second one has to approve (the four-eyes principle), with what became of it. */
final class ChangeRequests {
    private static final String SELECT =
            "select id, action, subject, summary, detail, asked_by, asked_at, why, state, decided_by, decided_at, decided_why from audit.change_request ";

    private final Clock clock;

    ChangeRequests(Clock clock) {
        this.clock = clock;
    }

    void add(
            Handle db,
            UUID id,
            String action,
            String subject,
            String summary,
            ObjectNode detail,
            String by,
            String why) {
        db.createUpdate("""
                insert into audit.change_request (id, action, subject, summary, detail, asked_by, asked_at, why)
                values (:id, :action, :subject, :summary, cast(:detail as json), :by, :now, :why)""")
                .bind("id", id)
                .bind("action", action)
                .bind("subject", subject)
                .bind("summary", summary)
                .bind("detail", detail.toString())
                .bind("by", by)
                .bind("now", clock.instant())
                .bind("why", why)
                .execute();
    }

    /** Those that wait first, and each the newest first. */
    List<ChangeRequest> list(Handle db, int limit) {
        return db.createQuery(SELECT + "order by state = 'waiting' desc, asked_at desc, id limit :limit")
                .bind("limit", limit)
                .map((row, context) -> request(row))
                .list();
    }

    /** Locks one that waits; empty when there is none, or somebody was faster. */
    Optional<ChangeRequest> take(Handle db, UUID id) {
        return db.createQuery(SELECT + "where id = :id and state = 'waiting' for update")
                .bind("id", id)
                .map((row, context) -> request(row))
                .findOne();
    }

    /** @param state {@code approved} or {@code declined} */
    void decide(Handle db, UUID id, String state, String by, String why) {
        db.createUpdate("""
                update audit.change_request set state = :state, decided_by = :by, decided_at = :now, decided_why = :why where id = :id""")
                .bind("id", id)
                .bind("state", state)
                .bind("by", by)
                .bind("now", clock.instant())
                .bind("why", why)
                .execute();
    }

    private static ChangeRequest request(ResultSet row) throws SQLException {
        return new ChangeRequest(
                row.getObject("id", UUID.class),
                row.getString("action"),
                row.getString("subject"),
                row.getString("summary"),
                Json.read(row.getBytes("detail")),
                row.getString("asked_by"),
                instant(row.getObject("asked_at", OffsetDateTime.class)),
                row.getString("why"),
                row.getString("state"),
                row.getString("decided_by"),
                instant(row.getObject("decided_at", OffsetDateTime.class)),
                row.getString("decided_why"));
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
