-- In which trace a task was handed in, so that doing it goes on with that.

alter table tasks.task add column trace text;
comment on column tasks.task.trace is 'as W3C''s traceparent; null when it was not traced';
