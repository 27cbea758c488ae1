-- What is kept in the archive: the bytes in which things came, and the lines of orders by day.

alter table ledger.upload add column sha256 text;
comment on column ledger.upload.sha256 is 'of its bytes, which are raw/<sha256> in the archive, or wait in ledger.original to be; null while nobody has looked';

create table ledger.original (
  sha256    text        primary key,
  bytes     bytea       not null,
  handed_at timestamptz not null
);
comment on table ledger.original is 'bytes that came over HTTP and are not in the archive yet';
