-- Records of the pages received, by what became of them then: one that was released since was quarantined. A page has as many records as it counts, after those of
-- its upload's pages before. Released: what came out of quarantine with a page, or by hand, on that day.
with pages as (
  select number, cast(at at time zone 'UTC' as date) as day, kind, round(extract(epoch from at - noticed_at), 3) as seconds, upload,
         sum(accepted + duplicate + superseded + quarantined) over (partition by upload order by number) as next,
         accepted + duplicate + superseded + quarantined as records
  from orders.change)
select p.day, p.kind, case when r.upload is not null then 'quarantined' when e.state in ('duplicate', 'superseded') then e.state else 'accepted' end as outcome,
       r.rules[1] as rule, p.seconds, p.upload, i.index
from pages p join ledger.entry e on e.upload = p.upload and e.flow = 'orders' and e.last_index >= p.next - p.records and e.first_index < p.next
     cross join lateral generate_series(greatest(e.first_index, p.next - p.records), least(e.last_index, p.next - 1)) i (index)
     left join orders.refusal r on r.upload = p.upload and r.index = i.index and r.change = p.number
where p.records > 0
union all
select p.day, p.kind, 'released', r.rules[1], null, r.upload, r.index
from pages p join orders.refusal r on r.ended = p.number
where not exists (select from orders.refusal again where again.upload = r.upload and again.index = r.index and again.change = r.ended)
