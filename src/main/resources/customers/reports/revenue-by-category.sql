-- Of what is bought and paid for, by what the catalogue says of it now. A product it does not know has no category.
select coalesce(p.category, 'unknown') as category, t.currency, count(distinct t.transaction_id) as orders, sum(i.quantity) as units, sum(i.total) as revenue
from customers.transaction t join customers.item i using (transaction_id) left join orders.product p using (product_id)
where t.day between :from and :to and t.status = 'completed'
group by 1, 2 order by t.currency, revenue desc, category limit :limit
