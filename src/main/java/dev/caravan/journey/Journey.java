package dev.caravan.journey;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** What happened to one thing, hop by hop. */
public final class Journey {
    private final Clock clock;

    /** What of journeys and the ledger tells of people. */
    public static Erasable erasable() {
        return new ErasableTexts(
                "journeys",
                Map.of("journey.hop", List.of("thing", "what"), "ledger.entry", List.of("thing", "detail")),
                Map.of("journey.hop", List.of("data")));
    }

    public Journey(Clock clock) {
        this.clock = clock;
    }

    /**
     * One hop, about to be written.
     *
     * @param thing  such as {@code shein/90854097}
     * @param record the record that caused it; null when none did (a person's edit in Pimcore)
     * @param what   one plain sentence
     * @param data   versions, ids and hashes at that hop; may be null
     */
    public record Hop(String thing, RecordId record, String what, ObjectNode data) {}

    /** Adds hops, in order, inside the transaction that has the effect. */
    public void add(Handle db, String flow, String step, Collection<Hop> hops) {
        if (hops.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into journey.hop (flow, thing, at, step, upload, index, what, data)
                values (:flow, :thing, :at, :step, :upload, :index, :what, cast(:data as jsonb))""");
        for (var hop : hops) {
            batch.bind("flow", flow)
                    .bind("thing", hop.thing())
                    .bind("at", clock.instant())
                    .bind("step", step)
                    .bind("upload", hop.record() == null ? null : hop.record().upload())
                    .bind("index", hop.record() == null ? null : hop.record().index())
                    .bind("what", hop.what())
                    .bind("data", hop.data() == null ? null : hop.data().toString())
                    .add();
        }
        batch.execute();
    }

    /** All hops of a thing, oldest first. */
    public List<Past> of(Handle db, String flow, String thing) {
        return db.createQuery("""
                select at, step, upload, index, what, data::text from journey.hop where flow = :flow and thing = :thing order by at, ctid""")
                .bind("flow", flow)
                .bind("thing", thing)
                .map((row, context) -> {
                    var upload = row.getObject("upload", UUID.class);
                    var data = row.getString("data");
                    return new Past(
                            row.getObject("at", OffsetDateTime.class).toInstant(),
                            row.getString("step"),
                            upload == null ? null : new RecordId(upload, row.getLong("index")),
                            row.getString("what"),
                            data == null ? Json.object() : (ObjectNode) Json.read(data));
                })
                .list();
    }

    /** A hop as it is kept. */
    public record Past(Instant at, String step, RecordId record, String what, ObjectNode data) {}
}
