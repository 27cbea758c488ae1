package dev.caravan.orders;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The orders that came with some changes, as they stand now: read once, for all that look at them for what is out of the ordinary. */
final class Arrivals {
    private Arrivals() {}

    /**
     * An order of which a version came.
     *
     * @param hash     content hash of the version that counts
     * @param customer null for a guest
     * @param filled   how many of customer, country, state and city it tells
     * @param change   with which the version that counts came
     * @param warned   whether that version has warnings
     * @param isNew    whether nothing was known of the order before
     * @param counts   whether the version that counts came now
     */
    record Arrival(
            String order,
            byte[] hash,
            Instant placedAt,
            String customer,
            String channel,
            String currency,
            boolean cancelled,
            double total,
            int filled,
            long change,
            boolean warned,
            boolean isNew,
            boolean counts) {}

    /**
     * A line of an order.
     *
     * @param total quantity times price
     */
    record ArrivedLine(Arrival order, String product, double total) {}

    /**
     * Those of the changes after one, up to another, the first that came first. With {@code offset 0} wherever the planner, which believes in few
     * orders, would rather read all there are for each of them.
     */
    static List<Arrival> between(Handle db, long after, long upTo) {
        return db.createQuery("""
                select p.order_id, p.content_hash, p.placed_at, p.customer, p.channel, p.currency, p.status = 'cancelled' as cancelled, p.total,
                       num_nonnulls(p.customer, nullif(p.country, 'unknown'), nullif(p.state, 'unknown'), nullif(p.city, 'unknown')) as filled,
                       known.change, known.warned, known.since > :after as new, known.change > :after and known.change <= :upTo as counts
                from (select distinct order_id from orders.version where change > :after and change <= :upTo) came
                     cross join lateral (select * from orders.placed where order_id = came.order_id offset 0) p
                     cross join lateral (
                       select min(change) as since, max(change) filter (where content_hash = p.content_hash) as change,
                              count(warnings) filter (where content_hash = p.content_hash) > 0 as warned
                       from (select * from orders.version where order_id = came.order_id offset 0) v) known
                order by known.since, p.placed_at, p.order_id""")
                .bind("after", after)
                .bind("upTo", upTo)
                .map((row, context) -> new Arrival(
                        row.getString("order_id"),
                        row.getBytes("content_hash"),
                        row.getObject("placed_at", OffsetDateTime.class).toInstant(),
                        row.getString("customer"),
                        row.getString("channel"),
                        row.getString("currency"),
                        row.getBoolean("cancelled"),
                        row.getDouble("total"),
                        row.getInt("filled"),
                        row.getLong("change"),
                        row.getBoolean("warned"),
                        row.getBoolean("new"),
                        row.getBoolean("counts")))
                .list();
    }

    /** The lines of orders, in the order in which these stand. */
    static List<ArrivedLine> lines(Handle db, List<Arrival> orders) {
        return db.createQuery("""
                select came.place, l.product_id, l.total
                from unnest(:orders) with ordinality as came (order_id, place)
                     cross join lateral (select * from orders.line where order_id = came.order_id offset 0) l
                order by came.place, l.position""")
                .bindArray(
                        "orders",
                        String.class,
                        orders.stream().map(Arrival::order).toList())
                .map((row, context) -> new ArrivedLine(
                        orders.get(row.getInt("place") - 1), row.getString("product_id"), row.getDouble("total")))
                .list();
    }
}
