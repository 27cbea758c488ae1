-- Records that break a rule: those that are refused for it or beside it, and those that count with a warning.
with broken as (
  select rule, 1 as refused, 0 as warned from customers.refusal r cross join lateral unnest(rules) rule
  where day between :from and :to
    and not exists (select from quarantine.record q where q.upload = r.upload and q.index = r.index and q.flow = 'customers' and q.state = 'discarded')
  union all
  select rule, 0, 1 from (select distinct transaction_id, rule from customers.finding where day between :from and :to) finding)
select rule, sum(refused) as refused, sum(warned) as warned from broken group by rule order by refused desc, warned desc, rule limit :limit
