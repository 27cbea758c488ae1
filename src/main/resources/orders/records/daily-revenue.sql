select p.day, p.channel, p.country, p.state, p.currency, p.status, p.order_id as "order", p.total as revenue, v.upload, v.index
from orders.placed p join orders.version v using (order_id, content_hash)
