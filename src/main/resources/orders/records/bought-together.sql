-- As in the report, an order with more than fifty products (OrderReports.LARGEST_BASKET) is in no pair.
select distinct p.day, a.product_id as product, b.product_id as other, p.status, p.order_id as "order", v.upload, v.index
from orders.line a join orders.line b using (order_id) join orders.placed p using (order_id) join orders.version v using (order_id, content_hash)
where a.product_id < b.product_id and (select count(distinct l.product_id) from orders.line l where l.order_id = p.order_id) <= 50
