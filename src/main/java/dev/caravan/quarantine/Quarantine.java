package dev.caravan.quarantine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.records.Reason;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Records that broke a rule, with their original bytes and every reason. They wait for better data or a better rule. */
public final class Quarantine {
    private static final String SELECT = """
            select q.id, q.upload, q.flow, q.index, q.line, q.format, q.header, q.raw, q.reasons::text, q.mapping_hash, q.state, q.quarantined_at,
                   q.resolved_at, q.resolved_by, q.why, u.object_key, u.supplier
            from quarantine.record q join ledger.upload u on u.id = q.upload\s""";

    private static final String SELECTED = """
            where (cast(:flow as text) is null or q.flow = :flow)
              and (cast(:id as uuid) is null or q.id = :id)
              and (cast(:key as text) is null or u.object_key = :key)
              and (cast(:rule as text) is null or q.reasons @> jsonb_build_array(jsonb_build_object('rule', cast(:rule as text))))
              and (cast(:since as timestamptz) is null or q.quarantined_at >= :since)
              and (cast(:state as text) is null or q.state = :state)
              and (cast(:text as text) is null or position(lower(:text) in lower(q.reasons::text)) > 0 or position(convert_to(:text, 'UTF8') in q.raw) > 0)
            """;

    private final Clock clock;

    public Quarantine(Clock clock) {
        this.clock = clock;
    }

    /**
     * A record about to be quarantined.
     *
     * @param line    physical line from 1, 0 when the format has none
     * @param format  as the reader named it
     * @param header  what is needed to read it again, such as a CSV header; may be null
     * @param raw     the original bytes
     * @param reasons at least one
     */
    public record Refusal(
            RecordId record,
            long line,
            String format,
            String header,
            byte[] raw,
            List<Reason> reasons,
            String mappingHash) {}

    /** A quarantined record as it is kept. */
    public record Kept(
            UUID id,
            RecordId record,
            String flow,
            String key,
            String supplier,
            long line,
            String format,
            String header,
            byte[] raw,
            JsonNode reasons,
            String mappingHash,
            String state,
            Instant quarantinedAt,
            Instant resolvedAt,
            String resolvedBy,
            String why) {
        /** As the API and {@code quarantine list --format ndjson} show it. */
        public ObjectNode json() {
            var json = Json.object()
                    .put("id", id.toString())
                    .put("flow", flow)
                    .put("upload", record.upload().toString())
                    .put("key", key)
                    .put("index", record.index())
                    .put("line", line)
                    .put("state", state)
                    .put("quarantinedAt", quarantinedAt.toString());
            json.set("reasons", reasons);
            json.put("raw", new String(raw, java.nio.charset.StandardCharsets.UTF_8));
            if (resolvedAt != null)
                json.put("resolvedAt", resolvedAt.toString())
                        .put("resolvedBy", resolvedBy)
                        .put("why", why);
            return json;
        }
    }

    /**
     * Records that broke the same rule at the same place.
     *
     * @param pointer JSON pointer into the product, with {@code *} for each position in an array
     * @param example the record that came last
     * @param message of that record
     */
    public record Group(
            String flow,
            String supplier,
            String rule,
            String pointer,
            int count,
            Instant firstSeen,
            Instant lastSeen,
            UUID example,
            String message) {
        /** As the API shows it. */
        public ObjectNode json() {
            return Json.object()
                    .put("flow", flow)
                    .put("supplier", supplier)
                    .put("rule", rule)
                    .put("pointer", pointer)
                    .put("count", count)
                    .put("firstSeen", firstSeen.toString())
                    .put("lastSeen", lastSeen.toString())
                    .put("example", example.toString())
                    .put("message", message);
        }
    }

