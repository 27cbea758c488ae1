-- In which trace a change was noticed, so that the trace goes on with the event that is sent for it.

alter table products.notice add column trace text;
comment on column products.notice.trace is 'as W3C''s traceparent; null when it was not traced';
