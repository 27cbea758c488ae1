-- Days between orders: from the first to the last, over how many times another one came.
-- A month that is added up, and that the period has as far as there are orders, is taken as it is; orders of other days are added up here.
with days as (select distinct day, cast(date_trunc('month', cast(day as timestamp)) as date) as month from revenue_by_day),
added as (
  select d.month from days d join customers_added a using (month) group by d.month, a.change
  having bool_and(d.day between :from and :to)
     and max((select max(t.change) from touched t where t.day = d.day and t.what = 'orders')) <= a.change),
bought as (
  select customer, currency, orders, total, first_at, last_at from customers_by_month
  where month in (select month from added) and status = any(:statuses)
  union all
  select customer, currency, 1, total, placed_at, placed_at from placed
  where customer is not null and status = any(:statuses)
    and day = any(array(select day from days where day between :from and :to and month not in (select month from added))))
select customer, currency, cast(sum(orders) as bigint) as orders, sum(total) as revenue, round(sum(total) / sum(orders), 2) as average_basket,
       case when sum(orders) > 1
            then round(cast(extract(epoch from max(last_at) - min(first_at)) / 86400 / (sum(orders) - 1) as numeric), 2) end as days_between_orders
from bought group by customer, currency order by revenue desc, customer, currency limit :limit
