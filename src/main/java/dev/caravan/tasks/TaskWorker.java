package dev.caravan.tasks;

import dev.caravan.CrashPoint;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.observe.Correlation;
import dev.caravan.observe.Tracing;
import dev.caravan.records.Reason;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the tasks of lanes that were woken, each lane's in its order. A message says only which lane to look at; what there is to do stands in
 * the database, so a message that comes twice, late, or for nothing changes nothing.
 */
public final class TaskWorker {
    private static final Logger LOG = LoggerFactory.getLogger(TaskWorker.class);

    /** After so many tasks, or so long, a lane goes to the end of the queue, so that others get their turn. */
    private static final int MOST_IN_A_ROW = 50;

    private static final Duration LONGEST_TURN = Duration.ofSeconds(5);

    /** As many as there are lanes in work; those without work end. */
    private final ExecutorService threads =
            Executors.newCachedThreadPool(new CamelThreadFactory("#name#", "lane", true));

    private final Tasks tasks;
    private final Handlers handlers;
    private final Rehearsal rehearsal;
    private final Tracing tracing;
    private final Clock clock;

    /** Where nothing is done: only what can be known without doing it is told. Null outside of one. */
    record Rehearsal(Database database, DeadLetters letters, TaskRules rules) {}

    TaskWorker(Tasks tasks, Handlers handlers, Rehearsal rehearsal, Tracing tracing, Clock clock) {
        this.tasks = tasks;
        this.handlers = handlers;
        this.rehearsal = rehearsal;
        this.tracing = tracing;
        this.clock = clock;
    }

    /** Works on the lanes that the messages of a batch wake, side by side. */
    public void work(Exchange exchange) {
        var batch = exchange.getMessage().getBody(Batch.class);
        if (rehearsal != null) {
            batch.forEach(this::rehearse);
            return;
        }
        var worker = UUID.randomUUID();
        batch.whenExtended(() -> tasks.extend(worker));
        var lanes = batch.messages().stream()
                .collect(Collectors.groupingBy(message -> message.group().orElse("")));
        var turns = lanes.entrySet().stream()
                .map(lane -> CompletableFuture.runAsync(
                        () -> turn(lane.getKey(), lane.getValue(), worker, exchange), threads))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(turns).join();
    }

    /** @param messages of one lane, which SQS may put into one page: its turn is all of theirs */
    private void turn(String lane, List<BatchMessage> messages, UUID worker, Exchange exchange) {
        try {
            var wait = turn(lane, worker, exchange);
            if (wait == null) messages.forEach(BatchMessage::done);
            else messages.forEach(message -> message.retry(wait));
        } catch (RuntimeException e) {
            LOG.warn("lane {} waits: {}", lane, e.toString());
            messages.forEach(message -> message.retry(Duration.ofSeconds(Math.min(60, message.receiveCount()))));
        }
    }

    /** @return when the lane wants to be looked at again; null when there is nothing more to do */
    private Duration turn(String lane, UUID worker, Exchange exchange) {
        var end = clock.instant().plus(LONGEST_TURN);
        var next = tasks.take(lane, worker);
        for (int count = 1; next.task() != null; count++) {
            var more = count < MOST_IN_A_ROW
                    && clock.instant().isBefore(end)
                    && !exchange.getContext().isStopping();
            next = perform(next.task(), worker, more);
        }
        return next.pause();
    }

    private Tasks.Next perform(Task task, UUID worker, boolean more) {
        try (var ended = Correlation.of(task.id())) {
            CrashPoint.TASK_TAKEN.pass();
            try {
                tracing.goOn(
                        "do task",
                        task.trace(),
                        () -> handlers.handle(task.content().kind(), task.id().toString(), task.work()));
            } catch (RuntimeException e) {
                return tasks.failed(task, worker, Failures.healing(e));
            }
            CrashPoint.TASK_HANDLED.pass();
            return tasks.done(task, worker, more);
        }
    }

    /** Whether the task, as it would be released, could be given to a handler; what that one would say, nobody knows. */
    private void rehearse(BatchMessage message) {
        String wrong;
        try {
            wrong = rehearsal.rules().check(Json.read(message.body())).stream()
                    .sorted(Comparator.comparing(Reason::pointer))
                    .map(reason -> "\"" + reason.pointer() + "\" " + reason.message())
                    .collect(Collectors.joining("; "));
        } catch (BadMessage e) {
            wrong = e.getMessage();
        }
        if (wrong.isEmpty()) {
            message.done();
            return;
        }
        var error = wrong;
        rehearsal.database().write(db -> rehearsal.letters().countAttempt(db, UUID.fromString(message.id()), error));
    }

    /** Wakes lanes whose wake-up SQS gave up: what they were to do is still to be done. */
    public void again(Exchange exchange) {
        for (var message : exchange.getMessage().getBody(Batch.class)) {
            message.group().ifPresent(tasks::wake);
            message.done();
        }
    }

    /** Wakes lanes that were forgotten on the way, and drops answers that are kept no longer. */
    public void tidy() {
        int woken = tasks.tidy();
        if (woken > 0) LOG.info("{} lanes woken again: their wake-up did not come through", woken);
    }
}
