package dev.caravan.tasks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * A task as it is kept.
 *
 * @param id         time-ordered
 * @param lane       tasks of one lane are done one after the other
 * @param sequence   its place in the lane, from 1
 * @param handedInBy name of the API key
 * @param state      {@code accepted}, {@code working}, {@code done}, {@code parked} or {@code discarded}
 * @param startedAt  of the last attempt; null before the first
 * @param endedAt    done, parked or discarded since; else null
 * @param attempts   begun ones
 * @param lastError  why the last attempt failed, or what it waits for; null when nothing is wrong
 * @param trace      context it was handed in, as W3C's {@code traceparent}; null when that was not traced
 */
record Task(
        UUID id,
        String lane,
        long sequence,
        TaskContent content,
        String handedInBy,
        String state,
        Instant acceptedAt,
        Instant startedAt,
        Instant endedAt,
        int attempts,
        String lastError,
        String trace) {
    static final String COLUMNS =
            "id, lane, sequence, title, description, priority, due_date, kind, handed_in_by, state, accepted_at, started_at, ended_at, attempts, last_error, trace";

    static Task of(ResultSet row, StatementContext context) throws SQLException {
        return new Task(
                row.getObject("id", UUID.class),
                row.getString("lane"),
                row.getLong("sequence"),
                new TaskContent(
                        row.getString("title"),
                        row.getString("description"),
                        row.getString("priority"),
                        instant(row, "due_date"),
                        row.getString("kind")),
                row.getString("handed_in_by"),
                row.getString("state"),
                instant(row, "accepted_at"),
                instant(row, "started_at"),
                instant(row, "ended_at"),
                row.getInt("attempts"),
                row.getString("last_error"),
                row.getString("trace"));
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    boolean is(String wanted) {
        return state.equals(wanted);
    }

    /** Where its caller looks it up. */
    static String url(UUID id) {
        return "/tasks/" + id;
    }

    /** As the API shows it. */
    ObjectNode json() {
        var json = Json.object()
                .put("task_id", id.toString())
                .put("state", state)
                .put("lane", lane)
                .put("sequence", sequence);
        json.setAll(content.json());
        json.put("accepted_at", acceptedAt.toString());
        if (startedAt != null) json.put("started_at", startedAt.toString());
        if (endedAt != null) json.put(state + "_at", endedAt.toString());
        json.put("attempts", attempts);
        if (lastError != null) json.put("last_error", lastError);
        return json.put("status_url", url(id));
    }

    /** What its handler gets. */
    ObjectNode work() {
        var json = Json.object().put("task_id", id.toString()).put("lane", lane).put("sequence", sequence);
        json.setAll(content.json());
        return json.put("accepted_at", acceptedAt.toString()).put("attempt", attempts);
    }

    @Override
    public String toString() {
        return "task " + id + " (" + sequence + " of lane " + lane + ")";
    }
}
