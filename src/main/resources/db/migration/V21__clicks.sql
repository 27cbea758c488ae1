-- Clicks: the log they are in as soon as they are safe, who works on which part of it, and what comes of it.

create schema clicks;

create table clicks.head (
  one        boolean primary key default true check (one),
  position   bigint  not null default -1,
  partitions int,
  sources    jsonb   not null default '{}'
);
comment on table clicks.head is 'one row: whoever appends to the log locks it, so positions have one order over all instances';
comment on column clicks.head.position is 'of the newest page';
comment on column clicks.head.partitions is 'how many there are; fixed with the first page, because the hash of visitors was laid out by it';
comment on column clicks.head.sources is 'of each source the highest time of event, when it was last heard of, and whether it is waited for';
insert into clicks.head default values;

create table clicks.told (
  one      boolean primary key default true check (one),
  position bigint  not null default -1
);
comment on table clicks.told is 'one row: the ledger knows what became of all pages up to this one; locked by who tells it';
insert into clicks.told default values;

create table clicks.page (
  position    bigint      primary key,
  upload      uuid,
  source      text        not null,
  first_index bigint      not null,
  records     int         not null,
  watermark   bigint      not null,
  floor       bigint      not null,
  clock       bigint      not null,
  taken_at    timestamptz not null,
  content     bytea       not null
);
alter table clicks.page alter column content set storage external;
comment on table clicks.page is 'the log: neighbouring records of an upload, or clicks that turned out to be somebody else''s; times are milliseconds since 1970';
comment on column clicks.page.upload is 'null for what partitions tell each other, and for the note that a source is not waited for any longer';
comment on column clicks.page.watermark is 'what happened before is late: the highest time of the source before this page, less the allowed lateness';
comment on column clicks.page.floor is 'lowest watermark of the sources that are waited for, after this page';
comment on column clicks.page.clock is 'highest time of any source, after this page';
comment on column clicks.page.content is 'clicks by partition, as PageContent writes them; compressed by that, so PostgreSQL need not try';

create table clicks.instance (
  name  text        primary key,
  until timestamptz not null
);
comment on table clicks.instance is 'who works on partitions, or would';

create table clicks.lease (
  partition int         primary key,
  owner     text,
  epoch     bigint      not null default 0,
  until     timestamptz not null default '-infinity',
  position  bigint      not null default -1,
  floor     bigint      not null default -9223372036854775808,
  ongoing   bytea
);
comment on table clicks.lease is 'who works on a partition, and up to where what came of it is written';
comment on column clicks.lease.epoch is 'changes with the owner; what an owner before writes is refused';
comment on column clicks.lease.floor is 'of the page at that position';

create table clicks.shelf (
  partition int    not null,
  hour      bigint not null,
  number    int    not null,
  position  bigint not null,
  part      int    not null,
  bytes     bytea  not null,
  primary key (partition, hour, number, position, part)
);
alter table clicks.shelf alter column bytes set storage external;
comment on table clicks.shelf is 'what a partition knows of an hour of event time and a share of its visitors; its form is the partition''s own';

create table clicks.session (
  visitor    text        not null,
  anonymous  boolean     not null,
  started    timestamptz not null,
  ended      timestamptz not null,
  clicks     int         not null,
  types      jsonb       not null,
  devices    text[]      not null,
  countries  text[]      not null,
  sources    text[]      not null,
  cart_value double precision,
  primary key (visitor, anonymous, started)
);
comment on table clicks.session is 'visits; one is final when clicks.lease.floor of its partition has passed its end and the gap';
create index on clicks.session (started);

create table clicks.minute (
  minute    timestamptz not null,
  partition int         not null,
  events    bigint      not null,
  users     bigint      not null,
  anonymous bigint      not null,
  types     jsonb       not null,
  devices   jsonb       not null,
  countries jsonb       not null,
  primary key (minute, partition)
);
comment on table clicks.minute is 'by minute of event time; partitions share no visitor, so sums over them are exact';

create table clicks.duplicate (
  position bigint not null,
  index    int    not null,
  primary key (position, index)
);
comment on table clicks.duplicate is 'records of pages that were there before, until the ledger knows';

create table clicks.late (
  event_id text        primary key,
  at       timestamptz not null,
  source   text        not null,
  upload   uuid,
  index    bigint      not null,
  click    jsonb       not null,
  found_at timestamptz not null
);
comment on table clicks.late is 'clicks that came too late to be counted, each once: what would have to be corrected';
create index on clicks.late (at);

create table clicks.silence (
  rule      text        not null,
  visitor   text        not null,
  anonymous boolean     not null,
  until     timestamptz not null,
  primary key (rule, visitor, anonymous)
);
comment on table clicks.silence is 'rules that are not to speak of somebody for a while';

create table clicks.extra (
  variant    text        not null,
  pointer    text        not null,
  clicks     bigint      not null,
  first_seen timestamptz not null,
  last_seen  timestamptz not null,
  primary key (variant, pointer)
);
comment on table clicks.extra is 'fields beyond those that are read: how often they come, so that drift is seen';

alter table alerts.alert add column episode timestamptz;
comment on column alerts.alert.episode is 'when it began, for rules of which several alerts about one subject can be open; null for the others';
drop index alerts.alert_flow_rule_subject_idx;
create unique index on alerts.alert (flow, rule, subject, coalesce(episode, '-infinity')) where cleared_at is null;
