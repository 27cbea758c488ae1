-- Fields of records that no mapping reads, by flow, variant and pointer; those that came up last first.
select flow, variant, pointer, records, first_seen, last_seen
from (select 'orders' as flow, variant, pointer, orders as records, first_seen, last_seen from orders.extra
      union all select 'customers', variant, pointer, records, first_seen, last_seen from customers.extra
      union all select 'clickstream', variant, pointer, clicks, first_seen, last_seen from clicks.extra) extra
order by first_seen desc, flow, variant, pointer
limit :limit
