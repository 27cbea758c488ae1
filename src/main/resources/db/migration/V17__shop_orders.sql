-- Orders of the shop itself: which are to be read from it, and as what each was last read.

create table orders.shop_notice (
  order_id   text        primary key,
  noticed_at timestamptz not null
);
comment on table orders.shop_notice is 'orders the shop says have changed, and that nobody has read since';

create table orders.shop_order (
  order_id     text        primary key,
  content_hash text        not null,
  settled      boolean     not null,
  seen_at      timestamptz not null
);
create index on orders.shop_order (seen_at) where not settled;
comment on column orders.shop_order.settled is 'paid, or over: what comes after shows as a change';
comment on table orders.shop_order is 'what was last read of each: the same again is no news';

create table orders.shop_look (
  one       boolean     primary key default true check (one),
  looked_at timestamptz not null,
  seen_to   timestamptz not null
);
comment on table orders.shop_look is 'one row: when the shop was last asked what has changed, and the last change seen then';
