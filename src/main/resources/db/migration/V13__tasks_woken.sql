-- A lane is woken once, however much there is to do in it.
alter table tasks.lane add column woken boolean not null default false;
comment on column tasks.lane.woken is 'a message that makes a worker look at it is asked for, in the queue or in work; false from when one found nothing to do';
