-- Customers: what they bought and asked for, each counted once, and what follows from it: a profile, and the history of what is tracked of them.

-- For the exclusion constraint of customers.history; a trusted extension, which the owner of a database may create.
create extension if not exists btree_gist;

create schema customers;

create table customers.version (
  kind         text        not null check (kind in ('transaction', 'ticket')),
  id           text        not null,
  content_hash bytea       not null,
  moment       timestamptz not null,
  rank         smallint    not null,
  user_id      text,
  document     json        not null,
  warnings     json,
  upload       uuid        not null,
  index        bigint      not null,
  received_at  timestamptz not null,
  primary key (kind, id, content_hash)
);
comment on table customers.version is 'each content a transaction or ticket ever came with; the greatest by (moment, rank, content_hash) counts, the others are history';
comment on column customers.version.moment is 'of a transaction when it was made, of a ticket when it was changed last';
comment on column customers.version.rank is 'of the status, in the order in which a transaction or ticket goes through them';
comment on column customers.version.upload is 'the record that brought this content first';
create index on customers.version (user_id);
create index on customers.version (upload, index);

create table customers.transaction (
  transaction_id   text        primary key,
  content_hash     bytea       not null,
  occurred_at      timestamptz not null,
  rank             smallint    not null,
  day              date        not null,
  user_id          text,
  amount           numeric     not null,
  currency         text        not null,
  status           text        not null,
  payment_method   text,
  shipping_address text,
  country          text
);
comment on table customers.transaction is 'the version of each transaction that counts';
comment on column customers.transaction.day is 'of occurred_at, in UTC';
comment on column customers.transaction.country is 'of the bill, ISO 3166 with two letters';
create index on customers.transaction (user_id);
create index on customers.transaction (day);

create table customers.item (
  transaction_id text    not null,
  position       int     not null,
  product_id     text    not null,
  quantity       int     not null,
  price          numeric not null,
  total          numeric not null,
  primary key (transaction_id, position)
);
comment on table customers.item is 'of customers.transaction, written with it';
create index on customers.item (product_id);

create table customers.ticket (
  ticket_id        text        primary key,
  content_hash     bytea       not null,
  created_at       timestamptz not null,
  changed_at       timestamptz not null,
  rank             smallint    not null,
  day              date        not null,
  user_id          text        not null,
  category         text,
  priority         text,
  status           text        not null,
  sentiment        numeric,
  satisfaction     numeric,
  resolution_hours numeric
);
comment on table customers.ticket is 'the version of each ticket that counts';
comment on column customers.ticket.day is 'of created_at, in UTC';
create index on customers.ticket (user_id);
create index on customers.ticket (day);

create table customers.profile (
  user_id        text        primary key,
  first_seen     timestamptz not null,
  last_seen      timestamptz not null,
  transactions   int         not null,
  orders         int         not null,
  lifetime_value jsonb       not null,
  tickets        int         not null,
  open_tickets   int         not null,
  sentiment      numeric,
  satisfaction   numeric
);
comment on table customers.profile is 'one row a customer, worked out from what counts of them in the transaction that changes it';
comment on column customers.profile.orders is 'transactions that are completed';
comment on column customers.profile.lifetime_value is 'of completed transactions, by currency; different currencies are never added up';

create table customers.history (
  user_id          text        not null,
  valid_from       timestamptz not null,
  valid_to         timestamptz check (valid_to > valid_from),
  country          text,
  device_type      text,
  shipping_address text,
  payment_method   text,
  support_status   text,
  primary key (user_id, valid_from),
  constraint no_overlap exclude using gist (user_id with =, tstzrange(valid_from, valid_to) with &&),
  constraint no_gap foreign key (user_id, valid_to) references customers.history (user_id, valid_from) deferrable initially deferred
);
comment on table customers.history is 'slowly changing dimension of type 2: valid_from inclusive, valid_to exclusive, null for the row that is current, of which no_overlap lets no second one in';
-- The foreign key looks here when a row goes.
create index on customers.history (user_id, valid_to);

