package dev.caravan;

import dev.caravan.alerts.Alerts;
import dev.caravan.aws.ClaimCheck;
import dev.caravan.aws.EventPublisher;
import dev.caravan.aws.S3ClaimStore;
import dev.caravan.clickstream.ClickstreamModule;
import dev.caravan.customers.CustomersModule;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.ErasableLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.deadletters.Replay.Sender;
import dev.caravan.erasure.Elsewhere;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableSessionIds;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.ErasedSessions;
import dev.caravan.erasure.Erasures;
import dev.caravan.journey.Journey;
import dev.caravan.ledger.Ledger;
import dev.caravan.lineage.Lineage;
import dev.caravan.lineage.Runs;
import dev.caravan.lineage.Runs.Places;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.orders.OrdersModule;
import dev.caravan.outbound.Port;
import dev.caravan.products.Pretence;
import dev.caravan.products.ProductsModule;
import dev.caravan.products.Suppliers;
import dev.caravan.products.medusa.ErasableShopCustomers;
import dev.caravan.quarantine.ErasableQuarantine;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.QuarantineDesk;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Database;
import dev.caravan.state.EvidenceRetention;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.state.LastSent;
import dev.caravan.tasks.Handlers;
import dev.caravan.tasks.TasksModule;
import dev.caravan.tasks.Wakeups;
import dev.caravan.uploads.ErasableOriginals;
import dev.caravan.uploads.Originals;
import dev.caravan.uploads.Uploads;
import dev.caravan.webhooks.StandardWebhooks;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import software.amazon.awssdk.services.s3.S3Client;

/** What the routes name, put together. Work and its rehearsal have the same, on other edges. */
final class Assembly {
    /** Before an event that EventBridge did not take is sent again. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    /**
     * Where Caravan ends and others begin.
     *
     * @param events    puts events on the bus
     * @param queues    puts messages into queues
     * @param underWay  counts the messages in queues, by queue; empty for one that cannot be asked
     * @param wakeups   wakes lanes of tasks
     * @param handlers  do tasks
     * @param outcomes  counts what comes out of each step
     * @param tracing   is told what is done for whom
     * @param pretence  who stands in for the targets; empty when they are written to
     */
    record Edges(
            Suppliers suppliers,
            Database database,
            S3Client s3,
            EventPublisher.Sender events,
            Sender queues,
            Supplier<Map<String, OptionalLong>> underWay,
            Wakeups.Queue wakeups,
            Handlers handlers,
            Port pimcore,
            Port medusa,
            LastSent lastSent,
            InProgressIdempotentRepository inProgress,
            CachedIds webhookIds,
            Outcomes outcomes,
            Tracing tracing,
            Optional<Pretence> pretence) {}

    final Ledger ledger;
    final Journey journey;
    final Quarantine quarantine;
    final DeadLetters deadLetters;
    final Audit audit;
    final Uploads uploads;
    final ProductsModule products;
    final TasksModule tasks;
    final Alerts alerts;
    final OrdersModule orders;
    final CustomersModule customers;
    final ClickstreamModule clicks;
    final QuarantineDesk quarantineDesk;
    final Erasures erasures;

    private final Map<String, Object> beans = new HashMap<>();

