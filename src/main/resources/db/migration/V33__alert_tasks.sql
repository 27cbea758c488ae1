-- Who raises an alert waits neither for its task nor for another alert.

alter table alerts.alert add column task_wanted text;
comment on column alerts.alert.task_wanted is 'priority of the task that it is still to be handed over as; null when it was, or its rule wants none';
create index on alerts.alert (raised_at, id) where task_wanted is not null;
comment on column alerts.alert.task is 'the task it was handed over as; null when its rule wants none, or while it is still to be';

-- An episode has an id of its own. By its beginning two can be open for a moment, of which one is about to be withdrawn.
drop index alerts.alert_flow_rule_subject_coalesce_idx;
create unique index on alerts.alert (flow, rule, subject) where cleared_at is null and episode is null;
create index on alerts.alert (flow, rule) where cleared_at is null;

-- PostgreSQL's own compression takes longer than writing the bytes of what is handed in, and they do not stay.
alter table ledger.original alter column bytes set storage external;
