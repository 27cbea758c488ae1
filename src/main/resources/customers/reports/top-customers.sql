-- Lifetime value: of all completed transactions there are, whatever their day.
select t.user_id as customer, t.currency, count(*) as orders, sum(t.amount) as revenue, cast(p.lifetime_value ->> t.currency as numeric) as lifetime_value
from customers.transaction t join customers.profile p using (user_id)
where t.day between :from and :to and t.status = 'completed'
group by 1, 2, 5 order by t.currency, revenue desc, customer limit :limit
