-- What an operator asked for and a second one has to approve, where the settings say so.

create table audit.change_request (
  id          uuid primary key,
  action      text        not null check (action in ('edit', 'replay')),
  subject     text        not null,
  summary     text        not null,
  detail      json        not null,
  asked_by    text        not null,
  asked_at    timestamptz not null,
  why         text,
  state       text        not null default 'waiting' check (state in ('waiting', 'approved', 'declined')),
  decided_by  text,
  decided_at  timestamptz,
  decided_why text
);
comment on column audit.change_request.subject is 'id of the letter or replay it is about; its own id when it is about many letters';
comment on column audit.change_request.detail is 'what is carried out once it is approved';
create index on audit.change_request (state, asked_at);

alter table dead_letters.replay drop constraint replay_state_check;
alter table dead_letters.replay add constraint replay_state_check check (state in ('asked', 'running', 'paused', 'done'));
