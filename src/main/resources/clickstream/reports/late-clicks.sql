-- Clicks that came too late to be counted, by the day on which they happened: what the sessions, minutes and the funnel of that day lack.
select cast(at at time zone 'UTC' as date) as day, source, click ->> 'type' as type, count(*) as clicks, count(distinct click ->> 'user') as users,
       min(at) as first, max(at) as last, max(found_at) as found
from clicks.late
where at >= cast(:from as date) at time zone 'UTC' and at < (cast(:to as date) + 1) at time zone 'UTC'
group by 1, 2, 3 order by day, source, type limit :limit
