-- Of the bill. What was paid is what counts, not the sum of the items, which may be half a cent off.
select coalesce(country, 'unknown') as country, currency, count(*) as orders, sum(amount) as revenue
from customers.transaction where day between :from and :to and status = 'completed'
group by 1, 2 order by currency, revenue desc, country limit :limit
