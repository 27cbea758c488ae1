-- Records of the days that are refused and count nowhere.
select count(*) from customers.refusal r where day between :from and :to
  and not exists (select from quarantine.record q where q.upload = r.upload and q.index = r.index and q.flow = 'customers' and q.state = 'discarded')
