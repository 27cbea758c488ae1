-- The days that are over, yesterday even when nothing happened on it, and the greatest number of a change that bears on the report of each.
select day, coalesce((select max(change) from customers.touched t where t.day = o.day), 0) as version
from (select distinct day from customers.touched where day < :today
      union select cast(:today as date) - 1 where exists (select from customers.touched)) o
