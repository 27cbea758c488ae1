package dev.caravan.orders;

import dev.caravan.orders.Subject.Period;
import dev.caravan.reports.DayReports;
import dev.caravan.reports.QueryFile;
import dev.caravan.reports.Report;
import dev.caravan.reports.ReportRows;
import dev.caravan.state.Database;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Reports about orders and stock: as they stand, from the tables and sums that each batch keeps in step with the orders; as they stood, from
 * every version there has been. Currencies are never added up; days are UTC. All of a report is read from one snapshot of the database.
 */
final class OrderReports {
    /** An order with more products than this is in no pair: its pairs would be thousands. */
    static final int LARGEST_BASKET = 50;

    /** Pairs that are in fewer than one of so many orders are left out. */
    private static final int RAREST = 10_000;

    static final String WITH = "with ";

    private static final List<Subject> OF_A_DAY = List.of(
            Subject.DAILY_REVENUE, Subject.TOP_PRODUCTS, Subject.CUSTOMERS, Subject.BOUGHT_TOGETHER, Subject.QUALITY);

    private static final LocalDate FIRST_DAY = LocalDate.of(1, 1, 1);
    private static final LocalDate LAST_DAY = LocalDate.of(9999, 12, 31);
    static final Instant LAST_MOMENT = LAST_DAY.atStartOfDay(ZoneOffset.UTC).toInstant();

    private final Database database;
    private final int lowStock;
    private final Clock clock;

    /** @param lowStock stock below that is low */
    OrderReports(Database database, int lowStock, Clock clock) {
        this.database = database;
        this.lowStock = lowStock;
        this.clock = clock;
    }

    /**
     * What to look at.
     *
     * @param from     first day, in UTC; null for the first there is
     * @param to       last day, inclusive; null for the last there is
     * @param statuses of the orders that count
     * @param limit    most rows
     * @param asOf     the time at which it stood so, not in the future; null for now
     * @param at       of stock: the moment it is told of; null for after all that was sold
     */
    record Wanted(LocalDate from, LocalDate to, List<String> statuses, int limit, Instant asOf, Instant at) {
        /** All there is of a day, as it stands now. */
        static Wanted day(LocalDate day) {
            return new Wanted(day, day, List.of(Order.Status.CONFIRMED.text()), 1_000_000, null, null);
        }
    }

