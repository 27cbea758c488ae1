package dev.caravan.clickstream;

import dev.caravan.alerts.AlertEvents;
import dev.caravan.alerts.Alerts;
import dev.caravan.api.Api;
import dev.caravan.api.RateLimits;
import dev.caravan.archive.ArchivedDays;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.aws.EventPublisher;
import dev.caravan.clickstream.ClickLog.Entry;
import dev.caravan.deadletters.Failures;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.ErasedSessions;
import dev.caravan.failure.BadSettings;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.reports.ReportsApi;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.uploads.Originals;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.services.s3.S3Client;

/** The clickstream flow put together. */
public final class ClickstreamModule implements AutoCloseable {
    private final Map<String, Object> beans;
    private final Database database;
    private final Ledger ledger;
    private final Quarantine quarantine;
    private final Audit audit;
    private final String archive;
    private final Clock clock;
    private final ClickShapes shapes;
    private final ClickLog log;
    private final ClickWorker worker;
    private final ClickDoor door;
    private final ErasedPeople erased;
    private final ClicksApi answers;
    private final ClickReports reports;
    private final Appeals appeals;

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
            S3Client s3,
            Clock clock) {}

    public ClickstreamModule(Needs needs) {
        var settings = needs.settings();
        database = needs.database();
        ledger = needs.ledger();
        quarantine = needs.quarantine();
        audit = needs.audit();
        archive = settings.text("archive.bucket");
        clock = needs.clock();
        shapes = ClickShapes.load(needs.routes(), clock);
        var partitions = settings.integer("clickstream.partitions");
        var limits = ReaderLimits.of(settings, "clickstream.max-record-bytes");
        log = new ClickLog(
                database,
                ledger,
                quarantine,
                needs.outcomes(),
                new Partitioning(partitions),
                settings.duration("clickstream.lateness-seconds"),
                clock);
        erased = ErasedPeople.of(database, settings);
        var deliveries = new ClickDeliveries(
                ledger,
                needs.originals(),
                shapes,
                limits.withMaxInflatedBytes(settings.integer("clickstream.max-request-bytes")),
                erased,
                clock);
        door = new ClickDoor(
                log,
                deliveries,
                new RateLimits(
                        settings.integer("clickstream.requests-per-second"),
                        settings.integer("clickstream.requests-at-once"),
                        clock));
        answers = new ClicksApi(
                database, log.partitioning(), settings.duration("clickstream.session-gap-seconds"), clock);
        reports = new ClickReports(database, clock);
        appeals = new Appeals(
                database,
                audit,
                settings.duration("clickstream.appeal-days"),
                settings.duration("clickstream.silence-days"),
                clock);
        worker = worker(needs, partitions);
        beans = new HashMap<>(archiveBeans(needs));
        beans.putAll(Map.of(
                "clickIntake",
                new ClickIntake(
                        database,
                        ledger,
                        shapes,
                        limits,
                        List.of(settings.text("caravan.flows").split(",")).contains(ClickFlow.NAME),
                        settings.integer("clickstream.page-size"),
                        erased,
                        clock),
                "clickLog",
                log,
                "clickQueue",
                new ClickQueue(log, deliveries, needs.failures()),
                "clickWorker",
                worker,
                "clickLedger",
                new ClickLedger(
                        database, needs.outcomes(), partitions, settings.duration("clickstream.log-seconds"), clock),
                "clickAlertEvents",
                new AlertEvents(needs.alerts(), database, needs.events(), ClickFlow.NAME, "ClickAlert", clock)));
    }

    /** What is kept for analysts, and until when. */
    private Map<String, Object> archiveBeans(Needs needs) {
        var settings = needs.settings();
        var archive = settings.text("archive.bucket");
        var written = settings.flag("clickstream.parquet");
        var clicksKept = settings.duration("clickstream.clicks-kept-days");
        var sessionsKept = settings.duration("clickstream.sessions-kept-days");
        return Map.of(
                "clickFiles",
                new ClickFiles(
                        needs.database(),
                        needs.s3(),
                        archive,
                        new ClickFiles.Settings(
                                written,
                                settings.integer("clickstream.parquet-pages"),
                                settings.integer("clickstream.parquet-waiting-pages"),
                                settings.duration("clickstream.parquet-seconds"),
                                clicksKept),
                        worker::isFileRead,
                        needs.clock()),
                "sessionDays",
                new ArchivedDays(
                        needs.database(),
                        needs.s3(),
                        archive,
                        Map.of(Datasets.SESSIONS, sessionsKept),
                        written,
                        needs.clock()),
                "clickRetention",
                new ClickRetention(
                        needs.database(),
                        clicksKept,
                        sessionsKept,
                        needs.settings().duration("customers.tickets-kept-days"),
                        needs.clock()));
    }

    private ClickWorker worker(Needs needs, int partitions) {
        var settings = needs.settings();
        var lease = settings.duration("clickstream.lease-seconds");
        var times = new PartitionSettings(
                settings.duration("clickstream.session-gap-seconds"),
                settings.duration("clickstream.stitch-seconds"),
                settings.duration("clickstream.duplicates-seconds"));
        return new ClickWorker(
                new ClickWorker.Needs(
                        database,
                        log,
                        new Leases(database, UUID.randomUUID().toString(), partitions, lease, clock),
                        new ClickStore(database, clock),
                        new ClickAlerts(database, needs.alerts()),
                        times,
                        settings.integer("clickstream.workers"),
                        lease,
                        settings.duration("clickstream.look-milliseconds"),
                        settings.duration("clickstream.checkpoint-seconds"),
                        settings.duration("clickstream.open-sessions-seconds"),
                        settings.duration("clickstream.source-idle-seconds"),
                        clock),
                ClickRules.load(needs.routes()));
    }

    /** Beans by the names the routes use. */
    public Map<String, Object> beans() {
        return beans;
    }

    /**
     * Reads edited mappings, schemas and rules.
     *
     * @return puts them into use, for files and clicks from then on
     * @throws BadSettings when one is wrong; then nothing has changed
     */
    public Runnable edited(RouteFiles files) {
        var others = ClickShapes.load(files, clock);
        if (others.isEmpty() && !shapes.isEmpty())
            throw new BadSettings("clickstream/1-receive:1: nothing is there: put its mappings and schema back");
        var rules = ClickRules.load(files);
        return () -> {
            shapes.becomes(others);
            worker.becomes(rules);
        };
    }

    /** Adds the flow's endpoints. */
    public void addTo(Api api) {
        if (shapes.isEmpty()) return;
        door.addTo(api);
        answers.addTo(api);
        appeals.addTo(api);
    }

    /** Where reports about clicks are asked for. */
    public ReportsApi.Desk reportDesk() {
        return reports;
    }

    /** Who disputes alerts about clicks. */
    public Appeals appeals() {
        return appeals;
    }

    /** What of clicks tells of people. */
    public List<Erasable> erasables(S3Client s3, ErasedSessions sessions) {
        var files = new WithdrawnFiles(s3, archive);
        return List.of(
                new ErasableClicks(erased.redaction(), sessions, files),
                new ErasableClickFiles(database, s3, archive, erased, sessions, files));
    }

    /** Whether what is kept by one id, of a user or a session, is kept where that of the other is, so that a name can stand for another. */
    public boolean alike(String id, String other) {
        return log.partitioning().alike(id, other);
    }

    ClickWorker worker() {
        return worker;
    }

    /** Decides about a quarantined record again; empty when somebody else was faster. */
    public Optional<Boolean> again(Kept kept, String by) {
        var upload = database.transaction(db -> ledger.upload(db, kept.record().upload()));
        var record = new SourceRecord(
                kept.record().index(),
                kept.line(),
                kept.raw(),
                null,
                SourceRecord.Format.valueOf(kept.format()),
                kept.header());
        var page = new ClickPages(upload, shapes).page(List.of(record));
        var released = new AtomicReference<Optional<Boolean>>(Optional.empty());
        if (page.clicks().isEmpty()) {
            return database.transaction(db -> quarantine.take(db, kept.id()).map(taken -> {
                audit.add(db, by, "release", taken.id().toString(), null);
                quarantine.keep(db, ClickFlow.NAME, page.refusals());
                return false;
            }));
        }
        log.append(List.of(new Entry(
                page,
                db -> {
                    var taken = quarantine.take(db, kept.id());
                    if (taken.isEmpty()) return false;
                    audit.add(db, by, "release", kept.id().toString(), null);
                    quarantine.resolve(db, kept.id(), "released", by, null);
                    ledger.takeBack(db, ClickFlow.NAME, kept.record());
                    return true;
                },
                db -> released.set(Optional.of(true)))));
        return released.get();
    }

    /** Whether this instance is reading a file of clicks. */
    public boolean isFileRead() {
        return worker.isFileRead();
    }

    /** Writes what there is and lets other instances go on at once. */
    @Override
    public void close() {
        worker.leave();
    }
}
