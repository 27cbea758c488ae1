-- Lines of an order are counted from 1.
select order_id, position + 1 as line, placed_at, customer, channel, status, currency, country, state, city,
       order_lines, order_total, product_id, category, brand, catalogue_price, launched_at,
       before_launch, price_differs, quantity, unit_price, total as line_total
from orders.enriched_line
where day = :day order by placed_at, order_id, position
