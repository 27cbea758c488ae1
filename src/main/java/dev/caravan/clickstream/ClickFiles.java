package dev.caravan.clickstream;

import dev.caravan.CrashPoint;
import dev.caravan.archive.DatasetFile;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.KeptDays;
import dev.caravan.archive.TemporaryFile;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Clicks as Parquet files in the archive: a stretch of the log at a time, a file for each day of event time in it. A stretch is in the archive
 * whole, or written again into the same files; what is in memory is a part of one stretch, however many clicks there are.
 */
public final class ClickFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ClickFiles.class);

    /** A page is about a thousand clicks. */
    private static final int FETCHED = 8;

    private final Database database;
    private final S3Client s3;
    private final String archive;
    private final Settings settings;
    private final BooleanSupplier reading;
    private final Clock clock;

    /**
     * How clicks are written.
     *
     * @param written whether they are: otherwise it is only noted that nothing of the log is waited for
     * @param pages   most pages of the log in a stretch
     * @param waiting so many pages of the log may wait while files are read: what comes of clicks goes before what is kept of them
     * @param oldest  after so long clicks are written, though they are few
     * @param kept    for how long from the end of their day on
     */
    record Settings(boolean written, int pages, int waiting, Duration oldest, Duration kept) {}

    /**
     * @param archive bucket
     * @param reading whether a file of clicks is being read here
     */
    ClickFiles(
            Database database, S3Client s3, String archive, Settings settings, BooleanSupplier reading, Clock clock) {
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
        this.settings = settings;
        this.reading = reading;
        this.clock = clock;
    }

    /**
     * Neighbouring pages of the log.
     *
     * @param first position
     * @param last  position
     */
    private record Stretch(long first, long last) {}

    /** Writes what is due, of which the ledger knows; leaves it to another instance that is at it. S3's own errors are thrown as they are. */
    public synchronized void write() {
        while (database.transaction(this::writeDue)) {}
        while (database.transaction(this::letGo)) {}
    }

    private boolean writeDue(Handle db) {
        var due = due(db);
        due.ifPresent(stretch -> {
            if (settings.written()) write(db, stretch);
            CrashPoint.CLICKS_ARCHIVED.pass();
            db.execute("update archive.clicks_written set position = ?", stretch.last());
            db.execute("delete from clicks.duplicate where position <= ?", stretch.last());
        });
        return due.isPresent();
    }

    private Optional<Stretch> due(Handle db) {
        return db.createQuery("""
                with written as (select position from archive.clicks_written for update skip locked)
                select written.position + 1, least(told.position, written.position + :pages)
                from written cross join clicks.told
                where told.position >= written.position + :least
                   or told.position > written.position
                      and (select taken_at from clicks.page where page.position > written.position order by page.position limit 1) <= :oldest""")
                .bind("pages", settings.pages())
                .bind("least", least())
                .bind("oldest", Timestamp.from(clock.instant().minus(settings.oldest())))
                .map((row, context) -> new Stretch(row.getLong(1), row.getLong(2)))
                .findOne();
    }

    /** So many pages make a stretch due. */
    private int least() {
        if (!settings.written()) return 1;
        return reading.getAsBoolean() ? Math.max(settings.pages(), settings.waiting()) : settings.pages();
    }

    /** The files of a stretch that is being written, by day. */
    private static final class Open implements AutoCloseable {
        private final long version;
        private final Map<LocalDate, Part> parts = new TreeMap<>();

        Open(long version) {
            this.version = version;
        }

        Part of(LocalDate day) {
            return parts.computeIfAbsent(day, any -> new Part(version));
        }

        @Override
        public void close() {
            parts.values().forEach(Part::close);
        }
    }

    private static final class Part implements AutoCloseable {
        private final TemporaryFile temporary = TemporaryFile.of("clicks");
        private final DatasetFile file;
        private long clicks;

        Part(long version) {
            file = new DatasetFile(Datasets.CLICKS, temporary.path(), version);
        }

        @Override
        public void close() {
            try (temporary) {
                file.close();
            }
        }
    }

    private void write(Handle db, Stretch stretch) {
        var duplicates = duplicates(db, stretch);
        try (var open = new Open(stretch.last())) {
            db.createQuery("""
                    select position, upload, source, first_index, watermark, content from clicks.page
                    where position between :first and :last and upload is not null order by position""")
                    .bind("first", stretch.first())
                    .bind("last", stretch.last())
                    .setFetchSize(FETCHED)
                    .scanResultSet((results, context) -> {
                        var page = results.get();
                        while (page.next())
                            add(page, duplicates.getOrDefault(page.getLong("position"), new BitSet()), open);
                        return open;
                    });
            open.parts.forEach((day, part) -> put(db, stretch, day, part));
        }
    }

    private static Map<Long, BitSet> duplicates(Handle db, Stretch stretch) {
        var duplicates = new HashMap<Long, BitSet>();
        db.createQuery("select position, index from clicks.duplicate where position between :first and :last")
                .bind("first", stretch.first())
                .bind("last", stretch.last())
                .map((row, context) -> {
                    duplicates
                            .computeIfAbsent(row.getLong(1), any -> new BitSet())
                            .set(row.getInt(2));
                    return true;
                })
                .forEach(read -> {});
        return duplicates;
    }

    private static void add(ResultSet page, BitSet duplicates, Open open) throws SQLException {
        var upload = page.getObject("upload", UUID.class).toString();
        var source = page.getString("source");
        long first = page.getLong("first_index");
        long watermark = page.getLong("watermark");
        PageContent.read(page.getBytes("content"), any -> true).each((click, index) -> {
            if (duplicates.get(index)) return;
            var at = Instant.ofEpochMilli(click.time());
            var part = open.of(LocalDate.ofInstant(at, ZoneOffset.UTC));
            part.clicks++;
            part.file.add(
                    click.eventId(),
                    click.userId(),
                    click.sessionId(),
                    at,
                    click.type(),
                    click.page(),
                    click.referrer(),
                    click.userAgent(),
                    click.ipAddress(),
                    click.device(),
                    click.country(),
                    click.productId(),
                    click.category(),
                    number(click.quantity()),
                    number(click.price()),
                    number(click.cartValue()),
                    click.extras(),
                    source,
                    click.time() < watermark,
                    upload,
                    first + index);
        });
    }

    private static Double number(double value) {
        return Double.isNaN(value) ? null : value;
    }

    private void put(Handle db, Stretch stretch, LocalDate day, Part part) {
        part.file.close();
        s3.putObject(
                request -> request.bucket(archive)
                        .key(key(day, stretch.first()))
                        .contentType("application/vnd.apache.parquet"),
                RequestBody.fromFile(part.temporary.path()));
        db.createUpdate("""
                insert into archive.clicks_part (day, first_page, last_page, clicks, written_at) values (:day, :first, :last, :clicks, :now)""")
                .bind("day", day)
                .bind("first", stretch.first())
                .bind("last", stretch.last())
                .bind("clicks", part.clicks)
                .bind("now", Timestamp.from(clock.instant()))
                .execute();
        LOG.info("{} clicks of {} are written, pages {} to {}", part.clicks, day, stretch.first(), stretch.last());
    }

    /** Named by where its stretch begins, so that one that was not committed is written over. */
    static String key(LocalDate day, long first) {
        return Datasets.CLICKS.folder(day) + String.format(Locale.ROOT, "from-%012d.parquet", first);
    }

    /** @return whether a day was kept for long enough, and is gone */
    private boolean letGo(Handle db) {
        record Gone(LocalDate day, long first, long clicks) {}
        var due = db.createQuery("""
                delete from archive.clicks_part
                where (day, first_page) in (select day, first_page from archive.clicks_part where day < :oldest order by day, first_page limit 1 for update skip locked)
                returning day, first_page, clicks""")
                .bind("oldest", KeptDays.oldest(clock, settings.kept()))
                .map((row, context) -> new Gone(row.getObject(1, LocalDate.class), row.getLong(2), row.getLong(3)))
                .findOne();
        due.ifPresent(gone -> {
            s3.deleteObject(request -> request.bucket(archive).key(key(gone.day(), gone.first())));
            RunNotes.left(db, Datasets.CLICKS.job(), Datasets.CLICKS.folder(gone.day()), gone.clicks());
        });
        if (due.isEmpty()) RunNotes.over(db, Datasets.CLICKS.job());
        return due.isPresent();
    }
}
