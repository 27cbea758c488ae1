package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.orders.OrderReports.Wanted;
import dev.caravan.reports.ReportPage;
import dev.caravan.reports.ReportTable;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/**
 * The report of each day that is over, as files: written once the day closes in UTC, and again when something has restated it. Each version
 * has its own objects, and the newest is beside them as {@code latest}.
 */
public final class DayReports {
    private static final List<Subject> SUBJECTS = List.of(
            Subject.DAILY_REVENUE, Subject.TOP_PRODUCTS, Subject.CUSTOMERS, Subject.BOUGHT_TOGETHER, Subject.QUALITY);

    /** How long an instance has for a day before another one tries. */
    private static final Duration CLAIM = Duration.ofSeconds(30);

    /** Days at a time, so that a day that closes does not wait behind years of history. */
    private static final int AT_ONCE = 10;

    private final Database database;
    private final OrderReports reports;
    private final Clock clock;

    DayReports(Database database, OrderReports reports, Clock clock) {
        this.database = database;
        this.reports = reports;
        this.clock = clock;
    }

    /**
     * The report of a day.
     *
     * @param version the greatest number of a change that bears on it
     * @param files   in the order in which they are to be put: {@code latest} after those of the version
     */
    public record DayReport(LocalDate day, long version, List<ReportFile> files) {}

    /**
     * An object for the archive.
     *
     * @param type media type
     */
    public record ReportFile(String key, String type, byte[] content) {
        ReportFile below(String folder) {
            return new ReportFile(folder + key, type, content);
        }
    }

    /** Days whose report is to be written, the newest first, claimed for this instance: yesterday, even without orders, and those that {@link Pace} says. */
    public List<LocalDate> due() {
        var now = clock.instant();
        var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        return database.transaction(db -> Pace.bound(db.createQuery("""
                with over as (
                  select day from orders.day_lines where day < :today
                  union select cast(:today as date) - 1 where exists (select from orders.placed)),
                standing as (
                  select day, greatest(0, (select max(change) from orders.touched t where t.day = o.day and t.what = 'orders'),
                                          (select max(change) from orders.touched t where t.day = o.day and t.what = 'refused'),
                                          (select max(change) from orders.touched t where t.day = o.day and t.what = 'catalogue')) as version from over o),
                wanted as (
                  select d.day from standing d left join orders.day_report w on w.day = d.day left join orders.change c on c.number = d.version
                  where (w.version is null and d.day = cast(:today as date) - 1
                         or (w.version is null or w.version < d.version)
                            and (c.at is null or c.at <= :quiet or coalesce(w.written_at, %s, '-infinity') <= :oldest))
                    and (w.claimed_until is null or w.claimed_until <= :now)
                  order by d.day desc limit :atOnce)
                insert into orders.day_report as known (day, claimed_until) select day, :until from wanted order by day
                on conflict (day) do update set claimed_until = excluded.claimed_until where known.claimed_until <= :now
                returning day""".formatted(Pace.FIRST_HEARD)), now)
                .bind("today", today)
                .bind("now", Timestamp.from(now))
                .bind("until", Timestamp.from(now.plus(CLAIM)))
                .bind("atOnce", AT_ONCE)
                .mapTo(LocalDate.class)
                .list());
    }

    /** The report of a day, as it stands now. */
    public DayReport render(@Body LocalDate day) {
        var found = reports.findAll(SUBJECTS, Wanted.day(day));
        long version = found.stream().mapToLong(Report::version).max().orElse(0);
        var json = found.stream().map(report -> (JsonNode) report.json()).toList();
        var contents = new ArrayList<ReportFile>();
        contents.add(new ReportFile(
                "report.html",
                "text/html; charset=utf-8",
                ReportPage.html("Orders of " + day, json).getBytes(StandardCharsets.UTF_8)));
        for (var report : json)
            contents.add(new ReportFile(
                    report.path("report").asText() + ".csv",
                    "text/csv; charset=utf-8",
                    ReportTable.of(report).csv().getBytes(StandardCharsets.UTF_8)));
        var files = Stream.of("v" + version, "latest")
                .flatMap(folder ->
                        contents.stream().map(content -> content.below("reports/orders/" + day + "/" + folder + "/")))
                .toList();
        return new DayReport(day, version, files);
    }

    /** All of its files are in the archive. */
    public void written(@ExchangeProperty("dayReport") DayReport report) {
        database.write(db -> db.createUpdate("""
                update orders.day_report set version = :version, written_at = :now, claimed_until = :now where day = :day""")
                .bind("version", report.version())
                .bind("now", Timestamp.from(clock.instant()))
                .bind("day", report.day())
                .execute());
    }
}
