-- Records of clicks that are refused, by the day on which they were: their own times are what may be wrong with them.
select count(*) from quarantine.record
where flow = 'clickstream' and state = 'open'
  and quarantined_at >= cast(:from as date) at time zone 'UTC' and quarantined_at < (cast(:to as date) + 1) at time zone 'UTC'
