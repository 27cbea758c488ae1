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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

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

    /** Where an appeal stands. */
    public enum State {
        /** Nobody has decided about it, or not since its last ticket. */
        WAITING,
        /** It was right. */
        CONFIRMED,
        /** It was not. */
        DECLINED;

        /** As in {@code confirmed}. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An alert that is disputed.
     *
     * @param tickets  that dispute it, the oldest first, at least one
     * @param decision null while it waits
     */
    public record Appeal(
            UUID alert,
            String rule,
            String user,
            String title,
            Instant raisedAt,
            List<String> tickets,
            State state,
            Decision decision) {
        /** As the API shows it. */
        public ObjectNode json() {
            var json = Json.object()
                    .put("alert_id", alert.toString())
                    .put("state", state.text())
                    .put("rule", rule)
                    .put("user", user)
                    .put("title", title)
                    .put("raised_at", raisedAt.toString());
            var ids = json.putArray("ticket_ids");
            tickets.forEach(ids::add);
            if (decision == null) return json;
            json.put(state.text() + "_by", decision.by())
                    .put(state.text() + "_at", decision.at().toString())
                    .put("why", decision.why());
            if (decision.until() != null)
                json.put("silent_until", decision.until().toString());
            return json;
        }
    }

    /**
     * That an appeal was right, or was not.
     *
     * @param by    name of the API key
     * @param until the rule says nothing about episodes of the user that begin before; null when it was not right
     */
    public record Decision(String by, String why, Instant at, Instant until) {}

    /** {@link #confirm} or {@link #decline}. */
    public interface Deciding {
        Optional<Appeal> decide(UUID alert, String by, String why);
    }

    void addTo(Api api) {
        api.on("GET", "/api/appeals", Role.VIEWER, this::list);
        api.on("POST", "/api/appeals/{alert}/confirm", Role.OPERATOR, request -> decide(request, this::confirm));
        api.on("POST", "/api/appeals/{alert}/decline", Role.OPERATOR, request -> decide(request, this::decline));
    }

    /**
     * Alerts that are disputed, the newest first; at most {@value #MOST}.
     *
     * @param state null for all
     * @param alert null for all
     */
    public List<Appeal> list(State state, UUID alert) {
        return database.transaction(db -> list(db, state, alert));
    }

    private List<Appeal> list(Handle db, State state, UUID alert) {
        return db.createQuery("""
                with disputed as (
                  select a.id, a.rule, t.user_id, a.title, a.raised_at, array_agg(t.ticket_id order by t.created_at, t.ticket_id) as tickets
                  from alerts.alert a
                       join customers.ticket t on a.subject = 'user ' || t.user_id and t.category = 'account'
                            and t.created_at >= a.episode and t.created_at < a.episode + cast(:within as interval)
                  where a.flow = :flow and (cast(:alert as uuid) is null or a.id = :alert)
                  group by a.id, t.user_id),
                decided as (
                  select alert, 'CONFIRMED' as state, by, why, at, until from clicks.confirmed_appeal
                  union all
                  select d.alert, 'DECLINED', d.by, d.why, d.at, null from clicks.declined_appeal d join disputed on disputed.id = d.alert
                  where disputed.tickets <@ d.tickets and not exists (select from clicks.confirmed_appeal c where c.alert = d.alert))
                select id, rule, user_id, title, raised_at, tickets, coalesce(state, 'WAITING'), by, why, at, until
                from disputed left join decided on alert = id where cast(:state as text) is null or coalesce(state, 'WAITING') = :state
                order by raised_at desc, id desc limit :most""")
                .bind("within", within.toString())
                .bind("flow", ClickFlow.NAME)
                .bind("alert", alert)
                .bind("state", state == null ? null : state.name())
                .bind("most", MOST)
                .map((row, context) -> appeal(row))
                .list();
    }

    private static Appeal appeal(ResultSet row) throws SQLException {
        var state = State.valueOf(row.getString(7));
        return new Appeal(
                row.getObject(1, UUID.class),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                instant(row, 5),
                List.of((String[]) row.getArray(6).getArray()),
                state,
                state == State.WAITING
                        ? null
                        : new Decision(row.getString(8), row.getString(9), instant(row, 10), instant(row, 11)));
    }

    /** Null when the column is. */
    private static Instant instant(ResultSet row, int column) throws SQLException {
        var at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    /**
     * Confirms that an alert was disputed rightly: from when instances notice, within seconds, its rule says nothing about its user for a while.
     * The alert stays, and clears as others do. One that was declined may be confirmed after all.
     *
     * @param by  name of the API key
     * @param why not blank
     * @return empty when nobody disputes that alert, or it is confirmed already
     */
    public Optional<Appeal> confirm(UUID alert, String by, String why) {
        return decide(alert, Set.of(State.WAITING, State.DECLINED), (db, appeal) -> confirm(db, appeal, by, why));
    }

    /**
     * Declines that an alert was disputed rightly: its rule goes on. Another ticket against it makes the appeal wait again.
     *
     * @param by  name of the API key
     * @param why not blank
     * @return empty when nobody disputes that alert, or somebody has decided already
     */
    public Optional<Appeal> decline(UUID alert, String by, String why) {
        return decide(alert, Set.of(State.WAITING), (db, appeal) -> decline(db, appeal, by, why));
    }

    private Optional<Appeal> decide(UUID alert, Set<State> from, BiConsumer<Handle, Appeal> decision) {
        return database.transaction(db -> {
            // Of two who decide at once the second finds what the first has made of it.
            db.execute("select id from alerts.alert where id = ? for update", alert);
            var found = list(db, null, alert).stream()
                    .filter(appeal -> from.contains(appeal.state()))
                    .findFirst();
            found.ifPresent(appeal -> decision.accept(db, appeal));
            return found.isEmpty() ? found : list(db, null, alert).stream().findFirst();
        });
    }

    private void confirm(Handle db, Appeal appeal, String by, String why) {
        var now = clock.instant();
        var until = now.plus(silence);
        note(db.createUpdate("""
                insert into clicks.confirmed_appeal (alert, tickets, by, why, at, until) values (:alert, :tickets, :by, :why, :now, :until)""").bind("until", until), appeal, by, why);
        db.createUpdate("""
                insert into clicks.silence as known (rule, visitor, anonymous, until) values (:rule, :user, false, :until)
                on conflict (rule, visitor, anonymous) do update set until = greatest(known.until, excluded.until)""")
                .bind("rule", appeal.rule())
                .bind("user", appeal.user())
                .bind("until", until)
                .execute();
        audit.add(db, by, "confirm appeal", appeal.alert().toString(), why);
    }

    private void decline(Handle db, Appeal appeal, String by, String why) {
        note(db.createUpdate("""
                insert into clicks.declined_appeal as before (alert, tickets, by, why, at) values (:alert, :tickets, :by, :why, :now)
                on conflict (alert) do update set tickets = excluded.tickets, by = excluded.by, why = excluded.why, at = excluded.at"""), appeal, by, why);
        audit.add(db, by, "decline appeal", appeal.alert().toString(), why);
    }

    private void note(Update update, Appeal appeal, String by, String why) {
        update.bind("alert", appeal.alert())
                .bindArray("tickets", String.class, appeal.tickets())
                .bind("by", by)
                .bind("why", why)
                .bind("now", clock.instant())
                .execute();
    }

    private Answer list(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw wrong("there is no parameter " + name + ": alert and state are known");
        var state = request.parameter("state")
                .map(text -> Arrays.stream(State.values())
                        .filter(one -> one.text().equals(text))
                        .findFirst()
                        .orElseThrow(() -> wrong("state must be waiting, confirmed or declined, not \"" + text + "\"")))
                .orElse(null);
        var alert = Request.uuid("alert", request.parameter("alert").orElse(null));
        var json = Json.object();
        var list = json.putArray("appeals");
        list(state, alert).forEach(appeal -> list.add(appeal.json()));
        return Answer.ok(json);
    }

    private static Answer decide(Request request, Deciding deciding) {
        var alert = Request.uuid("alert", request.parameters().get("alert"));
        var why = request.json().path("why").asText("");
        if (why.isBlank())
            throw new Problem(400, "Invalid body", "say why: it is written down with the reason: {\"why\": \"…\"}");
        return Answer.ok(deciding.decide(alert, request.caller().name(), why)
                .orElseThrow(() -> new Problem(404, "Not found", "no appeal against alert " + alert + " that waits"))
                .json());
    }

    private static Problem wrong(String detail) {
        return new Problem(400, "Invalid parameter", detail);
    }
}
