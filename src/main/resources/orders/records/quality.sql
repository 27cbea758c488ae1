-- Filled: how many of customer, country, state and city the order tells.
select p.day, 'accepted' as outcome, p.order_id as "order", num_nonnulls(p.customer, nullif(p.country, 'unknown'), nullif(p.state, 'unknown'), nullif(p.city, 'unknown')) as filled,
       (select json_agg(distinct value ->> 'rule') from json_array_elements(v.warnings)) as rules, v.upload, v.index
from orders.placed p join orders.version v using (order_id, content_hash)
union all
select day, 'refused', null, null, array_to_json(rules), upload, index from orders.refusal where kind = 'orders' and ended is null
