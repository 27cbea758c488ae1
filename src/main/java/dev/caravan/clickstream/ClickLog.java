package dev.caravan.clickstream;

import dev.caravan.CrashPoint;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Range;
import dev.caravan.ledger.State;
import dev.caravan.observe.Outcomes;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.apache.camel.Body;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.jdbi.v3.core.Handle;

/**
 * Where clicks are safe: pages in one order over all instances. A page is in it whole, with its quarantined records and its place in the
 * ledger, or not at all. Pages that come at the same time are written in one transaction.
 */
public final class ClickLog {
    static final String STEP = "clickstream-append";

    /** Most pages in one transaction. */
    private static final int MOST_TOGETHER = 32;

    /** How long a caller waits for its page. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Database database;
    private final Ledger ledger;
    private final Quarantine quarantine;
    private final Outcomes outcomes;
    private final Partitioning partitioning;
    private final Duration lateness;
    private final Clock clock;
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Consumer<LogPage>> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(new CamelThreadFactory("#name#", "clicks-log", true));

    /** Work to be done in the transaction, and who waits for it. */
    private record Waiting(Entry entry, CompletableFuture<Void> done) {}

    /**
     * A page, and what belongs to it in the same transaction.
     *
     * @param open  whether the page is to be written at all: false when it is in the log already
     * @param after what is to be done when it is written
     */
    record Entry(ClickPage page, Predicate<Handle> open, Consumer<Handle> after) {}

    ClickLog(
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            Outcomes outcomes,
            Partitioning partitioning,
            Duration lateness,
            Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.quarantine = quarantine;
        this.outcomes = outcomes;
        this.partitioning = partitioning;
        this.lateness = lateness;
        this.clock = clock;
    }

    /** Is told of each page of this instance once it is safe, in the order of their positions, and must not take long. */
    void listen(Consumer<LogPage> listener) {
        listeners.add(listener);
    }

    Partitioning partitioning() {
        return partitioning;
    }

    /** Writes the page, and moves the checkpoint of its upload behind it; returns when it is safe. */
    public void append(@Body ClickPage page) {
        append(List.of(new Entry(page, db -> true, db -> {})));
        CrashPoint.CLICKS_APPENDED.pass();
    }

