-- Replays of dead letters, releases from quarantine and what leaves on its day are runs, too, of which OpenLineage is to be told.

alter table lineage.due add column rows jsonb;
comment on column lineage.due.kind is 'upload, parquet, clicks, report, task-done, task-parked, erasure, replay, replay-failed, release, release-failed or retention';
comment on column lineage.due.subject is 'the id of the upload, task, erasure, replay or release, the data set, the flow whose report it is, or whose round of retention';
comment on column lineage.due.ended_at is 'null for the beginning of an upload, replay or release, and of a round of retention until it is over; what others are told of at once has both';
comment on column lineage.due.rows is 'queue, flow and folder, or table, to how many letters, records or rows; null of other kinds';
-- A round that was stopped goes on with the next one: it is the same run.
create unique index on lineage.due (subject) where kind = 'retention' and ended_at is null;
