package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Messages that could not be handled, with their cause and original bytes, and the count of attempts of those that may still succeed. A
 * letter is known by its queue and body, so it stays the same letter through any number of replays.
 */
public final class DeadLetters {
    private static final String COLUMNS =
            "id, flow, route, queue, lane, correlation, upload, index, body, attributes::text, target, error_class, error, fingerprint, attempts, first_failed_at, "
                    + "parked_at, state, replays, resolved_at, resolved_by, why, "
                    + "(select edit.body from dead_letters.edit where letter = letter.id and undone_at is null order by edit.id desc limit 1) as edited";
    private static final String SELECTED = """
             from dead_letters.letter
            where (cast(:flow as text) is null or flow = :flow)
              and (cast(:group as text) is null or fingerprint = :group)
              and (cast(:id as uuid) is null or id = :id)
              and (cast(:lane as text) is null or lane = :lane)
              and (cast(:since as timestamptz) is null or parked_at >= :since)
              and (cast(:state as text) is null or state = :state)
              and (cast(:text as text) is null or correlation = :text or position(lower(:text) in lower(error || ' ' || coalesce(lane, ''))) > 0
                   or position(convert_to(:text, 'UTF8') in body) > 0)
            """;

    /** Letters that failed for want of a target, were left alone for a while that grows fourfold, and are part of no replay. */
    private static final String HEALING = """
             from dead_letters.letter
            where state = 'open' and error_class = :outage and replays < :most
              and parked_at <= cast(:now as timestamptz) - make_interval(secs => :seconds * power(4, replays))
              and not exists (select 1 from dead_letters.replay_letter part join dead_letters.replay on replay.id = part.replay
                              where part.letter = letter.id and part.state in ('waiting', 'sent') and replay.state not in ('asked', 'done'))
            """;

    private final Clock clock;

    public DeadLetters(Clock clock) {
        this.clock = clock;
    }

