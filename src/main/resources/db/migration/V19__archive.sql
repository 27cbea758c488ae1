-- What is kept in the archive: the bytes in which things came, and the lines of orders by day.

alter table ledger.upload add column sha256 text;
comment on column ledger.upload.sha256 is 'of its bytes, which are raw/<sha256> in the archive, or wait in ledger.original to be; null while nobody has looked';

create table ledger.original (
  sha256    text        primary key,
  bytes     bytea       not null,
  handed_at timestamptz not null
);
comment on table ledger.original is 'bytes that came over HTTP and are not in the archive yet';

create table orders.day_lines (
  day        date        primary key,
  wanted     bigint      not null,
  wanted_at  timestamptz not null,
  version    bigint,
  written_at timestamptz
);
comment on table orders.day_lines is 'days with orders, and the lines of each as they were written to the archive last';
comment on column orders.day_lines.wanted is 'the last change of the day''s orders, or of what the catalogue says of their products';
comment on column orders.day_lines.version is 'the change up to which the lines were written; null while they were not';
create index on orders.day_lines (day) where version is distinct from wanted;

insert into orders.day_lines (day, wanted, wanted_at)
  select day, max(change), now() from orders.touched where what in ('orders', 'catalogue') group by day;
