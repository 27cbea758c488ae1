package dev.caravan.clickstream;

import dev.caravan.ledger.Ledger.Range;
import dev.caravan.ledger.State;
import dev.caravan.observe.Outcomes;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Tells the ledger what became of clicks once what came of them is written for all partitions: delivered, or a duplicate. Neighbours become one
 * range, also over pages, so that a file of a million clicks is a few rows.
 */
public final class ClickLedger {
    private static final int PAGES = 500;

    /** What the ledger says of a click that came too late to be counted. */
    static final String LATE = "too late to be counted";

    private final Database database;
    private final Outcomes outcomes;
    private final int partitions;
    private final Duration kept;
    private final Clock clock;

    /** @param kept how long a page stays in the log after the ledger was told of it */
    ClickLedger(Database database, Outcomes outcomes, int partitions, Duration kept, Clock clock) {
        this.database = database;
        this.outcomes = outcomes;
        this.partitions = partitions;
        this.kept = kept;
        this.clock = clock;
    }

    private record Page(long position, UUID upload, long first, int records) {}

    /** Tells of all pages that are done with; what another instance is at is left to it. */
    public void tell() {
        while (database.transaction(this::tellSome)) {
            // More is done with.
        }
    }

    /** @return whether there may be more */
    private boolean tellSome(Handle db) {
        var told = db.createQuery("select position from clicks.told for update skip locked")
                .mapTo(Long.class)
                .findOne();
        var done = db.createQuery("select case when count(*) = :partitions then min(position) end from clicks.lease")
                .bind("partitions", partitions)
                .mapTo(Long.class)
                .findOne();
        if (told.isEmpty() || done.isEmpty() || done.get() <= told.get()) return false;
        long last = Math.min(done.get(), told.get() + PAGES);
        var duplicates = duplicates(db, told.get(), last);
        var pages = pages(db, told.get(), last);
        var late = late(db, pages.keySet());
        pages.forEach((upload, of) -> tell(db, upload, of, duplicates, late.getOrDefault(upload, Set.of())));
        db.createUpdate("update clicks.told set position = :last")
                .bind("last", last)
                .execute();
        return last < done.get();
    }

    private static Map<Long, Set<Integer>> duplicates(Handle db, long from, long to) {
        return db
                .createQuery("select position, index from clicks.duplicate where position > :from and position <= :to")
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> Map.entry(row.getLong(1), row.getInt(2)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toSet())));
    }

    /** Indexes of the records that came too late. */
    private static Map<UUID, Set<Long>> late(Handle db, Set<UUID> uploads) {
        return db
                .createQuery("select upload, index from clicks.late where upload = any(:uploads)")
                .bindArray("uploads", UUID.class, uploads)
                .map((row, context) -> Map.entry(row.getObject(1, UUID.class), row.getLong(2)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toSet())));
    }

    private static Map<UUID, List<Page>> pages(Handle db, long from, long to) {
        return db
                .createQuery("""
                        select position, upload, first_index, records from clicks.page
                        where position > :from and position <= :to and upload is not null order by upload, first_index""")
                .bind("from", from)
                .bind("to", to)
                .map((row, context) ->
                        new Page(row.getLong(1), row.getObject(2, UUID.class), row.getLong(3), row.getInt(4)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(Page::upload));
    }

    private void tell(Handle db, UUID upload, List<Page> pages, Map<Long, Set<Integer>> duplicates, Set<Long> late) {
        var ranges = new ArrayList<Range>();
        long delivered = 0;
        long twice = 0;
        long tooLate = 0;
        for (var page : pages) {
            var repeated = duplicates.getOrDefault(page.position(), Set.of());
            for (var flying : inFlight(db, upload, page)) {
                for (long index = flying.first(); index <= flying.last(); index++) {
                    boolean duplicate = repeated.contains((int) (index - page.first()));
                    boolean isLate = late.contains(index);
                    add(ranges, index, duplicate ? State.DUPLICATE : State.DELIVERED, isLate ? LATE : null);
                    if (duplicate) twice++;
                    else delivered++;
                    if (isLate) tooLate++;
                }
            }
        }
        put(db, upload, ranges);
        outcomes.count(db, ClickFlow.NAME, ClickLog.STEP, null, State.DELIVERED.text(), delivered);
        outcomes.count(db, ClickFlow.NAME, ClickLog.STEP, null, State.DUPLICATE.text(), twice);
        outcomes.count(db, ClickFlow.NAME, "clickstream-sessionise", null, "late", tooLate);
    }

    private static List<Range> inFlight(Handle db, UUID upload, Page page) {
        return db
                .createQuery("""
                delete from ledger.entry where upload = :upload and flow = :flow and state = 'in flight' and first_index between :from and :to
                returning first_index, last_index""")
                .bind("upload", upload)
                .bind("flow", ClickFlow.NAME)
                .bind("from", page.first())
                .bind("to", page.first() + page.records() - 1)
                .map((row, context) -> new Range(row.getLong(1), row.getLong(2), State.IN_FLIGHT, null))
                .list()
                .stream()
                .sorted(java.util.Comparator.comparingLong(Range::first))
                .toList();
    }

    private static void add(List<Range> ranges, long index, State state, String detail) {
        var last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
        if (last != null && last.state() == state && Objects.equals(last.detail(), detail) && last.last() + 1 == index)
            ranges.set(ranges.size() - 1, new Range(last.first(), index, state, detail));
        else ranges.add(new Range(index, index, state, detail));
    }

    /** The first of them may be the end of a range that is there. */
    private void put(Handle db, UUID upload, List<Range> ranges) {
        if (ranges.isEmpty()) return;
        var first = ranges.get(0);
        int continued = db.createUpdate("""
                update ledger.entry set last_index = :last, changed_at = :now
                where upload = :upload and flow = :flow and state = :state and detail is not distinct from :detail and last_index = :first - 1
                  and first_index = (select max(first_index) from ledger.entry where upload = :upload and flow = :flow and first_index < :first)""")
                .bind("last", first.last())
                .bind("first", first.first())
                .bind("state", first.state().text())
                .bind("detail", first.detail())
                .bind("now", clock.instant())
                .bind("upload", upload)
                .bind("flow", ClickFlow.NAME)
                .execute();
        var batch = db.prepareBatch("""
                insert into ledger.entry (upload, flow, first_index, last_index, state, detail, changed_at)
                values (:upload, :flow, :first, :last, :state, :detail, :now)""");
        for (var range : ranges.subList(continued, ranges.size()))
            batch.bind("upload", upload)
                    .bind("flow", ClickFlow.NAME)
                    .bind("first", range.first())
                    .bind("last", range.last())
                    .bind("state", range.state().text())
                    .bind("detail", range.detail())
                    .bind("now", clock.instant())
                    .add();
        if (batch.size() > 0) batch.execute();
    }

    /** Drops pages of the log that are kept no longer: those of which the ledger and the archive know. */
    public void tidy() {
        database.write(db ->
                db.createUpdate("""
                delete from clicks.page where taken_at < :before
                  and position <= least((select position from clicks.told), (select position from archive.clicks_written))""").bind("before", clock.instant().minus(kept)).execute());
    }
}