    /** Keeps refusals; a record that is there already (a page read again after a crash, a release that failed) gets the newer reasons. */
    public void keep(Handle db, String flow, Collection<Refusal> refusals) {
        if (refusals.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into quarantine.record (id, upload, flow, index, line, format, header, raw, reasons, mapping_hash, state, quarantined_at)
                values (:id, :upload, :flow, :index, :line, :format, :header, :raw, cast(:reasons as jsonb), :mappingHash, 'open', :now)
                on conflict (upload, flow, index) do update
                set reasons = excluded.reasons, mapping_hash = excluded.mapping_hash, state = 'open', resolved_at = null, resolved_by = null, why = null""");
        for (var refusal : refusals) {
            batch.bind("id", UuidCreator.getTimeOrderedEpoch(clock.instant()))
                    .bind("upload", refusal.record().upload())
                    .bind("flow", flow)
                    .bind("index", refusal.record().index())
                    .bind("line", refusal.line())
                    .bind("format", refusal.format())
                    .bind("header", refusal.header())
                    .bind("raw", refusal.raw())
                    .bind("reasons", json(refusal.reasons()).toString())
                    .bind("mappingHash", refusal.mappingHash())
                    .bind("now", clock.instant())
                    .add();
        }
        batch.execute();
    }

    /**
     * Quarantined records, oldest first.
     *
     * @param filter what to look at
     * @param limit  most rows to return
     */
    public List<Kept> list(Handle db, Filter filter, int limit) {
        return db.createQuery(SELECT + SELECTED + "order by q.quarantined_at, q.upload, q.index limit :limit")
                .bindMethods(filter)
                .bind("limit", limit)
                .map(Quarantine::kept)
                .list();
    }

    /** The records by the first rule that each broke, and where, the largest group first. */
    public List<Group> groups(Handle db, Filter filter, int limit) {
        return db.createQuery("""
                select flow, supplier, rule, pointer, count(*), min(quarantined_at), max(quarantined_at),
                       (array_agg(id order by quarantined_at desc, id desc))[1], (array_agg(message order by quarantined_at desc, id desc))[1]
                from (select q.id, q.flow, u.supplier, q.quarantined_at, q.reasons -> 0 ->> 'rule' as rule, q.reasons -> 0 ->> 'message' as message,
                             regexp_replace(coalesce(q.reasons -> 0 ->> 'pointer', ''), '/[0-9]+(?=/|$)', '/*', 'g') as pointer
                      from quarantine.record q join ledger.upload u on u.id = q.upload
                """ + SELECTED + """
                     ) broken
                group by flow, supplier, rule, pointer order by count(*) desc, flow, supplier, rule, pointer limit :limit""")
                .bindMethods(filter)
                .bind("limit", limit)
                .map((row, context) -> new Group(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getInt(5),
                        row.getObject(6, OffsetDateTime.class).toInstant(),
                        row.getObject(7, OffsetDateTime.class).toInstant(),
                        row.getObject(8, UUID.class),
                        row.getString(9)))
                .list();
    }

    public Optional<Kept> find(Handle db, UUID id) {
        return db.createQuery(SELECT + "where q.id = :id")
                .bind("id", id)
                .map(Quarantine::kept)
                .findOne();
    }

    /** Locks a record that is still open, for a release or a discard; empty when somebody was faster. */
    public Optional<Kept> take(Handle db, UUID id) {
        return db.createQuery(SELECT + "where q.id = :id and q.state = 'open' for update of q")
                .bind("id", id)
                .map(Quarantine::kept)
                .findOne();
    }

    /** As {@link #take(Handle, UUID)}, by the record that is kept. */
    public Optional<Kept> take(Handle db, String flow, RecordId record) {
        return db.createQuery(
                        SELECT
                                + "where q.upload = :upload and q.flow = :flow and q.index = :index and q.state = 'open' for update of q")
                .bind("upload", record.upload())
                .bind("flow", flow)
                .bind("index", record.index())
                .map(Quarantine::kept)
                .findOne();
    }

    /** Closes a record: {@code released} or {@code discarded}. */
    public void resolve(Handle db, UUID id, String state, String by, String why) {
        db.createUpdate(
                        "update quarantine.record set state = :state, resolved_at = :now, resolved_by = :by, why = :why where id = :id")
                .bind("state", state)
                .bind("now", clock.instant())
                .bind("by", by)
                .bind("why", why)
                .bind("id", id)
                .execute();
    }

    /** Takes a record out, because what it stood for is read again as a whole. */
    public void drop(Handle db, UUID id) {
        db.createUpdate("delete from quarantine.record where id = :id")
                .bind("id", id)
                .execute();
    }

    /**
     * What to look at; null means all.
     *
     * @param rule  id of a rule that was broken
     * @param state {@code open}, {@code released} or {@code discarded}
     * @param text  stands in a reason, in upper or lower case, or in the record as written
     */
    public record Filter(String flow, UUID id, String key, String rule, Instant since, String state, String text) {
        /** Whatever its text. */
        public Filter(String flow, UUID id, String key, String rule, Instant since, String state) {
            this(flow, id, key, rule, since, state, null);
        }

        public static Filter open() {
            return new Filter(null, null, null, null, null, "open");
        }
    }

    /** Reasons as the JSON array that is kept and shown. */
    public static JsonNode json(List<Reason> reasons) {
        var array = Json.array();
        for (var reason : reasons) {
            array.addObject()
                    .put("pointer", reason.pointer())
                    .put("rule", reason.rule())
                    .put("message", reason.message())
                    .set("value", reason.value());
        }
        return array;
    }

    private static Kept kept(java.sql.ResultSet row, StatementContext context) throws java.sql.SQLException {
        var resolved = row.getObject("resolved_at", OffsetDateTime.class);
        return new Kept(
                row.getObject("id", UUID.class),
                new RecordId(row.getObject("upload", UUID.class), row.getLong("index")),
                row.getString("flow"),
                row.getString("object_key"),
                row.getString("supplier"),
                row.getLong("line"),
                row.getString("format"),
                row.getString("header"),
                row.getBytes("raw"),
                Json.read(row.getString("reasons")),
                row.getString("mapping_hash"),
                row.getString("state"),
                row.getObject("quarantined_at", OffsetDateTime.class).toInstant(),
                resolved == null ? null : resolved.toInstant(),
                row.getString("resolved_by"),
                row.getString("why"));
    }
}
