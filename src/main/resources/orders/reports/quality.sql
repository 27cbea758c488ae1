-- Completeness: how many of customer, country, state and city the orders of a day tell. Rule score: the share of its records that break no rule, not even one
-- that only warns. Score: their product; 0 on a day of refused records only. Rules: for each rule, the share of records that keep it.
with told as (
  select day, sum(orders) as orders, sum(filled) as filled from revenue_by_day where day between :from and :to group by day having sum(orders) <> 0),
refused as (select day, count(*) as records from refusal where kind = 'orders' and ended is null and day between :from and :to group by day),
broken as (
  select day, rule, orders as records from warned_by_day where rule <> '' and orders <> 0 and day between :from and :to
  union all
  select day, rule, count(*) from refusal cross join lateral unnest(rules) rule
  where kind = 'orders' and ended is null and day between :from and :to group by day, rule),
days as (
  select day, coalesce(told.orders, 0) as orders, coalesce(refused.records, 0) as refused, coalesce(told.filled, 0) as filled,
         coalesce((select w.orders from warned_by_day w where w.rule = '' and w.day = coalesce(told.day, refused.day)), 0) as warned
  from told full join refused using (day)),
scored as (
  select *, filled / nullif(4.0 * orders, 0) as completeness, (orders - warned) / cast(orders + refused as numeric) as rule_score from days)
select s.day, cast(s.orders as bigint) as orders, s.refused, s.warned, round(s.completeness, 4) as completeness, round(s.rule_score, 4) as rule_score,
       round(coalesce(s.completeness * s.rule_score, 0), 4) as score,
       (select json_object_agg(rule, kept order by rule) from (
          select b.rule, trim_scale(round(1 - sum(b.records) / cast(s.orders + s.refused as numeric), 4)) as kept from broken b where b.day = s.day group by b.rule) kept) as rules
from scored s order by s.day limit :limit
