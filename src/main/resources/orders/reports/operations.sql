-- By the day on which pages were received; latency, from when the upload was noticed until its page was committed, weighs each page by its records.
with pages as (
  select cast(at at time zone 'UTC' as date) as day, kind, extract(epoch from at - noticed_at) as seconds, accepted, duplicate, superseded, quarantined, released,
         accepted + duplicate + superseded + quarantined as received
  from change where at >= cast(cast(:from as date) as timestamp) at time zone 'UTC' and at < cast(cast(:to as date) + 1 as timestamp) at time zone 'UTC'),
slower as (
  select day, kind, seconds, sum(received) over (partition by day, kind order by seconds) as records, sum(received) over (partition by day, kind) as all_records
  from pages where received > 0),
latency as (
  select day, kind, round(min(seconds) filter (where records >= 0.5 * all_records), 3) as p50, round(min(seconds) filter (where records >= 0.95 * all_records), 3) as p95,
         round(min(seconds) filter (where records >= 0.99 * all_records), 3) as p99
  from slower group by day, kind),
broken as (
  select day, kind, json_object_agg(rule, records order by rule) as rules from (
    select cast(c.at at time zone 'UTC' as date) as day, r.kind, r.rules[1] as rule, count(*) as records
    from refusal r join change c on c.number = r.change and c.upload = r.upload and c.released_by is null group by 1, 2, 3) by_rule
  group by day, kind)
select day, kind, cast(sum(received) as bigint) as received, cast(sum(accepted) as bigint) as accepted, cast(sum(duplicate) as bigint) as duplicate,
       cast(sum(superseded) as bigint) as superseded, cast(sum(quarantined) as bigint) as quarantined, (select rules from broken b where b.day = pages.day and b.kind = pages.kind) as quarantined_by_rule,
       cast(sum(released) as bigint) as released, round(cast(sum(quarantined) as numeric) / nullif(sum(received), 0), 4) as error_rate,
       p50 as latency_p50_seconds, p95 as latency_p95_seconds, p99 as latency_p99_seconds
from pages left join latency using (day, kind) group by day, kind, p50, p95, p99 order by day, kind limit :limit
