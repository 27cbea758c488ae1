-- Tasks and erasures are runs, too, of which OpenLineage is to be told.

comment on column lineage.due.kind is 'upload, parquet, clicks, report, task-done, task-parked or erasure';
comment on column lineage.due.subject is 'the id of the upload, task or erasure, the data set, or the flow whose report it is';

create function lineage.note_task() returns trigger language plpgsql as $$
begin
  insert into lineage.due (kind, subject, begun_at, ended_at) values ('task-' || new.state, new.id, new.started_at, new.ended_at);
  return null;
end $$;
-- Those that are parked behind another one did not run.
create trigger lineage after update of state on tasks.task for each row
  when (old.state = 'working' and new.state in ('done', 'parked')) execute function lineage.note_task();

create function lineage.note_erasure() returns trigger language plpgsql as $$
begin
  insert into lineage.due (kind, subject, version, begun_at, ended_at)
    values ('erasure', new.id, cast(extract(epoch from new.done_at) * 1000 as bigint), new.asked_at, new.done_at);
  return null;
end $$;
-- Whoever comes again is erased again, in a run of its own.
create trigger lineage after update of state on erasure.erasure for each row
  when (old.state = 'working' and new.state = 'done' and new.done_at is not null) execute function lineage.note_erasure();
