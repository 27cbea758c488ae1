package dev.caravan.tasks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.deadletters.Replay;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** The tasks flow on a real database, with a queue, a bus and handlers that a test looks into. */
final class TestTasks {
    static final int ATTEMPTS = 3;
    static final Duration FIRST = Duration.ofSeconds(1);

    final TestState state;
    final DeadLetters letters;
    final Journey journey;
    final Replay replay;
    final TasksModule module;

    /** Wake-ups in the queue, oldest first. */
    final List<Wakeups.Wakeup> queue = new CopyOnWriteArrayList<>();

    /** Titles in the order their handler did them. */
    final List<String> done = new CopyOnWriteArrayList<>();

    /** Ids of all calls of handlers. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    /** Webhooks taken. */
    final List<ObjectNode> hooks = new CopyOnWriteArrayList<>();

    /** What is on the bus. */
    final List<PutEventsRequestEntry> bus = new CopyOnWriteArrayList<>();

    /** Titles whose handler fails, with what. */
    final Map<String, RuntimeException> failing = new HashMap<>();

    /** Titles whose handler waits, until when. */
    final Map<String, CountDownLatch> slow = new HashMap<>();

    /** Lanes whose wake-up the queue refuses. */
    final Set<String> refused = new HashSet<>();

    boolean queueAway;
    RuntimeException hookAway;
    Runnable whileHandling = () -> {};

    private final DefaultCamelContext camel = new DefaultCamelContext();

    TestTasks(TestState state, Map<String, String> settings) {
        this.state = state;
        letters = new DeadLetters(state.clock());
        journey = new Journey(state.clock());
        var environment =
                new TreeMap<>(Map.of("TASKS_REQUESTS_PER_SECOND", "100000", "TASKS_REQUESTS_AT_ONCE", "100000"));
        environment.putAll(settings);
        module = new TasksModule(new TasksModule.Needs(
                Settings.of(environment),
                RouteFiles.at("file:routes"),
                state.database(),
                letters,
                journey,
                new Outcomes(new SimpleMeterRegistry()),
                new RetryRules(ATTEMPTS, FIRST, Duration.ofMinutes(5)),
                new EventPublisher(
                        request -> {
                            bus.addAll(request.entries());
                            return PutEventsResponse.builder()
                                    .failedEntryCount(0)
                                    .entries(request.entries().stream()
                                            .map(entry -> PutEventsResultEntry.builder()
                                                    .eventId(UUID.randomUUID().toString())
                                                    .build())
                                            .toList())
                                    .build();
                        },
                        null,
                        EventPublisher.Settings.of("caravan")),
                this::send,
                new Handling(),
                new SplittableRandom(1),
                Tracing.OFF,
                false,
                state.clock()));
        replay = new Replay(
                state.database(),
                letters,
                new Ledger(state.clock()),
                journey,
                new Audit(state.clock()),
                (queue, body) -> {
                    throw new IllegalStateException("a task goes into no queue by itself");
                },
                module,
                Tracing.OFF);
    }

    private Set<String> send(List<Wakeups.Wakeup> wakeups) {
        if (queueAway) throw SdkClientException.create("no queue");
        wakeups.stream().filter(wakeup -> !refused.contains(wakeup.lane())).forEach(queue::add);
        return refused;
    }

    private final class Handling implements Handlers {
        @Override
        public boolean has(String kind) {
            return Set.of("log", "http").contains(kind);
        }

        @Override
        public void handle(String kind, String id, ObjectNode task) {
            calls.add(id);
            whileHandling.run();
            var title = task.path("title").asText();
            if (slow.containsKey(title)) await(slow.get(title));
            if (failing.containsKey(title)) throw failing.get(title);
            done.add(title);
        }

        @Override
        public void notify(String id, ObjectNode body) {
            if (hookAway != null) throw hookAway;
            hooks.add(body);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Tasks tasks() {
        return module.tasks();
    }

    Wakeups wakeups() {
        return (Wakeups) module.beans().get("wakeups");
    }

    TaskWorker worker() {
        return (TaskWorker) module.beans().get("taskWorker");
    }

    Notices notices() {
        return (Notices) module.beans().get("taskNotices");
    }

    /** Accepts a task. */
    UUID accept(String lane, String title) {
        return accept(lane, title, null);
    }

    UUID accept(String lane, String title, Tasks.Key key) {
        var task = new NewTask(lane, new TaskContent(title, "", "low", null, "log"), "hash of " + title);
        var answer = tasks().accept(task, "till", key).orElseThrow().json();
        return UUID.fromString(answer.path("task_id").asText());
    }

    /** Sends what waits and works on all that is in the queue, once. */
    List<BatchMessage> workOnce() {
        wakeups().sendSome();
        var all = new ArrayList<BatchMessage>();
        for (var wakeup : List.copyOf(queue)) {
            queue.remove(wakeup);
            all.add(work(wakeup.lane()));
        }
        return all;
    }

    /** Works on a lane as if its wake-up came. */
    BatchMessage work(String lane) {
        var message = message(lane);
        worker().work(exchange(new Batch("caravan-tasks.fifo", List.of(message))));
        return message;
    }

    Exchange exchange(Batch batch) {
        var exchange = new DefaultExchange(camel);
        exchange.getMessage().setBody(batch);
        return exchange;
    }

    static BatchMessage message(String lane) {
        return new BatchMessage(UUID.randomUUID().toString(), "handle", "{}", Map.of("MessageGroupId", lane), Map.of());
    }

    /** For good. */
    static RuntimeException never() {
        return new BadMessage("the till is closed");
    }
}
