package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.archive.ArchivedDays;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.Redaction;
import dev.caravan.failure.BadSettings;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
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
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.s3.S3Client;

/** The customers flow put together. */
public final class CustomersModule {
    private final Map<String, Object> beans;
    private final CustomerShapes shapes;
    private final FileIntake<CustomerPage> intake;
    private final CustomerStep step;
    private final CustomerViews views;
    private final CustomerReports reports;
    private final CustomerStore store;
    private final Profiles profiles;
    private final Settings settings;
    private final Database database;
    private final Quarantine quarantine;
    private final Audit audit;
    private final Clock clock;

    /**
     * What the flow needs of the instance it runs in.
     *
     * @param clicksRead whether a file of clicks is being read, for whose sessions and alerts profiles wait
     */
    public record Needs(
            Settings settings,
            RouteFiles routes,
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            Audit audit,
            Outcomes outcomes,
            S3Client s3,
            BooleanSupplier clicksRead,
            Clock clock) {}

    public CustomersModule(Needs needs) {
        settings = needs.settings();
        clock = needs.clock();
        database = needs.database();
        quarantine = needs.quarantine();
        audit = needs.audit();
        shapes = CustomerShapes.load(needs.routes(), settings, clock);
        views = new CustomerViews(database);
        reports = new CustomerReports(database, clock);
        var tracked = Arrays.stream(settings.text("customers.tracked").split(","))
                .map(Attribute::of)
                .collect(Collectors.toSet());
        store = new CustomerStore(clock);
        profiles = new Profiles(tracked);
        var changes = new Changes(clock);
        var erased = ErasedPeople.of(database, settings);
        step = new CustomerStep(
                database,
                needs.ledger(),
                quarantine,
                store,
                profiles,
                shapes,
                needs.outcomes(),
                changes,
                new MappingHistory(CustomerFlow.NAME, "records", clock));
        intake = new FileIntake<>(
                database,
                needs.ledger(),
                CustomerFlow.NAME,
                List.of(settings.text("caravan.flows").split(",")).contains(CustomerFlow.NAME),
                shapes.step(),
                ReaderLimits.of(settings, "customers.max-record-bytes"),
                settings.integer("customers.page-size"),
                (upload, records) -> CustomerPage.of(upload, erased.without(upload, records), shapes),
                clock);
        beans = Map.of(
                "customerIntake",
                intake,
                "customerStep",
                step,
                "customerRetention",
                new Retention(
                        database,
                        store,
                        profiles,
                        Map.of(
                                Kind.TRANSACTION, settings.duration("customers.transactions-kept-days"),
                                Kind.TICKET, settings.duration("customers.tickets-kept-days")),
                        clock),
                "customerSessions",
                // While very many clicks come, profiles lag rather than take more than a quarter of the time.
                new CustomerSessions(
                        database,
                        store,
                        profiles,
                        changes,
                        new CustomerSessions.Pace(
                                settings.duration("clickstream.profile-seconds").dividedBy(4),
                                needs.clicksRead(),
                                settings.duration("clickstream.profile-waiting-seconds")),
                        clock),
                "customerDays",
                new ArchivedDays(
                        database,
                        needs.s3(),
                        settings.text("archive.bucket"),
                        Map.of(
                                Datasets.TRANSACTIONS, settings.duration("customers.transactions-kept-days"),
                                Datasets.TICKETS, settings.duration("customers.tickets-kept-days"),
                                Datasets.PROFILE_HISTORY, settings.duration("customers.transactions-kept-days")),
                        settings.flag("customers.parquet"),
                        clock),
                "customerDayReports",
                new DayReports(database, reports, clock));
    }

    /** Beans by the names the routes use. */
    public Map<String, Object> beans() {
        return beans;
    }

    /** Where reports about customers are asked for. */
    public ReportsApi.Desk reportDesk() {
        return reports;
    }

    /** What of customers tells of people. */
    public List<Erasable> erasables(S3Client s3) {
        var archive = settings.text("archive.bucket");
        var files = new WithdrawnFiles(s3, archive);
        return List.of(
                new ErasableCustomers(store, profiles, Redaction.of(settings), files),
                new ErasableReports(CustomerFlow.NAME, """
                select cast(day as text) from customers.transaction where user_id = any(:people)
                union select cast(day as text) from customers.ticket where user_id = any(:people)
                union select cast(cast(moment at time zone 'UTC' as date) as text) from customers.version where user_id = any(:people)""", database, s3, archive));
    }

    FileIntake<CustomerPage> intake() {
        return intake;
    }

    CustomerStep step() {
        return step;
    }

    /**
     * Reads edited mappings and schemas.
     *
     * @return puts them into use, for records from then on
     * @throws BadSettings when one is wrong; then nothing has changed
     */
    public Runnable edited(RouteFiles files) {
        return shapes.step().becomes(CustomerShapes.load(files, settings, clock).step());
    }

    /** Adds the flow's endpoints. */
    public void addTo(Api api) {
        new CustomersApi(views).addTo(api);
    }

    /** A customer and each record that tells of them, the oldest first, as {@code trace} shows them; empty for what is no customer's id. */
    public Optional<JsonNode> journey(String id) {
        return views.journey(id);
    }

    /** Decides about a quarantined record again; empty when somebody else was faster. */
    public Optional<Boolean> again(Kept kept, String by) {
        return database.transaction(db -> quarantine.take(db, kept.id()).map(taken -> {
            audit.add(db, by, "release", taken.id().toString(), null);
            return step.release(db, taken, by);
        }));
    }
}
