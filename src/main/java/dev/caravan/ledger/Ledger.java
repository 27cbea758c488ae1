package dev.caravan.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Where every record stands. A record (or a range of them) is one row whose key is (upload, flow, index): the database itself refuses to
 * count it twice. Written only inside the transaction that has the effect.
 */
public final class Ledger {
    private final Clock clock;

    public Ledger(Clock clock) {
        this.clock = clock;
    }

    /**
     * Opens an upload, or finds it when it is known; one that was parked is received again. Waits for a transaction that is about to reopen it.
     *
     * @return how many of its records are safe already: the index to go on from; empty when the upload is complete
     */
    public Optional<Long> open(Handle db, Upload upload, String flow, String mappingHash) {
        db.createUpdate("""
                insert into ledger.upload (id, flow, supplier, bucket, object_key, version_id, etag, size, event_time, sequencer, state, mapping_hash, started_at)
                values (:id, :flow, :supplier, :bucket, :key, :versionId, :etag, :size, :eventTime, :sequencer, 'receiving', :mappingHash, :now)
                on conflict (id) do update set state = 'receiving' where ledger.upload.state = 'parked'""")
                .bind("id", upload.id())
                .bind("flow", flow)
                .bind("supplier", upload.supplier())
                .bind("mappingHash", mappingHash)
                .bindMethods(upload)
                .bind("now", clock.instant())
                .execute();
        return db.createQuery(
                        "select case when state <> 'complete' then received end from ledger.upload where id = :id for update")
                .bind("id", upload.id())
                .mapTo(Long.class)
                .findOne();
    }

    /** An upload as it was announced. */
    public Upload upload(Handle db, UUID id) {
        return db.createQuery("select " + Upload.COLUMNS + " from ledger.upload where id = :id")
                .bind("id", id)
                .map((row, context) -> Upload.of(row))
                .one();
    }

    /** The hash of an upload's bytes, in lower-case hex; empty while it is not known, and they are kept nowhere but where they came. */
    public Optional<String> sha256(Handle db, UUID upload) {
        return db.createQuery("select sha256 from ledger.upload where id = :id and sha256 is not null")
                .bind("id", upload)
                .mapTo(String.class)
                .findOne();
    }

    /** The bytes of an upload are kept, under their hash. */
    public void hashed(Handle db, UUID upload, String sha256) {
        db.createUpdate("update ledger.upload set sha256 = :sha256 where id = :id")
                .bind("sha256", sha256)
                .bind("id", upload)
                .execute();
    }

    /** Forgets what is known of an upload's records, so that it is read from the beginning. Only for one that was refused whole. */
    public void reopen(Handle db, UUID id) {
        db.createUpdate("delete from ledger.entry where upload = :id")
                .bind("id", id)
                .execute();
        db.createUpdate(
                        "update ledger.upload set state = 'receiving', received = 0, completed_at = null where id = :id")
                .bind("id", id)
                .execute();
    }

    /** Moves the checkpoint: all records below {@code received} are safe and their events sent. */
    public void checkpoint(Handle db, UUID upload, long received) {
        db.createUpdate("update ledger.upload set received = greatest(received, :received) where id = :id")
                .bind("received", received)
                .bind("id", upload)
                .execute();
    }

    /** The rest of an upload is not read before somebody has helped; complete ones stay complete. */
    public void park(Handle db, UUID upload) {
        db.createUpdate("update ledger.upload set state = 'parked' where id = :id and state = 'receiving'")
                .bind("id", upload)
                .execute();
    }

    /** All records are in. */
    public void complete(Handle db, UUID upload, long received) {
        checkpoint(db, upload, received);
        db.createUpdate(
                        "update ledger.upload set state = 'complete', completed_at = coalesce(completed_at, :now) where id = :id")
                .bind("now", clock.instant())
                .bind("id", upload)
                .execute();
    }

