-- Days between orders: from the first to the last, over how many times another one came.
select customer, currency, count(*) as orders, sum(total) as revenue, round(avg(total), 2) as average_basket,
       case when count(*) > 1
            then round(cast(extract(epoch from max(placed_at) - min(placed_at)) / 86400 / (count(*) - 1) as numeric), 2) end as days_between_orders
from placed where customer is not null and day between :from and :to and status = any(:statuses)
group by customer, currency order by revenue desc, customer, currency limit :limit
