-- Parquet files that leave the archive on their day are told of, too.

comment on column lineage.due.subject is 'the id of the upload, task, erasure, replay or release, the data set, the flow whose report it is, or whose round of retention, such as orders or archive.orders';
comment on column lineage.due.rows is 'queue, flow and folder, table, or key in the archive, to how many letters, records or rows; null of other kinds';
