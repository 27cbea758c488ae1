package dev.caravan.orders;

import dev.caravan.alerts.Alerts;
import dev.caravan.alerts.Finding;
import dev.caravan.orders.WatchRules.LowStock;
import dev.caravan.orders.WatchRules.OrderCount;
import dev.caravan.orders.WatchRules.OrderValue;
import dev.caravan.orders.WatchRules.Quality;
import dev.caravan.orders.WatchRules.StockOut;
import dev.caravan.orders.WatchRules.WatchRule;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Looks at orders and stock for what is out of the ordinary. A look takes in what has changed since the last one and says of each rule what it
 * finds now; all of that, the alerts and the tasks they become are one transaction. One instance looks at a time.
 */
public final class OrderWatch {
    /** Stock is all read anew: not at each look. */
    private static final Duration STOCK = Duration.ofMinutes(1);

    /** Orders that are taken in at once; more are left for the next transaction. */
    private static final int AT_ONCE = 20_000;

    private final Database database;
    private final WatchRules rules;
    private final Alerts alerts;
    private final int lowStock;
    private final Clock clock;

    OrderWatch(Database database, WatchRules rules, Alerts alerts, int lowStock, Clock clock) {
        this.database = database;
        this.rules = rules;
        this.alerts = alerts;
        this.lowStock = lowStock;
        this.clock = clock;
    }

    /** @param change up to which all is taken in */
    private record Watched(long change, Instant stockAt) {}

    /** Looks once. Nothing happens while another instance does. */
    public void look() {
        while (database.transaction(this::takeIn)) {
            // More has come than one transaction takes in.
        }
    }

    /** @return whether there is more */
    private boolean takeIn(Handle db) {
        // As for the reports: compiling these queries takes longer than they do.
        db.execute("set local jit = off");
        db.execute("insert into orders.watched default values on conflict do nothing");
        var watched = db.createQuery(
                        "select change, nullif(stock_at, '-infinity') as stock_at from orders.watched for update skip locked")
                .map((row, context) -> new Watched(
                        row.getLong("change"),
                        row.getObject("stock_at") == null
                                ? Instant.EPOCH
                                : row.getObject("stock_at", OffsetDateTime.class)
                                        .toInstant()))
                .findOne();
        if (watched.isEmpty()) return false;
        var now = clock.instant();
        long newest = db.createQuery("select coalesce(max(number), -1) from orders.change")
                .mapTo(Long.class)
                .one();
        long after = watched.get().change();
        long upTo = upTo(db, after).orElse(newest);
        if (upTo > after) learn(db, after, upTo, now);
        var stock = upTo == newest && !now.isBefore(watched.get().stockAt().plus(STOCK));
        if (upTo == newest) judge(db, stock, now);
        db.createUpdate(
                        "update orders.watched set change = :change, stock_at = case when :stock then :now else stock_at end")
                .bind("change", upTo)
                .bind("stock", stock)
                .bind("now", now)
                .execute();
        return upTo < newest;
    }

    /** The change with which it is enough for one transaction; empty when all there is is not too much. */
    private static Optional<Long> upTo(Handle db, long after) {
        return db.createQuery("""
                select number from (
                  select number, sum(accepted + superseded) over (order by number) as orders from orders.change where number > :after) changes
                where orders >= :most order by number limit 1""")
                .bind("after", after)
                .bind("most", AT_ONCE)
                .mapTo(Long.class)
                .findOne();
    }

    private void learn(Handle db, long after, long upTo, Instant now) {
        var came = Arrivals.between(db, after, upTo);
        ChannelCounts.learn(db, came);
        QualityDrops.learn(db, came, after, upTo);
        for (var rule : rules.all()) if (rule instanceof OrderValue value) OddOrders.learn(db, value, came, now);
    }

    private void judge(Handle db, boolean stock, Instant now) {
        var current = rules.all();
        var open = alerts.open(db, OrderFlow.NAME);
        for (var rule : current) {
            if (!stock && (rule instanceof LowStock || rule instanceof StockOut)) continue;
            alerts.settle(db, OrderFlow.NAME, rule.name(), rule.task(), findings(db, rule, open, now));
        }
        alerts.settleOthers(
                db, OrderFlow.NAME, current.stream().map(WatchRule::name).toList());
    }

    private List<Finding> findings(Handle db, WatchRule rule, Map<String, Set<String>> open, Instant now) {
        var known = open.getOrDefault(rule.name(), Set.of());
        if (rule instanceof OrderValue value) return OddOrders.findings(db, value, now);
        if (rule instanceof OrderCount count) return ChannelCounts.findings(db, count, known, now);
        if (rule instanceof Quality quality)
            return QualityDrops.finding(db, quality, known.contains(QualityDrops.SUBJECT)).stream()
                    .toList();
        if (rule instanceof StockOut out) return StockWatch.out(db, out, known, now);
        return StockWatch.low(db, lowStock);
    }
}
