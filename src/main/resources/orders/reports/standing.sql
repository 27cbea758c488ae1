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
     paired as not materialized (select * from orders.paired)
