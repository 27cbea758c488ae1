select r.day, rule, 'refused' as outcome, null as "transaction", r.upload, r.index
from customers.refusal r cross join lateral unnest(rules) rule
where not exists (select from quarantine.record q where q.upload = r.upload and q.index = r.index and q.flow = 'customers' and q.state = 'discarded')
union all
select distinct t.day, f.rule, 'warned', t.transaction_id, v.upload, v.index
from customers.finding f join customers.transaction t using (transaction_id)
     join customers.version v on v.kind = 'transaction' and v.id = t.transaction_id and v.content_hash = t.content_hash
