package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.alerts.AlertEvents;
import dev.caravan.alerts.Alerts;
import dev.caravan.api.Api;
import dev.caravan.api.RateLimits;
import dev.caravan.archive.ArchivedDays;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.Failures;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.Redaction;
import dev.caravan.failure.BadSettings;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
import dev.caravan.outbound.Port;
import dev.caravan.products.medusa.MedusaOrders;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.records.MappingHistory;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.reports.DayReports;
import dev.caravan.reports.ErasableReports;
import dev.caravan.reports.ReportsApi;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.uploads.FileIntake;
import dev.caravan.uploads.Originals;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.s3.S3Client;

/** The orders flow put together. */
public final class OrdersModule {
    private final Map<String, Object> beans;
    private final Shapes shapes;
    private final WatchRules rules;
    private final OrderStore store;
    private final FileIntake<OrderPage> intake;
    private final OrderStep step;
    private final OrderReports reports;
    private final OrderDoor door;
    private final ShopOrders shop;
    private final Settings settings;
    private final Database database;
    private final Quarantine quarantine;
    private final Audit audit;
    private final Clock clock;

    /** What the flow needs of the instance it runs in. */
    public record Needs(
            Settings settings,
            RouteFiles routes,
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            Audit audit,
            Outcomes outcomes,
            Failures failures,
            Originals originals,
            Alerts alerts,
            EventPublisher events,
            Port pimcore,
            Port medusa,
            RememberedIds webhookIds,
            S3Client s3,
            Clock clock) {}

    public OrdersModule(Needs needs) {
        settings = needs.settings();
        clock = needs.clock();
        database = needs.database();
        quarantine = needs.quarantine();
        audit = needs.audit();
        shapes = Shapes.load(needs.routes(), settings, clock);
        rules = WatchRules.load(needs.routes());
        store = new OrderStore(clock);
        var changes = new Changes(clock);
        step = new OrderStep(
                needs.database(),
                needs.ledger(),
                needs.quarantine(),
                store,
                new Catalogue(changes),
                shapes,
                needs.outcomes(),
                changes,
                new MappingHistory(OrderFlow.NAME, "orders", clock));
        reports = new OrderReports(database, settings.integer("orders.low-stock"), clock);
        var limits = ReaderLimits.of(settings, "orders.max-record-bytes");
        var erased = ErasedPeople.of(database, settings);
        var deliveries = new Deliveries(needs.ledger(), needs.originals(), shapes, step, limits, erased, clock);
        door = new OrderDoor(
                needs.database().atOnce(),
                deliveries,
                new RateLimits(
                        settings.integer("orders.requests-per-second"),
                        settings.integer("orders.requests-at-once"),
                        clock));
        shop = new ShopOrders(
                database,
                deliveries,
                new MedusaOrders(needs.medusa(), clock),
                webhooks(needs),
                needs.webhookIds(),
                settings.duration("orders.shop-sweep-seconds"),
                clock);
        var published = new PublishedProducts(
                database,
                needs.failures(),
                deliveries,
                new PimcoreReader(needs.pimcore(), PimcoreReader.PRODUCTS_PER_REQUEST, clock));
        intake = new FileIntake<>(
                needs.database(),
                needs.ledger(),
                OrderFlow.NAME,
                List.of(settings.text("caravan.flows").split(",")).contains(OrderFlow.NAME),
                shapes.step(),
                limits,
                settings.integer("orders.page-size"),
                (upload, records) -> OrderPage.of(upload, erased.without(upload, records), shapes),
                clock);
        beans = Map.ofEntries(
                Map.entry("orderIntake", intake),
                Map.entry("orderStep", step),
                Map.entry("shopOrders", shop),
                Map.entry("publishedProducts", published),
                Map.entry("pairSums", LateSums.ofPairs(database, clock)),
                Map.entry("customerSums", LateSums.ofCustomers(database, clock)),
                Map.entry("dayReports", new DayReports(database, reports.ofDays(), clock)),
                Map.entry(
                        "orderDays",
                        new ArchivedDays(
                                database,
                                needs.s3(),
                                settings.text("archive.bucket"),
                                Map.of(Datasets.ORDERS, settings.duration("orders.kept-days")),
                                settings.flag("orders.parquet"),
                                clock)),
                Map.entry(
                        "orderRetention",
                        new OrderRetention(database, store, settings.duration("orders.kept-days"), clock)),
                Map.entry(
                        "orderWatch",
                        new OrderWatch(database, rules, needs.alerts(), settings.integer("orders.low-stock"), clock)),
                Map.entry(
                        "orderAlertEvents",
                        new AlertEvents(
                                needs.alerts(), database, needs.events(), OrderFlow.NAME, "OrderAlert", clock)));
    }

    private static Optional<StandardWebhooks> webhooks(Needs needs) {
        var secrets = needs.settings().text("medusa.webhook-secret");
        return secrets.isEmpty()
                ? Optional.empty()
                : Optional.of(new StandardWebhooks(List.of(secrets.split("\\s+")), needs.webhookIds(), needs.clock()));
    }

    /** Beans by the names the routes use. */
    public Map<String, Object> beans() {
        return beans;
    }

    /** Where reports about orders and stock are asked for. */
    public ReportsApi.Desk reportDesk() {
        return new OrdersApi(reports, clock);
    }

    /** What of orders tells of people. */
    public List<Erasable> erasables(S3Client s3) {
        var archive = settings.text("archive.bucket");
        return List.of(
                new ErasableOrders(store, Redaction.of(settings), new WithdrawnFiles(s3, archive)),
                new ErasableReports(OrderFlow.NAME, """
                select distinct cast(cast(v.placed_at at time zone 'UTC' as date) as text) from orders.version v join orders.placed p using (order_id)
                where p.customer = any(:people) or v.document ->> 'customer' = any(:people)""", database, s3, archive));
    }

    FileIntake<OrderPage> intake() {
        return intake;
    }

    OrderReports reports() {
        return reports;
    }

    /**
     * Reads edited mappings, schemas and rules for alerts.
     *
     * @return puts them into use, for records from then on
     * @throws BadSettings when one is wrong; then nothing has changed
     */
    public Runnable edited(RouteFiles files) {
        var becomes = shapes.becomes(Shapes.load(files, settings, clock));
        var otherRules = WatchRules.load(files);
        return () -> {
            becomes.run();
            rules.becomes(otherRules);
        };
    }

    /** Adds the flow's endpoints. */
    public void addTo(Api api) {
        if (shapes.isEmpty()) return;
        door.addTo(api);
        shop.addTo(api);
    }

    /** An order and each version of it that came, the oldest first, as {@code trace} shows them; empty for what is no order's id. */
    public Optional<JsonNode> journey(String id) {
        return database.transaction(db -> store.journey(db, id));
    }

    /** Decides about a quarantined record again; empty when somebody else was faster. */
    public Optional<Boolean> again(Kept kept, String by) {
        return database.transaction(db -> quarantine.take(db, kept.id()).map(taken -> {
            audit.add(db, by, "release", taken.id().toString(), null);
            return step.release(db, taken, by);
        }));
    }
}
