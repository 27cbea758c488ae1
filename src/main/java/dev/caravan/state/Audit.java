package dev.caravan.state;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.json.Json;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Who did what by hand, and why. Written in the transaction that does it. */
public final class Audit {
    private final Clock clock;

    /** What of the audit trail tells of people: of what they asked for, that they did stays. */
    public static Erasable erasable() {
        return new ErasableTexts(
                "audit trail",
                Map.of(
                        "audit.action",
                        List.of("subject", "why"),
                        "audit.change_request",
                        List.of("subject", "summary", "why", "decided_why")),
                Map.of("audit.change_request", List.of("detail")));
    }

    public Audit(Clock clock) {
        this.clock = clock;
    }

    /**
     * What was done by hand.
     *
     * @param why null when no reason was asked for
     */
    public record Action(Instant at, String who, String what, String subject, String why) {
        /** As the API shows it. */
        public ObjectNode json() {
            return Json.object()
                    .put("at", at.toString())
                    .put("who", who)
                    .put("what", what)
                    .put("subject", subject)
                    .put("why", why);
        }
    }

    /**
     * The latest first.
     *
     * @param subject id of what it was done to; null for all
     */
    public List<Action> list(Handle db, String subject, int limit) {
        return db.createQuery("""
                select at, who, action, subject, why from audit.action
                where cast(:subject as text) is null or subject = :subject order by at desc, ctid desc limit :limit""")
                .bind("subject", subject)
                .bind("limit", limit)
                .map((row, context) -> new Action(
                        row.getObject(1, OffsetDateTime.class).toInstant(),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5)))
                .list();
    }

    /**
     * @param who     name of the API key
     * @param subject id of what it was done to
     * @param why     may be null where no reason is asked for
     */
    public void add(Handle db, String who, String action, String subject, String why) {
        db.createUpdate(
                        "insert into audit.action (at, who, action, subject, why) values (:at, :who, :action, :subject, :why)")
                .bind("at", clock.instant())
                .bind("who", who)
                .bind("action", action)
                .bind("subject", subject)
                .bind("why", why)
                .execute();
    }
}
