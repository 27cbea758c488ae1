package dev.caravan.archive;

import dev.caravan.reports.Pace;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The rows of each day that is over, as a Parquet file in the archive: written once the day closes in UTC, and again when something has
 * changed them. There is one file a day and data set, which the newest takes the place of, so that no reader counts a row twice. A day
 * that has been kept for long enough goes.
 */
public final class ArchivedDays {
    private static final Logger LOG = LoggerFactory.getLogger(ArchivedDays.class);

    /** Any number, the same in all instances: who has this advisory lock for a data set writes it, so that no older file takes the place of a newer one. */
    static final int WRITING = 0x61726368;

    private static final int FETCHED = 2000;

    private final Database database;
    private final S3Client s3;
    private final String archive;
    private final Map<String, Dataset> datasets;
    private final Map<String, Duration> kept;
    private final boolean written;
    private final Clock clock;

    /** They wait until the others have had their turn. */
    private final Set<Day> failed = new HashSet<>();

    /**
     * @param archive bucket
     * @param kept    for how long each data set is kept from the end of the day on; those named are written
     * @param written whether files are written at all: otherwise it is only kept in mind what would have to be
     */
    public ArchivedDays(
            Database database, S3Client s3, String archive, Map<Dataset, Duration> kept, boolean written, Clock clock) {
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
        this.datasets = kept.keySet().stream().collect(Collectors.toMap(Dataset::name, Function.identity()));
        this.kept = kept.entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().name(), Map.Entry::getValue));
        this.written = written;
        this.clock = clock;
    }

    private record Day(String dataset, LocalDate day) {}

    /** Writes every day that needs it, the newest first, each in a transaction of its own; leaves a data set to another instance that is at it. S3's own errors are thrown as they are. */
    public synchronized void write() {
        notice();
        if (!written) return;
        for (var dataset : datasets.values()) {
            while (database.transaction(db -> writeDue(db, dataset))) {}
            while (database.transaction(db -> letGo(db, dataset))) {}
        }
        failed.clear();
    }

    /**
     * Writes a day of a data set at once, whatever has changed, and whether it is over or not; waits for another instance that is at it.
     * Afterwards the file has what was committed before this was called.
     */
    public void rewrite(Dataset dataset, LocalDate day) {
        database.write(db -> {
            db.execute("select pg_advisory_xact_lock(?, hashtext(?))", WRITING, dataset.name());
            write(db, dataset, day, version(db, dataset, day));
        });
    }

    /** Takes note of what has changed since the last time. */
    void notice() {
        database.write(db -> db.createUpdate("""
                with marks as (delete from archive.mark where dataset = any(:datasets) returning dataset, day, number),
                     days as (select dataset, day, max(number) as number from marks group by dataset, day)
                insert into archive.day as known (dataset, day, wanted, wanted_at, heard_at)
                select dataset, day, coalesce(number, 1), :now, :now from days order by dataset, day
                on conflict (dataset, day) do update
                set wanted = greatest(known.wanted + 1, (select number from days d where d.dataset = known.dataset and d.day = known.day)),
                    wanted_at = excluded.wanted_at,
                    heard_at = case when known.version = known.wanted then excluded.heard_at else known.heard_at end""")
                .bindArray("datasets", String.class, names())
                .bind("now", Timestamp.from(clock.instant()))
                .execute());
    }

    private Collection<String> names() {
        return datasets.keySet();
    }

    private boolean writeDue(Handle db, Dataset dataset) {
        if (!tryLock(db, dataset)) return false;
        var due = due(db, dataset);
        due.ifPresent(day -> {
            failed.add(new Day(dataset.name(), day));
            write(db, dataset, day, version(db, dataset, day));
            failed.remove(new Day(dataset.name(), day));
        });
        return due.isPresent();
    }

    private static boolean tryLock(Handle db, Dataset dataset) {
        return db.createQuery("select pg_try_advisory_xact_lock(:key, hashtext(:dataset))")
                .bind("key", WRITING)
                .bind("dataset", dataset.name())
                .mapTo(Boolean.class)
                .one();
    }

    /** While other days that are over still change, as when years are loaded, none is written before it has waited long: what comes has the processors. */
    private Optional<LocalDate> due(Handle db, Dataset dataset) {
        var now = clock.instant();
        return Pace.bound(db.createQuery("""
                select d.day from archive.day d
                where dataset = :dataset and version is distinct from wanted and day < :today and day >= :oldestKept and cast(day as text) <> all(:failed)
                  and (coalesce(written_at, heard_at) <= :oldest
                       or not exists (select from archive.day o where o.dataset = d.dataset and o.day < :today and o.wanted_at > :quiet)
                          and not exists (select from archive.mark m where m.dataset = d.dataset and m.day < :today))
                order by d.day desc limit 1"""), now)
                .bind("dataset", dataset.name())
                .bind("today", LocalDate.ofInstant(now, ZoneOffset.UTC))
                .bind("oldestKept", oldestKept(dataset))
                .bindArray(
                        "failed",
                        String.class,
                        failed.stream()
                                .filter(day -> day.dataset().equals(dataset.name()))
                                .map(day -> day.day().toString())
                                .toList())
                .mapTo(LocalDate.class)
                .findOne();
    }

    private LocalDate oldestKept(Dataset dataset) {
        return KeptDays.oldest(clock, kept.get(dataset.name()));
    }

    private static long version(Handle db, Dataset dataset, LocalDate day) {
        return db.createQuery("select wanted from archive.day where dataset = :dataset and day = :day")
                .bind("dataset", dataset.name())
                .bind("day", day)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L);
    }

    /** What comes meanwhile is in the file or not; then it is marked, and the day is written again. */
    private void write(Handle db, Dataset dataset, LocalDate day, long version) {
        long rows;
        try (var file = TemporaryFile.of("rows")) {
            rows = fill(db, dataset, day, version, file.path());
            s3.putObject(
                    request ->
                            request.bucket(archive).key(dataset.key(day)).contentType("application/vnd.apache.parquet"),
                    RequestBody.fromFile(file.path()));
        }
        db.createUpdate("""
                update archive.day set version = :version, written_at = :now, rows = :rows where dataset = :dataset and day = :day""")
                .bind("version", version)
                .bind("rows", rows)
                .bind("now", Timestamp.from(clock.instant()))
                .bind("dataset", dataset.name())
                .bind("day", day)
                .execute();
        LOG.info("{} of {} are written, version {}", dataset.name(), day, version);
    }

    private static long fill(Handle db, Dataset dataset, LocalDate day, long version, Path file) {
        try (var rows = new DatasetFile(dataset, file, version)) {
            return db.createQuery(dataset.query())
                    .bind("day", day)
                    .setFetchSize(FETCHED)
                    .scanResultSet((results, context) -> {
                        var row = results.get();
                        while (row.next()) rows.add(row);
                        return rows.rows();
                    });
        }
    }

    /** @return whether a day was kept for long enough, and is gone */
    private boolean letGo(Handle db, Dataset dataset) {
        if (!tryLock(db, dataset)) return false;
        var due = db.createQuery(
                        "select day from archive.day where dataset = :dataset and day < :oldestKept order by day limit 1")
                .bind("dataset", dataset.name())
                .bind("oldestKept", oldestKept(dataset))
                .mapTo(LocalDate.class)
                .findOne();
        due.ifPresent(day -> {
            s3.deleteObject(request -> request.bucket(archive).key(dataset.key(day)));
            var rows = db.createQuery(
                            "delete from archive.day where dataset = :dataset and day = :day returning coalesce(rows, 0)")
                    .bind("dataset", dataset.name())
                    .bind("day", day)
                    .mapTo(Long.class)
                    .one();
            RunNotes.left(db, dataset.job(), dataset.key(day), rows);
            LOG.info("{} of {} are not kept any longer", dataset.name(), day);
        });
        if (due.isEmpty()) RunNotes.over(db, dataset.job());
        return due.isPresent();
    }
}
