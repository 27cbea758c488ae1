-- What was sold in the period, and the counts its average stock is made of: those within the period, and of what was counted before it the newest of each
-- warehouse, where it was not counted again by the product's first count within. Those have no day of the period, and stand on its first.
with counted as (
  select product_id, warehouse, as_of, quantity, upload, index, cast(as_of at time zone 'UTC' as date) as day,
         cast(:from as date) is null or as_of >= cast(cast(:from as date) as timestamp) at time zone 'UTC' as within
  from orders.stock where cast(:to as date) is null or as_of < cast(cast(:to as date) + 1 as timestamp) at time zone 'UTC'),
first as (
  select product_id, warehouse, min(as_of) filter (where within) as as_of, min(min(as_of) filter (where within)) over (partition by product_id) as of_product,
         max(as_of) filter (where not within) as before
  from counted group by product_id, warehouse)
select p.day, l.product_id as product, 'sold' as what, p.status, null as warehouse, cast(null as timestamptz) as counted_at, p.order_id as "order", l.quantity as units, v.upload, v.index
from orders.line l join orders.placed p using (order_id) join orders.version v using (order_id, content_hash)
union all
select case when c.within then c.day else cast(:from as date) end, c.product_id, 'counted', null, c.warehouse, c.as_of, null, c.quantity, c.upload, c.index
from counted c join first f using (product_id, warehouse)
where c.within or c.as_of = f.before and (f.of_product is null or f.as_of is null or f.as_of > f.of_product)
