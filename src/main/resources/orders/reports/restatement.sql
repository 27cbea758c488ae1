-- What bears on a period and came with the changes after :since, up to :number.
with found as (select distinct order_id from orders.version where change > :since and change <= :number),
versions as (
  select v.*, cast(v.placed_at at time zone 'UTC' as date) as day,
         json_build_object('day', cast(v.placed_at at time zone 'UTC' as date), 'status', document ->> 'status', 'total', document ->> 'total', 'currency', document ->> 'currency') as shown
  from orders.version v join found using (order_id) where v.change <= :number),
before as (select distinct on (order_id) * from versions where change <= :since order by order_id, placed_at desc, rank desc, content_hash desc),
after as (select distinct on (order_id) * from versions order by order_id, placed_at desc, rank desc, content_hash desc),
told as (
  select product_id, change, json_build_object('category', category, 'brand', brand, 'price', cast(price as text), 'launchedAt', launched_at) as shown
  from orders.product_version where change <= :number),
catalogue as (
  select product_id, max(change) as change,
         (array_agg(shown order by change desc) filter (where change <= :since))[1] as before, (array_agg(shown order by change desc))[1] as after
  from told group by product_id having max(change) > :since),
restated as (
  select a.change, 'orders' as about,
         case when b.order_id is not null then 'newer version' when cast(c.at at time zone 'UTC' as date) > a.day then 'late order' else 'new order' end as what,
         a.order_id as thing,
         case when c.upload <> a.upload then 'released from quarantine by the catalogue' when c.released_by is not null then 'released from quarantine by ' || c.released_by
              else 'received' end as why,
         b.shown as before, a.shown as after, a.upload, a.index
  from after a left join before b using (order_id) join orders.change c on c.number = a.change
  where b.content_hash is distinct from a.content_hash and (a.day between :from and :to or b.day between :from and :to)
  union all
  select change, 'refused', 'refused record', null, array_to_string(rules, ', '), null, null, upload, index
  from orders.refusal where change > :since and change <= :number and (ended is null or ended > :number) and day between :from and :to
  union all
  select ended, 'refused', 'record decided about again', null, array_to_string(rules, ', '), null, null, upload, index
  from orders.refusal where change <= :since and ended > :since and ended <= :number and day between :from and :to
  union all
  select k.change, 'catalogue', 'catalogue', k.product_id, 'learned', k.before, k.after, c.upload, null
  from catalogue k join orders.change c on c.number = k.change
  where k.before is null or cast(k.before as text) <> cast(k.after as text)
    and exists (select from orders.sales_by_day s where s.product_id = k.product_id and s.day between :from and :to)
  union all
  select s.change, 'stock', 'stock', s.product_id, 'counted in ' || s.warehouse, null, json_build_object('at', s.as_of, 'quantity', s.quantity), c.upload, null
  from orders.stock_version s join orders.change c on c.number = s.change
  where s.change > :since and s.change <= :number and cast(s.as_of at time zone 'UTC' as date) <= :to
  union all
  select number, 'pages', case when released_by is null then 'page' else 'release' end, null, coalesce('by ' || released_by, kind),
         null, json_build_object('accepted', accepted, 'duplicate', duplicate, 'superseded', superseded, 'quarantined', quarantined, 'released', released), upload, null
  from orders.change where number > :since and number <= :number and cast(at at time zone 'UTC' as date) between :from and :to)
select r.change, c.at, r.what, r.thing, r.why, r.before, r.after, u.object_key as upload, r.index
from restated r join orders.change c on c.number = r.change left join ledger.upload u on u.id = r.upload
where r.about = any(:about) order by r.change, r.what, r.thing, r.index limit :limit
