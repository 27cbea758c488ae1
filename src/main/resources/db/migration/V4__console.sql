-- Who is signed in at the console, and who tried a key that is none.

create schema console;

create table console.session (
  token_hash   text primary key,
  caller       text        not null,
  role         text        not null,
  signed_in_at timestamptz not null,
  seen_at      timestamptz not null
);
comment on column console.session.token_hash is 'SHA-256 of what the browser holds';

create table console.wrong_try (
  address text        not null,
  at      timestamptz not null
);
create index on console.wrong_try (address, at);

-- Throughput by the minute. Of the size of a leaflet, because rows lie nearly in the order they were changed in.
create index on ledger.entry using brin (changed_at);

-- Products that wait for somebody.
create index on products.product (held, pimcore_at) where held is not null;
