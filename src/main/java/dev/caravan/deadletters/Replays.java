package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.json.Json;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Replays that take their time: the letters an operator selected, as they were at that moment, go back to their queues in the order they
 * failed in, so many a second or in growing stages. A stage of a ramp begins when all of the one before came through; when one of them
 * failed again, the ramp pauses, and having been resumed it begins with one letter.
 */
public final class Replays {
    private static final List<Integer> RAMP = List.of(1, 2, 5, 10, 20, 50, 100);
    private static final int MOST_AT_ONCE = 100;
    private static final String HEALER = "caravan";
    private static final int HEALED_BY_ITSELF = 4;
    private static final Duration HEALING_PAUSE = Duration.ofMinutes(5);
    static final int MOST_PER_SECOND = 1000;

    /** A letter without a record has no ledger to say that it came through: it did when it has not failed again by then. */
    private static final Duration QUIET = Duration.ofSeconds(30);

    private final Database database;
    private final DeadLetters letters;
    private final Replay replay;
    private final Audit audit;
    private final Predicate<String> open;
    private final Clock clock;

    /** @param open whether a route works, by its id: false while its circuit keeps it from its target */
    public Replays(
            Database database, DeadLetters letters, Replay replay, Audit audit, Predicate<String> open, Clock clock) {
        this.open = open;
        this.database = database;
        this.letters = letters;
        this.replay = replay;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * How far a replay is. Of the selected letters, each is waiting, sent (and not known to have come through), passed, failed again, or
     * skipped because somebody had replayed or discarded it meanwhile.
     *
     * @param perSecond null for a ramp
     * @param state     {@code asked} (it waits for a second operator's approval), {@code running}, {@code paused} or {@code done}
     * @param why       what paused it; null when nothing did
     */
    public record Progress(
            UUID id,
            String askedBy,
            Instant askedAt,
            String selection,
            Double perSecond,
            String state,
            String why,
            int selected,
            int waiting,
            int sent,
            int passed,
            int failed,
            int skipped) {
        /** As the API shows it. */
        public ObjectNode json() {
            return Json.object()
                    .put("replay", id.toString())
                    .put("by", askedBy)
                    .put("at", askedAt.toString())
                    .put("selection", selection)
                    .put("pace", perSecond == null ? "ramp" : perSecond + " a second")
                    .put("state", state)
                    .put("why", why)
                    .put("selected", selected)
                    .put("waiting", waiting)
                    .put("sent", sent)
                    .put("passed", passed)
                    .put("failed", failed)
                    .put("skipped", skipped);
        }
    }

    /** Whether a rate, in letters a second, is one that replays can keep. */
    public static boolean canKeep(double perSecond) {
        return perSecond > 0 && perSecond <= MOST_PER_SECOND;
    }

    /**
     * Begins a replay of the letters a filter selects now; those that come later are not part of it.
     *
     * @param perSecond one that {@link #canKeep can be kept}; null for a ramp
     */
    public Progress begin(Filter filter, Double perSecond, String by) {
        return database.transaction(db -> begin(db, filter, perSecond, by, "running"));
    }

    /** As {@link #begin(Filter, Double, String)}, but nothing is sent before it is {@link #approve approved}. */
    Progress ask(Handle db, Filter filter, Double perSecond, String by) {
        return begin(db, filter, perSecond, by, "asked");
    }

    private Progress begin(Handle db, Filter filter, Double perSecond, String by, String state) {
        var id = insert(db, filter.toString(), perSecond, by, state);
        letters.freeze(db, filter, id);
        return progress(db, id).get(0);
    }

    /** Lets a replay begin that was asked for. */
    Progress approve(Handle db, UUID id) {
        if (decide(db, id, "running", null)) RunNotes.begun(db, Replay.RUN, id);
        return progress(db, id).get(0);
    }

    /** Ends a replay that was asked for. */
    void decline(Handle db, UUID id, String by) {
        decide(db, id, "done", "declined by " + by);
    }

    /** @return whether it waited for that */
    private boolean decide(Handle db, UUID id, String state, String why) {
        return db.createUpdate(
                                "update dead_letters.replay set state = :state, why = :why, sent_to = :now where id = :id and state = 'asked'")
                        .bind("id", id)
                        .bind("state", state)
                        .bind("why", why)
                        .bind("now", clock.instant())
                        .execute()
                > 0;
    }

    private UUID insert(Handle db, String selection, Double perSecond, String by, String state) {
        var id = UUID.randomUUID();
        db.createUpdate("""
                insert into dead_letters.replay (id, asked_by, asked_at, selection, per_second, state, sent_to)
                values (:id, :by, :now, :selection, :perSecond, :state, :now)""")
                .bind("id", id)
                .bind("state", state)
                .bind("by", by)
                .bind("now", clock.instant())
                .bind("selection", selection)
                .bind("perSecond", perSecond)
                .execute();
        if (state.equals("running")) RunNotes.begun(db, Replay.RUN, id);
        audit.add(db, by, state.equals("asked") ? "ask for replay" : "begin replay", id.toString(), null);
        return id;
    }

    /**
     * Begins ramps, without being asked, of letters whose target was away: five minutes after they were parked, and when that did not
     * help after four times as long, up to {@value #HEALED_BY_ITSELF} times. What a target refused is left to people.
     *
     * @return how many ramps were begun
     */
    public int heal() {
        return database.transaction(db -> {
            // Only one instance at a time.
            if (!db.createQuery("select pg_try_advisory_xact_lock(hashtext('caravan healing'))")
                    .mapTo(Boolean.class)
                    .one()) return 0;
            db.createQuery(
                            "update dead_letters.replay set state = 'done' where asked_by = :by and state = 'paused' returning id")
                    .bind("by", HEALER)
                    .mapTo(UUID.class)
                    .list()
                    .forEach(givenUp -> RunNotes.failed(db, Replay.RUN, givenUp, sent(db, givenUp)));
            int begun = 0;
            for (var route : letters.routesToHeal(db, HEALED_BY_ITSELF, HEALING_PAUSE)) {
                if (!open.test(route)) continue;
                var id =
                        insert(db, "what failed in " + route + " because its target was away", null, HEALER, "running");
                letters.freezeHealing(db, route, HEALED_BY_ITSELF, HEALING_PAUSE, id);
                begun++;
            }
            return begun;
        });
    }

    /** Replays, the newest first. */
    public List<Progress> list() {
        return database.transaction(db -> progress(db, null));
    }

    /**
     * Pauses a replay that is running, or lets one go on that is paused.
     *
     * @return whether there was such a replay
     */
    public boolean pause(UUID id, boolean paused, String by) {
        return database.transaction(db -> {
            int changed = db.createUpdate("""
                    update dead_letters.replay set state = :to, why = :why, stage = 0, sent_to = :now where id = :id and state = :from""")
                    .bind("id", id)
                    .bind("from", paused ? "running" : "paused")
                    .bind("to", paused ? "paused" : "running")
                    .bind("why", paused ? "by " + by : null)
                    .bind("now", clock.instant())
                    .execute();
            // A ramp begins anew: what happened in its earlier stages says nothing about the next ones.
            db.createUpdate("update dead_letters.replay_letter set stage = null where replay = :id and state <> 'sent'")
                    .bind("id", id)
                    .execute();
            if (changed > 0) audit.add(db, by, paused ? "pause replay" : "resume replay", id.toString(), null);
            return changed > 0;
        });
    }

    /**
     * Sends what is due of each replay, and notes what became of what was sent.
     *
     * @return how many letters were sent
     */
    public int step() {
        var running = database.transaction(
                db -> db.createQuery("select id from dead_letters.replay where state = 'running' order by asked_at")
                        .mapTo(UUID.class)
                        .list());
        int sent = 0;
        for (var id : running) sent += database.transaction(db -> step(db, id));
        return sent;
    }

    private record Pace(String by, Double perSecond, int stage, Instant sentTo) {}

    /** The row's lock keeps other instances from it; what a crash undoes here is sent once more, which changes nothing. */
    private int step(Handle db, UUID id) {
        var found = db.createQuery("""
                select asked_by, per_second, stage, sent_to from dead_letters.replay
                where id = :id and state = 'running' for update skip locked""")
                .bind("id", id)
                .map((row, context) -> new Pace(
                        row.getString(1),
                        (Double) row.getObject(2),
                        row.getInt(3),
                        row.getObject(4, OffsetDateTime.class).toInstant()))
                .findOne();
        if (found.isEmpty()) return 0;
        note(db, id);
        var now = progress(db, id).get(0);
        if (now.waiting() + now.sent() == 0) {
            end(db, id, "done", null);
            RunNotes.ended(db, Replay.RUN, id, sent(db, id));
            return 0;
        }
        return found.get().perSecond() == null ? ramp(db, id, found.get()) : atRate(db, id, found.get());
    }

    /** Notes which of the sent letters came through, and which failed again. */
    private void note(Handle db, UUID id) {
        db.createUpdate("""
                update dead_letters.replay_letter part set state = 'failed' from dead_letters.letter
                where part.replay = :id and part.state = 'sent' and letter.id = part.letter and letter.state = 'open'""").bind("id", id).execute();
        db.createUpdate("""
                update dead_letters.replay_letter part set state = 'passed' from dead_letters.letter
                where part.replay = :id and part.state = 'sent' and letter.id = part.letter
                  and not exists (select 1 from dead_letters.attempt where message = letter.id)
                  and case when letter.upload is null then part.sent_at <= :quiet
                           else exists (select 1 from ledger.entry
                                        where entry.upload = letter.upload and entry.flow = letter.flow
                                          and letter.index between entry.first_index and entry.last_index
                                          and entry.state not in ('in flight', 'parked')) end""")
                .bind("id", id)
                .bind("quiet", clock.instant().minus(QUIET))
                .execute();
    }

    private int ramp(Handle db, UUID id, Pace pace) {
        var states = db.createQuery(
                        "select state from dead_letters.replay_letter where replay = :id and stage = :stage and state in ('sent', 'failed')")
                .bind("id", id)
                .bind("stage", pace.stage())
                .mapTo(String.class)
                .list();
        long failed = states.stream().filter("failed"::equals).count();
        if (failed > 0) {
            end(db, id, "paused", failed + " of the last " + size(pace.stage()) + " failed again");
            return 0;
        }
        if (!states.isEmpty()) return 0;
        int stage = pace.stage() + 1;
        db.createUpdate("update dead_letters.replay set stage = :stage where id = :id")
                .bind("stage", stage)
                .bind("id", id)
                .execute();
        return send(db, id, pace.by(), stage, size(stage));
    }

    private static int size(int stage) {
        return RAMP.get(Math.min(Math.max(stage, 1), RAMP.size()) - 1);
    }

    private int atRate(Handle db, UUID id, Pace pace) {
        var now = clock.instant();
        // What a standstill left undone is not caught up on at once.
        var from = pace.sentTo().isBefore(now.minusSeconds(5)) ? now.minusSeconds(1) : pace.sentTo();
        int due = (int) Math.min(MOST_AT_ONCE, Duration.between(from, now).toMillis() / 1000.0 * pace.perSecond());
        if (due == 0) return 0;
        db.createUpdate("update dead_letters.replay set sent_to = :to where id = :id")
                .bind("to", from.plusMillis((long) (due * 1000 / pace.perSecond())))
                .bind("id", id)
                .execute();
        return send(db, id, pace.by(), 0, due);
    }

    private int send(Handle db, UUID id, String by, int stage, int most) {
        var next = db.createQuery("""
                select position, letter from dead_letters.replay_letter
                where replay = :id and state = 'waiting' order by position limit :most""")
                .bind("id", id)
                .bind("most", most)
                .map((row, context) -> Map.entry(row.getInt(1), row.getObject(2, UUID.class)))
                .list();
        int count = 0;
        for (var letter : next) {
            var sent = replay.send(db, letter.getValue(), by);
            db.createUpdate("""
                    update dead_letters.replay_letter set state = :state, stage = :stage, sent_at = :now where replay = :id and position = :position""")
                    .bind("state", sent ? "sent" : "skipped")
                    .bind("stage", stage)
                    .bind("now", clock.instant())
                    .bind("id", id)
                    .bind("position", letter.getKey())
                    .execute();
            if (sent) count++;
        }
        return count;
    }

    /** Queue to how many letters went back to it. */
    private static Map<String, Long> sent(Handle db, UUID id) {
        return db.createQuery("""
                select queue, count(*) from dead_letters.replay_letter part join dead_letters.letter on letter.id = part.letter
                where part.replay = :id and part.state in ('sent', 'passed', 'failed') group by queue""")
                .bind("id", id)
                .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static void end(Handle db, UUID id, String state, String why) {
        db.createUpdate("update dead_letters.replay set state = :state, why = :why where id = :id")
                .bind("state", state)
                .bind("why", why)
                .bind("id", id)
                .execute();
    }

    private static List<Progress> progress(Handle db, UUID id) {
        return db.createQuery("""
                select replay.id, asked_by, asked_at, selection, per_second, replay.state, why, count(part.position),
                       count(*) filter (where part.state = 'waiting'), count(*) filter (where part.state = 'sent'),
                       count(*) filter (where part.state = 'passed'), count(*) filter (where part.state = 'failed'),
                       count(*) filter (where part.state = 'skipped')
                from dead_letters.replay left join dead_letters.replay_letter part on part.replay = replay.id
                where cast(:id as uuid) is null or replay.id = :id
                group by replay.id order by asked_at desc, replay.id limit 100""")
                .bind("id", id)
                .map((row, context) -> new Progress(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getObject(3, OffsetDateTime.class).toInstant(),
                        row.getString(4),
                        (Double) row.getObject(5),
                        row.getString(6),
                        row.getString(7),
                        row.getInt(8),
                        row.getInt(9),
                        row.getInt(10),
                        row.getInt(11),
                        row.getInt(12),
                        row.getInt(13)))
                .list();
    }
}
