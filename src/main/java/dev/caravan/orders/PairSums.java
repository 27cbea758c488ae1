package dev.caravan.orders;

import dev.caravan.reports.Pace;
import dev.caravan.state.Database;
import java.time.Clock;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Adds up which products are bought together, a day at a time and some time after the orders came, so that taking them in does not wait for
 * it. A day that orders have touched since is added up again, at the pace of the reports; until then the report adds it up by itself.
 */
public final class PairSums {
    /** Any number, the same in all instances: who has this advisory lock adds up. */
    private static final long ADDING_UP = 0x7061697273L;

    private final Database database;
    private final Clock clock;

    PairSums(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Adds up every day that is due, each in a transaction of its own; leaves it to another instance that is at it. */
    public void addUp() {
        while (database.transaction(this::addUpADay)) {}
    }

    private boolean addUpADay(Handle db) {
        if (!Database.tryLock(db, ADDING_UP)) return false;
        var stale = due(db);
        stale.ifPresent(day -> addUp(db, day));
        return stale.isPresent();
    }

    /** @param change the last that touched the day; read before its orders are, so that what comes meanwhile is not taken for added up */
    private record Stale(String day, long change) {}

    private Optional<Stale> due(Handle db) {
        return Pace.bound(db.createQuery("""
                select cast(d.day as text), d.change from (
                  select r.day, t.change, p.change as added from (select distinct day from orders.revenue_by_day) r
                    cross join lateral (select max(change) as change from orders.touched where day = r.day and what = 'orders') t
                    left join orders.paired p on p.day = r.day
                  where t.change > coalesce(p.change, -1)) d
                where (select at from orders.change where number = d.change) <= :quiet
                   or coalesce((select at from orders.change where number = d.added), %s, '-infinity') <= :oldest
                order by d.day desc limit 1""".formatted(Pace.firstHeard(OrderFlow.NAME))), clock.instant())
                .map((row, context) -> new Stale(row.getString(1), row.getLong(2)))
                .findOne();
    }

    private static void addUp(Handle db, Stale stale) {
        db.createUpdate("delete from orders.pairs_by_day where day = cast(:day as date)")
                .bind("day", stale.day())
                .execute();
        db.createUpdate("""
                insert into orders.pairs_by_day (day, product, other, status, orders)
                select cast(:day as date), a.product, b.other, status, count(*)
                from (select o.status, array_agg(distinct l.product_id) as products
                      from orders.placed o cross join lateral (select product_id from orders.line where order_id = o.order_id offset 0) l
                      where o.day = cast(:day as date) group by o.order_id, o.status) baskets
                  cross join lateral unnest(products) a (product) cross join lateral unnest(products) b (other)
                where a.product = b.other or a.product < b.other and cardinality(products) <= :largest
                group by a.product, b.other, status""")
                .bind("day", stale.day())
                .bind("largest", OrderReports.LARGEST_BASKET)
                .execute();
        db.createUpdate("""
                insert into orders.paired (day, change) values (cast(:day as date), :change)
                on conflict (day) do update set change = excluded.change""")
                .bind("day", stale.day())
                .bind("change", stale.change())
                .execute();
    }
}
