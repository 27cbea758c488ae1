package dev.caravan;

import dev.caravan.Assembly.Edges;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.products.Page;
import dev.caravan.products.Suppliers;
import dev.caravan.rerun.Results;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Caches;
import dev.caravan.state.Database;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.state.LastSent;
import dev.caravan.tasks.HandlerRoutes;
import dev.caravan.uploads.Uploads;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.CamelContext;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Routes that work from the first step to the last on what they are given, and on nothing else: what one step puts on the bus the next one
 * gets at once, in this thread, so the same input always goes the same way. Targets are none, and no address or key of one is known.
 */
final class Trial implements AutoCloseable {
    /** What takes the place of the settings that lead elsewhere. */
    private static final Map<String, String> NOWHERE = Map.of(
            "DATABASE_URL", "jdbc:postgresql://nowhere/none",
            "PIMCORE_URL", "http://nowhere",
            "PIMCORE_API_KEY", "none",
            "PIMCORE_WEBHOOK_SECRET", "whsec_" + "A".repeat(43) + "=",
            "MEDUSA_URL", "http://nowhere",
            "MEDUSA_API_KEY", "none",
            "CARAVAN_API_KEYS", "",
            // So that none becomes a claim, for which there is no place.
            "EVENTS_MAX_REQUEST_BYTES", String.valueOf(Integer.MAX_VALUE));

    private final Settings settings;
    private final Database database;
    private final DeadLetters letters;
    private final Caches caches = Caches.inMemory();
    private final Suppliers suppliers;
    private final Assembly assembly;
    private final StagedRoutes routes;
    private final List<BatchMessage> publications = new ArrayList<>();
    private long messages;
    private TargetUnavailable outage;

    /**
     * @param database written to; {@link Results#prepare} was called on it
     * @param s3       read from
     * @throws dev.caravan.failure.BadSettings when a route, mapping or schema is broken
     */
    Trial(Settings given, RouteFiles files, Database database, Results results, S3Client s3, Clock clock) {
        this.database = database;
        this.letters = new DeadLetters(clock);
        settings = given.with(NOWHERE);
        try {
            suppliers = Suppliers.load(files);
            var edges = new Edges(
                    suppliers,
                    database,
                    new LookingS3(s3),
                    this::onBus,
                    (queue, body) -> {},
                    Map::of,
                    wakeups -> Set.of(),
                    new HandlerRoutes(this::context),
                    results.pimcore(),
                    call -> {
                        throw new TargetUnavailable("medusa", "there is no Medusa here to be asked");
                    },
                    new LastSent(caches.lastSent()).lookingOnly(),
                    new InProgressIdempotentRepository(
                            caches.idempotent(), "uploads", "trial", Duration.ofDays(1), clock),
                    new CachedIds(caches.idempotent(), "pimcore"),
                    new Outcomes(new SimpleMeterRegistry()),
                    Tracing.OFF,
                    Optional.of(results));
            assembly = new Assembly(settings, files, edges, clock);
            routes = new StagedRoutes(settings, files, assembly.beans(), edges);
        } catch (RuntimeException e) {
            caches.close();
            throw e;
        }
    }

    private CamelContext context() {
        return routes.context();
    }

    /**
     * Works on an upload as when S3 announced it.
     *
     * @return why it could not be read to its end; empty when it was
     * @throws TargetUnavailable when S3 or the database does not answer
     */
    Optional<String> receive(Upload upload) {
        var queue = settings.text("uploads.queue");
        var announcement = message(new String(Uploads.announcement(upload), StandardCharsets.UTF_8));
        perform(queue, List.of(announcement));
        if (outage != null) throw outage;
        var letter = Filter.only(identity(queue, announcement));
        return database.transaction(db -> letters.list(db, letter, 1)).stream()
                .map(DeadLetters.Letter::error)
                .findFirst();
    }

    /**
     * Works on records that have been read already.
     *
     * @param page whose supplier's name counts; nothing becomes of it when these routes have no supplier by that name
     * @throws TargetUnavailable when the database does not answer, or a step says nothing about its messages
     */
    void pass(Page page) {
        outage = null;
        publications.clear();
        var supplier = suppliers.find(page.supplier().name());
        if (supplier.isEmpty()) return;
        database.write(db -> assembly.ledger.open(
                db, page.upload(), "products", supplier.get().mappingHash()));
        routes.request("direct:products-normalise", new Page(page.upload(), supplier.get(), page.items()));
        if (outage != null) throw outage;
    }

    private PutEventsResponse onBus(PutEventsRequest request) {
        var products = new ArrayList<BatchMessage>();
        for (var entry : request.entries()) {
            switch (entry.detailType()) {
                case "ProductIngested" -> products.add(message(event(entry)));
                case "ProductPublished", "ProductUnpublished" -> publications.add(message(event(entry)));
                default -> {}
            }
        }
        if (!products.isEmpty()) {
            perform(settings.text("products.queue"), products);
            while (outage == null && routes.announce()) {
                var page = List.copyOf(publications);
                publications.clear();
                perform(settings.text("publications.queue"), page);
            }
        }
        return StagedRoutes.taken(request);
    }

    private static String event(PutEventsRequestEntry entry) {
        var event = Json.object().put("source", entry.source()).put("detail-type", entry.detailType());
        event.set("detail", Json.read(entry.detail()));
        return event.toString();
    }

    private BatchMessage message(String body) {
        return new BatchMessage(String.valueOf(++messages), "trial", body, Map.of(), Map.of());
    }

    /** A message that would come again waits for somebody who is not there: the run cannot go on. */
    private void perform(String queue, List<BatchMessage> page) {
        if (outage != null || page.isEmpty()) return;
        routes.perform(queue, page);
        for (var message : page) {
            if (message.isDone() || outage != null) continue;
            var cause = database.transaction(db -> letters.lastError(db, identity(queue, message)));
            outage = new TargetUnavailable(
                    "trial",
                    cause.orElse("no step of the route that reads " + queue + " says what became of its messages"));
        }
    }

    private static UUID identity(String queue, BatchMessage message) {
        return DeadLetters.identity(queue, message.body().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        routes.close();
        caches.close();
    }
}
