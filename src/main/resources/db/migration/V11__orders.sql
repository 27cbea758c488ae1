-- Orders, each counted once: every version ever seen, the one that counts, and what is added up from it. Beside them the newest catalogue and stock.

create schema orders;

create table orders.version (
  order_id     text        not null,
  content_hash bytea       not null,
  placed_at    timestamptz not null,
  rank         smallint    not null,
  document     json        not null,
  warnings     json,
  upload       uuid        not null,
  index        bigint      not null,
  received_at  timestamptz not null,
  primary key (order_id, content_hash)
);
comment on table orders.version is 'each content an order ever came with; the greatest by (placed_at, rank, content_hash) counts, the others are history';
comment on column orders.version.rank is 'of the status: 0 pending, 1 confirmed, 2 cancelled';
comment on column orders.version.upload is 'the record that brought this content first';
create index on orders.version (upload, index);

create table orders.placed (
  order_id     text        primary key,
  content_hash bytea       not null,
  placed_at    timestamptz not null,
  rank         smallint    not null,
  day          date        not null,
  customer     text,
  channel      text        not null,
  status       text        not null,
  currency     text        not null,
  country      text        not null,
  state        text        not null,
  city         text        not null,
  lines        int         not null,
  total        numeric     not null
);
comment on table orders.placed is 'the version of each order that counts';
comment on column orders.placed.day is 'of placed_at, in UTC';
create index on orders.placed (day);
create index on orders.placed (customer);

create table orders.line (
  order_id   text     not null,
  position   int      not null,
  product_id text     not null,
  quantity   int      not null,
  unit_price numeric  not null,
  total      numeric  not null,
  primary key (order_id, position)
);
comment on table orders.line is 'of orders.placed, written with it; no foreign key, which would be looked up for each line';
create index on orders.line (product_id);

create table orders.product (
  product_id  text        primary key,
  category    text,
  brand       text,
  price       numeric,
  launched_at timestamptz,
  as_of       timestamptz not null,
  source_version text     not null,
  content_hash bytea      not null,
  upload      uuid        not null,
  index       bigint      not null
);
comment on table orders.product is 'the catalogue: the newest of each product by its own time stamp';

create table orders.stock (
  product_id  text        not null,
  warehouse   text        not null,
  as_of       timestamptz not null,
  quantity    int         not null,
  source_version text     not null,
  upload      uuid        not null,
  index       bigint      not null,
  primary key (product_id, warehouse, as_of)
);
comment on table orders.stock is 'snapshots; the newest of each product and warehouse tells what is there';

create view orders.enriched_line as
select l.order_id, l.position, p.placed_at, p.day, p.customer, p.channel, p.status, p.currency, p.country, p.state, p.city,
       l.product_id, c.category, c.brand, c.price as catalogue_price, c.launched_at, l.quantity, l.unit_price, l.total,
       p.placed_at < c.launched_at as before_launch, l.unit_price <> c.price as price_differs
from orders.line l join orders.placed p using (order_id) left join orders.product c using (product_id);
comment on view orders.enriched_line is 'lines with what the catalogue says of their products now: when it learns, they follow';

create table orders.revenue_by_day (
  day      date    not null,
  channel  text    not null,
  country  text    not null,
  state    text    not null,
  currency text    not null,
  status   text    not null,
  orders   bigint  not null,
  total    numeric not null,
  primary key (day, channel, country, state, currency, status)
);

create table orders.sales_by_day (
  day        date    not null,
  product_id text    not null,
  currency   text    not null,
  status     text    not null,
  lines      bigint  not null,
  units      bigint  not null,
  total      numeric not null,
  primary key (day, product_id, currency, status)
);

create table orders.waiting (
  product_id text   not null,
  upload     uuid   not null,
  index      bigint not null,
  primary key (product_id, upload, index)
);
comment on table orders.waiting is 'records in quarantine for nothing but products the catalogue does not know yet';
create index on orders.waiting (upload, index);

create table orders.extra (
  variant    text        not null,
  pointer    text        not null,
  orders     bigint      not null,
  first_seen timestamptz not null,
  last_seen  timestamptz not null,
  primary key (variant, pointer)
);
comment on table orders.extra is 'fields beyond those a mapping reads: how often they come, so that drift is seen';

create table orders.mapping (
  hash        text        primary key,
  variant     text        not null,
  files       jsonb       not null,
  archived_at timestamptz not null
);
comment on table orders.mapping is 'mappings as they were when records went through them, by their hash';
