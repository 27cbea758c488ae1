package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Request;
import dev.caravan.reports.Asked;
import dev.caravan.reports.QueryFile;
import dev.caravan.reports.Report;
import dev.caravan.reports.ReportRows;
import dev.caravan.reports.ReportsApi;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Reports about clicks as they stand, by days of event time in UTC: the funnel, and the clicks that came too late for it. All of a report is
 * read from one snapshot of the database. Each is a query in {@code src/main/resources/clickstream/reports}.
 */
final class ClickReports implements ReportsApi.Desk {
    private static final List<String> NAMES = List.of("funnel", "late-clicks");
    private static final Set<String> PARAMETERS = Set.of("name", "date", "from", "to", "limit");

    private final Database database;
    private final Clock clock;

    ClickReports(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public List<String> names() {
        return NAMES;
    }

    @Override
    public JsonNode report(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw Asked.wrong("there is no parameter " + name + " here: date, from, to and limit are known");
        var asked = Asked.of(request);
        return database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            return report(
                            db,
                            request.parameters().get("name"),
                            asked.from() == null ? bound(db, "least", "min", asked.to()) : asked.from(),
                            asked.to() == null ? bound(db, "greatest", "max", asked.from()) : asked.to(),
                            asked.limit())
                    .json();
        });
    }

    private Report report(Handle db, String name, LocalDate from, LocalDate to, int limit) {
        var rows = ReportRows.of(days(db, name, from, to).bind("limit", limit));
        return new Report(
                name,
                clock.instant(),
                version(db),
                null,
                null,
                from,
                to,
                null,
                days(db, "in-quarantine", from, to).mapTo(Long.class).one(),
                rows.columns(),
                rows.rows());
    }

    /** Grows with all that is written of clicks: the pages of the log that partitions have seen, added up. */
    private static long version(Handle db) {
        return db.createQuery("select coalesce(sum(position + 1), 0) from clicks.lease")
                .mapTo(Long.class)
                .one();
    }

    /** The first or the last day there is; another one when there is none. */
    private LocalDate bound(Handle db, String of, String each, LocalDate other) {
        return db.createQuery("""
                select cast(<of>((select <each>(started) from clicks.session), (select <each>(at) from clicks.late)) at time zone 'UTC' as date)""")
                .define("of", of)
                .define("each", each)
                .mapTo(LocalDate.class)
                .findOne()
                .orElse(other == null ? LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC) : other);
    }

    private static Query days(Handle db, String query, LocalDate from, LocalDate to) {
        return db.createQuery(QueryFile.of("/clickstream/reports/" + query + ".sql"))
                .bind("from", from)
                .bind("to", to);
    }
}
