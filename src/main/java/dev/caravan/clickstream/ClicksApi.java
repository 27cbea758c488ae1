package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** Sessions and minutes over HTTP. */
final class ClicksApi {
    private static final String DEFAULT_LIMIT = "100";
    private static final int MOST = 1_000;
    private static final Duration USUAL_SPAN = Duration.ofHours(1);
    private static final Duration LONGEST_SPAN = Duration.ofDays(31);

    private final Database database;
    private final Partitioning partitioning;
    private final Duration gap;
    private final Clock clock;

    /** @param gap a longer pause ends a session */
    ClicksApi(Database database, Partitioning partitioning, Duration gap, Clock clock) {
        this.database = database;
        this.partitioning = partitioning;
        this.gap = gap;
        this.clock = clock;
    }

    void addTo(Api api) {
        api.on("GET", "/api/sessions", Role.VIEWER, this::sessions);
        api.on("GET", "/api/minutes", Role.VIEWER, this::minutes);
        api.on("GET", "/api/late-clicks", Role.VIEWER, this::late);
    }

    private Answer sessions(Request request) {
        known(request, Set.of("user", "session", "limit"));
        var user = request.parameter("user");
        var session = request.parameter("session");
        if (user.isPresent() == session.isPresent())
            throw wrong("give either user, or session for one nobody is known of");
        var visitor = user.map(Visitor::user).orElseGet(() -> Visitor.anonymous(session.orElseThrow()));
        var json = Json.object();
        var list = json.putArray("sessions");
        database.write(db -> {
            var floor = floor(db, visitor);
            db.createQuery("""
                    select started, ended, clicks, types, array_to_json(devices), array_to_json(countries), array_to_json(sources), cart_value
                    from clicks.session where visitor = :visitor and anonymous = :anonymous order by started desc limit :limit""")
                    .bind("visitor", visitor.id())
                    .bind("anonymous", visitor.anonymous())
                    .bind("limit", limit(request))
                    .map((row, context) -> session(row, visitor, floor))
                    .forEach(list::add);
        });
        return Answer.ok(json);
    }

    /** Up to which time all is in that will be; null when nothing is known yet. */
    private Instant floor(Handle db, Visitor visitor) {
        return db.createQuery("select floor from clicks.lease where partition = :partition and floor > :never")
                .bind("partition", partitioning.of(visitor.id()))
                .bind("never", Long.MIN_VALUE)
                .map((row, context) -> Instant.ofEpochMilli(row.getLong(1)))
                .findOne()
                .orElse(null);
    }

    private ObjectNode session(ResultSet row, Visitor visitor, Instant floor) throws SQLException {
        var ended = instant(row, 2);
        var json = Json.object()
                .put(visitor.anonymous() ? "session" : "user", visitor.id())
                .put("state", floor != null && floor.isAfter(ended.plus(gap)) ? "final" : "open")
                .put("started", instant(row, 1).toString())
                .put("ended", ended.toString())
                .put("clicks", row.getInt(3));
        json.set("types", Json.read(row.getString(4)));
        json.set("devices", Json.read(row.getString(5)));
        json.set("countries", Json.read(row.getString(6)));
        json.set("sources", Json.read(row.getString(7)));
        var cart = row.getBigDecimal(8);
        if (cart != null) json.put("cart_value", cart);
        return json;
    }

    private Answer minutes(Request request) {
        known(request, Set.of("from", "to"));
        var to = Request.instant("to", request.parameter("to").orElse(null));
        if (to == null) to = clock.instant();
        var from = Request.instant("from", request.parameter("from").orElse(null));
        if (from == null) from = to.minus(USUAL_SPAN);
        if (!from.isBefore(to)) throw wrong("from must be before to");
        if (from.plus(LONGEST_SPAN).isBefore(to)) throw wrong("from and to must not be more than 31 days apart");
        var first = from;
        var behind = to;
        var minutes = new TreeMap<Instant, ObjectNode>();
        database.write(db -> {
            totals(db, first, behind, minutes);
            for (var by : List.of("types", "devices", "countries")) counts(db, first, behind, by, minutes);
        });
        var json = Json.object();
        minutes.values().forEach(json.putArray("minutes")::add);
        return Answer.ok(json);
    }

    /** Those found last come first. */
    private Answer late(Request request) {
        known(request, Set.of("from", "to", "limit"));
        var json = Json.object();
        var list = json.putArray("late_clicks");
        database.write(db -> db.createQuery("""
                select click, source, upload, index, found_at from clicks.late
                where at >= coalesce(cast(:from as timestamptz), '-infinity') and at < coalesce(cast(:to as timestamptz), 'infinity')
                order by found_at desc, at, event_id limit :limit""")
                .bind("from", Request.instant("from", request.parameter("from").orElse(null)))
                .bind("to", Request.instant("to", request.parameter("to").orElse(null)))
                .bind("limit", limit(request))
                .map((row, context) -> Json.object()
                        .put("source", row.getString(2))
                        .put("upload", row.getString(3))
                        .put("index", row.getLong(4))
                        .put("found_at", instant(row, 5).toString())
                        .<ObjectNode>set("click", Json.read(row.getString(1))))
                .forEach(list::add));
        return Answer.ok(json);
    }

    private static void totals(Handle db, Instant from, Instant to, Map<Instant, ObjectNode> minutes) {
        db.createQuery("""
                select minute, sum(events), sum(users), sum(anonymous) from clicks.minute
                where minute >= :from and minute < :to group by minute having sum(events) > 0""")
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> {
                    var minute = instant(row, 1);
                    var json = Json.object()
                            .put("minute", minute.toString())
                            .put("events", row.getLong(2))
                            .put("users", row.getLong(3))
                            .put("anonymous", row.getLong(4));
                    for (var by : List.of("types", "devices", "countries")) json.putObject(by);
                    return Map.entry(minute, json);
                })
                .forEach(entry -> minutes.put(entry.getKey(), entry.getValue()));
    }

    private static void counts(Handle db, Instant from, Instant to, String by, Map<Instant, ObjectNode> minutes) {
        db.createQuery("select minute, key, sum(value::bigint) from clicks.minute, jsonb_each_text(" + by + """
                ) where minute >= :from and minute < :to group by minute, key having sum(value::bigint) > 0 order by key""")
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> {
                    var minute = minutes.get(instant(row, 1));
                    if (minute != null) ((ObjectNode) minute.get(by)).put(row.getString(2), row.getLong(3));
                    return minute;
                })
                .list();
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static void known(Request request, Set<String> names) {
        for (var name : request.parameters().keySet())
            if (!names.contains(name))
                throw wrong("there is no parameter " + name + ": "
                        + String.join(", ", names.stream().sorted().toList()) + " are known");
    }

    private static int limit(Request request) {
        var text = request.parameter("limit").orElse(DEFAULT_LIMIT);
        if (text.matches("[0-9]{1,4}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST) return limit;
        }
        throw wrong("limit must be a whole number from 1 to " + MOST);
    }

    private static Problem wrong(String detail) {
        return new Problem(400, "Invalid parameter", detail);
    }
}
