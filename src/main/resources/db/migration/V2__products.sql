create schema products;

-- One row a product, locked by whoever works on it: one writer per product across all instances.
create table products.product (
  supplier        text not null,
  id              text not null,
  handle          text not null unique,
  source_version  text not null,
  content_hash    text not null,
  upload          uuid not null,
  index           bigint not null,
  accepted_at     timestamptz not null,
  pimcore_id      text,
  pimcore_hash    text,
  pimcore_at      timestamptz,
  pimcore_modified timestamptz,
  pimcore_read_at timestamptz,
  pimcore_read_hash text,
  awaited_since   timestamptz,
  published       boolean not null default false,
  held            text,
  medusa_id       text,
  medusa_hash     text,
  medusa_at       timestamptz,
  primary key (supplier, id)
);
comment on column products.product.source_version is 'of the newest record accepted: S3 event time, sequencer, record index; sorts as text';
comment on column products.product.pimcore_hash is 'content hash that Pimcore has confirmed';
comment on column products.product.pimcore_read_hash is 'fingerprint of what was last read of it in Pimcore';
comment on column products.product.awaited_since is 'an event is on its way to whoever reads the product in Pimcore next: it covers all that changes until then';
comment on column products.product.medusa_hash is 'content hash of the Pimcore product that Medusa has confirmed';

-- Who sells a SKU. The second supplier that names it is quarantined.
create table products.sku (
  sku      text primary key,
  supplier text not null,
  id       text not null
);
create index on products.sku (supplier, id);

-- Products whose state in Pimcore has changed and is not on the bus yet (transactional outbox; many notices of one change are one row).
create table products.notice (
  fullpath   text primary key,
  published  boolean not null,
  noticed_at timestamptz not null,
  source     text not null,
  decided    boolean not null default false
);
comment on column products.notice.decided is 'an event will be sent for it, whatever comes in between';

-- Copies of suppliers' images, by where they came from.
create table products.image (
  url       text primary key,
  sha256    text not null,
  copy      text not null,
  copied_at timestamptz not null
);
comment on column products.image.copy is 'where browsers find it';

create table products.sweep (
  name    text primary key,
  seen_to timestamptz not null
);

-- Each mapping that made a product, by its hash, so that every value can be explained later.
create table products.mapping (
  hash       text primary key,
  supplier   text not null,
  files      jsonb not null,
  first_used timestamptz not null
);
