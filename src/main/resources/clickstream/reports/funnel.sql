-- Sessions by the day on which they began. A stage is reached when the session has such a click, in whatever order; "through" also has those of all stages before it.
with session as (
  select cast(started at time zone 'UTC' as date) as day, jsonb_exists_any(types, array['page_view', 'product_view']) as viewed,
         jsonb_exists(types, 'search') as searched, jsonb_exists(types, 'add_to_cart') as carted, jsonb_exists(types, 'purchase') as purchased
  from clicks.session
  where started >= cast(:from as date) at time zone 'UTC' and started < (cast(:to as date) + 1) at time zone 'UTC'),
counted as (
  select day, count(*) as sessions, count(*) filter (where viewed) as viewed, count(*) filter (where searched) as searched,
         count(*) filter (where carted) as carted, count(*) filter (where purchased) as purchased,
         count(*) filter (where viewed and searched) as to_search, count(*) filter (where viewed and searched and carted) as to_cart,
         count(*) filter (where viewed and searched and carted and purchased) as to_purchase
  from session group by day)
select day, stage, reached as sessions, through, round(cast(reached as numeric) / sessions, 4) as conversion
from counted cross join lateral (
  values (1, 'all', sessions, sessions), (2, 'view', viewed, viewed), (3, 'search', searched, to_search), (4, 'cart', carted, to_cart),
         (5, 'purchase', purchased, to_purchase)) stages (number, stage, reached, through)
order by day, number limit :limit
