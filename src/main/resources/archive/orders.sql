-- Lines of an order are counted from 1.
select e.order_id, e.position + 1 as line, e.placed_at, e.customer, e.channel, e.status, e.currency, e.country, e.state, e.city,
       p.lines as order_lines, p.total as order_total, e.product_id, e.category, e.brand, e.catalogue_price, e.launched_at,
       e.before_launch, e.price_differs, e.quantity, e.unit_price, e.total as line_total
from orders.enriched_line e join orders.placed p using (order_id)
where e.day = :day order by e.placed_at, e.order_id, e.position
