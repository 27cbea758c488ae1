-- What the newest snapshots by a moment say, less the lines confirmed after the oldest of them and by that moment; a product's warehouses are summed.
-- What was sold is read by the day, and line by line on the days of the snapshot and of the moment.
with newest as (
  select distinct on (product_id, warehouse) product_id, warehouse, quantity, as_of from stock
  where as_of <= :at order by product_id, warehouse, as_of desc),
summed as (
  select product_id, cast(sum(quantity) as bigint) as counted, min(as_of) as since,
         json_object_agg(warehouse, quantity order by warehouse) as warehouses from newest group by product_id),
since as (select product_id, since, cast(since at time zone 'UTC' as date) as day from summed),
last as (select cast(:at at time zone 'UTC' as date) as day),
moved as (
  select day, placed_at, product_id, quantity from sold_line
  where day = any(array(select day from since union select day from last)) and status = 'confirmed' and placed_at <= :at offset 0),
sold as (
  select product_id, cast(sum(units) as bigint) as units from (
    select s.product_id, d.units from last cross join since s
      join sales_by_day d on d.product_id = s.product_id and d.day > s.day and d.day < last.day where d.status = 'confirmed'
    union all
    select s.product_id, m.quantity from last cross join moved m join since s on s.product_id = m.product_id and m.day in (s.day, last.day)
    where m.placed_at > s.since) units
  group by product_id)
select s.product_id as product, p.category, p.brand, s.counted, coalesce(sold.units, 0) as sold_since,
       s.counted - coalesce(sold.units, 0) as available, s.counted - coalesce(sold.units, 0) < 0 as oversold,
       s.warehouses, s.since as counted_at
from summed s left join sold using (product_id) left join product p using (product_id)
where s.counted - coalesce(sold.units, 0) < :below order by available, product limit :limit
