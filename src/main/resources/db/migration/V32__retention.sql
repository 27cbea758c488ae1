-- Originals are kept by the area they belong to, for as long as its data: raw/<area>/<sha256>.
alter table ledger.original add column area text not null default '';
update ledger.original o set area = split_part(u.object_key, '/', 1) from ledger.upload u where u.sha256 = o.sha256;
alter table ledger.original alter column area drop default;
alter table ledger.original drop constraint original_pkey;
alter table ledger.original add primary key (area, sha256);
comment on column ledger.original.area is 'the first folder of the key: orders, clicks …';
comment on column ledger.upload.sha256 is 'of its bytes, which are raw/<area>/<sha256> in the archive, or wait in ledger.original to be; null while nobody has looked';

create function ledger.original_key(object_key text, sha256 text) returns text
  language sql immutable strict
  return 'raw/' || split_part(object_key, '/', 1) || '/' || sha256;
comment on function ledger.original_key is 'where the archive keeps the bytes of an upload';

-- Letters that go are looked up here.
create index on dead_letters.replay_letter (letter);
