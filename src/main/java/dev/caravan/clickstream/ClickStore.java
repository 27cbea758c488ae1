package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.clickstream.Checkpoint.Late;
import dev.caravan.clickstream.Checkpoint.MinuteChange;
import dev.caravan.clickstream.Checkpoint.Part;
import dev.caravan.clickstream.Checkpoint.Place;
import dev.caravan.clickstream.Checkpoint.SessionChange;
import dev.caravan.json.Json;
import dev.caravan.state.CopyRows;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;

/** What comes of clicks, in the database. */
final class ClickStore {
    private static final int FETCHED = 100;

    /** Users of a row of those whose sessions have changed: as many profiles are worked out together. */
    private static final int CHANGED_TOGETHER = 500;

    private final Database database;
    private final Clock clock;

    ClickStore(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Writes what a partition has worked out, but for its alerts and moves.
     *
     * @param position up to which it has seen the log
     */
    void write(Handle db, int partition, long position, Checkpoint checkpoint) {
        shelve(db, partition, position, checkpoint.parts());
        sessions(db, checkpoint.sessions());
        changed(db, checkpoint.sessions());
        minutes(db, partition, checkpoint.minutes());
        duplicates(db, checkpoint.duplicates());
        late(db, checkpoint.late());
    }

    private static void shelve(Handle db, int partition, long position, List<Part> parts) {
        if (parts.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into clicks.shelf (partition, hour, number, position, part, bytes)
                values (:partition, :hour, :number, :position, :part, :bytes)""");
        int number = 0;
        for (var part : parts)
            batch.bind("partition", partition)
                    .bind("hour", part.shelf().hour())
                    .bind("number", part.shelf().number())
                    .bind("position", position)
                    .bind("part", number++)
                    .bind("bytes", part.bytes())
                    .add();
        batch.execute();
    }

    /** What stands on a shelf, in the order in which it was put there. */
    List<byte[]> parts(int partition, Shelf shelf) {
        return database.transaction(db -> db.createQuery("""
                select bytes from clicks.shelf where partition = :partition and hour = :hour and number = :number order by position, part""")
                .bind("partition", partition)
                .bind("hour", shelf.hour())
                .bind("number", shelf.number())
                .mapTo(byte[].class)
                .list());
    }

    /** What stands on each shelf of a partition from an hour on, hour by hour. */
    void shelves(int partition, long fromHour, BiConsumer<Shelf, List<byte[]>> each) {
        database.write(db -> {
            var shelf = new Shelf[1];
            var parts = new ArrayList<byte[]>();
            db.createQuery("""
                    select hour, number, bytes from clicks.shelf where partition = :partition and hour >= :hour
                    order by hour, number, position, part""")
                    .setFetchSize(FETCHED)
                    .bind("partition", partition)
                    .bind("hour", fromHour)
                    .map((row, context) -> new Part(new Shelf(row.getLong(1), row.getInt(2)), row.getBytes(3)))
                    .forEach(part -> {
                        if (shelf[0] != null && !shelf[0].equals(part.shelf())) {
                            each.accept(shelf[0], List.copyOf(parts));
                            parts.clear();
                        }
                        shelf[0] = part.shelf();
                        parts.add(part.bytes());
                    });
            if (shelf[0] != null) each.accept(shelf[0], List.copyOf(parts));
        });
    }

    private static void sessions(Handle db, List<SessionChange> changes) {
        remove(db, changes.stream().filter(SessionChange::told).toList());
        if (changes.isEmpty()) return;
        var rows = new CopyRows();
        // Changes that overlap have the same sessions.
        var written = new HashSet<Start>();
        for (var change : changes)
            for (var session : change.sessions()) {
                if (!written.add(new Start(session.visitor(), session.start()))) continue;
                rows.add(session.visitor().id())
                        .add(String.valueOf(session.visitor().anonymous()))
                        .add(time(session.start()))
                        .add(time(session.end()))
                        .add(session.clicks())
                        .add(json(session.types()))
                        .add(array(session.devices()))
                        .add(array(session.countries()))
                        .add(array(session.sources()))
                        .add(Double.isNaN(session.cartValue()) ? null : String.valueOf(session.cartValue()))
                        .end();
            }
        rows.into(
                db,
                "clicks.session (visitor, anonymous, started, ended, clicks, types, devices, countries, sources, cart_value)");
    }

    private static void remove(Handle db, List<SessionChange> changes) {
        if (changes.isEmpty()) return;
        db.createUpdate("""
                delete from clicks.session s
                using unnest(cast(:visitors as text[]), cast(:anonymous as boolean[]), cast(:from as timestamptz[]), cast(:to as timestamptz[]))
                  as changed (visitor, anonymous, first, last)
                where s.visitor = changed.visitor and s.anonymous = changed.anonymous and s.started between changed.first and changed.last""")
                .bindArray(
                        "visitors",
                        String.class,
                        changes.stream().map(change -> change.visitor().id()).toArray())
                .bindArray(
                        "anonymous",
                        Boolean.class,
                        changes.stream()
                                .map(change -> change.visitor().anonymous())
                                .toArray())
                .bindArray(
                        "from",
                        String.class,
                        changes.stream().map(change -> time(change.from())).toArray())
                .bindArray(
                        "to",
                        String.class,
                        changes.stream().map(change -> time(change.to())).toArray())
                .execute();
    }

    private record Start(Visitor visitor, long start) {}

    /** Leaves word for profiles and day reports, which follow in their own time. */
    private static void changed(Handle db, List<SessionChange> changes) {
        if (changes.isEmpty()) return;
        var days = new TreeSet<LocalDate>();
        for (var change : changes) {
            var last = day(change.to());
            for (var day = day(change.from()); !day.isAfter(last); day = day.plusDays(1)) days.add(day);
        }
        var users = changes.stream()
                .map(SessionChange::visitor)
                .filter(visitor -> !visitor.anonymous())
                .map(Visitor::id)
                .distinct()
                .toList();
        for (int from = 0; from == 0 || from < users.size(); from += CHANGED_TOGETHER)
            db.createUpdate("insert into clicks.changed (users, days) values (:users, cast(:days as date[]))")
                    .bindArray(
                            "users", String.class, users.subList(from, Math.min(from + CHANGED_TOGETHER, users.size())))
                    .bindArray(
                            "days",
                            String.class,
                            days.stream().map(LocalDate::toString).toList())
                    .execute();
    }

    private static LocalDate day(long milliseconds) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(milliseconds), ZoneOffset.UTC);
    }

    private static String json(Map<String, ? extends Number> counts) {
        var json = Json.object();
        counts.forEach((name, count) -> json.put(name, count.longValue()));
        return json.toString();
    }

    /** As PostgreSQL reads a list of texts. */
    private static String array(Collection<String> texts) {
        var array = new StringBuilder("{");
        for (var text : texts) {
            if (array.length() > 1) array.append(',');
            array.append('"')
                    .append(text.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
        return array.append('}').toString();
    }

    private static String time(long milliseconds) {
        return Instant.ofEpochMilli(milliseconds).toString();
    }

    /** Adds to the minutes of a partition. Nobody else writes them, so they can be read and written again. */
    private static void minutes(Handle db, int partition, List<MinuteChange> changes) {
        if (changes.isEmpty()) return;
        Map<Instant, JsonNode> before = db.createQuery("""
                select minute, json_build_object('types', types, 'devices', devices, 'countries', countries) from clicks.minute
                where partition = :partition and minute = any(cast(:minutes as timestamptz[]))""")
                .bind("partition", partition)
                .bindArray(
                        "minutes",
                        String.class,
                        changes.stream().map(change -> time(change.minute())).toArray())
                .map((row, context) ->
                        Map.entry(row.getObject(1, OffsetDateTime.class).toInstant(), Json.read(row.getString(2))))
                .collectToMap(Map.Entry::getKey, Map.Entry::getValue);
        var batch = db.prepareBatch("""
                insert into clicks.minute (minute, partition, events, users, anonymous, types, devices, countries)
                values (:minute, :partition, :events, :users, :anonymous, cast(:types as jsonb), cast(:devices as jsonb), cast(:countries as jsonb))
                on conflict (minute, partition) do update
                set events = clicks.minute.events + excluded.events, users = clicks.minute.users + excluded.users,
                    anonymous = clicks.minute.anonymous + excluded.anonymous, types = excluded.types, devices = excluded.devices,
                    countries = excluded.countries""");
        for (var change : changes) {
            var minute = Instant.ofEpochMilli(change.minute());
            var known = before.getOrDefault(minute, Json.object());
            batch.bind("minute", minute)
                    .bind("partition", partition)
                    .bind("events", change.events())
                    .bind("users", change.users())
                    .bind("anonymous", change.anonymous())
                    .bind("types", json(sum(known.path("types"), change.types())))
                    .bind("devices", json(sum(known.path("devices"), change.devices())))
                    .bind("countries", json(sum(known.path("countries"), change.countries())))
                    .add();
        }
        batch.execute();
    }

    private static Map<String, Long> sum(JsonNode before, Map<String, Long> added) {
        var sum = new HashMap<String, Long>();
        before.properties()
                .forEach(known -> sum.put(known.getKey(), known.getValue().longValue()));
        added.forEach((name, count) -> sum.merge(name, count, Long::sum));
        sum.values().removeIf(count -> count == 0);
        return sum;
    }

    private static void duplicates(Handle db, List<Place> places) {
        if (places.isEmpty()) return;
        db.createUpdate("""
                insert into clicks.duplicate (position, index)
                select * from unnest(cast(:positions as bigint[]), cast(:indexes as int[])) on conflict do nothing""")
                .bindArray(
                        "positions",
                        Long.class,
                        places.stream().map(Place::position).toArray())
                .bindArray(
                        "indexes",
                        Integer.class,
                        places.stream().map(Place::index).toArray())
                .execute();
    }

    private void late(Handle db, List<Late> late) {
        if (late.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into clicks.late (event_id, at, source, upload, index, click, found_at)
                select :event, :at, source, upload, first_index + :index, cast(:click as jsonb), :now from clicks.page where position = :position
                on conflict (event_id) do nothing""");
        for (var each : late)
            batch.bind("event", each.click().eventId())
                    .bind("at", Instant.ofEpochMilli(each.click().time()))
                    .bind("index", each.place().index())
                    .bind("click", json(each.click()).toString())
                    .bind("now", clock.instant())
                    .bind("position", each.place().position())
                    .add();
        batch.execute();
    }

    /** In the words of {@code click.schema.json}. */
    private static ObjectNode json(Click click) {
        var json = Json.object();
        json.put("id", click.eventId())
                .put("user", click.userId())
                .put("session", click.sessionId())
                .put("at", time(click.time()))
                .put("type", click.type())
                .put("page", click.page())
                .put("referrer", click.referrer())
                .put("userAgent", click.userAgent())
                .put("ip", click.ipAddress())
                .put("device", click.device())
                .put("country", click.country())
                .put("product", click.productId())
                .put("category", click.category());
        if (!Double.isNaN(click.quantity())) json.put("quantity", click.quantity());
        if (!Double.isNaN(click.price())) json.put("price", click.price());
        if (!Double.isNaN(click.cartValue())) json.put("cartValue", click.cartValue());
        if (click.extras() != null) json.set("extra", Json.read(click.extras()));
        json.properties().removeIf(member -> member.getValue().isNull());
        return json;
    }

    /** What is not to be spoken of. */
    List<Silence> silences() {
        return database.transaction(db -> db.createQuery("select rule, visitor, anonymous, until from clicks.silence")
                .map((row, context) -> new Silence(
                        row.getString(1),
                        new Visitor(row.getBoolean(3), row.getString(2)),
                        row.getObject(4, OffsetDateTime.class).toInstant().toEpochMilli()))
                .list());
    }
}
