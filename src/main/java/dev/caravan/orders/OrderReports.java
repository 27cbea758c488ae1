package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.caravan.json.Json;
import dev.caravan.orders.Subject.Period;
import dev.caravan.records.Values;
import dev.caravan.state.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;
import org.postgresql.util.PGobject;

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

    private static final LocalDate FIRST_DAY = LocalDate.of(1, 1, 1);
    private static final LocalDate LAST_DAY = LocalDate.of(9999, 12, 31);
    static final Instant LAST_MOMENT = LAST_DAY.atStartOfDay(ZoneOffset.UTC).toInstant();

    private static final Map<String, String> QUERIES = new ConcurrentHashMap<>();

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
        var columns = new ArrayList<String>();
        var rows = new ArrayList<ArrayNode>();
        ask(db, known, period, sql(since == null ? subject.query() : "restatement"))
                .bind("limit", wanted.limit())
                .bind("below", subject == Subject.LOW_STOCK ? lowStock : Long.MAX_VALUE)
                .bind("at", wanted.at() == null ? LAST_MOMENT : wanted.at())
                .bind("largest", LARGEST_BASKET)
                .bind("rarest", RAREST)
                .bind("since", since)
                .bindArray("statuses", String.class, wanted.statuses())
                .bindArray("about", String.class, subject.about())
                .scanResultSet((supplier, context) -> {
                    var row = supplier.get();
                    var meta = row.getMetaData();
                    for (int i = 1; i <= meta.getColumnCount(); i++) columns.add(meta.getColumnLabel(i));
                    while (row.next()) rows.add(row(row, meta));
                    return null;
                });
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
                List.copyOf(columns),
                List.copyOf(rows));
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
        return QUERIES.computeIfAbsent(name, any -> {
            try (var file = Objects.requireNonNull(
                    OrderReports.class.getResourceAsStream("/orders/reports/" + name + ".sql"), name)) {
                var text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
                return text.lines().filter(line -> !line.startsWith("--")).collect(Collectors.joining("\n", "", "\n"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Counts are numbers, amounts text: JSON numbers lose digits on their way. */
    private static ArrayNode row(ResultSet row, ResultSetMetaData meta) throws SQLException {
        var values = Json.array();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            var value = row.getObject(i);
            if (value == null) values.addNull();
            else if (value instanceof Boolean flag) values.add(flag);
            else if (value instanceof BigDecimal amount) values.add(Values.plain(amount));
            else if (value instanceof Number count) values.add(count.longValue());
            else if (value instanceof Timestamp moment) values.add(Values.text(moment.toInstant()));
            else if (value instanceof PGobject json) values.add(Json.read(json.getValue()));
            else values.add(value.toString());
        }
        return values;
    }
}
