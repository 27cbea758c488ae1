select ticket_id, created_at, changed_at, user_id, category, priority, status, sentiment, satisfaction, resolution_hours
from customers.ticket where day = :day order by created_at, ticket_id
