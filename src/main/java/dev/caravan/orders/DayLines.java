package dev.caravan.orders;

import dev.caravan.reports.Pace;
import dev.caravan.state.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The enriched lines of each day that is over, as a Parquet file in the archive: written once the day closes in UTC, and again when orders or
 * the catalogue have changed them. There is one file a day, which the newest takes the place of, so that no reader counts a line twice.
 */
public final class DayLines {
    private static final Logger LOG = LoggerFactory.getLogger(DayLines.class);

    /** Any number, the same in all instances: who has this advisory lock writes, so that no older file takes the place of a newer one. */
    static final long WRITING = 0x6c696e6573L;

    private static final int FETCHED = 2000;

    private final Database database;
    private final S3Client s3;
    private final String archive;
    private final Clock clock;

    /** They wait until the others have had their turn. */
    private final Set<String> failed = new HashSet<>();

    /** @param archive bucket */
    DayLines(Database database, S3Client s3, String archive, Clock clock) {
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
        this.clock = clock;
    }

    /** Where the lines of a day are, in the archive. */
    static String key(String day) {
        return "parquet/orders/day=" + day + "/lines.parquet";
    }

    /**
     * A day whose lines are to be written.
     *
     * @param day     such as {@code 2025-08-28}
     * @param version the change up to which they are wanted
     */
    private record Due(String day, long version) {}

    /** The orders of these days have changed, or what the catalogue says of their products: the lines are to be written again. */
    static void want(Handle db, long change, Collection<String> days, Instant now) {
        db.createUpdate("""
                insert into orders.day_lines (day, wanted, wanted_at)
                select distinct cast(day as date), cast(:change as bigint), cast(:now as timestamptz) from unnest(:days) day order by 1
                on conflict (day) do update set wanted = excluded.wanted, wanted_at = excluded.wanted_at""")
                .bind("change", change)
                .bind("now", Timestamp.from(now))
                .bindArray("days", String.class, days)
                .execute();
    }

    /**
     * Writes every day that needs it, the newest first, each in a transaction of its own; leaves it to another instance that is at it. S3's own
     * errors are thrown as they are.
     */
    public synchronized void write() {
        while (database.transaction(this::writeADay)) {}
        failed.clear();
    }

    private boolean writeADay(Handle db) {
        if (!Database.tryLock(db, WRITING)) return false;
        var due = due(db);
        due.ifPresent(day -> write(db, day));
        return due.isPresent();
    }

    private Optional<Due> due(Handle db) {
        var now = clock.instant();
        return Pace.bound(db.createQuery("""
                select cast(d.day as text), wanted from orders.day_lines d
                where version is distinct from wanted and day < :today and cast(day as text) <> all(:failed)
                  and (wanted_at <= :quiet or coalesce(written_at, %s, '-infinity') <= :oldest)
                order by d.day desc limit 1""".formatted(Pace.firstHeard(OrderFlow.NAME))), now)
                .bind("today", LocalDate.ofInstant(now, ZoneOffset.UTC))
                .bindArray("failed", String.class, failed)
                .map((row, context) -> new Due(row.getString(1), row.getLong(2)))
                .findOne();
    }

    /** What comes meanwhile is in the file or not; then a greater change is wanted, and it is written again. */
    private void write(Handle db, Due due) {
        failed.add(due.day());
        var file = temporary();
        try {
            fill(db, due, file);
            s3.putObject(
                    request ->
                            request.bucket(archive).key(key(due.day())).contentType("application/vnd.apache.parquet"),
                    RequestBody.fromFile(file));
        } finally {
            delete(file);
        }
        db.createUpdate(
                        "update orders.day_lines set version = :version, written_at = :now where day = cast(:day as date)")
                .bind("version", due.version())
                .bind("now", Timestamp.from(clock.instant()))
                .bind("day", due.day())
                .execute();
        failed.remove(due.day());
        LOG.info("the lines of {} are written, version {}", due.day(), due.version());
    }

    private static void fill(Handle db, Due due, Path file) {
        try (var lines = new LinesFile(file, due.version())) {
            db.createQuery(LinesFile.QUERY)
                    .bind("day", due.day())
                    .setFetchSize(FETCHED)
                    .scanResultSet((rows, context) -> {
                        var row = rows.get();
                        while (row.next()) lines.add(row);
                        return lines;
                    });
        }
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("caravan-lines-", ".parquet");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
