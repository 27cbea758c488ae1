-- Sessions of people who are erased, and what an erasure has done that no transaction can take back.

create table erasure.session (
  pseudonym   text        primary key,
  erasure     uuid        not null references erasure.erasure,
  subject     text,
  salt        bytea       not null,
  hash        bytea       not null,
  fingerprint int         not null,
  lead        int         not null,
  length      int         not null,
  adopted_at  timestamptz not null,
  spread      boolean     not null default false
);
comment on table erasure.session is 'sessions of the tracker in which somebody erased was seen: by them what came without a user is known';
comment on column erasure.session.subject is 'the id; null once nothing is left of it';
comment on column erasure.session.hash is 'as all that follows, like those of erasure.erasure';
comment on column erasure.session.spread is 'whether everything that may have clicks of it has been noted to be looked through since it is known';
create index on erasure.session (erasure);

create table erasure.effect (
  store text not null,
  kind  text not null,
  thing text not null,
  primary key (store, kind, thing)
);
comment on table erasure.effect is 'what was done piece by piece, or outside of the database, until the step of its store is written down with it: an erasure that was stopped still tells of all';
