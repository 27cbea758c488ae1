-- Tasks handed in over HTTP, done once and in the order of their lane.

create schema tasks;

-- One row a lane. Its lock is held by whoever accepts a task of it, takes one, or says what became of one, and never while a handler works.
create table tasks.lane (
  name         text primary key,
  accepted     bigint not null default 0,
  wanted       bigint not null default 0,
  sent         bigint not null default 0,
  sent_at      timestamptz,
  worker       uuid,
  worker_until timestamptz,
  not_before   timestamptz
);
comment on column tasks.lane.accepted is 'sequence of the task accepted last';
comment on column tasks.lane.wanted is 'wake-ups the lane has asked for (transactional outbox: what is above "sent" is not in the queue yet)';
comment on column tasks.lane.worker is 'who does its tasks now; nobody once worker_until is over';
comment on column tasks.lane.not_before is 'when its first task may be tried again';
create index on tasks.lane (name) where wanted > sent;

create table tasks.task (
  id           uuid primary key,
  number       bigint generated always as identity unique,
  lane         text        not null references tasks.lane,
  sequence     bigint      not null,
  title        text        not null,
  description  text        not null,
  priority     text        not null check (priority in ('low', 'medium', 'high')),
  due_date     timestamptz,
  kind         text        not null,
  handed_in_by text        not null,
  state        text        not null check (state in ('accepted', 'working', 'done', 'parked', 'discarded')),
  accepted_at  timestamptz not null,
  started_at   timestamptz,
  ended_at     timestamptz,
  attempts     int         not null default 0,
  last_error   text,
  unique (lane, sequence)
);
comment on column tasks.task.number is 'order of acceptance across lanes; drawn under the lane''s lock, so within a lane it is that of the sequence';
comment on column tasks.task.started_at is 'of the last attempt';
comment on column tasks.task.ended_at is 'done, parked or discarded since';
create index on tasks.task (lane, sequence) where state in ('accepted', 'working', 'parked');
create index on tasks.task (number) where state <> 'done';
create index on tasks.task (handed_in_by, number);

-- First answers by Idempotency-Key, for a day.
create table tasks.answer (
  owner  text        not null,
  key    text        not null,
  body   text        not null,
  answer json,
  at     timestamptz not null,
  primary key (owner, key)
);
comment on column tasks.answer.owner is 'name of the API key it came with';
comment on column tasks.answer.answer is 'as it was given: json, not jsonb, keeps it so';
comment on column tasks.answer.body is 'hash of the body it came with';
create index on tasks.answer (at);

-- What is to be told of tasks, on the bus and by webhook (transactional outbox), and what was.
create table tasks.notice (
  id            bigint generated always as identity primary key,
  task          uuid        not null references tasks.task,
  type          text        not null check (type in ('TaskDone', 'TaskParked')),
  detail        jsonb       not null,
  at            timestamptz not null,
  bus_at        timestamptz,
  hook_after    timestamptz,
  hook_at       timestamptz,
  hook_attempts int         not null default 0,
  hook_error    text
);
comment on column tasks.notice.bus_at is 'on the bus since';
comment on column tasks.notice.hook_after is 'a webhook is to be sent, and not before; null when none is wanted, or no more';
create index on tasks.notice (id) where bus_at is null;
create index on tasks.notice (hook_after) where hook_after is not null;
create index on tasks.notice (task);
