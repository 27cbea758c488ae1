select t.day, coalesce(t.category, 'unknown') as category, t.status, t.ticket_id as ticket, t.sentiment, t.satisfaction, t.resolution_hours, v.upload, v.index
from customers.ticket t join customers.version v on v.kind = 'ticket' and v.id = t.ticket_id and v.content_hash = t.content_hash
