-- What is out of the ordinary, for as long as it is; and what is remembered of orders to tell.

create schema alerts;

create table alerts.alert (
  id               uuid        primary key,
  flow             text        not null,
  rule             text        not null,
  subject          text        not null,
  title            text        not null,
  evidence         jsonb       not null,
  clears_when      text        not null,
  raised_at        timestamptz not null,
  cleared_at       timestamptz,
  task             uuid,
  raised_event_at  timestamptz,
  cleared_event_at timestamptz
);
comment on column alerts.alert.evidence is 'as it was seen last: it follows what is looked at while the alert is open';
comment on column alerts.alert.task is 'the task it was handed over as; null when its rule wants none';
comment on column alerts.alert.raised_event_at is 'that it was raised is on the bus since (transactional outbox: null, not yet)';
comment on column alerts.alert.cleared_event_at is 'that it has cleared is on the bus since';
create unique index on alerts.alert (flow, rule, subject) where cleared_at is null;
create index on alerts.alert (raised_at);
create index on alerts.alert (cleared_at) where cleared_at is not null;
create index on alerts.alert (id) where raised_event_at is null or cleared_at is not null and cleared_event_at is null;

create table orders.watched (
  one      boolean     primary key default true check (one),
  change   bigint      not null default -1,
  stock_at timestamptz not null default '-infinity'
);
comment on table orders.watched is 'one row: up to which change orders were looked at for what is out of the ordinary, and when stock was; locked by who looks';
insert into orders.watched default values;

create table orders.count_by_hour (
  hour    timestamptz not null,
  channel text        not null,
  orders  bigint      not null,
  primary key (hour, channel)
);
comment on table orders.count_by_hour is 'orders by the hour in which they were placed, each counted once, whatever becomes of it';

create table orders.recent_amounts (
  rule     text               not null,
  subject  text               not null,
  currency text               not null,
  amounts  double precision[] not null,
  primary key (rule, subject, currency)
);
comment on table orders.recent_amounts is 'amounts of a customer''s orders or a product''s lines, the newest last: what the next one is compared with';

create table orders.odd_order (
  rule         text             not null,
  subject      text             not null,
  order_id     text             not null,
  content_hash bytea            not null,
  found_at     timestamptz      not null,
  currency     text             not null,
  amount       double precision not null,
  median       double precision not null,
  score        double precision not null,
  primary key (rule, subject, order_id, content_hash)
);
comment on table orders.odd_order is 'versions of orders whose amount is far from what is usual';
create index on orders.odd_order (found_at);

create table orders.quality_by_change (
  change  bigint      primary key,
  at      timestamptz not null,
  orders  bigint      not null,
  filled  bigint      not null,
  warned  bigint      not null,
  refused bigint      not null
);
comment on table orders.quality_by_change is 'what the quality score is worked out of, for each transaction that took orders in';
create index on orders.quality_by_change (at);

create index on orders.refusal (change);
