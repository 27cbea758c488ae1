package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Request;
import dev.caravan.reports.Asked;
import dev.caravan.reports.DayReports;
import dev.caravan.reports.QueryFile;
import dev.caravan.reports.Report;
import dev.caravan.reports.ReportRows;
import dev.caravan.reports.ReportsApi;
import dev.caravan.state.Database;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** Reports about customers as they stand. Currencies are never added up; days are UTC. All of a report is read from one snapshot of the database. */
final class CustomerReports implements ReportsApi.Desk, DayReports.Source {
    private static final Set<String> PARAMETERS = Set.of("name", "date", "from", "to", "limit");
    private static final int MOST_OF_A_DAY = 1_000_000;

    private final Database database;
    private final Clock clock;

    CustomerReports(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public List<String> names() {
        return Subject.names();
    }

    @Override
    public JsonNode report(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw Asked.wrong("there is no parameter " + name + " here: date, from, to and limit are known");
        var subject = Subject.of(request.parameters().get("name")).orElseThrow();
        var asked = Asked.of(request);
        return read(db -> report(
                        db,
                        subject,
                        asked.from() == null ? bound(db, "min", asked.to()) : asked.from(),
                        asked.to() == null ? bound(db, "max", asked.from()) : asked.to(),
                        asked.limit()))
                .json();
    }

    @Override
    public String flow() {
        return CustomerFlow.NAME;
    }

    @Override
    public String title(LocalDate day) {
        return "Customers on " + day;
    }

    @Override
    public String standing() {
        return query("standing-days");
    }

    @Override
    public List<Report> of(LocalDate day) {
        return read(db -> Arrays.stream(Subject.values())
                .map(subject -> report(db, subject, day, day, MOST_OF_A_DAY))
                .toList());
    }

    private <T> T read(Function<Handle, T> work) {
        return database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            return work.apply(db);
        });
    }

    /** The first or the last day there is; another one when there is none. */
    private LocalDate bound(Handle db, String which, LocalDate other) {
        return db.createQuery("select <which>(day) from customers.touched")
                .define("which", which)
                .mapTo(LocalDate.class)
                .findOne()
                .orElse(other == null ? LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC) : other);
    }

    private Report report(Handle db, Subject subject, LocalDate from, LocalDate to, int limit) {
        var rows = ReportRows.of(days(db, query(subject.text()), from, to).bind("limit", limit));
        return new Report(
                subject.text(),
                clock.instant(),
                days(
                                db,
                                "select coalesce(max(change), 0) from customers.touched where day between :from and :to",
                                from,
                                to)
                        .mapTo(Long.class)
                        .one(),
                null,
                null,
                from,
                to,
                days(db, query("score"), from, to)
                        .mapTo(BigDecimal.class)
                        .findOne()
                        .orElse(null),
                days(db, query("in-quarantine"), from, to).mapTo(Long.class).one(),
                rows.columns(),
                rows.rows());
    }

    private static Query days(Handle db, String query, LocalDate from, LocalDate to) {
        return db.createQuery(query).bind("from", from).bind("to", to);
    }

    private static String query(String name) {
        return QueryFile.of("/customers/reports/" + name + ".sql");
    }
}