    /**
     * As {@link #append(ClickPage)}, for several together.
     *
     * @throws TargetUnavailable when the database does not answer, or not in time: then pages may be safe later
     */
    void append(List<Entry> entries) {
        var own = entries.stream()
                .map(entry -> new Waiting(entry, new CompletableFuture<>()))
                .toList();
        synchronized (waiting) {
            waiting.addAll(own);
        }
        writer.execute(this::writeWaiting);
        try {
            CompletableFuture.allOf(own.stream().map(Waiting::done).toArray(CompletableFuture[]::new))
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new CompletionException(e.getCause());
        } catch (TimeoutException e) {
            throw new TargetUnavailable(
                    "postgresql", "PostgreSQL takes longer than " + PATIENCE.toSeconds() + " s", null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TargetUnavailable("postgresql", "interrupted while clicks were written", null, e);
        }
    }

    /** One transaction for what has come while the last one was written. */
    private void writeWaiting() {
        List<Waiting> together;
        synchronized (waiting) {
            var next = waiting.subList(0, Math.min(MOST_TOGETHER, waiting.size()));
            together = List.copyOf(next);
            next.clear();
        }
        if (together.isEmpty()) return;
        write(together);
        writer.execute(this::writeWaiting);
    }

    private void write(List<Waiting> together) {
        try {
            var written = database.transaction(db -> {
                var head = lock(db);
                var pages = new ArrayList<LogPage>();
                for (var each : together) {
                    if (!each.entry().open().test(db)) continue;
                    pages.add(write(db, head, each.entry().page()));
                    each.entry().after().accept(db);
                }
                save(db, head);
                return pages;
            });
            written.forEach(this::tell);
            together.forEach(each -> each.done().complete(null));
        } catch (RuntimeException e) {
            if (together.size() == 1 || e instanceof TargetUnavailable)
                together.forEach(each -> each.done().completeExceptionally(e));
            else together.forEach(each -> write(List.of(each)));
        }
    }

    /** The newest position, and how far each source has come. */
    private static final class Head {
        private long position;
        private final Watermarks watermarks;

        Head(long position, Watermarks watermarks) {
            this.position = position;
            this.watermarks = watermarks;
        }
    }

    /** Until the end of the transaction nobody else appends. */
    private Head lock(Handle db) {
        return head(db, " for update");
    }

    private Head head(Handle db, String lock) {
        return db.createQuery("select position, sources, coalesce(partitions, :partitions) from clicks.head" + lock)
                .bind("partitions", partitioning.count())
                .map((row, context) -> {
                    if (row.getInt(3) != partitioning.count())
                        throw new BadSettings("clickstream.partitions is " + partitioning.count()
                                + ", and clicks were laid out for " + row.getInt(3)
                                + " when the first of them came: set it to that");
                    return new Head(row.getLong(1), Watermarks.of(Json.read(row.getString(2)), lateness));
                })
                .one();
    }

    private void save(Handle db, Head head) {
        db.createUpdate(
                        "update clicks.head set position = :position, sources = cast(:sources as jsonb), partitions = :partitions")
                .bind("partitions", partitioning.count())
                .bind("position", head.position)
                .bind("sources", head.watermarks.json().toString())
                .execute();
    }

    private LogPage write(Handle db, Head head, ClickPage page) {
        var upload = page.upload().id();
        quarantine.keep(db, ClickFlow.NAME, page.refusals());
        ledger.put(db, ClickFlow.NAME, upload, ranges(page));
        ledger.checkpoint(db, upload, page.next());
        note(db, page);
        outcomes.count(
                db,
                ClickFlow.NAME,
                STEP,
                null,
                State.IN_FLIGHT.text(),
                page.clicks().size());
        outcomes.count(
                db,
                ClickFlow.NAME,
                STEP,
                null,
                State.QUARANTINED.text(),
                page.refusals().size());
        long watermark = head.watermarks.of(page.source());
        if (!page.clicks().isEmpty()) head.watermarks.take(page.source(), page.highest(), clock.instant());
        return write(
                db,
                head,
                upload,
                page.source(),
                page.first(),
                page.records(),
                watermark,
                PageContent.of(page, partitioning));
    }

    private LogPage write(
            Handle db,
            Head head,
            UUID upload,
            String source,
            long first,
            int records,
            long watermark,
            PageContent content) {
        var page = new LogPage(
                ++head.position, source, watermark, head.watermarks.floor(), head.watermarks.clock(), content);
        db.createUpdate("""
                insert into clicks.page (position, upload, source, first_index, records, watermark, floor, clock, taken_at, content)
                values (:position, :upload, :source, :first, :records, :watermark, :floor, :clock, :now, :content)""")
                .bind("position", page.position())
                .bind("upload", upload)
                .bind("source", source)
                .bind("first", first)
                .bind("records", records)
                .bind("watermark", watermark)
                .bind("floor", page.floor())
                .bind("clock", page.clock())
                .bind("now", clock.instant())
                .bind("content", content.bytes())
                .execute();
        return page;
    }

    /**
     * Appends what partitions tell each other, at the end of the transaction that writes the rest.
     *
     * @return the page, of which listeners are told by {@link #tell} once the transaction is committed
     */
    LogPage append(Handle db, Collection<Move> moves) {
        var head = lock(db);
        var page = write(db, head, null, "", 0, 0, Long.MIN_VALUE, PageContent.of(moves, partitioning));
        save(db, head);
        return page;
    }

    /** Notes in the log that sources are not waited for any longer which were not heard of for so long. */
    void closeIdle(Duration since) {
        var pages = database.transaction(db -> {
            // Mostly none is, and whoever appends need not wait for that.
            if (head(db, "").watermarks.idle(since, clock.instant()).isEmpty()) return List.<LogPage>of();
            var head = lock(db);
            var idle = head.watermarks.idle(since, clock.instant());
            var closed = new ArrayList<LogPage>();
            for (var source : idle) {
                head.watermarks.close(source);
                closed.add(
                        write(db, head, null, source, 0, 0, Long.MIN_VALUE, PageContent.of(List.of(), partitioning)));
            }
            if (!idle.isEmpty()) save(db, head);
            return closed;
        });
        pages.forEach(this::tell);
    }

    /** Tells listeners of a page that is safe. */
    void tell(LogPage page) {
        listeners.forEach(listener -> listener.accept(page));
    }

    /** The newest position; -1 when there is no page. */
    long head() {
        return database.transaction(db -> db.createQuery("select position from clicks.head")
                .mapTo(Long.class)
                .one());
    }

    /**
     * Pages behind a position, in order.
     *
     * @param wanted partitions of which something is wanted
     */
    List<LogPage> after(long position, int limit, IntPredicate wanted) {
        return database.transaction(db -> db.createQuery("""
                select position, source, watermark, floor, clock, content from clicks.page
                where position > :position order by position limit :limit""")
                .bind("position", position)
                .bind("limit", limit)
                .map((row, context) -> new LogPage(
                        row.getLong(1),
                        row.getString(2),
                        row.getLong(3),
                        row.getLong(4),
                        row.getLong(5),
                        PageContent.read(row.getBytes(6), wanted)))
                .list());
    }

    /** Neighbouring clicks are in flight together; what is quarantined stands alone, because it is decided about alone. */
    private static List<Range> ranges(ClickPage page) {
        var ranges = new ArrayList<Range>();
        long next = page.first();
        for (var refusal : page.refusals()) {
            long index = refusal.record().index();
            if (index > next) ranges.add(new Range(next, index - 1, State.IN_FLIGHT, null));
            ranges.add(new Range(index, index, State.QUARANTINED, rule(refusal)));
            next = index + 1;
        }
        if (next < page.next()) ranges.add(new Range(next, page.next() - 1, State.IN_FLIGHT, null));
        return ranges;
    }

    private static String rule(Refusal refusal) {
        return refusal.reasons().get(0).rule();
    }

    private void note(Handle db, ClickPage page) {
        if (page.extras().isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into clicks.extra (variant, pointer, clicks, first_seen, last_seen) values (:variant, :pointer, :clicks, :now, :now)
                on conflict (variant, pointer) do update set clicks = clicks.extra.clicks + excluded.clicks, last_seen = excluded.last_seen""");
        page.extras()
                .forEach((variant, counts) -> counts.forEach((pointer, count) -> batch.bind("variant", variant)
                        .bind("pointer", pointer)
                        .bind("clicks", count)
                        .bind("now", clock.instant())
                        .add()));
        batch.execute();
    }
}
