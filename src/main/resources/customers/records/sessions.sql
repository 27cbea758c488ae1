-- A session has no record of its own: its clicks, with theirs, are in the archive.
select cast(started at time zone 'UTC' as date) as day, visitor, anonymous, jsonb_exists(types, 'purchase') as converted, started, ended, clicks,
       cast(null as uuid) as upload, cast(null as bigint) as index
from clicks.session
