package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.alerts.AlertEvents;
import dev.caravan.alerts.Alerts;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.journey.Journey;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.tasks.Handlers;
import dev.caravan.tasks.TasksModule;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import dev.caravan.uploads.Originals;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** An instance of the clickstream flow on a real database: files go in as its routes would send them through, work is done when the test says. */
final class TestClickstream {
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

    final TestState state;
    final Ledger ledger;
    final Quarantine quarantine;
    final ClickstreamModule module;
    final Alerts alerts;
    final ClickLog log;

    /** What is on the bus. */
    final List<PutEventsRequestEntry> bus = new CopyOnWriteArrayList<>();

    boolean busAway;
    private final ClickIntake intake;
    private final ClickLedger telling;
    private int uploads;

    TestClickstream(TestState state) {
        this(state, state.database(), Map.of());
    }

    TestClickstream(TestState state, Map<String, String> settings) {
        this(state, state.database(), settings);
    }

    TestClickstream(TestState state, Database database, Map<String, String> given) {
        this.state = state;
        var clock = state.clock();
        var set = new HashMap<>(given);
        set.putIfAbsent("CLICKSTREAM_CHECKPOINT_SECONDS", "0");
        set.putIfAbsent("CLICKSTREAM_OPEN_SESSIONS_SECONDS", "0");
        var settings = Settings.of(set);
        var outcomes = new Outcomes(new SimpleMeterRegistry());
        var routes = RouteFiles.at("classpath:routes");
        ledger = new Ledger(clock);
        quarantine = new Quarantine(clock);
        var retries = new RetryRules(3, Duration.ofSeconds(1), Duration.ofMinutes(1));
        var events = new EventPublisher(
                this::take,
                null,
                new EventPublisher.Settings("caravan", 256 << 10, 256 << 10, 1, Duration.ofMillis(1)));
        var tasks = new TasksModule(new TasksModule.Needs(
                settings,
                routes,
                database,
                new DeadLetters(clock),
                new Journey(clock),
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
        module = new ClickstreamModule(new ClickstreamModule.Needs(
                settings,
                routes,
                database,
                ledger,
                quarantine,
                new Audit(clock),
                outcomes,
                new Failures(
                        database,
                        new DeadLetters(clock),
                        ledger,
                        new Journey(clock),
                        retries,
                        (db, queue, body) -> {},
                        () -> new Random(7),
                        outcomes),
                new Originals(database, ledger, null, "caravan-archive", clock),
                alerts,
                events,
                clock));
        intake = (ClickIntake) module.beans().get("clickIntake");
        log = (ClickLog) module.beans().get("clickLog");
        telling = (ClickLedger) module.beans().get("clickLedger");
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

    /** Uploads a file, each a second after the last. */
    Upload upload(String key, String content) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        receive(upload, content.getBytes(StandardCharsets.UTF_8));
        return upload;
    }

    /** As often as its announcement comes. */
    void receive(Upload upload, byte[] content) {
        if (intake.open(upload) == null) return;
        try (var pages = intake.pages(new ByteArrayInputStream(content), upload)) {
            while (pages.hasNext()) log.append(pages.next());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        intake.complete(upload);
        intake.close(upload);
    }

    /** Works until there is nothing more to do, and tells the ledger. */
    TestClickstream work() {
        for (int idle = 0; idle < 2; ) idle = module.worker().step() ? 0 : idle + 1;
        telling.tell();
        return this;
    }

    /** As {@link #work}, when no source has said anything for so long that nobody waits for it. */
    TestClickstream workToTheEnd() {
        work();
        state.clock().pass(Duration.ofHours(1));
        // What partitions tell each other is written when their turn has come again.
        for (int turns = 0; turns < 3; turns++) {
            work();
            state.clock().pass(Duration.ofSeconds(10));
        }
        return work();
    }

    /** Tells the bus of alerts. */
    void publish() {
        ((AlertEvents) module.beans().get("clickAlertEvents")).publish();
    }

    Map<State, Long> states(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id())).states();
    }

    long missing(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id())).missing();
    }

    List<Kept> quarantined() {
        return state.list(db -> quarantine.list(db, Filter.open(), 1_000_000));
    }

    /** Everything that must not depend on pages, partitions, instances and crashes, as text. */
    String tables() {
        return String.join("\n", state.column("""
                select t::text from (
                  select 'session' as kind, to_jsonb(s) as row from clicks.session s
                  union all select 'minute', jsonb_build_object('minute', minute, 'events', sum(events), 'users', sum(users), 'anonymous', sum(anonymous))
                    from clicks.minute group by minute having sum(events) <> 0
                  union all select 'type', jsonb_build_object('minute', minute, key, sum(value::bigint)) from clicks.minute, jsonb_each_text(types)
                    group by minute, key
                  union all select 'country', jsonb_build_object('minute', minute, key, sum(value::bigint)) from clicks.minute, jsonb_each_text(countries)
                    group by minute, key
                  union all select 'late', to_jsonb(event_id) from clicks.late
                  union all select 'alert', jsonb_build_object('id', id, 'rule', rule, 'subject', subject, 'evidence', evidence, 'open', cleared_at is null)
                    from alerts.alert) t order by 1"""));
    }
}
