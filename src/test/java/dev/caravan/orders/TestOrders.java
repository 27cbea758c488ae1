package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.alerts.Alerts;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Port;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.tasks.Handlers;
import dev.caravan.tasks.TasksModule;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import dev.caravan.uploads.FileIntake;
import dev.caravan.uploads.Originals;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
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

/** The orders flow on a real database: files go in as its routes would send them through. */
public final class TestOrders {
    static final Instant NOW = Instant.parse("2025-08-29T00:00:00Z");

    private static final Port NOBODY = call -> {
        throw new TargetUnavailable("nobody", "nobody is to be asked here");
    };

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
    final OrdersModule module;
    final OrderStep step;
    final Alerts alerts;

    /** What is on the bus. */
    final List<PutEventsRequestEntry> bus = new CopyOnWriteArrayList<>();

    boolean busAway;
    final FileIntake<OrderPage> intake;
    private final Set<String> ids = new HashSet<>();
    private int uploads;

    TestOrders(TestState state) {
        this(state, Map.of());
    }

    TestOrders(TestState state, Map<String, String> settings) {
        this(state, settings, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    public TestOrders(TestState state, Map<String, String> settings, Clock clock) {
        this(state, settings, clock, NOBODY, NOBODY);
    }

    TestOrders(TestState state, Map<String, String> settings, Clock clock, Port pimcore, Port medusa) {
        this.state = state;
        var outcomes = new Outcomes(new SimpleMeterRegistry());
        ledger = new Ledger(clock);
        quarantine = new Quarantine(clock);
        var retries = new RetryRules(3, Duration.ofSeconds(1), Duration.ofMinutes(1));
        var events = new EventPublisher(
                this::take,
                null,
                new EventPublisher.Settings("caravan", 256 << 10, 256 << 10, 1, Duration.ofMillis(1)));
        var tasks = new TasksModule(new TasksModule.Needs(
                Settings.of(settings),
                RouteFiles.at("classpath:routes"),
                state.database(),
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
                state.database(),
                (db, lane, title, description, priority) ->
                        tasks.handIn(db, "alerts", lane, "log", title, description, priority),
                clock);
        module = new OrdersModule(new OrdersModule.Needs(
                Settings.of(settings),
                RouteFiles.at("classpath:routes"),
                state.database(),
                ledger,
                quarantine,
                new Audit(clock),
                outcomes,
                new Failures(
                        state.database(),
                        new DeadLetters(clock),
                        ledger,
                        new Journey(clock),
                        retries,
                        (db, queue, body) -> {},
                        () -> new Random(7),
                        outcomes),
                new Originals(state.database(), ledger, null, "caravan-archive", clock),
                alerts,
                events,
                pimcore,
                medusa,
                new RememberedIds() {
                    @Override
                    public boolean remember(String id, Duration atLeast) {
                        return ids.add(id);
                    }

                    @Override
                    public void forget(String id) {
                        ids.remove(id);
                    }
                },
                null,
                clock));
        intake = module.intake();
        step = (OrderStep) module.beans().get("orderStep");
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
        return upload(key, content.getBytes(StandardCharsets.UTF_8));
    }

    public Upload upload(String key, byte[] content) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        receive(upload, content);
        return upload;
    }

    /** An upload that was noticed, and is not read yet. */
    Upload opened(String key) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        intake.open(upload);
        return upload;
    }

    /** Reads what was noticed. */
    void read(Upload upload, String content) {
        receive(upload, content.getBytes(StandardCharsets.UTF_8));
    }

    /** As often as its announcement comes. */
    void receive(Upload upload, byte[] content) {
        if (intake.open(upload) == null) return;
        try (var pages = intake.pages(new ByteArrayInputStream(content), upload)) {
            while (pages.hasNext()) step.save(pages.next());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        intake.complete(upload);
        intake.close(upload);
    }

    /** Products by id and price, as the catalogue has them. */
    Upload catalogue(String... idsAndPrices) {
        var products = Json.array();
        for (int i = 0; i < idsAndPrices.length; i += 2)
            products.addObject()
                    .put("product_id", idsAndPrices[i])
                    .put("category", "Books")
                    .put("brand", "ReadMore")
                    .put("price", idsAndPrices[i + 1]);
        return upload("catalog/products.json", Json.bytes(products));
    }

    Map<State, Long> states(Upload upload) {
        return balance(upload).states();
    }

    Balance balance(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id()));
    }

    List<Kept> quarantined() {
        return state.list(db -> quarantine.list(db, Filter.open(), 1_000_000));
    }

    /** Everything that must not depend on how often, in which order and in which files orders came, as text; zeros at the end of a sum mean nothing. */
    String tables() {
        return String.join("\n", state.column("""
                        select t::text from (
                          select 'version' as kind, to_jsonb(v) - 'upload' - 'index' - 'received_at' - 'document' - 'change' as row from orders.version v
                          union all select 'placed', to_jsonb(p) from orders.placed p
                          union all select 'line', to_jsonb(l) from orders.line l
                          union all select 'revenue', to_jsonb(r) || jsonb_build_object('total', trim_scale(total)) from orders.revenue_by_day r where orders <> 0
                          union all select 'sales', to_jsonb(s) || jsonb_build_object('total', trim_scale(total)) from orders.sales_by_day s where lines <> 0
                          union all select 'warned', to_jsonb(w) from orders.warned_by_day w where orders <> 0) t order by 1"""));
    }
}
