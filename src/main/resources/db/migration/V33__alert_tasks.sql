-- Who raises an alert does not wait for its task.

alter table alerts.alert add column task_wanted text;
comment on column alerts.alert.task_wanted is 'priority of the task that it is still to be handed over as; null when it was, or its rule wants none';
create index on alerts.alert (id) where task_wanted is not null;

-- PostgreSQL's own compression takes longer than writing the bytes, and they do not stay.
alter table ledger.original alter column bytes set storage external;
