-- What analysts read: days of all data sets in the archive, and what has changed on them.

create schema archive;

create table archive.mark (
  dataset text   not null,
  day     date   not null,
  number  bigint
);
comment on table archive.mark is 'days on which rows have changed, written in the transaction that changes them; nobody waits for another''s row';
comment on column archive.mark.number is 'of the change, where changes have numbers';
create index on archive.mark (dataset, day);

create table archive.day (
  dataset    text        not null,
  day        date        not null,
  wanted     bigint      not null,
  wanted_at  timestamptz not null,
  heard_at   timestamptz not null,
  version    bigint,
  written_at timestamptz,
  rows       bigint,
  primary key (dataset, day)
);
comment on table archive.day is 'days with rows, and each as it was written to the archive last';
comment on column archive.day.wanted is 'grows with each change; of orders the number of the last change of the day''s orders, or of what the catalogue says of their products';
comment on column archive.day.wanted_at is 'when the last change was noticed';
comment on column archive.day.heard_at is 'when the first change was noticed that is not written, or was the last to be';
comment on column archive.day.rows is 'in the file; null when it was written before they were counted';
comment on column archive.day.version is 'what was wanted when the day was written; null while it was not';
create index on archive.day (dataset, day) where version is distinct from wanted;

insert into archive.day (dataset, day, wanted, wanted_at, heard_at, version, written_at)
  select 'orders', day, wanted, wanted_at, wanted_at, version, written_at from orders.day_lines;
drop table orders.day_lines;

create function archive.mark_days() returns trigger language plpgsql as $$
begin
  execute format('insert into archive.mark (dataset, day) select distinct %L, %s from changed', tg_argv[0], tg_argv[1]);
  return null;
end $$;
comment on function archive.mark_days is 'marks the days of rows that come, change and go: arguments are the data set, and the day of a row';

do $$
declare
  source record;
begin
  for source in
    select * from (values
      ('clicks.session', 'sessions', 'cast(started at time zone ''UTC'' as date)'),
      ('customers.transaction', 'transactions', 'day'),
      ('customers.ticket', 'tickets', 'day'),
      ('customers.history', 'profile-history', 'cast(valid_from at time zone ''UTC'' as date)')) s (name, dataset, day)
  loop
    execute format('create trigger archived_new after insert on %s referencing new table as changed
                    for each statement execute function archive.mark_days(%L, %L)', source.name, source.dataset, source.day);
    execute format('create trigger archived_before after update on %s referencing old table as changed
                    for each statement execute function archive.mark_days(%L, %L)', source.name, source.dataset, source.day);
    execute format('create trigger archived_after after update on %s referencing new table as changed
                    for each statement execute function archive.mark_days(%L, %L)', source.name, source.dataset, source.day);
    execute format('create trigger archived_gone after delete on %s referencing old table as changed
                    for each statement execute function archive.mark_days(%L, %L)', source.name, source.dataset, source.day);
    execute format('insert into archive.mark (dataset, day) select distinct %L, %s from %s', source.dataset, source.day, source.name);
  end loop;
end $$;

create function archive.mark_orders() returns trigger language plpgsql as $$
begin
  insert into archive.mark (dataset, day, number)
    select 'orders', day, max(change) from changed where what in ('orders', 'catalogue') group by day;
  return null;
end $$;
create trigger archived after insert on orders.touched referencing new table as changed
  for each statement execute function archive.mark_orders();

create table archive.clicks_written (
  one      boolean primary key default true check (one),
  position bigint  not null default -1
);
comment on table archive.clicks_written is 'one row: the clicks of all pages of the log up to this one are in the archive; locked by who writes them';
insert into archive.clicks_written (position) select position from clicks.told;

create table archive.clicks_part (
  day        date        not null,
  first_page bigint      not null,
  last_page  bigint      not null,
  clicks     bigint      not null,
  written_at timestamptz not null,
  primary key (day, first_page)
);
comment on table archive.clicks_part is 'files of clicks: those of a day in a stretch of the log';

create schema lineage;

create table lineage.due (
  id       bigint      generated always as identity primary key,
  kind     text        not null,
  subject  text        not null,
  day      date,
  version  bigint,
  begun_at timestamptz not null,
  ended_at timestamptz
);
comment on table lineage.due is 'runs of which OpenLineage is to be told, noted in the transaction that begins or ends them (transactional outbox)';
comment on column lineage.due.kind is 'upload, parquet, clicks or report';
comment on column lineage.due.subject is 'the upload''s id, the data set, or the flow whose report it is';
comment on column lineage.due.ended_at is 'null for the beginning of an upload; what others are told of at once has both';

create function lineage.note_upload() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into lineage.due (kind, subject, begun_at) values ('upload', new.id, new.started_at);
  elsif new.state <> old.state and new.state <> 'receiving' then
    insert into lineage.due (kind, subject, begun_at, ended_at) values ('upload', new.id, new.started_at, coalesce(new.completed_at, new.started_at));
  end if;
  return null;
end $$;
create trigger lineage after insert or update of state on ledger.upload for each row execute function lineage.note_upload();

create function lineage.note_parquet() returns trigger language plpgsql as $$
begin
  insert into lineage.due (kind, subject, day, version, begun_at, ended_at)
    values ('parquet', new.dataset, new.day, new.version, new.wanted_at, new.written_at);
  return null;
end $$;
create trigger lineage after update of version on archive.day for each row execute function lineage.note_parquet();

create function lineage.note_clicks() returns trigger language plpgsql as $$
begin
  insert into lineage.due (kind, subject, day, version, begun_at, ended_at)
    values ('clicks', 'clicks', new.day, new.first_page, new.written_at, new.written_at);
  return null;
end $$;
create trigger lineage after insert on archive.clicks_part for each row execute function lineage.note_clicks();

create function lineage.note_report() returns trigger language plpgsql as $$
begin
  insert into lineage.due (kind, subject, day, version, begun_at, ended_at)
    values ('report', tg_table_schema, new.day, new.version, new.written_at, new.written_at);
  return null;
end $$;
create trigger lineage after update of version on orders.day_report for each row execute function lineage.note_report();
create trigger lineage after update of version on customers.day_report for each row execute function lineage.note_report();
