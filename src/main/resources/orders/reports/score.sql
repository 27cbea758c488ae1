-- The quality score of a whole period, as quality.sql has it for a day; null when there is no record.
select round(coalesce(filled / nullif(4.0 * orders, 0), 0) * (orders - warned) / nullif(orders + refused, 0), 4)
from (select coalesce(sum(orders), 0) as orders, coalesce(sum(filled), 0) as filled from revenue_by_day where day between :from and :to) told,
     (select coalesce(sum(orders), 0) as warned from warned_by_day where rule = '' and day between :from and :to) warned,
     (select count(*) as refused from refusal where kind = 'orders' and ended is null and day between :from and :to) refused
