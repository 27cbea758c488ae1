select t.transaction_id, i.position + 1 as item, t.occurred_at, t.user_id, t.amount, t.currency, t.status, t.payment_method, t.country,
       i.product_id, i.quantity, i.price, i.total as item_total
from customers.transaction t join customers.item i using (transaction_id)
where t.day = :day order by t.occurred_at, t.transaction_id, i.position