    /** The identity of a message, the same at each delivery and replay. */
    public static UUID identity(String queue, byte[] body) {
        return UUID.nameUUIDFromBytes((queue + '\n' + Json.sha256(body)).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A message about to be parked.
     *
     * @param route      id of the route that gave up
     * @param queue      queue a replay sends it back to
     * @param lane       messages that share an ordering key; for a product its key
     * @param record     the record it carries; null when it carries none
     * @param attributes headers and message attributes, as far as they are known
     * @param target     the system that refused it; null when none did
     */
    public record Parking(
            String flow,
            String route,
            String queue,
            String lane,
            RecordId record,
            byte[] body,
            ObjectNode attributes,
            String target,
            Throwable cause) {
        public UUID id() {
            return identity(queue, body);
        }
    }

    /**
     * A dead letter as it is kept.
     *
     * @param body   as it came
     * @param edited the message a person put in its place; null when nobody did
     */
    public record Letter(
            UUID id,
            String flow,
            String route,
            String queue,
            String lane,
            String correlation,
            RecordId record,
            byte[] body,
            JsonNode attributes,
            String target,
            String errorClass,
            String error,
            String fingerprint,
            int attempts,
            Instant firstFailedAt,
            Instant parkedAt,
            String state,
            int replays,
            Instant resolvedAt,
            String resolvedBy,
            String why,
            byte[] edited) {
        /** What a replay sends. */
        public byte[] message() {
            return edited == null ? body : edited;
        }

        /** As the API and {@code dead-letters list} show it; the body is left out. */
        public ObjectNode json() {
            var json = Json.object()
                    .put("id", id.toString())
                    .put("flow", flow)
                    .put("route", route)
                    .put("queue", queue)
                    .put("lane", lane)
                    .put("correlation", correlation)
                    .put("target", target)
                    .put("error", error)
                    .put("errorClass", errorClass)
                    .put("group", fingerprint)
                    .put("attempts", attempts)
                    .put("firstFailedAt", firstFailedAt.toString())
                    .put("parkedAt", parkedAt.toString())
                    .put("state", state)
                    .put("replays", replays)
                    .put("edited", edited != null);
            if (record != null) json.put("upload", record.upload().toString()).put("index", record.index());
            if (resolvedAt != null)
                json.put("resolvedAt", resolvedAt.toString())
                        .put("resolvedBy", resolvedBy)
                        .put("why", why);
            return json;
        }
    }

    /**
     * Letters with the same cause.
     *
     * @param id         of the group; what {@link Filter#group} selects by
     * @param target     the system that refused them; null when none did
     * @param count      of letters
     * @param lastHour   how many of them were parked within the last hour
     * @param firstSeen  when the first of them failed first
     * @param lastSeen   when the last of them was parked
     * @param example    the letter parked last
     * @param error      of that letter
     */
    public record Group(
            String id,
            String flow,
            String route,
            String target,
            String errorClass,
            int count,
            int lastHour,
            Instant firstSeen,
            Instant lastSeen,
            UUID example,
            String error) {
        /** Whether they may come through as they are, once the target is back; the others want a change first. */
        public boolean canHeal() {
            return errorClass.equals(TargetUnavailable.class.getSimpleName());
        }

        /** The page of the documentation that helps. */
        public String help() {
            if (canHeal()) return "docs/how-to/replay-after-an-outage.md";
            return errorClass.equals(BadMessage.class.getSimpleName())
                    ? "docs/how-to/edit-a-bad-message.md"
                    : "docs/how-to/fix-and-replay.md";
        }

        /** As the API shows it. */
        public ObjectNode json() {
            return Json.object()
                    .put("group", id)
                    .put("flow", flow)
                    .put("route", route)
                    .put("target", target)
                    .put("errorClass", errorClass)
                    .put("error", error)
                    .put("count", count)
                    .put("lastHour", lastHour)
                    .put("firstSeen", firstSeen.toString())
                    .put("lastSeen", lastSeen.toString())
                    .put("canHeal", canHeal())
                    .put("help", help())
                    .put("example", example.toString());
        }
    }

    /**
     * What to look at; null means all.
     *
     * @param text stands in the error or the lane, in upper or lower case, or in the message as written, or is the correlation id
     */
    public record Filter(String flow, String group, UUID id, String lane, Instant since, String state, String text) {
        /** Whatever its text. */
        public Filter(String flow, String group, UUID id, String lane, Instant since, String state) {
            this(flow, group, id, lane, since, state, null);
        }

        public static Filter open() {
            return new Filter(null, null, null, null, null, "open");
        }

        /** The letter with this id, whatever its state. */
        public static Filter only(UUID id) {
            return new Filter(null, null, id, null, null, null);
        }

        /** Such as {@code flow products, state open}. */
        @Override
        public String toString() {
            var parts = new LinkedHashMap<String, Object>();
            parts.put("flow", flow);
            parts.put("group", group);
            parts.put("id", id);
            parts.put("lane", lane);
            parts.put("since", since);
            parts.put("state", state);
            parts.put("text", text);
            return parts.entrySet().stream()
                    .filter(part -> part.getValue() != null)
                    .map(part -> part.getKey() + " " + part.getValue())
                    .collect(Collectors.joining(", "));
        }
    }

    /**
     * Counts a failed attempt of a message that stays in its queue.
     *
     * @return attempts so far, this one included
     */
    public int countAttempt(Handle db, UUID message, String error) {
        return db.createQuery("""
                insert into dead_letters.attempt (message, attempts, first_failed_at, last_failed_at, error) values (:message, 1, :now, :now, :error)
                on conflict (message) do update set attempts = dead_letters.attempt.attempts + 1, last_failed_at = excluded.last_failed_at, error = excluded.error
                returning attempts""")
                .bind("message", message)
                .bind("now", clock.instant())
                .bind("error", storable(error))
                .mapTo(Integer.class)
                .one();
    }

    /** Why the last attempt of a message failed that is to be tried again; empty when none is counted. */
    public Optional<String> lastError(Handle db, UUID message) {
        return db.createQuery("select error from dead_letters.attempt where message = :message")
                .bind("message", message)
                .mapTo(String.class)
                .findOne();
    }

    /** Forgets the attempts of messages that are done. */
    public void forgetAttempts(Handle db, Collection<UUID> messages) {
        if (messages.isEmpty()) return;
        db.createUpdate("delete from dead_letters.attempt where message = any(:messages)")
                .bindArray("messages", UUID.class, messages.toArray())
                .execute();
    }

    /** How long to wait after so many attempts: doubling from {@code first} to {@code max}, any part of it at random (full jitter). */
    public static Duration backoff(
            int attempts, Duration first, Duration max, java.util.random.RandomGenerator random) {
        long ceiling = Math.min(max.toMillis(), first.toMillis() << Math.min(attempts - 1, 30));
        return Duration.ofMillis(1 + random.nextLong(Math.max(1, ceiling)));
    }

    private record Attempts(int attempts, Instant firstFailedAt) {}

    /** Parks a message, whose attempts are counted already. A letter that was replayed and failed again is opened again, with the newer cause. */
    public void park(Handle db, Parking parking) {
        var message = parking.id();
        var counted = db.createQuery(
                        "select attempts, first_failed_at from dead_letters.attempt where message = :message")
                .bind("message", message)
                .map((row, context) -> new Attempts(
                        row.getInt(1), row.getObject(2, OffsetDateTime.class).toInstant()))
                .findOne()
                .orElseGet(() -> new Attempts(1, clock.instant()));
        var id = editedLetter(db, message).orElse(message);
        park(db, List.of(new Counted(id, parking, counted.attempts(), counted.firstFailedAt())));
        forgetAttempts(db, List.of(message));
    }

    /**
     * A message with an identity and a count of attempts of its own, about to be parked.
     *
     * @param firstFailedAt letters are listed in this order
     */
    public record Counted(UUID id, Parking parking, int attempts, Instant firstFailedAt) {}

    /** As {@link #park(Handle, Parking)}, in one statement however many they are. */
    public void park(Handle db, Collection<Counted> messages) {
        if (messages.isEmpty()) return;
        var now = clock.instant();
        var batch = db.prepareBatch("""
                insert into dead_letters.letter (id, flow, route, queue, lane, correlation, upload, index, body, attributes, target, error_class, error, fingerprint,
                                                 attempts, first_failed_at, parked_at, state)
                values (:id, :flow, :route, :queue, :lane, :correlation, :upload, :index, :body, cast(:attributes as jsonb), :target, :class, :error, :fingerprint,
                        :attempts, :firstFailedAt, :now, 'open')
                on conflict (id) do update
                set error_class = excluded.error_class, error = excluded.error, fingerprint = excluded.fingerprint, target = excluded.target,
                    attempts = dead_letters.letter.attempts + excluded.attempts, parked_at = excluded.parked_at, state = 'open', resolved_at = null,
                    resolved_by = null, why = null""");
        for (var message : messages) {
            var parking = message.parking();
            var record = parking.record();
            var error = told(parking.cause());
            batch.bind("id", message.id())
                    .bind("attempts", message.attempts())
                    .bind("firstFailedAt", message.firstFailedAt())
                    .bind("flow", parking.flow())
                    .bind("route", parking.route())
                    .bind("queue", parking.queue())
                    .bind("lane", storable(parking.lane()))
                    .bind("correlation", record == null ? null : record.upload().toString())
                    .bind("upload", record == null ? null : record.upload())
                    .bind("index", record == null ? null : record.index())
                    .bind("body", parking.body())
                    .bind("attributes", parking.attributes().toString().replace("\\u0000", "\\uFFFD"))
                    .bind("target", parking.target())
                    .bind("class", parking.cause().getClass().getSimpleName())
                    .bind("error", error)
                    .bind("fingerprint", fingerprint(parking, error))
                    .bind("now", now)
                    .add();
        }
        batch.execute();
    }

    /** The letter that this message is an edit of. */
    private static Optional<UUID> editedLetter(Handle db, UUID message) {
        return db.createQuery("select letter from dead_letters.edit where message = :message order by id desc limit 1")
                .bind("message", message)
                .mapTo(UUID.class)
                .findOne();
    }

    /** Puts another message in the place of a letter's; the original stays. */
    void edit(Handle db, Letter letter, byte[] message, String by, String why) {
        db.createUpdate("""
                insert into dead_letters.edit (letter, message, body, edited_by, edited_at, why)
                values (:letter, :message, :body, :by, :now, :why)""")
                .bind("letter", letter.id())
                .bind("message", identity(letter.queue(), message))
                .bind("body", message)
                .bind("by", by)
                .bind("now", clock.instant())
                .bind("why", why)
                .execute();
    }

    /** @return how many edits were taken back */
    int undoEdits(Handle db, UUID letter) {
        return db.createUpdate(
                        "update dead_letters.edit set undone_at = :now where letter = :letter and undone_at is null")
                .bind("letter", letter)
                .bind("now", clock.instant())
                .execute();
    }

    /** Letters, oldest first; within a lane that is the order they failed in. */
    public List<Letter> list(Handle db, Filter filter, int limit) {
        return db.createQuery("select " + COLUMNS + SELECTED + "order by first_failed_at, id limit :limit")
                .bindMethods(filter)
                .bind("limit", limit)
                .map(DeadLetters::letter)
                .list();
    }

    /** The letters by their causes, the largest group first. */
    public List<Group> groups(Handle db, Filter filter, int limit) {
        return db.createQuery("""
                select fingerprint, flow, route, target, error_class, count(*), count(*) filter (where parked_at > :hourAgo),
                       min(first_failed_at), max(parked_at), (array_agg(id order by parked_at desc, id))[1],
                       (array_agg(error order by parked_at desc, id))[1]""" + SELECTED + """
                group by fingerprint, flow, route, target, error_class
                order by count(*) desc, fingerprint limit :limit""")
                .bindMethods(filter)
                .bind("hourAgo", clock.instant().minus(Duration.ofHours(1)))
                .bind("limit", limit)
                .map((row, context) -> new Group(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getInt(6),
                        row.getInt(7),
                        row.getObject(8, OffsetDateTime.class).toInstant(),
                        row.getObject(9, OffsetDateTime.class).toInstant(),
                        row.getObject(10, UUID.class),
                        row.getString(11)))
                .list();
    }

    /** How many lanes of a flow have open letters. */
    public int lanes(Handle db, String flow) {
        return db.createQuery(
                        "select count(distinct lane) from dead_letters.letter where flow = :flow and state = 'open'")
                .bind("flow", flow)
                .mapTo(Integer.class)
                .one();
    }

    /** Routes with letters that may heal by themselves now, in alphabetical order. */
    List<String> routesToHeal(Handle db, int most, Duration pause) {
        return healing(db.createQuery("select distinct route" + HEALING + "order by route"), most, pause)
                .mapTo(String.class)
                .list();
    }

    /** How many letters a filter selects now. */
    int count(Handle db, Filter filter) {
        return db.createQuery("select count(*)" + SELECTED)
                .bindMethods(filter)
                .mapTo(Integer.class)
                .one();
    }

    /** As {@link #freeze}, for the letters of a route that may heal by themselves now. */
    void freezeHealing(Handle db, String route, int most, Duration pause, UUID replay) {
        healing(
                        db.createUpdate("insert into dead_letters.replay_letter (replay, position, letter)"
                                + " select :replay, row_number() over (order by first_failed_at, id), id" + HEALING
                                + "and route = :route"),
                        most,
                        pause)
                .bind("route", route)
                .bind("replay", replay)
                .execute();
    }

    private <S extends SqlStatement<S>> S healing(S statement, int most, Duration pause) {
        return statement
                .bind("outage", TargetUnavailable.class.getSimpleName())
                .bind("most", most)
                .bind("seconds", pause.toSeconds())
                .bind("now", clock.instant());
    }

    /** Makes the letters a filter selects now those of a replay, in the order of {@link #list}. */
    void freeze(Handle db, Filter filter, UUID replay) {
        db.createUpdate("insert into dead_letters.replay_letter (replay, position, letter)"
                        + " select :replay, row_number() over (order by first_failed_at, id), id " + SELECTED)
                .bindMethods(filter)
                .bind("replay", replay)
                .execute();
    }

    /** Locks a letter that is still open; empty when somebody was faster. */
    public Optional<Letter> take(Handle db, UUID id) {
        return db.createQuery(
                        "select " + COLUMNS + " from dead_letters.letter where id = :id and state = 'open' for update")
                .bind("id", id)
                .map(DeadLetters::letter)
                .findOne();
    }

    /** Closes letters that are open although their message came through: a replay whose answer was lost, a redelivery after all. */
    public void settle(Handle db, Collection<UUID> letters) {
        if (letters.isEmpty()) return;
        db.createUpdate("""
                update dead_letters.letter set state = 'replayed', resolved_at = :now, resolved_by = 'caravan', why = 'came through'
                where id = any(:letters) and state = 'open'""")
                .bind("now", clock.instant())
                .bindArray("letters", UUID.class, letters.toArray())
                .execute();
    }

    /** Closes a letter: {@code replayed} or {@code discarded}. */
    public void resolve(Handle db, UUID id, String state, String by, String why) {
        db.createUpdate("""
                update dead_letters.letter set state = :state, replays = replays + :replayed, resolved_at = :now, resolved_by = :by, why = :why where id = :id""")
                .bind("state", state)
                .bind("replayed", state.equals("replayed") ? 1 : 0)
                .bind("now", clock.instant())
                .bind("by", by)
                .bind("why", why)
                .bind("id", id)
                .execute();
    }

    /**
     * The same cause gives the same group, whichever product it hit: its key and handle, quoted values, and words with a digit are left out
     * of the message. An HTTP status stays: another status is another cause.
     */
    private static String fingerprint(Parking parking, String error) {
        var shape = error;
        if (parking.lane() != null)
            shape = shape.replace(parking.lane(), "…").replace(parking.lane().replace('/', '-'), "…");
        shape = shape.replaceAll("\"[^\"]*\"", "…")
                .replaceAll("\\b[0-9a-fA-F-]{8,}\\b", "…")
                .replaceAll("(?<!\\b(HTTP|answered) )\\b\\w*\\d[\\w.,-]*\\b", "…");
        return Json.sha256(String.join(
                                "\n",
                                parking.flow(),
                                parking.route(),
                                String.valueOf(parking.target()),
                                parking.cause().getClass().getSimpleName(),
                                shape)
                        .getBytes(StandardCharsets.UTF_8))
                .substring(0, 12);
    }

    /** A failure in one sentence, cut when long, as it can be kept. */
    public static String told(Throwable cause) {
        var message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return storable(message.length() <= 2000 ? message : message.substring(0, 2000) + "…");
    }

    /** PostgreSQL keeps no NUL in a text; what cannot be written down would come again for ever. */
    private static String storable(String text) {
        return text == null ? null : text.replace('\0', '\uFFFD');
    }

    private static Letter letter(java.sql.ResultSet row, StatementContext context) throws java.sql.SQLException {
        var upload = row.getObject("upload", UUID.class);
        var resolved = row.getObject("resolved_at", OffsetDateTime.class);
        return new Letter(
                row.getObject("id", UUID.class),
                row.getString("flow"),
                row.getString("route"),
                row.getString("queue"),
                row.getString("lane"),
                row.getString("correlation"),
                upload == null ? null : new RecordId(upload, row.getLong("index")),
                row.getBytes("body"),
                Json.read(row.getString("attributes")),
                row.getString("target"),
                row.getString("error_class"),
                row.getString("error"),
                row.getString("fingerprint"),
                row.getInt("attempts"),
                row.getObject("first_failed_at", OffsetDateTime.class).toInstant(),
                row.getObject("parked_at", OffsetDateTime.class).toInstant(),
                row.getString("state"),
                row.getInt("replays"),
                resolved == null ? null : resolved.toInstant(),
                row.getString("resolved_by"),
                row.getString("why"),
                row.getBytes("edited"));
    }
}