    Assembly(Settings settings, RouteFiles routes, Edges edges, Clock clock) {
        var database = edges.database();
        ledger = new Ledger(clock);
        journey = new Journey(clock);
        quarantine = new Quarantine(clock);
        deadLetters = new DeadLetters(clock);
        audit = new Audit(clock);
        var claims = new ClaimCheck(new S3ClaimStore(edges.s3()), settings.text("archive.bucket"));
        var events = new EventPublisher(
                edges.events(),
                claims,
                new EventPublisher.Settings(
                        settings.text("events.bus"),
                        settings.integer("events.max-request-bytes"),
                        settings.integer("events.max-request-bytes"),
                        settings.integer("events.attempts"),
                        FIRST_PAUSE),
                edges.tracing());
        uploads = new Uploads(
                database,
                ledger,
                quarantine,
                edges.inProgress(),
                edges.s3(),
                edges.queues(),
                settings.text("inbox.bucket"),
                settings.text("uploads.queue"),
                clock);
        var originals = new Originals(database, ledger, edges.s3(), settings.text("archive.bucket"), clock);
        var retries = new RetryRules(
                settings.integer("retry.attempts"),
                settings.duration("retry.first-delay-milliseconds"),
                settings.duration("retry.max-delay-seconds"));
        var failures = new Failures(
                database,
                deadLetters,
                ledger,
                journey,
                retries,
                uploads::parked,
                ThreadLocalRandom::current,
                edges.outcomes());
        products = new ProductsModule(new ProductsModule.Needs(
                settings,
                routes,
                edges.suppliers(),
                database,
                ledger,
                journey,
                quarantine,
                failures,
                audit,
                edges.outcomes(),
                edges.tracing(),
                edges.lastSent(),
                events,
                claims,
                edges.queues(),
                new StandardWebhooks(
                        List.of(settings.text("pimcore.webhook-secret").split("\\s+")), edges.webhookIds(), clock),
                edges.webhookIds(),
                edges.pimcore(),
                edges.medusa(),
                edges.s3(),
                edges.pretence(),
                clock));
        tasks = new TasksModule(new TasksModule.Needs(
                settings,
                routes,
                database,
                deadLetters,
                journey,
                edges.outcomes(),
                retries,
                events,
                edges.wakeups(),
                edges.handlers(),
                RandomGenerator.getDefault(),
                edges.tracing(),
                edges.pretence().isPresent(),
                clock));
        alerts = new Alerts(
                database,
                (db, lane, title, description, priority) -> tasks.handIn(
                        db, "alerts", lane, settings.text("alerts.task-kind"), title, description, priority),
                clock);
        orders = new OrdersModule(new OrdersModule.Needs(
                settings,
                routes,
                database,
                ledger,
                quarantine,
                audit,
                edges.outcomes(),
                failures,
                originals,
                alerts,
                events,
                edges.pimcore(),
                edges.medusa(),
                edges.webhookIds().of("medusa"),
                edges.s3(),
                clock));
        clicks = new ClickstreamModule(new ClickstreamModule.Needs(
                settings,
                routes,
                database,
                ledger,
                quarantine,
                audit,
                edges.outcomes(),
                failures,
                originals,
                alerts,
                events,
                edges.s3(),
                clock));
        customers = new CustomersModule(new CustomersModule.Needs(
                settings,
                routes,
                database,
                ledger,
                quarantine,
                audit,
                edges.outcomes(),
                edges.s3(),
                clicks::isFileRead,
                clock));
        var people = ErasedPeople.of(database, settings);
        var sessions = new ErasedSessions(people, clicks::alike, clock);
        erasures = new Erasures(
                database,
                edges.s3(),
                settings.text("archive.bucket"),
                erasables(settings, edges, people, sessions, clock),
                () -> Elsewhere.all(settings, edges.underWay().get()),
                sessions,
                people,
                audit,
                settings.duration("erasure.settle-seconds"),
                clock);
        quarantineDesk = new QuarantineDesk(
                database,
                ledger,
                quarantine,
                audit,
                Map.of(
                        "products", products.desk()::again,
                        "orders", orders::again,
                        "customers", customers::again,
                        "clickstream", clicks::again));
        beans.put("failures", failures);
        beans.put("events", events);
        beans.put("uploads", uploads);
        beans.put("originals", originals);
        beans.put("evidenceRetention", new EvidenceRetention(database, settings.duration("evidence.kept-days"), clock));
        beans.put("erasures", erasures);
        beans.put("lineage", lineage(settings, database, ledger));
        // The client would repeat a 503 by itself, unseen; here repeating is counted and waits for its turn.
        beans.put("noOwnRetries", (HttpClientConfigurer) HttpClientBuilder::disableAutomaticRetries);
        beans.putAll(products.beans());
        beans.putAll(tasks.beans());
        beans.putAll(orders.beans());
        beans.putAll(customers.beans());
        beans.putAll(clicks.beans());
    }

    /** Everything that knows people; originals first, so that nothing is read from them again as it was, and clicks before the profiles that count them. */
    private List<Erasable> erasables(
            Settings settings, Edges edges, ErasedPeople people, ErasedSessions sessions, Clock clock) {
        var s3 = edges.s3();
        var archive = settings.text("archive.bucket");
        return Stream.<List<? extends Erasable>>of(
                        List.of(new ErasableOriginals(edges.database(), s3, archive, people, sessions)),
                        clicks.erasables(s3, sessions),
                        customers.erasables(s3),
                        orders.erasables(s3),
                        List.of(
                                new ErasableQuarantine(people.redaction()),
                                new ErasableLetters(people.redaction(), sessions),
                                new ErasableShopCustomers(edges.database(), edges.medusa(), clock),
                                Journey.erasable(),
                                TasksModule.erasable(),
                                Alerts.erasable(),
                                Audit.erasable(),
                                new ErasableSessionIds()))
                .<Erasable>flatMap(List::stream)
                .toList();
    }

    /** Who is told what is made of what. */
    private static Lineage lineage(Settings settings, Database database, Ledger ledger) {
        var runs = new Runs(
                ledger,
                new Places(
                        settings.text("caravan.prefix"),
                        settings.text("database.url"),
                        settings.text("archive.bucket"),
                        List.of(settings.text("pimcore.url"), settings.text("medusa.url"))));
        return switch (settings.text("lineage.transport")) {
            case "file" -> Lineage.toFile(database, runs, settings.text("lineage.file"));
            case "http" ->
                Lineage.toUrl(
                        database,
                        runs,
                        URI.create(settings.text("lineage.url")),
                        settings.text("lineage.api-key"),
                        settings.duration("lineage.timeout-seconds"));
            default -> Lineage.off(database, runs);
        };
    }

    /** By the names the routes use. */
    Map<String, Object> beans() {
        return beans;
    }

    /**
     * Reads edited mappings, schemas and their settings, of all flows.
     *
     * @return puts them into use: records read from then on are mapped by them, those in work by what they began with
     * @throws dev.caravan.failure.BadSettings when one is wrong; then nothing has changed
     */
    Runnable edited(RouteFiles files) {
        var ofProducts = products.edited(files);
        var ofOrders = orders.edited(files);
        var ofCustomers = customers.edited(files);
        var ofClicks = clicks.edited(files);
        return () -> {
            ofProducts.run();
            ofOrders.run();
            ofCustomers.run();
            ofClicks.run();
        };
    }
}
