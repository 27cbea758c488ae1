select p.day, p.customer, p.currency, p.status, p.order_id as "order", p.placed_at, p.total as revenue, v.upload, v.index
from orders.placed p join orders.version v using (order_id, content_hash) where p.customer is not null
