-- What every flow writes: where each record stands (ledger), what happened to it (journey), what broke a rule (quarantine),
-- what could not be handled (dead letters).

create schema ledger;

create table ledger.upload (
  id            uuid primary key,
  flow          text        not null,
  supplier      text        not null,
  bucket        text        not null,
  object_key    text        not null,
  version_id    text        not null,
  etag          text,
  size          bigint,
  event_time    timestamptz not null,
  sequencer     text        not null,
  state         text        not null check (state in ('receiving', 'complete', 'parked')),
  received      bigint      not null default 0,
  mapping_hash  text,
  started_at    timestamptz not null,
  completed_at  timestamptz,
  unique (bucket, object_key, version_id)
);
comment on column ledger.upload.received is 'records read and safe in the ledger so far; also the index a restart goes on from';
create index on ledger.upload (started_at);

create table ledger.entry (
  upload      uuid        not null references ledger.upload,
  flow        text        not null,
  first_index bigint      not null,
  last_index  bigint      not null,
  state       text        not null check (state in ('in flight', 'delivered', 'unchanged', 'duplicate', 'superseded', 'held',
                                                     'quarantined', 'parked', 'discarded')),
  thing       text,
  detail      text,
  changed_at  timestamptz not null,
  primary key (upload, flow, first_index),
  check (last_index >= first_index)
);
comment on table ledger.entry is 'what became of records first_index to last_index of an upload: exactly one row, so exactly one answer';
create index on ledger.entry (flow, thing);
create index on ledger.entry (upload, state);

create schema journey;

create table journey.hop (
  flow    text        not null,
  thing   text        not null,
  at      timestamptz not null,
  step    text        not null,
  upload  uuid,
  index   bigint,
  what    text        not null,
  data    jsonb
);
create index on journey.hop (flow, thing, at);
create index on journey.hop (upload, index);

create schema quarantine;

create table quarantine.record (
  id           uuid primary key,
  upload       uuid        not null references ledger.upload,
  flow         text        not null,
  index        bigint      not null,
  line         bigint      not null,
  format       text        not null,
  header       text,
  raw          bytea       not null,
  reasons      jsonb       not null,
  mapping_hash text,
  state        text        not null check (state in ('open', 'released', 'discarded')),
  quarantined_at timestamptz not null,
  resolved_at  timestamptz,
  resolved_by  text,
  why          text,
  unique (upload, flow, index)
);
create index on quarantine.record (state, quarantined_at);

create schema dead_letters;

create table dead_letters.letter (
  id           uuid primary key,
  flow         text        not null,
  route        text        not null,
  queue        text        not null,
  lane         text,
  correlation  text,
  upload       uuid,
  index        bigint,
  body         bytea       not null,
  attributes   jsonb       not null,
  target       text,
  error_class  text        not null,
  error        text        not null,
  fingerprint  text        not null,
  attempts     int         not null,
  first_failed_at timestamptz not null,
  parked_at    timestamptz not null,
  state        text        not null check (state in ('open', 'replayed', 'discarded')),
  replays      int         not null default 0,
  resolved_at  timestamptz,
  resolved_by  text,
  why          text
);
create index on dead_letters.letter (state, parked_at);
create index on dead_letters.letter (fingerprint);

-- Failures of messages that are still in a queue. A row goes when its message is done or parked.
create table dead_letters.attempt (
  message         uuid primary key,
  attempts        int         not null,
  first_failed_at timestamptz not null,
  last_failed_at  timestamptz not null,
  error           text        not null
);

create schema audit;

create table audit.action (
  at      timestamptz not null,
  who     text        not null,
  action  text        not null,
  subject text        not null,
  why     text
);
