-- What follows from clicks beyond their flow: profiles that have to learn of sessions, and appeals against alerts.

create table clicks.changed (
  number bigint generated always as identity primary key,
  users  text[] not null,
  days   date[] not null
);
comment on table clicks.changed is 'whose sessions, and sessions of which days, were written; until profiles and the reports of those days have learnt of it';
comment on column clicks.changed.days is 'in UTC, of the starts of the sessions; may have some more';

insert into clicks.changed (users, days)
select array_agg(distinct visitor), array_agg(distinct cast(started at time zone 'UTC' as date)) from clicks.session
where not anonymous group by abs(hashtext(visitor)) % 1000;
insert into clicks.changed (users, days)
select '{}', array_agg(distinct cast(started at time zone 'UTC' as date)) from clicks.session where anonymous having count(*) > 0;

create index on clicks.late (upload, index);

-- From the tickets that dispute something to the alerts about their users.
create index on alerts.alert (subject);
create index on customers.ticket (user_id) where category = 'account';

create table clicks.confirmed_appeal (
  alert   uuid        primary key,
  tickets text[]      not null,
  by      text        not null,
  why     text        not null,
  at      timestamptz not null,
  until   timestamptz not null
);
comment on table clicks.confirmed_appeal is 'alerts that were right to dispute';
comment on column clicks.confirmed_appeal.tickets is 'that disputed it, at that time';
comment on column clicks.confirmed_appeal.until is 'the rule says nothing about the user before; what counts is in clicks.silence';

alter table customers.profile add column sessions int not null default 0, add column clicks bigint not null default 0;
comment on column customers.profile.sessions is 'visits, from clicks.session';
comment on column customers.change.upload is 'null when the catalogue has learnt something, or sessions were written';
