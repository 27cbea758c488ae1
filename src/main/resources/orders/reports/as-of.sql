-- What was known at change :number, by the same names: worked out again from every version there has been.
with change as (select * from orders.change where number <= :number),
     touched as (select * from orders.touched where change <= :number),
     refusal as (select upload, index, change, case when ended <= :number then ended end as ended, kind, day, rules from orders.refusal where change <= :number),
     product as (select distinct on (product_id) * from orders.product_version where change <= :number order by product_id, change desc),
     stock as (
       select distinct on (product_id, warehouse, as_of) product_id, warehouse, as_of, quantity from orders.stock_version
       where change <= :number order by product_id, warehouse, as_of, change desc),
     counting as (
       select distinct on (order_id) order_id, placed_at, document, warnings from orders.version
       where change <= :number order by order_id, placed_at desc, rank desc, content_hash desc),
     placed as (
       select order_id, placed_at, cast(placed_at at time zone 'UTC' as date) as day, document ->> 'customer' as customer, document ->> 'channel' as channel,
              document ->> 'status' as status, document ->> 'currency' as currency, coalesce(document #>> '{shipTo,country}', 'unknown') as country,
              coalesce(document #>> '{shipTo,state}', 'unknown') as state, coalesce(document #>> '{shipTo,city}', 'unknown') as city,
              cast(document ->> 'total' as numeric) as total, warnings
       from counting),
     line as (
       select order_id, product_id, quantity, quantity * unit_price as total
       from counting cross join lateral (
         select value ->> 'product' as product_id, cast(value ->> 'quantity' as int) as quantity, cast(value ->> 'unitPrice' as numeric) as unit_price
         from json_array_elements(document -> 'lines')) told),
     revenue_by_day as (
       select day, channel, country, state, currency, status, count(*) as orders, sum(total) as total,
              sum(num_nonnulls(customer, nullif(country, 'unknown'), nullif(state, 'unknown'), nullif(city, 'unknown'))) as filled
       from placed group by day, channel, country, state, currency, status),
     sales_by_day as (
       select p.day, l.product_id, p.currency, p.status, count(*) as lines, sum(l.quantity) as units, sum(l.total) as total
       from placed p join line l using (order_id) group by 1, 2, 3, 4),
     warned_by_day as (
       select p.day, coalesce(w.rule, '') as rule, count(distinct p.order_id) as orders
       from placed p cross join lateral (select distinct value ->> 'rule' as rule from json_array_elements(p.warnings)) w
       group by grouping sets ((p.day, w.rule), (p.day))),
     pairs_by_day as (select * from orders.pairs_by_day where false),
     paired as (select * from orders.paired where false),
     sold_line as (select p.day, p.placed_at, p.status, l.product_id, l.quantity from placed p join line l using (order_id)),
     basket as (
       select p.day, p.status, array_agg(distinct l.product_id) as products from placed p join line l using (order_id) group by p.order_id, p.day, p.status),
     customers_by_month as (select * from orders.customers_by_month where false),
     customers_added as (select * from orders.customers_added where false)
