-- Replays under way: the letters that were selected when an operator asked for it, and how far each got.

create table dead_letters.replay (
  id          uuid primary key,
  asked_by    text        not null,
  asked_at    timestamptz not null,
  selection   text        not null,
  per_second  double precision check (per_second > 0),
  state       text        not null check (state in ('running', 'paused', 'done')),
  why         text,
  stage       int         not null default 0,
  sent_to     timestamptz not null
);
comment on column dead_letters.replay.per_second is 'null for a ramp';
comment on column dead_letters.replay.stage is 'of a ramp: how many stages have begun';
comment on column dead_letters.replay.sent_to is 'of a rate: until when what was due has been sent';
create index on dead_letters.replay (state);

create table dead_letters.replay_letter (
  replay    uuid not null references dead_letters.replay,
  position  int  not null,
  letter    uuid not null references dead_letters.letter,
  stage     int,
  state     text not null default 'waiting' check (state in ('waiting', 'sent', 'passed', 'failed', 'skipped')),
  sent_at   timestamptz,
  primary key (replay, position)
);
create index on dead_letters.replay_letter (replay, state);
