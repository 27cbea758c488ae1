package dev.caravan.tasks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.BusEvent;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import dev.caravan.state.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells others of tasks that are done or parked: as events on the bus, and as signed webhooks. What is to be told is written in the
 * transaction that makes it so; telling it comes after, may happen twice, and holds up no lane.
 */
public final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
    private static final int AT_ONCE = 100;
    private static final int WEBHOOKS_AT_ONCE = 20;

    private final Database database;
    private final EventPublisher events;
    private final Handlers handlers;
    private final RetryRules rules;
    private final RandomGenerator random;
    private final Tracing tracing;
    private final Clock clock;

    Notices(
            Database database,
            EventPublisher events,
            Handlers handlers,
            RetryRules rules,
            RandomGenerator random,
            Tracing tracing,
            Clock clock) {
        this.database = database;
        this.events = events;
        this.handlers = handlers;
        this.rules = rules;
        this.random = random;
        this.tracing = tracing;
        this.clock = clock;
    }

    /**
     * @param attempts failed webhooks so far
     * @param trace    the context the task was handed in; null when that was not traced
     */
    private record Notice(long id, UUID task, String type, ObjectNode detail, Instant at, int attempts, String trace) {
        static final String COLUMNS =
                "id, task, type, detail::text as detail, at, hook_attempts, (select trace from tasks.task where task.id = notice.task) as trace";

        static Notice of(ResultSet row, StatementContext context) throws SQLException {
            return new Notice(
                    row.getLong("id"),
                    row.getObject("task", UUID.class),
                    row.getString("type"),
                    (ObjectNode) Json.read(row.getString("detail")),
                    Task.instant(row, "at"),
                    row.getInt("hook_attempts"),
                    row.getString("trace"));
        }
    }

    /** Notes that a task is done, in the transaction that makes it so. */
    static void done(Handle db, Task task, Instant now, boolean hook) {
        add(db, "TaskDone", List.of(task), done -> null, now, hook);
    }

    /** Notes that tasks are parked and why, in the transaction that makes it so. */
    static void parked(Handle db, List<Task> tasks, Function<Task, String> why, Instant now, boolean hook) {
        add(db, "TaskParked", tasks, why, now, hook);
    }

    /** @param errors null for none */
    private static void add(
            Handle db, String type, List<Task> tasks, Function<Task, String> errors, Instant now, boolean hook) {
        var batch = db.prepareBatch("""
                insert into tasks.notice (task, type, detail, at, hook_after) values (:task, :type, cast(:detail as jsonb), :at, :after)""");
        for (var task : tasks) {
            var detail = Json.object()
                    .put("version", 1)
                    .put("correlationId", task.id().toString())
                    .put("taskId", task.id().toString())
                    .put("lane", task.lane())
                    .put("sequence", task.sequence())
                    .put("kind", task.content().kind())
                    .put("priority", task.content().priority())
                    .put("attempts", task.attempts())
                    .put("acceptedAt", task.acceptedAt().toString())
                    .put("at", now.toString());
            var error = errors.apply(task);
            if (error != null) detail.put("error", error);
            batch.bind("task", task.id())
                    .bind("type", type)
                    .bind("detail", detail.toString())
                    .bind("at", now)
                    .bind("after", hook ? now : null)
                    .add();
        }
        batch.execute();
    }

    /** What was told of a task, as its history shows it. */
    static List<ObjectNode> told(Handle db, UUID task) {
        var told = new ArrayList<ObjectNode>();
        db.createQuery(
                        "select type, bus_at, hook_at, hook_after, hook_attempts, hook_error, at from tasks.notice where task = :task order by id")
                .bind("task", task)
                .map((row, context) -> {
                    var type = row.getString("type");
                    var bus = Task.instant(row, "bus_at");
                    if (bus != null) told.add(entry(bus, type + " is on the bus"));
                    var hook = Task.instant(row, "hook_at");
                    var error = row.getString("hook_error");
                    var attempts = row.getInt("hook_attempts");
                    if (hook != null)
                        told.add(entry(
                                hook,
                                error == null
                                        ? type + " was taken by tasks.notify-url"
                                        : type + " was not taken by tasks.notify-url in " + attempts + " attempts: "
                                                + error));
                    else if (error != null)
                        told.add(entry(
                                Task.instant(row, "at"),
                                type + " was not taken by tasks.notify-url yet, attempts " + attempts + ": " + error));
                    return type;
                })
                .list();
        return told;
    }

    private static ObjectNode entry(Instant at, String what) {
        return Json.object().put("at", at.toString()).put("what", what);
    }

    /** Puts what is to be told on the bus. */
    public void publish() {
        while (publishSome() == AT_ONCE) {
            // More is waiting.
        }
    }

    /** @return how many were looked at */
    int publishSome() {
        var waiting = database.transaction(db -> db.createQuery(
                        "select " + Notice.COLUMNS + " from tasks.notice where bus_at is null order by id limit :limit")
                .bind("limit", AT_ONCE)
                .map(Notice::of)
                .list());
        if (waiting.isEmpty()) return 0;
        List<EventPublisher.Outcome> outcomes;
        try {
            outcomes = events.publish(waiting.stream()
                    .map(notice -> new BusEvent("caravan." + Tasks.FLOW, notice.type(), notice.detail(), notice.at())
                            .causedBy(notice.trace()))
                    .toList());
        } catch (TargetUnavailable e) {
            LOG.warn("{} notices of tasks wait: {}", waiting.size(), e.getMessage());
            return 0;
        }
        for (var outcome : outcomes)
            if (!outcome.sent())
                LOG.error("nobody hears of a task: {}", outcome.refusal().getMessage());
        database.write(db -> db.createUpdate("update tasks.notice set bus_at = :now where id = any(:ids)")
                .bind("now", clock.instant())
                .bindArray("ids", Long.class, waiting.stream().map(Notice::id).toArray())
                .execute());
        return waiting.size();
    }

    /**
     * Sends webhooks that are due; one that is not taken is sent again after a growing wait, and given up after all attempts.
     *
     * @return how many were taken
     */
    public int send() {
        var due = database.transaction(db -> db.createQuery("""
                        update tasks.notice set hook_after = :lease where id in
                          (select id from tasks.notice where hook_after <= :now order by hook_after, id limit :limit for update skip locked)
                        returning\s""" + Notice.COLUMNS)
                .bind("now", clock.instant())
                .bind("lease", clock.instant().plus(rules.max()))
                .bind("limit", WEBHOOKS_AT_ONCE)
                .map(Notice::of)
                .list());
        int taken = 0;
        for (var notice : due) {
            try {
                tracing.goOn(
                        "tell of task",
                        notice.trace(),
                        () -> handlers.notify(notice.task() + "-" + notice.id(), body(notice)));
                sent(notice, notice.attempts(), null);
                taken++;
            } catch (RuntimeException e) {
                failed(notice, e);
            }
        }
        return taken;
    }

    private static ObjectNode body(Notice notice) {
        var body = Json.object()
                .put("type", notice.type())
                .put("timestamp", notice.at().toString());
        body.set("data", notice.detail());
        return body;
    }

    private void failed(Notice notice, RuntimeException cause) {
        int attempts = notice.attempts() + 1;
        var error = DeadLetters.told(cause);
        if (attempts >= rules.attempts()) {
            LOG.error("nobody takes the webhook of task {}: {}", notice.task(), error);
            sent(notice, attempts, error);
            return;
        }
        var wait = DeadLetters.backoff(attempts, rules.first(), rules.max(), random);
        database.write(db -> db.createUpdate(
                        "update tasks.notice set hook_after = :after, hook_attempts = :attempts, hook_error = :error where id = :id")
                .bind("after", clock.instant().plus(wait))
                .bind("attempts", attempts)
                .bind("error", error)
                .bind("id", notice.id())
                .execute());
    }

    private void sent(Notice notice, int attempts, String error) {
        database.write(db -> db.createUpdate(
                        "update tasks.notice set hook_after = null, hook_at = :now, hook_attempts = :attempts, hook_error = :error where id = :id")
                .bind("now", clock.instant())
                .bind("attempts", attempts)
                .bind("error", error)
                .bind("id", notice.id())
                .execute());
    }
}
