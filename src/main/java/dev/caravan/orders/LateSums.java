package dev.caravan.orders;

import dev.caravan.reports.Pace;
import dev.caravan.state.Database;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Adds up what a report would read too many orders for, a day or month at a time and some time after the orders came, so that taking them in does not
 * wait for it. What orders have touched since is added up again, at the pace of the reports; until then the report adds it up by itself.
 */
public final class LateSums {
    private static final Sums PAIRS = new Sums(
            0x7061697273L, "day", "orders.pairs_by_day", "orders.paired", """
            insert into orders.pairs_by_day (day, product, other, status, orders)
            select cast(:first as date), a.product, b.other, status, count(*)
            from (select o.status, array_agg(distinct l.product_id) as products
                  from orders.placed o cross join lateral (select product_id from orders.line where order_id = o.order_id offset 0) l
                  where o.day = cast(:first as date) group by o.order_id, o.status) baskets
              cross join lateral unnest(products) a (product) cross join lateral unnest(products) b (other)
            where a.product = b.other or a.product < b.other and cardinality(products) <= %s
            group by a.product, b.other, status""".formatted(OrderReports.LARGEST_BASKET));

    private static final Sums CUSTOMERS =
            new Sums(0x637573746f6d6572L, "month", "orders.customers_by_month", "orders.customers_added", """
            insert into orders.customers_by_month (month, customer, currency, status, orders, total, first_at, last_at)
            select cast(:first as date), customer, currency, status, count(*), sum(total), min(placed_at), max(placed_at)
            from orders.placed
            where customer is not null and day >= cast(:first as date) and day < cast(:first as date) + interval '1 month'
            group by customer, currency, status""");

    /**
     * What is added up.
     *
     * @param lock  any number, the same in all instances: who has this advisory lock adds up
     * @param unit  {@code day} or {@code month}: what is added up at once
     * @param table of the sums, with the first day of their unit in a column of the unit's name
     * @param added table of a unit's first day and the last change that is in its sums
     * @param add   inserts the sums of the unit that begins with {@code :first}
     */
    private record Sums(long lock, String unit, String table, String added, String add) {}

    private final Database database;
    private final Clock clock;
    private final Sums sums;

    private LateSums(Database database, Clock clock, Sums sums) {
        this.database = database;
        this.clock = clock;
        this.sums = sums;
    }

    /** Which products are bought together, by day. */
    static LateSums ofPairs(Database database, Clock clock) {
        return new LateSums(database, clock, PAIRS);
    }

    /** What customers bought, by month. */
    static LateSums ofCustomers(Database database, Clock clock) {
        return new LateSums(database, clock, CUSTOMERS);
    }

    /** Takes a customer out of the sums; the months in which they bought are added up again. Waits for whoever adds up. */
    static void forget(Handle db, String customer) {
        db.execute("select pg_advisory_xact_lock(?)", CUSTOMERS.lock());
        db.execute("""
                with gone as (delete from orders.customers_by_month where customer = ? returning month)
                delete from orders.customers_added where month in (select month from gone)""", customer);
    }

    /** Drops the sums of the days and months of orders that are to go; those of which anything stays are added up again. Waits for whoever adds up. */
    static void forgetDaysOf(Handle db, Collection<String> orders) {
        for (var sums : List.of(PAIRS, CUSTOMERS)) {
            db.execute("select pg_advisory_xact_lock(?)", sums.lock());
            for (var table : List.of(sums.table(), sums.added()))
                db.createUpdate("""
                        delete from <table> where <unit> in (
                          select cast(date_trunc(:unit, cast(day as timestamp)) as date) from orders.placed where order_id = any(:orders))""")
                        .define("table", table)
                        .define("unit", sums.unit())
                        .bind("unit", sums.unit())
                        .bindArray("orders", String.class, orders)
                        .execute();
        }
    }

    /** Adds up every unit that is due, each in a transaction of its own; leaves it to another instance that is at it. */
    public void addUp() {
        while (database.transaction(this::addUpNext)) {}
    }

    private boolean addUpNext(Handle db) {
        if (!Database.tryLock(db, sums.lock())) return false;
        var stale = due(db);
        stale.ifPresent(unit -> addUp(db, unit));
        return stale.isPresent();
    }

    /**
     * A day or month.
     *
     * @param change the last that touched it; read before its orders are, so that what comes meanwhile is not taken for added up
     */
    private record Stale(String first, long change) {}

    private Optional<Stale> due(Handle db) {
        return Pace.bound(
                        db.createQuery("""
                with units as (
                  select cast(date_trunc(:unit, cast(r.day as timestamp)) as date) as first, max(t.newest) as change, min(t.oldest) as heard
                  from (select distinct day from orders.revenue_by_day) r
                    cross join lateral (select max(change) as newest, min(change) as oldest from orders.touched where day = r.day and what = 'orders') t
                  group by 1)
                select cast(u.first as text), u.change from units u left join <added> a on a.<unit> = u.first
                where u.change > coalesce(a.change, -1)
                  and ((select at from orders.change where number = u.change) <= :quiet
                       or coalesce((select at from orders.change where number = a.change), (select at from orders.change where number = u.heard), '-infinity') <= :oldest)
                order by u.first desc limit 1""")
                                .bind("unit", sums.unit())
                                .define("unit", sums.unit())
                                .define("added", sums.added()),
                        clock.instant())
                .map((row, context) -> new Stale(row.getString(1), row.getLong(2)))
                .findOne();
    }

    private void addUp(Handle db, Stale stale) {
        db.createUpdate("delete from <table> where <unit> = cast(:first as date)")
                .define("table", sums.table())
                .define("unit", sums.unit())
                .bind("first", stale.first())
                .execute();
        db.createUpdate(sums.add()).bind("first", stale.first()).execute();
        db.createUpdate("""
                insert into <added> (<unit>, change) values (cast(:first as date), :change)
                on conflict (<unit>) do update set change = excluded.change""")
                .define("unit", sums.unit())
                .define("added", sums.added())
                .bind("first", stale.first())
                .bind("change", stale.change())
                .execute();
    }
}
