-- Edited messages of dead letters: what goes to the queue at the next replay. The original stays with its letter.

create table dead_letters.edit (
  id         bigint generated always as identity primary key,
  letter     uuid        not null references dead_letters.letter,
  message    uuid        not null,
  body       bytea       not null,
  edited_by  text        not null,
  edited_at  timestamptz not null,
  why        text        not null,
  undone_at  timestamptz
);
comment on column dead_letters.edit.message is 'identity of the edited message in its queue: when it fails, it is still this letter';
create index on dead_letters.edit (letter);
create index on dead_letters.edit (message);
create index on audit.action (subject, at);
