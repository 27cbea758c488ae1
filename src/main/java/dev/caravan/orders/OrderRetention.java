package dev.caravan.orders;

import dev.caravan.archive.KeptDays;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets orders go, each with all its versions, when the day of the version that counts has been kept for as long as it is to be. Sums follow.
 * Reports that have been written stay as they are.
 */
public final class OrderRetention {
    private static final Logger LOG = LoggerFactory.getLogger(OrderRetention.class);

    /** In one transaction, so that nobody waits long for the writer's lock. */
    private static final int AT_ONCE = 1000;

    /** What there is by day, besides orders: of a day without any, nothing says anything any more. */
    private static final List<String> BY_DAY =
            List.of("revenue_by_day", "sales_by_day", "warned_by_day", "refusal", "touched");

    private final Database database;
    private final OrderStore store;
    private final Duration kept;
    private final Clock clock;

    /** @param kept for how long, from the end of an order's day on */
    OrderRetention(Database database, OrderStore store, Duration kept, Clock clock) {
        this.database = database;
        this.store = store;
        this.kept = kept;
        this.clock = clock;
    }

    /** Lets go what is due. */
    public void sweep() {
        var oldest = KeptDays.oldest(clock, kept);
        int gone = 0;
        for (int last = AT_ONCE; last == AT_ONCE; gone += last)
            last = database.transaction(db -> letOrdersGo(db, oldest));
        int rows = database.transaction(db -> letDaysGo(db, oldest));
        if (gone + rows > 0)
            LOG.info("{} orders and {} rows about days from before {} are not kept any longer", gone, rows, oldest);
        RunNotes.over(database, OrderFlow.NAME);
    }

    private int letOrdersGo(Handle db, LocalDate oldest) {
        store.lock(db);
        var orders = db.createQuery("select order_id from orders.placed where day < :oldest order by day limit :most")
                .bind("oldest", oldest)
                .bind("most", AT_ONCE)
                .mapTo(String.class)
                .list();
        store.forget(db, orders);
        RunNotes.left(db, OrderFlow.NAME, "orders.placed", orders.size());
        return orders.size();
    }

    /** An order may have come meanwhile, for a day that is over. */
    private int letDaysGo(Handle db, LocalDate oldest) {
        store.lock(db);
        int gone = 0;
        for (var table : BY_DAY) {
            int rows = db.createUpdate(
                            "delete from orders.<table> t where day < :oldest and not exists (select from orders.placed p where p.day = t.day)")
                    .define("table", table)
                    .bind("oldest", oldest)
                    .execute();
            RunNotes.left(db, OrderFlow.NAME, "orders." + table, rows);
            gone += rows;
        }
        return gone;
    }
}
