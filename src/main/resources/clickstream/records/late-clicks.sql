select cast(at at time zone 'UTC' as date) as day, source, click ->> 'type' as type, event_id as event, click ->> 'user' as "user", at, found_at, upload, index
from clicks.late
