package dev.caravan.customers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jdbi.v3.core.Handle;

/** How a customer goes about the shop: what the visits tell that are kept of them, a day and an hour being those in UTC in which a visit begins. */
final class Browsing {
    private Browsing() {}

    /** Null when no visit is known. Lists have what is most frequent first. */
    static ObjectNode of(Handle db, String id) {
        var visits = CustomerViews.rows(db, id, """
                select round(avg(clicks), 2) as "clicksPerVisit", round(avg(seconds), 2) as "meanSeconds",
                       round(cast(percentile_cont(0.5) within group (order by seconds) as numeric), 2) as "medianSeconds",
                       case when count(*) > 1 then round(cast(extract(epoch from max(started) - min(started)) as numeric) / 86400 / (count(*) - 1), 2)
                       end as "daysBetween",
                       count(*) filter (where viewed) as viewed, count(*) filter (where viewed and purchased) as purchased,
                       round(cast(count(*) filter (where viewed and purchased) as numeric) / nullif(count(*) filter (where viewed), 0), 4) as conversion
                from (select clicks, started, cast(extract(epoch from ended - started) as numeric) as seconds,
                             jsonb_exists_any(types, array['page_view', 'product_view']) as viewed, jsonb_exists(types, 'purchase') as purchased
                      from clicks.session where visitor = :id and not anonymous) visit
                having count(*) > 0""");
        if (visits.isEmpty()) return null;
        var browsing = (ObjectNode) visits.get(0);
        browsing.set("events", CustomerViews.rows(db, id, """
                select event.key as name, cast(sum(cast(event.value as bigint)) as bigint) as clicks
                from clicks.session cross join lateral jsonb_each_text(types) event
                where visitor = :id and not anonymous group by 1 order by clicks desc, name"""));
        browsing.set("hours", CustomerViews.rows(db, id, """
                select cast(extract(hour from started at time zone 'UTC') as int) as hour, count(*) as visits
                from clicks.session where visitor = :id and not anonymous group by 1 order by visits desc, hour"""));
        browsing.set("weekdays", CustomerViews.rows(db, id, """
                select to_char(started at time zone 'UTC', 'FMday') as name, count(*) as visits
                from clicks.session where visitor = :id and not anonymous group by 1 order by visits desc, min(extract(isodow from started at time zone 'UTC'))"""));
        browsing.set("devices", CustomerViews.rows(db, id, """
                select device as name, count(*) as visits from clicks.session cross join lateral unnest(devices) device
                where visitor = :id and not anonymous group by 1 order by visits desc, name limit 10"""));
        browsing.set("countries", CustomerViews.rows(db, id, """
                select country as name, count(*) as visits from clicks.session cross join lateral unnest(countries) country
                where visitor = :id and not anonymous group by 1 order by visits desc, name limit 10"""));
        return browsing;
    }
}
