package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.json.Json;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Appeals: tickets by which a user disputes alerts about them. A ticket of the category account is one against each alert about its user whose
 * episode began before it was written, and not longer before than the setting says. That is looked up when it is asked, so it makes no
 * difference whether the ticket comes first or the alert.
 */
public final class Appeals {
    /** Longest list. */
    private static final int MOST = 1_000;

    private static final Set<String> PARAMETERS = Set.of("state", "alert");

    private final Database database;
    private final Audit audit;
    private final Duration within;
    private final Duration silence;
    private final Clock clock;

    /**
     * @param within  how long after an alert's episode began a ticket disputes it
     * @param silence how long a rule says nothing about a user whose appeal was confirmed
     */
    public Appeals(Database database, Audit audit, Duration within, Duration silence, Clock clock) {
        this.database = database;
        this.audit = audit;
        this.within = within;
        this.silence = silence;
        this.clock = clock;
    }

    /**
     * An alert that is disputed.
     *
     * @param tickets that dispute it, the oldest first, at least one
     * @param confirmation null while nobody has confirmed it
     */
    public record Appeal(
            UUID alert,
            String rule,
            String user,
            String title,
            Instant raisedAt,
            List<String> tickets,
            Confirmation confirmation) {
        /** As the API shows it. */
        public ObjectNode json() {
            var json = Json.object()
                    .put("alert_id", alert.toString())
                    .put("state", confirmation == null ? "waiting" : "confirmed")
                    .put("rule", rule)
                    .put("user", user)
                    .put("title", title)
                    .put("raised_at", raisedAt.toString());
            var ids = json.putArray("ticket_ids");
            tickets.forEach(ids::add);
            if (confirmation != null)
                json.put("confirmed_by", confirmation.by())
                        .put("confirmed_at", confirmation.at().toString())
                        .put("why", confirmation.why())
                        .put("silent_until", confirmation.until().toString());
            return json;
        }
    }

    /**
     * That an appeal was right.
     *
     * @param by    name of the API key
     * @param until the rule says nothing about episodes of the user that begin before
     */
    public record Confirmation(String by, String why, Instant at, Instant until) {}

    void addTo(Api api) {
        api.on("GET", "/api/appeals", Role.VIEWER, this::list);
        api.on("POST", "/api/appeals/{alert}/confirm", Role.OPERATOR, this::confirm);
    }

    /**
     * Alerts that are disputed, the newest first; at most {@value #MOST}.
     *
     * @param confirmed null for both
     * @param alert     null for all
     */
    public List<Appeal> list(Boolean confirmed, UUID alert) {
        return database.transaction(db -> list(db, confirmed, alert));
    }

    private List<Appeal> list(Handle db, Boolean confirmed, UUID alert) {
        return db.createQuery("""
                select a.id, a.rule, t.user_id, a.title, a.raised_at, array_agg(t.ticket_id order by t.created_at, t.ticket_id), c.by, c.why, c.at, c.until
                from alerts.alert a
                     join customers.ticket t on a.subject = 'user ' || t.user_id and t.category = 'account'
                          and t.created_at >= a.episode and t.created_at < a.episode + cast(:within as interval)
                     left join clicks.confirmed_appeal c on c.alert = a.id
                where a.flow = :flow and (cast(:alert as uuid) is null or a.id = :alert)
                  and (cast(:confirmed as boolean) is null or (c.alert is not null) = :confirmed)
                group by a.id, t.user_id, c.alert order by a.raised_at desc, a.id desc limit :most""")
                .bind("within", within.toString())
                .bind("flow", ClickFlow.NAME)
                .bind("alert", alert)
                .bind("confirmed", confirmed)
                .bind("most", MOST)
                .map((row, context) -> appeal(row))
                .list();
    }

    private static Appeal appeal(ResultSet row) throws SQLException {
        return new Appeal(
                row.getObject(1, UUID.class),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                instant(row, 5),
                List.of((String[]) row.getArray(6).getArray()),
                row.getString(7) == null
                        ? null
                        : new Confirmation(row.getString(7), row.getString(8), instant(row, 9), instant(row, 10)));
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    /**
     * Confirms that an alert was disputed rightly: from when instances notice, within seconds, its rule says nothing about its user for a while.
     * The alert stays, and clears as others do.
     *
     * @param by  name of the API key
     * @param why not blank
     * @return empty when nobody disputes that alert, or it is confirmed already
     */
    public Optional<Appeal> confirm(UUID alert, String by, String why) {
        return database.transaction(db -> {
            // Of two who confirm at once the second finds nothing that waits.
            db.execute("select id from alerts.alert where id = ? for update", alert);
            var waiting = list(db, false, alert).stream().findFirst();
            waiting.ifPresent(appeal -> confirm(db, appeal, by, why));
            return waiting.isEmpty() ? waiting : list(db, true, alert).stream().findFirst();
        });
    }

    private void confirm(Handle db, Appeal appeal, String by, String why) {
        var now = clock.instant();
        var until = now.plus(silence);
        db.createUpdate("""
                insert into clicks.confirmed_appeal (alert, tickets, by, why, at, until) values (:alert, :tickets, :by, :why, :now, :until)""")
                .bind("alert", appeal.alert())
                .bindArray("tickets", String.class, appeal.tickets())
                .bind("by", by)
                .bind("why", why)
                .bind("now", now)
                .bind("until", until)
                .execute();
        db.createUpdate("""
                insert into clicks.silence as known (rule, visitor, anonymous, until) values (:rule, :user, false, :until)
                on conflict (rule, visitor, anonymous) do update set until = greatest(known.until, excluded.until)""")
                .bind("rule", appeal.rule())
                .bind("user", appeal.user())
                .bind("until", until)
                .execute();
        audit.add(db, by, "confirm appeal", appeal.alert().toString(), why);
    }

    private Answer list(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw wrong("there is no parameter " + name + ": alert and state are known");
        var confirmed = request.parameter("state")
                .map(state -> switch (state) {
                    case "waiting" -> false;
                    case "confirmed" -> true;
                    default -> throw wrong("state must be waiting or confirmed, not \"" + state + "\"");
                })
                .orElse(null);
        var alert = Request.uuid("alert", request.parameter("alert").orElse(null));
        var json = Json.object();
        var list = json.putArray("appeals");
        list(confirmed, alert).forEach(appeal -> list.add(appeal.json()));
        return Answer.ok(json);
    }

    private Answer confirm(Request request) {
        var alert = Request.uuid("alert", request.parameters().get("alert"));
        var why = request.json().path("why").asText("");
        if (why.isBlank())
            throw new Problem(400, "Invalid body", "say why: it is written down with the reason: {\"why\": \"…\"}");
        return Answer.ok(confirm(alert, request.caller().name(), why)
                .orElseThrow(() -> new Problem(404, "Not found", "no appeal against alert " + alert + " that waits"))
                .json());
    }

    private static Problem wrong(String detail) {
        return new Problem(400, "Invalid parameter", detail);
    }
}
