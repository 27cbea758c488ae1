-- Whatever changes what is known of orders has a number, so that a report can be told as it stood at any time, and why it is another one since.

create table orders.change (
  number      bigint      primary key,
  at          timestamptz not null,
  upload      uuid        not null,
  kind        text        not null,
  noticed_at  timestamptz not null,
  released_by text,
  accepted    int         not null,
  duplicate   int         not null,
  superseded  int         not null,
  quarantined int         not null,
  released    int         not null
);
comment on table orders.change is 'the transactions that took something in, in the order in which they were committed: a page of an upload, or a record released by hand';
comment on column orders.change.at is 'never before that of a smaller number';
comment on column orders.change.kind is 'inbox prefix: orders, catalog or inventory';
comment on column orders.change.noticed_at is 'when its upload was heard of';
comment on column orders.change.released_by is 'null for a page';
comment on column orders.change.released is 'records that came out of quarantine with it';
create index on orders.change (at, number);

create table orders.touched (
  day    date   not null,
  what   text   not null check (what in ('orders', 'refused', 'catalogue', 'stock')),
  change bigint not null,
  primary key (day, what, change)
);
comment on table orders.touched is 'the days whose reports a change bears on, in UTC';
comment on column orders.touched.what is 'orders: those that count; refused: those that do not; catalogue: what is known of products sold on the day; stock: its snapshots';

create table orders.refusal (
  upload uuid   not null,
  index  bigint not null,
  change bigint not null,
  ended  bigint,
  kind   text   not null,
  day    date   not null,
  rules  text[] not null,
  primary key (upload, index, change)
);
comment on table orders.refusal is 'records that break a rule, for as long as they do';
comment on column orders.refusal.ended is 'the change that decided about the record again; null while it did not';
comment on column orders.refusal.day is 'of the order when that can be read, otherwise on which it was received';
create index on orders.refusal (day);

create table orders.product_version (
  product_id  text        not null,
  change      bigint      not null,
  category    text,
  brand       text,
  price       numeric,
  launched_at timestamptz,
  primary key (product_id, change)
);
comment on table orders.product_version is 'what orders.product has said, since which change';

create table orders.stock_version (
  product_id text        not null,
  warehouse  text        not null,
  as_of      timestamptz not null,
  change     bigint      not null,
  quantity   int         not null,
  primary key (product_id, warehouse, as_of, change)
);
comment on table orders.stock_version is 'what orders.stock has said, since which change';

create table orders.warned_by_day (
  day    date   not null,
  rule   text   not null,
  orders bigint not null,
  primary key (day, rule)
);
comment on table orders.warned_by_day is 'orders that count and have a warning of that rule; of any, where the rule is empty';

create table orders.pairs_by_day (
  day     date   not null,
  product text   not null,
  other   text   not null,
  status  text   not null,
  orders  bigint not null,
  primary key (day, product, other, status)
);
comment on table orders.pairs_by_day is 'orders with both products, added up some time after they came; with one of them, where both are the same';

create table orders.paired (
  day    date   primary key,
  change bigint not null
);
comment on table orders.paired is 'up to which change the pairs of a day are added up';

alter table orders.version add column change bigint not null default 0;
alter table orders.version alter column change drop default;
create index on orders.version (change);

alter table orders.revenue_by_day add column filled bigint not null default 0;
alter table orders.revenue_by_day alter column filled drop default;
comment on column orders.revenue_by_day.filled is 'how many of customer, country, state and city these orders tell';

create index on orders.sales_by_day (product_id);

-- What is there already came with change 0.
insert into orders.touched select distinct day, 'orders', 0 from orders.placed;
insert into orders.product_version select product_id, 0, category, brand, price, launched_at from orders.product;
insert into orders.stock_version select product_id, warehouse, as_of, 0, quantity from orders.stock;
insert into orders.refusal
  select q.upload, q.index, 0, null, split_part(u.object_key, '/', 1), cast(q.quarantined_at at time zone 'UTC' as date),
         array(select distinct value ->> 'rule' from jsonb_array_elements(q.reasons))
  from quarantine.record q join ledger.upload u on u.id = q.upload where q.flow = 'orders' and q.state <> 'released';
update orders.revenue_by_day r set filled = p.filled
  from (select day, channel, country, state, currency, status,
               sum(num_nonnulls(customer, nullif(country, 'unknown'), nullif(state, 'unknown'), nullif(city, 'unknown'))) as filled
        from orders.placed group by 1, 2, 3, 4, 5, 6) p
  where (r.day, r.channel, r.country, r.state, r.currency, r.status) = (p.day, p.channel, p.country, p.state, p.currency, p.status);
insert into orders.warned_by_day
  select p.day, coalesce(w.rule, ''), count(distinct p.order_id)
  from orders.placed p join orders.version v using (order_id, content_hash)
       cross join lateral (select distinct value ->> 'rule' as rule from json_array_elements(v.warnings)) w
  group by grouping sets ((p.day, w.rule), (p.day));
