-- What is not at rest, looked at every few seconds for the metrics: few rows of many.
create index on ledger.entry (state, flow, changed_at) include (first_index, last_index) where state in ('in flight', 'held');