    /** Asked for what came after a version that is yet to come. */
    static final class NoSuchVersion extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoSuchVersion(long version, long newest) {
            super("there is no version " + version + " yet: the newest is " + newest);
        }
    }

    /** The report about a subject. */
    Report find(Subject subject, Wanted wanted) {
        return read(db -> report(db, subject, wanted, known(db, wanted), null));
    }

    /** The reports about some subjects, all from the same snapshot. */
    List<Report> findAll(List<Subject> subjects, Wanted wanted) {
        return read(db -> {
            var known = known(db, wanted);
            return subjects.stream()
                    .map(subject -> report(db, subject, wanted, known, null))
                    .toList();
        });
    }

    /**
     * Why a report is another one than it was: what bears on it and came after a version, up to the time asked for.
     *
     * @throws NoSuchVersion when there was no such version by then
     */
    Report restatement(Subject subject, Wanted wanted, long since) {
        return read(db -> {
            var known = known(db, wanted);
            if (since > known.number()) throw new NoSuchVersion(since, known.number());
            return report(db, subject, wanted, known, since);
        });
    }

    private <T> T read(Function<Handle, T> work) {
        return database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            db.execute("set local work_mem = '64MB'; set local jit = off");
            return work.apply(db);
        });
    }

    /**
     * What was known at a time.
     *
     * @param number   of the last change by then; 0 when there was none
     * @param standing whether nothing has come since
     */
    private record Known(Instant at, long number, boolean standing) {}

    private Known known(Handle db, Wanted wanted) {
        long newest = db.createQuery("select coalesce(max(number), 0) from orders.change")
                .mapTo(Long.class)
                .one();
        if (wanted.asOf() == null) return new Known(clock.instant(), newest, true);
        long number = db.createQuery(
                        "select number from orders.change where at <= :at order by at desc, number desc limit 1")
                .bind("at", wanted.asOf())
                .mapTo(Long.class)
                .findOne()
                .orElse(0L);
        return new Known(wanted.asOf(), number, number == newest);
    }

    private Report report(Handle db, Subject subject, Wanted wanted, Known known, Long since) {
        var period = period(db, subject, wanted, known);
        var rows = ReportRows.of(ask(db, known, period, sql(since == null ? subject.query() : "restatement"))
                .bind("limit", wanted.limit())
                .bind("below", subject == Subject.LOW_STOCK ? lowStock : Long.MAX_VALUE)
                .bind("at", wanted.at() == null ? LAST_MOMENT : wanted.at())
                .bind("largest", LARGEST_BASKET)
                .bind("rarest", RAREST)
                .bind("since", since)
                .bindArray("statuses", String.class, wanted.statuses())
                .bindArray("about", String.class, subject.about()));
        var hasPeriod = subject.period() != Period.NONE;
        return new Report(
                subject.text(),
                known.at(),
                version(db, subject, period, known),
                since,
                wanted.at(),
                hasPeriod ? period.from() : null,
                hasPeriod ? period.to() : null,
                ask(db, known, period, sql("score"))
                        .mapTo(BigDecimal.class)
                        .findOne()
                        .orElse(null),
                inQuarantine(db, period, known),
                rows.columns(),
                rows.rows());
    }

    /** Days, both inclusive. */
    private record Days(LocalDate from, LocalDate to) {}

    /** The days asked for, bounded by those there are; today when there are none; all there can be when the report has none. */
    private Days period(Handle db, Subject subject, Wanted wanted, Known known) {
        if (subject.period() == Period.NONE) return new Days(FIRST_DAY, LAST_DAY);
        var today = LocalDate.ofInstant(known.at(), ZoneOffset.UTC);
        var bounds =
                switch (subject) {
                    case OPERATIONS ->
                        "select cast(min(at) at time zone 'UTC' as date), cast(max(at) at time zone 'UTC' as date) from change";
                    case QUALITY -> """
                        select min(day), max(day) from (
                          select day from revenue_by_day where orders <> 0 union all select day from refusal where kind = 'orders' and ended is null) days""";
                    case INVENTORY_TURNOVER -> """
                        select min(day), max(day) from (
                          select day from revenue_by_day where orders <> 0 union all select cast(as_of at time zone 'UTC' as date) from stock) days""";
                    default -> "select min(day), max(day) from revenue_by_day where orders <> 0";
                };
        return ask(db, known, new Days(today, today), bounds)
                .map((row, context) -> new Days(
                        first(wanted.from(), row.getObject(1, LocalDate.class), today),
                        first(wanted.to(), row.getObject(2, LocalDate.class), today)))
                .one();
    }

    private static LocalDate first(LocalDate asked, LocalDate known, LocalDate today) {
        return asked != null ? asked : known != null ? known : today;
    }

    /** The greatest number of a change that bears on the days. */
    private static long version(Handle db, Subject subject, Days days, Known known) {
        var numbers =
                switch (subject.period()) {
                    case PLACED -> """
                        select change as number from orders.touched
                        where what = any(:about) and (day between :from and :to or what = 'stock' and day <= :to)""";
                    case RECEIVED ->
                        "select number from orders.change where cast(at at time zone 'UTC' as date) between :from and :to";
                    case NONE ->
                        "select change as number from orders.touched union all select change from orders.product_version";
                };
        return db.createQuery("select coalesce(max(number), 0) from (" + numbers + ") bearing where number <= :number")
                .configure(SqlStatements.class, statements -> statements.setUnusedBindingAllowed(true))
                .bindArray("about", String.class, subject.about())
                .bind("from", days.from())
                .bind("to", days.to())
                .bind("number", known.number())
                .mapTo(Long.class)
                .one();
    }

    private static long inQuarantine(Handle db, Days days, Known known) {
        return ask(db, known, days, """
                select count(*) from refusal r where ended is null and day between :from and :to
                  and not exists (select from quarantine.record q where q.upload = r.upload and q.index = r.index and q.flow = :flow
                                  and q.state = 'discarded' and q.resolved_at <= :at)""")
                .bind("flow", OrderFlow.NAME)
                .bind("at", known.at())
                .mapTo(Long.class)
                .one();
    }

    /** A query by the names of {@code standing.sql}, about what was known. */
    private static Query ask(Handle db, Known known, Days days, String query) {
        var names = sql(known.standing() ? "standing" : "as-of");
        return db.createQuery(names + (query.startsWith(WITH) ? ", " + query.substring(WITH.length()) : query))
                .configure(SqlStatements.class, statements -> statements.setUnusedBindingAllowed(true))
                .bind("number", known.number())
                .bind("from", days.from())
                .bind("to", days.to());
    }

    /** A query of a report as it is on file, without its comments. */
    static String sql(String name) {
        return QueryFile.of("/orders/reports/" + name + ".sql");
    }

    /** The report of each day. */
    DayReports.Source ofDays() {
        return new DayReports.Source() {
            @Override
            public String flow() {
                return OrderFlow.NAME;
            }

            @Override
            public String title(LocalDate day) {
                return "Orders of " + day;
            }

            @Override
            public String standing() {
                return sql("standing-days");
            }

            @Override
            public List<Report> of(LocalDate day) {
                return findAll(OF_A_DAY, Wanted.day(day));
            }
        };
    }
}
