-- A session stands under each stage that it has reached. It has no record of its own: its clicks, with theirs, are in the archive.
with session as (
  select *, jsonb_exists_any(types, array['page_view', 'product_view']) as viewed, jsonb_exists(types, 'search') as searched,
         jsonb_exists(types, 'add_to_cart') as carted, jsonb_exists(types, 'purchase') as purchased
  from clicks.session)
select cast(started at time zone 'UTC' as date) as day, stage, visitor, anonymous, through, started, ended, clicks, cast(null as uuid) as upload, cast(null as bigint) as index
from session cross join lateral (
  values ('all', true, true), ('view', viewed, viewed), ('search', searched, viewed and searched), ('cart', carted, viewed and searched and carted),
         ('purchase', purchased, viewed and searched and carted and purchased)) stages (stage, reached, through)
where reached
