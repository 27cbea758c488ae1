-- Units sold in the period over the average stock of its snapshots. The stock at a snapshot is the newest count of each warehouse by then, summed.
-- A product that was not counted within the period has the stock of its newest snapshot before.
with sold as (
  select product_id, cast(sum(units) as bigint) as units from sales_by_day
  where day between :from and :to and status = any(:statuses) group by product_id having sum(lines) <> 0),
counted as (
  select product_id, warehouse, as_of, quantity, as_of >= cast(cast(:from as date) as timestamp) at time zone 'UTC' as within from stock
  where as_of < cast(cast(:to as date) + 1 as timestamp) at time zone 'UTC'),
moments as (
  select distinct product_id, as_of, true as within from counted where within
  union all
  select product_id, max(as_of), false from counted group by product_id having not bool_or(within)),
levels as (
  select m.product_id, m.as_of, m.within, sum(newest.quantity) as quantity
  from moments m cross join lateral (
    select distinct on (c.warehouse) c.quantity from counted c
    where c.product_id = m.product_id and c.as_of <= m.as_of order by c.warehouse, c.as_of desc) newest
  group by m.product_id, m.as_of, m.within),
average as (
  select product_id, avg(quantity) as quantity, count(*) filter (where within) as snapshots from levels group by product_id)
select product_id as product, p.category, p.brand, coalesce(sold.units, 0) as units, coalesce(average.snapshots, 0) as snapshots,
       round(average.quantity, 2) as average_stock, round(coalesce(sold.units, 0) / nullif(average.quantity, 0), 4) as turnover
from average full join sold using (product_id) left join product p using (product_id)
order by turnover desc nulls last, product limit :limit
