-- What a line's order says of itself, so that who reads enriched lines does not look each order up again.

create or replace view orders.enriched_line as
select l.order_id, l.position, p.placed_at, p.day, p.customer, p.channel, p.status, p.currency, p.country, p.state, p.city,
       l.product_id, c.category, c.brand, c.price as catalogue_price, c.launched_at, l.quantity, l.unit_price, l.total,
       p.placed_at < c.launched_at as before_launch, l.unit_price <> c.price as price_differs,
       p.lines as order_lines, p.total as order_total
from orders.line l join orders.placed p using (order_id) left join orders.product c using (product_id);
