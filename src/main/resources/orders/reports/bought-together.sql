-- Support: the share of orders with both products. Lift: that share over what it would be if they were bought independently.
-- Days whose pairs are not added up yet, or not with what came since, are added up here.
with stale as (
  select d.day from (select distinct day from revenue_by_day where day between :from and :to) d
  where (select max(t.change) from touched t where t.day = d.day and t.what = 'orders') > coalesce((select p.change from paired p where p.day = d.day), -1)),
counted as (
  select product, other, orders from pairs_by_day
  where day between :from and :to and status = any(:statuses) and day not in (select day from stale)
  union all
  select a.product, b.other, 1 from basket cross join lateral unnest(products) a (product) cross join lateral unnest(products) b (other)
  where day = any(array(select day from stale)) and status = any(:statuses)
    and (a.product = b.other or a.product < b.other and cardinality(products) <= :largest)),
summed as materialized (select product, other, cast(sum(orders) as bigint) as orders from counted group by product, other),
alone as (select product, orders from summed where product = other),
everything as (
  select cast(sum(orders) as numeric) as orders from revenue_by_day where day between :from and :to and status = any(:statuses))
select s.product, s.other, s.orders, round(s.orders / e.orders, 6) as support, round(s.orders * e.orders / (a.orders * b.orders), 4) as lift
from everything e cross join summed s join alone a on a.product = s.product join alone b on b.product = s.other
where s.product <> s.other and s.orders >= 2 and s.orders >= e.orders / :rarest
order by s.orders desc, lift desc, s.product, s.other limit :limit
