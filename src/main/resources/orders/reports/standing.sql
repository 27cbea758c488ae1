-- What is known now, by the names that the reports use: the tables themselves.
with change as not materialized (select * from orders.change),
     touched as not materialized (select * from orders.touched),
     refusal as not materialized (select * from orders.refusal),
     product as not materialized (select * from orders.product),
     stock as not materialized (select * from orders.stock),
     placed as not materialized (select * from orders.placed),
     line as not materialized (select * from orders.line),
     revenue_by_day as not materialized (select * from orders.revenue_by_day),
     sales_by_day as not materialized (select * from orders.sales_by_day),
     warned_by_day as not materialized (select * from orders.warned_by_day),
     pairs_by_day as not materialized (select * from orders.pairs_by_day),
     paired as not materialized (select * from orders.paired),
-- The lines of some days are looked up order by order (offset 0): a plan that knows nothing of the days would read all there are.
     sold_line as not materialized (
       select o.day, o.placed_at, o.status, l.product_id, l.quantity
       from orders.placed o cross join lateral (select product_id, quantity from orders.line where order_id = o.order_id offset 0) l),
     basket as not materialized (
       select o.day, o.status, l.products
       from orders.placed o cross join lateral (select array_agg(distinct product_id) as products from orders.line where order_id = o.order_id) l),
     customers_by_month as not materialized (select * from orders.customers_by_month),
     customers_added as not materialized (select * from orders.customers_added)
