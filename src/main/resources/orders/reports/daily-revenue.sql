select day, channel, country, state, currency, cast(sum(orders) as bigint) as orders, sum(total) as revenue
from revenue_by_day where day between :from and :to and status = any(:statuses)
group by day, channel, country, state, currency having sum(orders) <> 0 order by day, channel, country, state, currency limit :limit
