-- What was counted last in each warehouse, and the lines confirmed since the oldest of these counts, as units that are gone.
with newest as (
  select distinct on (product_id, warehouse) product_id, warehouse, as_of, quantity, upload, index from orders.stock order by product_id, warehouse, as_of desc),
since as (select product_id, min(as_of) as as_of from newest group by product_id)
select cast(as_of at time zone 'UTC' as date) as day, product_id as product, 'counted' as what, warehouse, null as "order", quantity as units, upload, index from newest
union all
select p.day, product_id, 'sold', null, p.order_id, -l.quantity, v.upload, v.index
from since join orders.line l using (product_id) join orders.placed p using (order_id) join orders.version v using (order_id, content_hash)
where p.status = 'confirmed' and p.placed_at > since.as_of
