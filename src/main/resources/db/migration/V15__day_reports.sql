-- Reports of days that are over, written to the archive.

create table orders.day_report (
  day           date        primary key,
  version       bigint,
  written_at    timestamptz,
  claimed_until timestamptz not null
);
comment on table orders.day_report is 'the report of a day, as it was written last';
comment on column orders.day_report.version is 'null while none was written';
comment on column orders.day_report.claimed_until is 'until then some instance is writing it';
