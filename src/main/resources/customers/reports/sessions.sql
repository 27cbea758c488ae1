-- Visits by the day on which they began. Converted are those with a purchase.
select cast(started at time zone 'UTC' as date) as day, count(*) as sessions, count(distinct visitor) filter (where not anonymous) as users,
       count(*) filter (where anonymous) as anonymous, sum(clicks) as clicks, count(*) filter (where jsonb_exists(types, 'purchase')) as converted,
       round(cast(count(*) filter (where jsonb_exists(types, 'purchase')) as numeric) / count(*), 4) as conversion,
       round(avg(cast(extract(epoch from ended - started) as numeric)) / 60, 2) as minutes
from clicks.session
where started >= cast(:from as date) at time zone 'UTC' and started < (cast(:to as date) + 1) at time zone 'UTC'
group by 1 order by day limit :limit
