-- People who asked to be forgotten: what is done about each, and how a record of one is known when it comes again.

create schema erasure;

create table erasure.erasure (
  id          uuid        primary key,
  subject     text,
  pseudonym   text        not null unique,
  salt        bytea       not null,
  hash        bytea       not null,
  fingerprint int         not null,
  lead        int         not null,
  length      int         not null,
  asked_at    timestamptz not null,
  asked_by    text        not null,
  why         text        not null,
  state       text        not null check (state in ('working', 'done')),
  position    int         not null default 0,
  news        boolean     not null default false,
  rests       text[]      not null default '{}',
  done_at     timestamptz,
  left_over   json,
  certificate json
);
comment on table erasure.erasure is 'people who are erased, and how far it is with each; stays for ever, so that they are known when they come again';
comment on column erasure.erasure.subject is 'who it is; null once nothing is left of them';
comment on column erasure.erasure.hash is 'SHA-256 of salt and id, in UTF-8: by it a record of somebody erased is known';
comment on column erasure.erasure.fingerprint is 'of the first word in the id, 32 bits that tell little: what does not have it need not be hashed';
comment on column erasure.erasure.lead is 'bytes of the id before that word';
comment on column erasure.erasure.length is 'bytes of the id';
comment on column erasure.erasure.left_over is 'places in which a scan has found them all the same; it is tried again';
comment on column erasure.erasure.position is 'of the store that is next, in the round under way: a round that finds nothing is the last one';
comment on column erasure.erasure.news is 'whether this round has found something';
comment on column erasure.erasure.rests is 'what has to be waited for, as this round has it';
create index on erasure.erasure (asked_at);

create table erasure.step (
  erasure uuid        not null references erasure.erasure,
  store   text        not null,
  found   jsonb       not null,
  did     text        not null,
  at      timestamptz not null,
  primary key (erasure, store)
);
comment on table erasure.step is 'what was done about somebody in each store, for the certificate';
comment on column erasure.step.found is 'what was found, over all times that it was looked: kind to how many';

create table erasure.look (
  upload uuid        primary key,
  since  timestamptz not null
);
comment on table erasure.look is 'uploads whose bytes are still to be looked through for people who are erased';

create table erasure.click_file (
  day        date   not null,
  first_page bigint not null,
  primary key (day, first_page)
);
comment on table erasure.click_file is 'files of clicks that are still to be looked through for people who are erased, as archive.clicks_part names them';

create table erasure.rewritten (
  old text primary key,
  new text not null,
  at  timestamptz not null
);
comment on table erasure.rewritten is 'bytes that had somebody erased in them, by their SHA-256, and those that took their place in the archive';

create table erasure.obsolete (
  bucket     text not null,
  object_key text not null,
  version_id text not null,
  primary key (bucket, object_key, version_id)
);
comment on table erasure.obsolete is 'objects that are to go now that others have taken their place; an empty version means all of them';

alter table audit.change_request drop constraint change_request_action_check;
alter table audit.change_request add constraint change_request_action_check check (action in ('edit', 'replay', 'erase'));
