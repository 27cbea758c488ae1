package dev.caravan.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.alerts.Alerts;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.journey.Journey;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import dev.caravan.tasks.Handlers;
import dev.caravan.tasks.TasksModule;
import dev.caravan.uploads.Originals;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** What a flow stands on beside its own files: a bus that keeps what it is given, tasks that nobody does, alerts that become such tasks, failures. */
public final class Surroundings {
    private static final Handlers NO_HANDLERS = new Handlers() {
        @Override
        public boolean has(String kind) {
            return false;
        }

        @Override
        public void handle(String kind, String id, ObjectNode task) {
            throw new AssertionError("no task is done here");
        }

        @Override
        public void notify(String id, ObjectNode body) {
            throw new AssertionError("nobody is notified here");
        }
    };

    /** What is on the bus, in order. */
    public final List<PutEventsRequestEntry> bus = new CopyOnWriteArrayList<>();

    /** Whether the bus cannot be reached. */
    public volatile boolean busAway;

    public final Ledger ledger;
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    public final Outcomes outcomes = new Outcomes(metrics);
    public final EventPublisher events;
    public final Alerts alerts;
    public final Failures failures;
    public final Originals originals;

    /** @param settings of the tasks */
    public Surroundings(Database database, Settings settings, RouteFiles routes, Clock clock) {
        ledger = new Ledger(clock);
        var letters = new DeadLetters(clock);
        var journey = new Journey(clock);
        var retries = new RetryRules(3, Duration.ofSeconds(1), Duration.ofMinutes(1));
        events = new EventPublisher(
                this::take,
                null,
                new EventPublisher.Settings("caravan", 256 << 10, 256 << 10, 1, Duration.ofMillis(1)));
        var tasks = new TasksModule(new TasksModule.Needs(
                settings,
                routes,
                database,
                letters,
                journey,
                outcomes,
                retries,
                events,
                wakeups -> Set.of(),
                NO_HANDLERS,
                new Random(7),
                Tracing.OFF,
                false,
                clock));
        alerts = new Alerts(
                database,
                (db, lane, title, description, priority) ->
                        tasks.handIn(db, "alerts", lane, "log", title, description, priority),
                clock);
        failures = new Failures(
                database, letters, ledger, journey, retries, (db, queue, body) -> {}, () -> new Random(7), outcomes);
        originals = new Originals(database, ledger, null, "caravan-archive", clock);
    }

    /** How often there was such an outcome, of whatever step. */
    public long outcomes(String outcome) {
        return Math.round(metrics.find("caravan.outcomes").tag("outcome", outcome).counters().stream()
                .mapToDouble(Counter::count)
                .sum());
    }

    private PutEventsResponse take(PutEventsRequest request) {
        if (busAway) throw SdkClientException.create("no bus");
        bus.addAll(request.entries());
        return PutEventsResponse.builder()
                .failedEntryCount(0)
                .entries(request.entries().stream()
                        .map(entry ->
                                PutEventsResultEntry.builder().eventId("1").build())
                        .toList())
                .build();
    }
}
