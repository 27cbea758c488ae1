-- Tickets by the day on which they were created, as they stand now.
select coalesce(category, 'unknown') as category, count(*) as tickets, count(*) filter (where status not in ('resolved', 'closed')) as open,
       round(avg(sentiment), 2) as sentiment, round(avg(satisfaction), 2) as satisfaction, round(avg(resolution_hours), 2) as resolution_hours
from customers.ticket where day between :from and :to
group by 1 order by tickets desc, category limit :limit
