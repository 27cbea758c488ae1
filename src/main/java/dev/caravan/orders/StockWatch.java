package dev.caravan.orders;

import dev.caravan.alerts.Finding;
import dev.caravan.json.Json;
import dev.caravan.orders.WatchRules.StockOut;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Stock that is low, or will be sold before it comes again: as the report {@code stock} tells it. */
final class StockWatch {
    /** How much longer than until the next delivery it has to last for an alert to clear. */
    private static final double SAFE = 1.25;

    /** Snapshots before say nothing of how often a product comes now. */
    private static final Duration LOOKED_BACK = Duration.ofDays(180);

    private static final double SECONDS_A_DAY = Duration.ofDays(1).toSeconds();

    private StockWatch() {}

    /** What is in stock of each product that was ever counted, by the report's own query. */
    private static String available() {
        var stock = OrderReports.sql("stock");
        return "with available as (" + OrderReports.sql("standing") + ", " + stock.substring(OrderReports.WITH.length())
                + ") ";
    }

    /** @param below less of a product is low */
    static List<Finding> low(Handle db, int below) {
        return db.createQuery(available()
                        + "select product, available, counted, sold_since, oversold, counted_at from available")
                .bind("below", below)
                .bind("at", OrderReports.LAST_MOMENT)
                .bind("limit", Integer.MAX_VALUE)
                .map((row, context) -> new Finding(
                        row.getString("product"),
                        "%s: %s in stock, below %s is low"
                                .formatted(row.getString("product"), row.getLong("available"), below),
                        Json.object()
                                .put("available", row.getLong("available"))
                                .put("below", below)
                                .put("counted", row.getLong("counted"))
                                .put(
                                        "counted_at",
                                        row.getObject("counted_at", OffsetDateTime.class)
                                                .toInstant()
                                                .toString())
                                .put("sold_since", row.getLong("sold_since"))
                                .put("oversold", row.getBoolean("oversold")),
                        below + " or more are in stock"))
                .list();
    }

    /**
     * Products that last for fewer days, at the rate at which confirmed units were sold over the last whole days, than until they come again. They
     * come again after the median of the times between snapshots that raised their quantity, of which there have to be three; when they are overdue,
     * after as long again.
     *
     * @param open products that are known to be so
     */
    static List<Finding> out(Handle db, StockOut rule, Set<String> open, Instant now) {
        return db.createQuery(available() + """
                , sold as (
                  select product_id, sum(units) as units from orders.sales_by_day where status = 'confirmed' and day >= :from and day < :today group by product_id),
                since as (select greatest(1, :today - greatest(:from, min(day))) as days from orders.revenue_by_day where orders <> 0),
                snapshots as (
                  select product_id, as_of, quantity, lag(quantity) over (partition by product_id, warehouse order by as_of) as before from orders.stock where as_of > :lookedBack),
                raised as (select distinct product_id, as_of from snapshots where quantity > before),
                apart as (select product_id, as_of, extract(epoch from as_of - lag(as_of) over (partition by product_id order by as_of)) as seconds from raised),
                deliveries as (
                  select product_id, max(as_of) as last, percentile_cont(0.5) within group (order by seconds) as seconds from apart group by product_id having count(seconds) >= 2),
                lasting as (
                  select a.product, a.available, cast(s.units as double precision) / since.days as a_day, d.last, d.seconds,
                         greatest(0, a.available) / (cast(s.units as double precision) / since.days) as days_left,
                         case when d.last is null then :deliveryDays
                              when extract(epoch from d.last - :now) + d.seconds > 0 then (extract(epoch from d.last - :now) + d.seconds) / :secondsADay
                              else d.seconds / :secondsADay end as delivery_days
                  from available a join sold s on s.product_id = a.product cross join since left join deliveries d on d.product_id = a.product where s.units > 0)
                select * from lasting where days_left < delivery_days * case when product = any(:open) then :safe else 1 end order by product""")
                .bind("below", Long.MAX_VALUE)
                .bind("at", OrderReports.LAST_MOMENT)
                .bind("limit", Integer.MAX_VALUE)
                .bind("from", today(now).minusDays(rule.rateDays()))
                .bind("today", today(now))
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("lookedBack", now.minus(LOOKED_BACK))
                .bind("deliveryDays", (double) rule.deliveryDays())
                .bind("secondsADay", SECONDS_A_DAY)
                .bind("safe", SAFE)
                .bindArray("open", String.class, open)
                .map((row, context) -> {
                    var product = row.getString("product");
                    var left = Rounded.of(row.getDouble("days_left"));
                    var delivery = Rounded.of(row.getDouble("delivery_days"));
                    var last = row.getObject("last", OffsetDateTime.class);
                    var evidence = Json.object()
                            .put("available", row.getLong("available"))
                            .put("sold_a_day", Rounded.of(row.getDouble("a_day")))
                            .put("days_left", left)
                            .put("days_until_delivery", delivery)
                            .put("delivery_known", last != null);
                    if (last != null)
                        evidence.put("last_delivery", last.toInstant().toString());
                    return new Finding(
                            product,
                            "%s: sold out in %s days, the next delivery is due in %s"
                                    .formatted(product, left, delivery),
                            evidence,
                            "it lasts " + SAFE + " times as long as until the next delivery");
                })
                .list();
    }

    private static LocalDate today(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC);
    }
}
