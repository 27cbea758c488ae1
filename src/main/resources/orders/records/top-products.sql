select p.day, l.product_id as product, p.currency, p.status, p.order_id as "order", l.position + 1 as line, l.quantity as units, l.total as revenue, v.upload, v.index
from orders.line l join orders.placed p using (order_id) join orders.version v using (order_id, content_hash)