create table customers.change (
  number      bigint      primary key,
  at          timestamptz not null,
  upload      uuid,
  released_by text
);
comment on table customers.change is 'the transactions that took something in, in the order in which they were committed';
comment on column customers.change.upload is 'null when the catalogue has learnt something';
comment on column customers.change.released_by is 'null for a page';

create table customers.touched (
  day    date   not null,
  change bigint not null,
  primary key (day, change)
);
comment on table customers.touched is 'the days whose report a change bears on, in UTC';

create table customers.refusal (
  upload uuid   not null,
  index  bigint not null,
  kind   text   not null,
  day    date   not null,
  rules  text[] not null,
  primary key (upload, index)
);
comment on table customers.refusal is 'records that break a rule, for as long as they do';
comment on column customers.refusal.kind is 'inbox prefix: transactions or tickets';
comment on column customers.refusal.day is 'of the transaction or ticket when that can be read, otherwise on which it was received';
create index on customers.refusal (day);

create table customers.waiting (
  product_id text   not null,
  upload     uuid   not null,
  index      bigint not null,
  primary key (product_id, upload, index)
);
comment on table customers.waiting is 'records in quarantine for nothing but products the catalogue does not know yet';
create index on customers.waiting (upload, index);

create table customers.catalogue_look (
  one    boolean primary key default true check (one),
  number bigint  not null
);
comment on table customers.catalogue_look is 'one row: the last change of the catalogue (orders.change) that transactions have been looked at for';

create table customers.extra (
  variant    text        not null,
  pointer    text        not null,
  records    bigint      not null,
  first_seen timestamptz not null,
  last_seen  timestamptz not null,
  primary key (variant, pointer)
);
comment on table customers.extra is 'fields beyond those a mapping reads: how often they come, so that drift is seen';

create table customers.mapping (
  hash        text        primary key,
  variant     text        not null,
  files       jsonb       not null,
  archived_at timestamptz not null
);
comment on table customers.mapping is 'mappings as they were when records went through them, by their hash';

create table customers.day_report (
  day           date        primary key,
  version       bigint,
  written_at    timestamptz,
  claimed_until timestamptz not null
);
comment on table customers.day_report is 'the report of a day, as it was written last';

create table orders.listed_stock (
  product_id     text        not null,
  as_of          timestamptz not null,
  stock          int         not null,
  source_version text        not null,
  change         bigint      not null,
  primary key (product_id, as_of)
);
comment on column orders.listed_stock.change is 'the change of orders that said so last';
create index on orders.listed_stock (change);
create index on orders.product_version (change);
comment on table orders.listed_stock is 'what each version of the catalogue says of stock; what warehouses count is in orders.stock';

create view customers.finding as
select t.transaction_id, t.day, w.value ->> 'rule' as rule, w.value ->> 'pointer' as pointer, w.value ->> 'value' as value
from customers.transaction t join customers.version v on v.kind = 'transaction' and v.id = t.transaction_id and v.content_hash = t.content_hash
     cross join lateral json_array_elements(v.warnings) w
union all
select t.transaction_id, t.day, 'transaction-product-unknown', null, i.product_id
from customers.transaction t join customers.item i using (transaction_id)
where not exists (select from orders.product p where p.product_id = i.product_id)
union all
select t.transaction_id, t.day, 'transaction-quantity-above-stock', null, concat_ws(' ', i.quantity, 'of', i.product_id)
from customers.transaction t
     cross join lateral (select product_id, sum(quantity) as quantity from customers.item where transaction_id = t.transaction_id group by product_id) i
     cross join lateral (
       select stock from orders.listed_stock s where s.product_id = i.product_id
       order by s.as_of > t.occurred_at, abs(extract(epoch from s.as_of - t.occurred_at)) limit 1) s
where i.quantity > s.stock;
comment on view customers.finding is 'what is odd about transactions that count; what the catalogue has to do with follows it when it learns';
comment on column customers.finding.pointer is 'into the record as it came; null where the catalogue has the last word';
