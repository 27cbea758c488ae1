-- The days that are over, yesterday even without orders, and the greatest number of a change that bears on the report of each.
select day, greatest(0, (select max(change) from orders.touched t where t.day = o.day and t.what = 'orders'),
                        (select max(change) from orders.touched t where t.day = o.day and t.what = 'refused'),
                        (select max(change) from orders.touched t where t.day = o.day and t.what = 'catalogue')) as version
from (select day from archive.day where dataset = 'orders' and day < :today
      union select day from archive.mark where dataset = 'orders' and day < :today
      union select cast(:today as date) - 1 where exists (select from orders.placed)) o
