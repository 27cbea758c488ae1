-- What customers bought is added up by month: a report over millions of orders reads these sums instead.

create table orders.customers_by_month (
  month    date        not null,
  customer text        not null,
  currency text        not null,
  status   text        not null,
  orders   bigint      not null,
  total    numeric     not null,
  first_at timestamptz not null,
  last_at  timestamptz not null,
  primary key (month, customer, currency, status)
);
comment on table orders.customers_by_month is 'orders of a customer, added up some time after they came';
comment on column orders.customers_by_month.month is 'its first day, in UTC';
comment on column orders.customers_by_month.first_at is 'when the first of them was placed';

create table orders.customers_added (
  month  date   primary key,
  change bigint not null
);
comment on table orders.customers_added is 'up to which change the customers of a month are added up';
