-- An appeal can be declined as well as confirmed.

create table clicks.declined_appeal (
  alert   uuid        primary key,
  tickets text[]      not null,
  by      text        not null,
  why     text        not null,
  at      timestamptz not null
);
comment on table clicks.declined_appeal is 'alerts that were not right to dispute, unless clicks.confirmed_appeal has them: then somebody has thought better of it';
comment on column clicks.declined_appeal.tickets is 'that disputed it, at that time; with another one the appeal waits again';
