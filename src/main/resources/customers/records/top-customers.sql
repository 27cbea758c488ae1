select t.day, t.user_id as customer, t.currency, t.status, t.transaction_id as "transaction", t.amount as revenue, v.upload, v.index
from customers.transaction t join customers.version v on v.kind = 'transaction' and v.id = t.transaction_id and v.content_hash = t.content_hash
where t.status = 'completed' and t.user_id is not null
