select t.day, coalesce(p.category, 'unknown') as category, t.currency, t.status, t.transaction_id as "transaction", i.position + 1 as item, i.product_id as product,
       i.quantity as units, i.total as revenue, v.upload, v.index
from customers.transaction t join customers.item i using (transaction_id) left join orders.product p using (product_id)
     join customers.version v on v.kind = 'transaction' and v.id = t.transaction_id and v.content_hash = t.content_hash
where t.status = 'completed'
