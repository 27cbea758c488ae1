package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
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
    /** What there is to tell of a day. */
    public interface Source {
        /** Its folder below {@code reports/}, and the schema of its tables {@code day_report}, {@code change} and {@code touched}. */
        String flow();

        /** What the page is called: {@code Orders of 2025-08-28}. */
        String title(LocalDate day);

        /** A query of the days that are over, before {@code :today}: {@code day} and {@code version}, the greatest number of a change that bears on it. */
        String standing();

        /** The reports of a day, all from the same snapshot, in the order in which they are shown; at least one. */
        List<Report> of(LocalDate day);
    }

    /** How long an instance has for a day before another one tries. */
    private static final Duration CLAIM = Duration.ofSeconds(30);

    /** Days at a time, so that a day that closes does not wait behind years of history. */
    private static final int AT_ONCE = 10;

    private final Database database;
    private final Source source;
    private final Clock clock;

    public DayReports(Database database, Source source, Clock clock) {
        this.database = database;
        this.source = source;
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

    /** Days whose report is to be written, the newest first, claimed for this instance: yesterday, even when nothing happened on it, and those that {@link Pace} says. */
    public List<LocalDate> due() {
        var now = clock.instant();
        var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        return database.transaction(db -> Pace.bound(db.createQuery("""
                with standing as (<standing>),
                wanted as (
                  select d.day from standing d left join <flow>.day_report w on w.day = d.day left join <flow>.change c on c.number = d.version
                  where (w.version is null and d.day = cast(:today as date) - 1
                         or (w.version is null or w.version < d.version)
                            and (c.at is null or c.at <= :quiet or coalesce(w.written_at, <firstHeard>, '-infinity') <= :oldest))
                    and (w.claimed_until is null or w.claimed_until <= :now)
                  order by d.day desc limit :atOnce)
                insert into <flow>.day_report as known (day, claimed_until) select day, :until from wanted order by day
                on conflict (day) do update set claimed_until = excluded.claimed_until where known.claimed_until <= :now
                returning day"""), now)
                .define("standing", source.standing())
                .define("flow", source.flow())
                .define("firstHeard", Pace.firstHeard(source.flow()))
                .bind("today", today)
                .bind("now", Timestamp.from(now))
                .bind("until", Timestamp.from(now.plus(CLAIM)))
                .bind("atOnce", AT_ONCE)
                .mapTo(LocalDate.class)
                .list());
    }

    /** The report of a day, as it stands now. */
    public DayReport render(@Body LocalDate day) {
        var found = source.of(day);
        long version = found.stream().mapToLong(Report::version).max().orElse(0);
        var json = found.stream().map(report -> (JsonNode) report.json()).toList();
        var contents = new ArrayList<ReportFile>();
        contents.add(new ReportFile(
                "report.html",
                "text/html; charset=utf-8",
                ReportPage.html(source.title(day), json).getBytes(StandardCharsets.UTF_8)));
        for (var report : json)
            contents.add(new ReportFile(
                    report.path("report").asText() + ".csv",
                    "text/csv; charset=utf-8",
                    ReportTable.of(report).csv().getBytes(StandardCharsets.UTF_8)));
        var files = Stream.of("v" + version, "latest")
                .flatMap(folder -> contents.stream()
                        .map(content -> content.below("reports/" + source.flow() + "/" + day + "/" + folder + "/")))
                .toList();
        return new DayReport(day, version, files);
    }

    /** All of its files are in the archive. */
    public void written(@ExchangeProperty("dayReport") DayReport report) {
        database.write(db -> db.createUpdate("""
                update <flow>.day_report set version = :version, written_at = :now, claimed_until = :now where day = :day""")
                .define("flow", source.flow())
                .bind("version", report.version())
                .bind("now", Timestamp.from(clock.instant()))
                .bind("day", report.day())
                .execute());
    }
}
