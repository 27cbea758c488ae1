package dev.caravan.tasks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.caravan.CrashPoint;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Counted;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.failure.Refused;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.observe.Correlation;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All tasks, in PostgreSQL: what was accepted, in which order, and what became of it.
 *
 * <p>A lane's row is locked by whoever accepts a task of it, takes one, or says what became of one; so the order of acceptance is the order of
 * commits, whatever any clock says. A lane is parked while an unfinished task of it is: its first one failed for good, and those behind it wait.
 * What is accepted meanwhile is parked behind them.
 */
final class Tasks {
    static final String FLOW = "tasks";

    /** Route that does tasks; what letters and journeys name. */
    static final String WORK = "tasks-work";

    private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);
    private static final String ACCEPT = "tasks-accept";
    private static final String UNFINISHED = " state in ('accepted', 'working', 'parked') ";
    private static final Duration ANSWERS_KEPT = Duration.ofHours(24);

    /** A lane whose wake-up was sent so long ago, and that nobody works on, is woken again. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(5);

    private final Needs needs;

    /** For callers, who are told at once when the database is away. */
    private final Database door;

    private final Clock clock;

    /**
     * @param queue   whose messages wake lanes; what letters name
     * @param lease   how long a lane is a worker's without a sign of life
     * @param hook    whether webhooks are sent
     * @param wanted told, after the commit, that wake-ups are waiting
     */
    record Needs(
            Database database,
            DeadLetters deadLetters,
            Journey journey,
            Outcomes outcomes,
            RetryRules rules,
            RandomGenerator random,
            String queue,
            Duration lease,
            boolean hook,
            Runnable wanted,
            Tracing tracing,
            Clock clock) {}

    /** What a task behind a parked one waits for. */
    static final class Behind extends RuntimeException {
        Behind(Task first) {
            super("waits behind " + first.id() + ", which is parked");
        }
    }

    /** Nobody lived to say what became of the attempts. */
    private static final class Unsaid extends RuntimeException {
        Unsaid(Task task) {
            super("each of its " + task.attempts() + " attempts ended with the process, or with the loss of its lane");
        }
    }

    /**
     * An answer to somebody who hands in a task.
     *
     * @param json  as it was given the first time
     * @param again whether it was given before
     */
    record Answered(ObjectNode json, boolean again) {}

    /** Who hands in what under which {@code Idempotency-Key}. */
    record Key(String owner, String key, String hash) {}

    /** What a worker finds in a lane: a task, now in state {@code working}; or nothing, and how long until there may be something. */
    record Next(Task task, Duration pause) {
        static final Next NOTHING = new Next(null, null);
    }

    Tasks(Needs needs) {
        this.needs = needs;
        this.door = needs.database().atOnce();
        this.clock = needs.clock();
    }

    /**
     * Accepts a task: it is safe when this returns.
     *
     * @param key null when none was sent
     * @return empty when the key was used with another body
     * @throws TargetUnavailable when it could not be made durable: there is no task
     */
    Optional<Answered> accept(NewTask task, String by, Key key) {
        var id = new AtomicReference<UUID>();
        try {
            return door.transaction(db -> {
                if (key != null) {
                    var before = claim(db, key);
                    if (before.isPresent()) return before.get();
                }
                var answer = insert(db, task, by, id);
                if (key != null)
                    db.createUpdate(
                                    "update tasks.answer set answer = cast(:answer as json) where owner = :owner and key = :key")
                            .bind("owner", key.owner())
                            .bind("key", key.key())
                            .bind("answer", answer.toString())
                            .execute();
                db.afterCommit(needs.wanted()::run);
                return Optional.of(new Answered(answer, false));
            });
        } catch (TargetUnavailable e) {
            // The connection may have been lost just after the commit: then it is there.
            if (id.get() == null || find(id.get()).isEmpty()) throw e;
            return Optional.of(new Answered(answer(id.get()), false));
        }
    }

    /** Accepts a task as part of somebody's transaction: it is there if and only if that commits. */
    UUID accept(Handle db, NewTask task, String by) {
        var id = new AtomicReference<UUID>();
        insert(db, task, by, id);
        db.afterCommit(needs.wanted()::run);
        return id.get();
    }

    /** Empty when the key is ours now; else what it was answered before, or empty inside when that was about another body. */
    private Optional<Optional<Answered>> claim(Handle db, Key key) {
        var now = clock.instant();
        int ours = db.createUpdate("""
                insert into tasks.answer (owner, key, body, at) values (:owner, :key, :hash, :now)
                on conflict (owner, key) do update set body = excluded.body, answer = null, at = excluded.at where tasks.answer.at < :expired""")
                .bind("owner", key.owner())
                .bind("key", key.key())
                .bind("hash", key.hash())
                .bind("now", now)
                .bind("expired", now.minus(ANSWERS_KEPT))
                .execute();
        if (ours == 1) return Optional.empty();
        return Optional.of(
                db.createQuery("select body, answer::text from tasks.answer where owner = :owner and key = :key")
                        .bind("owner", key.owner())
                        .bind("key", key.key())
                        .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                        .findOne()
                        .filter(found -> found.getKey().equals(key.hash()))
                        .map(found -> new Answered((ObjectNode) Json.read(found.getValue()), true)));
    }

    private ObjectNode insert(Handle db, NewTask task, String by, AtomicReference<UUID> id) {
        long sequence =
                db.createQuery("""
                insert into tasks.lane (name, accepted, wanted, woken) values (:lane, 1, 1, true)
                on conflict (name) do update set accepted = tasks.lane.accepted + 1, woken = true,
                       wanted = tasks.lane.wanted + case when tasks.lane.woken then 0 else 1 end
                returning accepted""").bind("lane", task.lane()).mapTo(Long.class).one();
        // From here on the lane's row is ours: what is seen is what holds, and ids follow one another.
        id.set(UuidCreator.getTimeOrderedEpochPlus1());
        var content = task.content();
        var accepted = bound(db.createQuery("""
                insert into tasks.task (id, lane, sequence, title, description, priority, due_date, kind, handed_in_by, trace, state, accepted_at)
                select :id, :lane, :sequence, :title, :description, :priority, :dueDate, :kind, :by, :trace,
                       case when exists (select 1 from tasks.task where lane = :lane and state = 'parked') then 'parked' else 'accepted' end, :now
                returning\s""" + Task.COLUMNS), content)
                .bind("id", id.get())
                .bind("lane", task.lane())
                .bind("sequence", sequence)
                .bind("by", by)
                .bind("trace", needs.tracing().current())
                .bind("now", clock.instant())
                .map(Task::of)
                .one();
        tell(db, ACCEPT, accepted, "accepted as " + sequence + " of lane " + task.lane());
        var answer = answer(accepted.id());
        if (content.dueDate() != null && content.dueDate().isBefore(accepted.acceptedAt()))
            warn(answer, "/due_date", "is in the past");
        if (accepted.is("parked")) {
            warn(answer, "/lane", "the lane is parked: the task waits until somebody releases it");
            parkBehind(db, first(db, task.lane()).orElseThrow(), accepted);
        }
        return answer;
    }

    private static <S extends SqlStatement<S>> S bound(S statement, TaskContent content) {
        return statement
                .bind("title", content.title())
                .bind("description", content.description())
                .bind("priority", content.priority())
                .bind("dueDate", content.dueDate())
                .bind("kind", content.kind());
    }

    private static ObjectNode answer(UUID id) {
        return Json.object()
                .put("task_id", id.toString())
                .put("message", "The task is accepted and will be done in its turn.")
                .put("status_url", Task.url(id));
    }

    private static void warn(ObjectNode answer, String pointer, String message) {
        answer.withArray("warnings").addObject().put("pointer", pointer).put("message", message);
    }

    Optional<Task> find(UUID id) {
        return door.transaction(db -> db.createQuery("select " + Task.COLUMNS + " from tasks.task where id = :id")
                .bind("id", id)
                .map(Task::of)
                .findOne());
    }

    /**
     * Tasks in the order of their acceptance.
     *
     * @param by    null for everybody's, as with the other filters
     * @param after the last one of the page before
     */
    List<Task> list(String by, String state, String lane, UUID after, int limit) {
        return door.transaction(db -> db.createQuery("select " + Task.COLUMNS + """
                         from tasks.task
                        where (cast(:by as text) is null or handed_in_by = :by) and (cast(:state as text) is null or state = :state)
                          and (cast(:lane as text) is null or lane = :lane)
                          and (cast(:after as uuid) is null or number > (select number from tasks.task where id = :after))
                        order by number limit :limit""")
                .bind("by", by)
                .bind("state", state)
                .bind("lane", lane)
                .bind("after", after)
                .bind("limit", limit)
                .map(Task::of)
                .list());
    }

    /** What happened to a task, oldest first: its hops, and what was told of it to whom. */
    List<ObjectNode> history(UUID id) {
        return door.transaction(db -> {
            var history = new ArrayList<ObjectNode>();
            for (var hop : needs.journey().of(db, FLOW, id.toString())) {
                var json = Json.object().put("at", hop.at().toString()).put("what", hop.what());
                json.setAll(hop.data());
                history.add(json);
            }
            history.addAll(Notices.told(db, id));
            history.sort(
                    Comparator.comparing(entry -> Instant.parse(entry.path("at").asText())));
            return history;
        });
    }

    private record Lane(UUID worker, Instant workerUntil, Instant notBefore) {}

    private Optional<Lane> lock(Handle db, String lane) {
        return db.createQuery("select worker, worker_until, not_before from tasks.lane where name = :lane for update")
                .bind("lane", lane)
                .map((row, context) -> new Lane(
                        row.getObject(1, UUID.class),
                        Task.instant(row, "worker_until"),
                        Task.instant(row, "not_before")))
                .findOne();
    }

    private static Optional<Task> first(Handle db, String lane) {
        return db.createQuery("select " + Task.COLUMNS + " from tasks.task where lane = :lane and" + UNFINISHED
                        + "order by sequence limit 1")
                .bind("lane", lane)
                .map(Task::of)
                .findOne();
    }

    /** Makes a lane a worker's, and its first unfinished task the one in work. */
    Next take(String lane, UUID worker) {
        return needs.database().transaction(db -> {
            var found = lock(db, lane).orElse(null);
            if (found == null) return Next.NOTHING;
            var now = clock.instant();
            if (found.worker() != null && now.isBefore(found.workerUntil()))
                return new Next(null, Duration.between(now, found.workerUntil()));
            if (found.notBefore() != null && now.isBefore(found.notBefore()))
                return new Next(null, Duration.between(now, found.notBefore()));
            return next(db, lane, worker);
        });
    }

    /** The lane's row is locked. */
    private Next next(Handle db, String lane, UUID worker) {
        var first = first(db, lane).orElse(null);
        if (first != null
                && !first.is("parked")
                && first.attempts() >= needs.rules().attempts()) {
            park(db, first, new Unsaid(first));
            first = null;
        }
        if (first == null || first.is("parked")) {
            rest(db, lane);
            return Next.NOTHING;
        }
        var now = clock.instant();
        var task = db.createQuery("""
                with taken as (update tasks.lane set worker = :worker, worker_until = :until, not_before = null where name = :lane)
                update tasks.task set state = 'working', attempts = attempts + 1, started_at = :now where id = :id
                returning\s""" + Task.COLUMNS)
                .bind("worker", worker)
                .bind("until", now.plus(needs.lease()))
                .bind("lane", lane)
                .bind("id", first.id())
                .bind("now", now)
                .map(Task::of)
                .one();
        return new Next(task, null);
    }

    /** There is nothing to do in the lane: the message that woke it is used up, and what comes next wakes it again. */
    private static void rest(Handle db, String lane) {
        db.createUpdate(
                        "update tasks.lane set worker = null, worker_until = null, not_before = null, woken = false where name = :lane")
                .bind("lane", lane)
                .execute();
    }

    /** The lane is free for whoever its message comes to next, which stays in the queue. */
    private static void letGo(Handle db, String lane, Instant notBefore) {
        db.createUpdate(
                        "update tasks.lane set worker = null, worker_until = null, not_before = :notBefore where name = :lane")
                .bind("lane", lane)
                .bind("notBefore", notBefore)
                .execute();
    }

    /** The lane is a worker's for longer. */
    void extend(UUID worker) {
        needs.database()
                .write(db -> db.createUpdate("update tasks.lane set worker_until = :until where worker = :worker")
                        .bind("until", clock.instant().plus(needs.lease()))
                        .bind("worker", worker)
                        .execute());
    }

    /**
     * The task is done.
     *
     * @param more whether the worker goes on with the lane
     * @return the lane's next task, if the worker goes on; one that lost its lane does not
     */
    Next done(Task task, UUID worker, boolean more) {
        var next = needs.database().transaction(db -> {
            if (!holds(db, task, worker)) return Next.NOTHING;
            var now = clock.instant();
            db.createUpdate("update tasks.task set state = 'done', ended_at = :now, last_error = null where id = :id")
                    .bind("id", task.id())
                    .bind("now", now)
                    .execute();
            tell(db, WORK, task, "done by " + task.content().kind() + " in attempt " + task.attempts());
            Notices.done(db, task, now, needs.hook());
            needs.outcomes().count(db, FLOW, WORK, null, "done", 1);
            if (more) return next(db, task.lane(), worker);
            letGo(db, task.lane(), null);
            return new Next(null, Duration.ZERO);
        });
        CrashPoint.TASK_DONE.pass();
        return next;
    }

    /**
     * An attempt failed: the lane waits for the next one, or is parked.
     *
     * @return how long it waits; empty inside when it is parked
     */
    Next failed(Task task, UUID worker, Throwable cause) {
        return needs.database().transaction(db -> {
            if (!holds(db, task, worker)) return Next.NOTHING;
            if (!(cause instanceof TargetUnavailable outage)
                    || task.attempts() >= needs.rules().attempts()) {
                park(db, task, cause);
                rest(db, task.lane());
                return Next.NOTHING;
            }
            var backoff = DeadLetters.backoff(
                    task.attempts(), needs.rules().first(), needs.rules().max(), needs.random());
            var wait = outage.retryAfter()
                    .filter(asked -> asked.compareTo(backoff) > 0)
                    .orElse(backoff);
            var error = DeadLetters.told(cause);
            db.createUpdate("update tasks.task set state = 'accepted', last_error = :error where id = :id")
                    .bind("id", task.id())
                    .bind("error", error)
                    .execute();
            letGo(db, task.lane(), clock.instant().plus(wait));
            tell(db, WORK, task, "attempt " + task.attempts() + " failed, tried again: " + error);
            needs.outcomes().count(db, FLOW, WORK, outage.target(), "retried", 1);
            return new Next(null, wait);
        });
    }

    private boolean holds(Handle db, Task task, UUID worker) {
        var holds = lock(db, task.lane())
                .filter(lane -> worker.equals(lane.worker()))
                .isPresent();
        if (!holds)
            LOG.warn("{} was taken over while it was worked on; what becomes of it says whoever has it now", task);
        return holds;
    }

    /** Parks a task, and all that is accepted behind it, in the order of the lane. */
    private void park(Handle db, Task first, Throwable cause) {
        try (var ended = Correlation.of(first.id())) {
            LOG.warn("parked {} and its lane: {}", first, cause.toString());
        }
        var parked = db.createQuery("""
                update tasks.task set state = 'parked', ended_at = :now, last_error = case id when :first then :error else :behind end
                where lane = :lane and state in ('accepted', 'working')
                returning\s""" + Task.COLUMNS)
                .bind("first", first.id())
                .bind("error", DeadLetters.told(cause))
                .bind("behind", new Behind(first).getMessage())
                .bind("lane", first.lane())
                .bind("now", clock.instant())
                .map(Task::of)
                .list();
        park(db, parked.stream().sorted(Comparator.comparing(Task::sequence)).toList(), first, cause);
    }

    /** Parks a task that was accepted while its lane is parked. */
    private void parkBehind(Handle db, Task first, Task accepted) {
        db.createUpdate("update tasks.task set last_error = :error, ended_at = :now where id = :id")
                .bind("id", accepted.id())
                .bind("error", new Behind(first).getMessage())
                .bind("now", clock.instant())
                .execute();
        park(db, List.of(accepted), first, null);
    }

    /**
     * Writes letters, journeys and notices of tasks that are parked: a statement each, however many they are.
     *
     * @param cause why the first one failed; null when all of them only wait behind it
     */
    private void park(Handle db, List<Task> parked, Task first, Throwable cause) {
        var behind = new Behind(first);
        Function<Task, Throwable> why = task -> cause != null && task.id().equals(first.id()) ? cause : behind;
        needs.deadLetters()
                .park(
                        db,
                        parked.stream()
                                .map(task -> new Counted(
                                        task.id(),
                                        parking(task, why.apply(task)),
                                        Math.max(1, task.attempts()),
                                        task.acceptedAt()))
                                .toList());
        needs.journey()
                .add(
                        db,
                        FLOW,
                        WORK,
                        parked.stream()
                                .map(task -> hop(task, "parked: " + DeadLetters.told(why.apply(task))))
                                .toList());
        Notices.parked(db, parked, task -> DeadLetters.told(why.apply(task)), clock.instant(), needs.hook());
        needs.outcomes().count(db, FLOW, WORK, target(cause), "parked", parked.size());
    }

    private Parking parking(Task task, Throwable cause) {
        return new Parking(
                FLOW,
                WORK,
                needs.queue(),
                task.lane(),
                null,
                Json.bytes(task.content().json()),
                Json.object()
                        .put("taskId", task.id().toString())
                        .put("sequence", task.sequence())
                        .put("handedInBy", task.handedInBy()),
                target(cause),
                cause);
    }

    private static String target(Throwable cause) {
        if (cause instanceof Refused refused) return refused.target();
        return cause instanceof TargetUnavailable outage ? outage.target() : null;
    }

    /** Whether a letter is about one of these tasks. */
    boolean has(Letter letter) {
        return letter.flow().equals(FLOW) && letter.lane() != null;
    }

    /**
     * Releases the lane of a letter: all its parked tasks are to be done, in their order, with what was edited of them.
     *
     * @return how many they are
     */
    int release(Handle db, Letter one, String by) {
        lock(db, one.lane());
        var parked = db.createQuery("select " + Task.COLUMNS
                        + " from tasks.task where lane = :lane and state = 'parked' order by sequence")
                .bind("lane", one.lane())
                .map(Task::of)
                .list();
        for (var task : parked) {
            var content = needs.deadLetters()
                    .take(db, task.id())
                    .map(letter -> TaskContent.of(TaskRules.clean(Json.read(letter.message()))))
                    .orElse(task.content());
            needs.deadLetters().resolve(db, task.id(), "replayed", by, null);
            bound(db.createUpdate("""
                    update tasks.task set state = 'accepted', attempts = 0, ended_at = null, last_error = null, title = :title,
                           description = :description, priority = :priority, due_date = :dueDate, kind = :kind where id = :id"""), content).bind("id", task.id()).execute();
            tell(db, WORK, task, "released by " + by);
        }
        if (!parked.isEmpty()) want(db, one.lane());
        return parked.size();
    }

    /**
     * Gives a parked task up; those behind it stay parked until their lane is released.
     *
     * @return whether it was parked still
     */
    boolean discard(Handle db, Letter one, String by, String why) {
        lock(db, one.lane());
        if (needs.deadLetters().take(db, one.id()).isEmpty()) return false;
        needs.deadLetters().resolve(db, one.id(), "discarded", by, why);
        db.createUpdate("update tasks.task set state = 'discarded', ended_at = :now where id = :id")
                .bind("id", one.id())
                .bind("now", clock.instant())
                .execute();
        needs.journey()
                .add(
                        db,
                        FLOW,
                        WORK,
                        List.of(new Hop(one.id().toString(), null, "discarded by " + by + ": " + why, null)));
        return true;
    }

    /** The lane is woken once more. */
    void wake(String lane) {
        needs.database().write(db -> want(db, lane));
    }

    private void want(Handle db, String lane) {
        db.createUpdate("update tasks.lane set wanted = wanted + 1, woken = true, not_before = null where name = :lane")
                .bind("lane", lane)
                .execute();
        db.afterCommit(needs.wanted()::run);
    }

    /**
     * Wakes lanes whose wake-up got lost on the way, and forgets answers that are kept no longer.
     *
     * @return how many lanes were woken
     */
    int tidy() {
        var now = clock.instant();
        return needs.database().transaction(db -> {
            db.createUpdate("delete from tasks.answer where at < :expired")
                    .bind("expired", now.minus(ANSWERS_KEPT))
                    .execute();
            int woken = db.createUpdate("""
                    update tasks.lane set wanted = wanted + 1, woken = true
                    where sent_at < :forgotten and wanted = sent and (worker_until is null or worker_until < :now)
                      and (not_before is null or not_before < :forgotten)
                      and exists (select 1 from tasks.task where task.lane = lane.name and state in ('accepted', 'working'))""")
                    .bind("now", now)
                    .bind("forgotten", now.minus(FORGOTTEN))
                    .execute();
            if (woken > 0) db.afterCommit(needs.wanted()::run);
            return woken;
        });
    }

    private void tell(Handle db, String step, Task task, String what) {
        needs.journey().add(db, FLOW, step, List.of(hop(task, what)));
    }

    private static Hop hop(Task task, String what) {
        return new Hop(task.id().toString(), null, what, null);
    }
}