    /**
     * States of records of one upload that are in the ledger already.
     *
     * @param from first index, inclusive
     * @param to   last index, inclusive
     */
    public Map<Long, State> states(Handle db, String flow, UUID upload, long from, long to) {
        var states = new java.util.HashMap<Long, State>();
        db.createQuery(
                        "select first_index, state from ledger.entry where upload = :upload and flow = :flow and first_index between :from and :to")
                .bind("upload", upload)
                .bind("flow", flow)
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> Map.entry(row.getLong(1), State.of(row.getString(2))))
                .forEach(entry -> states.put(entry.getKey(), entry.getValue()));
        return states;
    }

    /** Writes what became of records, whatever they were before. */
    public void put(Handle db, String flow, Collection<Entry> entries) {
        if (entries.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into ledger.entry (upload, flow, first_index, last_index, state, thing, detail, changed_at)
                values (:upload, :flow, :index, :index, :state, :thing, :detail, :now)
                on conflict (upload, flow, first_index) do update
                set state = excluded.state, thing = coalesce(excluded.thing, ledger.entry.thing), detail = excluded.detail, changed_at = excluded.changed_at""");
        for (var entry : entries) {
            batch.bind("upload", entry.record().upload())
                    .bind("flow", flow)
                    .bind("index", entry.record().index())
                    .bind("state", entry.state().text())
                    .bind("thing", entry.thing())
                    .bind("detail", entry.detail())
                    .bind("now", clock.instant())
                    .add();
        }
        batch.execute();
    }

    /** Writes what became of neighbouring records that nobody has written before. */
    public void put(Handle db, String flow, UUID upload, Collection<Range> ranges) {
        if (ranges.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into ledger.entry (upload, flow, first_index, last_index, state, detail, changed_at)
                values (:upload, :flow, :first, :last, :state, :detail, :now)""");
        for (var range : ranges) {
            batch.bind("upload", upload)
                    .bind("flow", flow)
                    .bind("first", range.first())
                    .bind("last", range.last())
                    .bind("state", range.state().text())
                    .bind("detail", range.detail())
                    .bind("now", clock.instant())
                    .add();
        }
        batch.execute();
    }

    /** Takes back what was said of a record, because something else is said of it in the same transaction. */
    public void takeBack(Handle db, String flow, RecordId record) {
        db.createUpdate(
                        "delete from ledger.entry where upload = :upload and flow = :flow and first_index = :index and last_index = :index")
                .bind("upload", record.upload())
                .bind("flow", flow)
                .bind("index", record.index())
                .execute();
    }

    /**
     * Moves records that are in one of the given states; those in another state stay as they are.
     *
     * @return how many were moved
     */
    public int move(
            Handle db, String flow, Collection<RecordId> records, Collection<State> from, State to, String detail) {
        if (records.isEmpty()) return 0;
        var batch = db.prepareBatch("""
                update ledger.entry set state = :to, detail = :detail, changed_at = :now
                where upload = :upload and flow = :flow and first_index = :index and state = any(:from)""");
        var states = from.stream().map(State::text).toArray(String[]::new);
        for (var record : records) {
            batch.bind("to", to.text())
                    .bind("detail", detail)
                    .bind("now", clock.instant())
                    .bind("upload", record.upload())
                    .bind("flow", flow)
                    .bind("index", record.index())
                    .bind("from", states)
                    .add();
        }
        int moved = 0;
        for (int count : batch.execute()) moved += count;
        return moved;
    }

    /** The state of one record, if the ledger has it. */
    public Optional<State> state(Handle db, String flow, RecordId record) {
        return Optional.ofNullable(states(db, flow, record.upload(), record.index(), record.index())
                .get(record.index()));
    }

    /**
     * The balance of each upload, oldest first.
     *
     * @param key  object key to look at only, or null for all
     * @param flow flow to look at only, or null for all
     */
    public List<Balance> balances(Handle db, String key, String flow) {
        return balances(db, null, key, flow);
    }

    /** The balance of one upload; empty when it is not known. */
    public Optional<Balance> find(Handle db, UUID upload) {
        return balances(db, List.of(upload), null, null).stream().findFirst();
    }

    /** The balance of one upload that is known. */
    public Balance balance(Handle db, UUID upload) {
        return find(db, upload).orElseThrow();
    }

    /** The balances of the uploads that began last, the newest first. */
    public List<Balance> newest(Handle db, int limit) {
        var ids = db.createQuery("select id from ledger.upload order by started_at desc, id desc limit :limit")
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
        var balances = new ArrayList<>(balances(db, ids, null, null));
        Collections.reverse(balances);
        return balances;
    }

    /** @param uploads those to look at only, or null for all */
    private static List<Balance> balances(Handle db, List<UUID> uploads, String key, String flow) {
        var ids = uploads == null ? null : uploads.toArray(UUID[]::new);
        var counts = new java.util.HashMap<UUID, Map<State, Long>>();
        db.createQuery("""
                select e.upload, e.state, sum(e.last_index - e.first_index + 1) as records
                from ledger.entry e join ledger.upload u on u.id = e.upload
                where (cast(:uploads as uuid[]) is null or u.id = any(:uploads)) and (cast(:key as text) is null or u.object_key = :key)
                  and (cast(:flow as text) is null or u.flow = :flow)
                group by e.upload, e.state""")
                .bind("uploads", ids)
                .bind("key", key)
                .bind("flow", flow)
                .map((row, context) -> counts.computeIfAbsent(
                                row.getObject(1, UUID.class), id -> new EnumMap<>(State.class))
                        .put(State.of(row.getString(2)), row.getLong(3)))
                .list();
        return db.createQuery("""
                select u.id, u.flow, u.object_key, u.version_id, u.state, u.received, u.started_at,
                       coalesce((select max(last_index) + 1 from ledger.entry e where e.upload = u.id), 0) as reach
                from ledger.upload u
                where (cast(:uploads as uuid[]) is null or u.id = any(:uploads)) and (cast(:key as text) is null or u.object_key = :key)
                  and (cast(:flow as text) is null or u.flow = :flow)
                order by u.started_at, u.id""")
                .bind("uploads", ids)
                .bind("key", key)
                .bind("flow", flow)
                .map((row, context) -> {
                    var id = row.getObject("id", UUID.class);
                    return new Balance(
                            id,
                            row.getString("flow"),
                            row.getString("object_key"),
                            row.getString("version_id"),
                            row.getString("state"),
                            instant(row, "started_at"),
                            Math.max(row.getLong("received"), row.getLong("reach")),
                            counts.getOrDefault(id, Map.of()));
                })
                .list();
    }

    /** Each flow with uploads that began at or after {@code since}, what became of their records, and since when one of them waits. */
    public List<Total> totals(Handle db, Instant since) {
        var totals = new LinkedHashMap<String, Total>();
        db.createQuery("""
                select u.flow, e.state, sum(e.last_index - e.first_index + 1) as records, min(e.changed_at) as since
                from ledger.upload u join ledger.entry e on e.upload = u.id
                where u.started_at >= :since group by u.flow, e.state order by u.flow""")
                .bind("since", since)
                .map((row, context) -> {
                    var state = State.of(row.getString("state"));
                    var total = totals.computeIfAbsent(
                            row.getString("flow"), flow -> new Total(flow, new EnumMap<>(State.class), null));
                    total.states().put(state, row.getLong("records"));
                    if (state == State.IN_FLIGHT)
                        totals.put(total.flow(), new Total(total.flow(), total.states(), instant(row, "since")));
                    return total;
                })
                .list();
        return List.copyOf(totals.values());
    }

    /** How many records came to rest in which minute and state, since a time; the oldest first. */
    public List<Minute> minutes(Handle db, Instant since) {
        return db.createQuery("""
                select date_trunc('minute', changed_at) as minute, state, sum(last_index - first_index + 1) as records
                from ledger.entry where changed_at >= :since and state <> 'in flight' group by 1, 2 order by 1, 2""")
                .bind("since", since)
                .map((row, context) ->
                        new Minute(instant(row, "minute"), State.of(row.getString("state")), row.getLong("records")))
                .list();
    }

    /**
     * Records of an upload, in their order.
     *
     * @param state to look at only, or null for all
     */
    public List<Entry> entries(Handle db, UUID upload, State state, int limit) {
        return db.createQuery("""
                select first_index, state, thing, detail from ledger.entry
                where upload = :upload and (cast(:state as text) is null or state = :state) order by first_index limit :limit""")
                .bind("upload", upload)
                .bind("state", state == null ? null : state.text())
                .bind("limit", limit)
                .map((row, context) -> new Entry(
                        new RecordId(upload, row.getLong("first_index")),
                        State.of(row.getString("state")),
                        row.getString("thing"),
                        row.getString("detail")))
                .list();
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    /**
     * What became of the records of a flow.
     *
     * @param states   records by state, states without any left out
     * @param inFlight since when the record waits that has waited longest; null when none does
     */
    public record Total(String flow, Map<State, Long> states, Instant inFlight) {}

    /** Records that came to rest within the minute that begins at {@code at}. */
    public record Minute(Instant at, State state, long records) {}

    /**
     * Records that were read and that the ledger has no answer for, in order; there should be none.
     *
     * @param since  uploads complete before are left out
     * @param always uploads to look at all the same
     */
    public List<Gap> gaps(Handle db, Instant since, Collection<UUID> always) {
        return db.createQuery("""
                select u.id, u.flow, u.object_key, gap.first, gap.last
                from ledger.upload u cross join lateral (
                  select above as first, first_index - 1 as last
                  from (select first_index, 1 + coalesce(max(last_index) over (order by first_index rows between unbounded preceding and 1 preceding), -1) as above
                        from (select first_index, last_index from ledger.entry where upload = u.id and flow = u.flow
                              union all select u.received, u.received) answered) neighbours
                  where first_index > above) gap
                where (u.state <> 'complete' or u.completed_at >= :since or u.id = any(:always))
                  and u.received > (select coalesce(sum(last_index - first_index + 1), 0) from ledger.entry where upload = u.id and flow = u.flow)
                order by u.started_at, u.id, gap.first limit 1000""")
                .bind("since", since)
                .bindArray("always", UUID.class, always.toArray())
                .map((row, context) -> new Gap(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5)))
                .list();
    }

    /**
     * Neighbouring records that the ledger has no answer for.
     *
     * @param key   of the upload's object
     * @param first index, inclusive
     * @param last  index, inclusive
     */
    public record Gap(UUID upload, String flow, String key, long first, long last) {
        public long records() {
            return last - first + 1;
        }

        /** {@code 7}, or {@code 7-9}. */
        public String range() {
            return first == last ? String.valueOf(first) : first + "-" + last;
        }
    }

    /**
     * A record and its state.
     *
     * @param thing  what the record is about, such as {@code shein/90854097}; null when not known
     * @param detail why, in a few words; may be null
     */
    public record Entry(RecordId record, State state, String thing, String detail) {}

    /**
     * Neighbouring records of an upload that became the same.
     *
     * @param first  index, inclusive
     * @param last   index, inclusive
     * @param detail why, or null
     */
    public record Range(long first, long last, State state, String detail) {}

    /**
     * What became of the records of one upload.
     *
     * @param uploadState {@code receiving} while it is read, {@code complete} after, {@code parked} when it could not be read to its end
     * @param startedAt   when it was first heard of
     * @param received    records read so far
     * @param states      records by state, states without any left out
     */
    public record Balance(
            UUID upload,
            String flow,
            String key,
            String versionId,
            String uploadState,
            Instant startedAt,
            long received,
            Map<State, Long> states) {
        /** Records the ledger has no answer for (positive), or more than one (negative). Zero is right. */
        public long missing() {
            return received
                    - states.values().stream().mapToLong(Long::longValue).sum();
        }

        public long count(State state) {
            return states.getOrDefault(state, 0L);
        }

        /** As the API shows it. */
        public ObjectNode json() {
            var json = Json.object()
                    .put("upload", upload.toString())
                    .put("flow", flow)
                    .put("key", key)
                    .put("versionId", versionId)
                    .put("state", uploadState)
                    .put("received", received)
                    .put("missing", missing())
                    .put("atRest", atRest());
            var counts = json.putObject("states");
            states.forEach((state, count) -> counts.put(state.text(), count));
            return json;
        }

        /** Read to its end, or as far as it can be, and nothing is in flight. */
        public boolean atRest() {
            return !uploadState.equals("receiving") && count(State.IN_FLIGHT) == 0 && missing() == 0;
        }
    }
}
