select s.product_id as product, p.category, p.brand, s.currency, cast(sum(s.units) as bigint) as units, sum(s.total) as revenue
from sales_by_day s left join product p using (product_id)
where s.day between :from and :to and s.status = any(:statuses)
group by s.product_id, p.category, p.brand, s.currency having sum(s.lines) <> 0 order by revenue desc, product, s.currency limit :limit
