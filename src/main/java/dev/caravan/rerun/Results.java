package dev.caravan.rerun;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.outbound.Port;
import dev.caravan.products.Decision;
import dev.caravan.products.Page;
import dev.caravan.products.Pretence;
import dev.caravan.products.medusa.Outcome;
import dev.caravan.products.medusa.ShopDifferences;
import dev.caravan.products.medusa.ShopWriter;
import dev.caravan.products.pimcore.PimcoreDifferences;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreWrite;
import dev.caravan.products.pimcore.PimcoreWriter;
import dev.caravan.products.pimcore.PretendPimcore;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * What became of each record in a run whose targets are none: they are empty at first, have what was written to them, and refuse nothing.
 * All of it is kept in the run's own database, so that memory does not depend on how much came in.
 */
public final class Results implements Pretence, PretendPimcore.Shelf {
    /** Stands for a whole upload that could not be read. */
    private static final long WHOLE = -1;

    private static final int FETCHED = 200;

    private final Database database;

    /** @param database where {@link #prepare} was called */
    public Results(Database database) {
        this.database = database;
    }

    /** Makes the tables, where they are not there yet. */
    public static void prepare(Database database) {
        database.write(db -> db.createScript("""
                create schema if not exists rerun;
                create table if not exists rerun.record (
                  upload uuid, index bigint, product text, pimcore text, medusa text, cause text, primary key (upload, index));
                create table if not exists rerun.product (
                  handle text primary key, fullpath text unique, upload uuid, index bigint, node text, shop text);
                """).execute());
    }

    /**
     * A record and what became of it.
     *
     * @param received when its upload was
     * @param json     {@code {key, version, index, decision, thing, why, reasons[], cause, product{}, pimcore{}, medusa{}}} without what does
     *                 not apply; index is missing when the upload as a whole could not be read
     */
    public record Result(Instant received, UUID upload, long index, ObjectNode json) {}

    /** A door to the Pimcore that is none. */
    public Port pimcore() {
        return new PretendPimcore(this);
    }

    @Override
    public void normalised(Page page) {
        database.write(db -> {
            var batch = db.prepareBatch("""
                    insert into rerun.record (upload, index, product) values (:upload, :index, :product)
                    on conflict (upload, index) do update set product = excluded.product""");
            for (var item : page.items()) {
                if (item.decision() instanceof Decision.Accepted accepted)
                    batch.bind("upload", item.id().upload())
                            .bind("index", item.id().index())
                            .bind("product", text(accepted.product()))
                            .add();
            }
            if (batch.size() > 0) batch.execute();
        });
    }

    @Override
    public PimcoreWriter pimcore(PimcoreDifferences differences, PimcoreMapping mapping) {
        return new PretendPimcore(this).writer(mapping);
    }

    @Override
    public void put(PimcoreWrite write, String fullpath, JsonNode mapped, ObjectNode node) {
        var record = record(write);
        var told = Json.object().put("published", node.path("published").asBoolean());
        told.setAll((ObjectNode) mapped);
        database.write(db -> {
            db.createUpdate("""
                    insert into rerun.product (handle, fullpath, upload, index, node) values (:handle, :fullpath, :upload, :index, :node)
                    on conflict (handle) do update set fullpath = excluded.fullpath, upload = excluded.upload, index = excluded.index,
                      node = excluded.node""")
                    .bind("handle", write.key().handle())
                    .bind("fullpath", fullpath)
                    .bind("upload", record.upload())
                    .bind("index", record.index())
                    .bind("node", text(node))
                    .execute();
            db.createUpdate("update rerun.record set pimcore = :told where upload = :upload and index = :index")
                    .bind("told", text(told))
                    .bind("upload", record.upload())
                    .bind("index", record.index())
                    .execute();
        });
    }

    private static RecordId record(PimcoreWrite write) {
        var origin = write.product().path("origin");
        var upload = new Upload(
                origin.path("bucket").asText(),
                origin.path("key").asText(),
                origin.path("version").asText(),
                "",
                -1,
                Instant.EPOCH,
                "");
        return new RecordId(upload.id(), origin.path("index").asLong());
    }

    @Override
    public Optional<JsonNode> get(String fullpath) {
        return database.transaction(db -> db.createQuery("select node from rerun.product where fullpath = :fullpath")
                .bind("fullpath", fullpath)
                .mapTo(String.class)
                .findOne()
                .map(Json::read));
    }

    @Override
    public ShopWriter shop(ShopDifferences differences) {
        return new ShopWriter() {
            @Override
            public List<Outcome> write(List<ObjectNode> products) {
                return products.stream()
                        .map(product -> sell(product.path("handle").asText(), product))
                        .toList();
            }

            @Override
            public List<Outcome> draft(List<String> handles) {
                return handles.stream()
                        .map(handle ->
                                sell(handle, Json.object().put("handle", handle).put("status", "draft")))
                        .toList();
            }
        };
    }

    private Outcome sell(String handle, ObjectNode product) {
        return database.transaction(db -> {
            var before = db.createQuery("select shop from rerun.product where handle = :handle and shop is not null")
                    .bind("handle", handle)
                    .mapTo(String.class)
                    .findOne();
            if (before.isEmpty() && product.path("status").asText().equals("draft")) return new Outcome.Absent(handle);
            if (before.equals(Optional.of(text(product)))) return new Outcome.Unchanged(handle);
            db.createUpdate("""
                    with sold as (update rerun.product set shop = :product where handle = :handle returning upload, index)
                    update rerun.record set medusa = :product from sold where record.upload = sold.upload and record.index = sold.index""")
                    .bind("product", text(product))
                    .bind("handle", handle)
                    .execute();
            return before.isPresent() ? new Outcome.Updated(handle) : new Outcome.Created(handle);
        });
    }

    /** Notes that an upload could not be read to its end. */
    public void unreadable(UUID upload, String cause) {
        database.write(db -> db.createUpdate("""
                insert into rerun.record (upload, index, cause) values (:upload, :index, :cause)
                on conflict (upload, index) do update set cause = excluded.cause""")
                .bind("upload", upload)
                .bind("index", WHOLE)
                .bind("cause", cause)
                .execute());
    }

    /**
     * Reads all results, by time of receipt, upload and index.
     *
     * @param read is given them one after the other; the iterator ends with it
     */
    public <T> T reading(Function<Iterator<Result>, T> read) {
        return database.transaction(db -> {
            try (var rows = db.createQuery("""
                            select upload.started_at, upload.id, upload.object_key, upload.version_id, entry.index, entry.state, entry.thing,
                                   entry.detail, refused.reasons::text, kept.product, kept.pimcore, kept.medusa,
                                   coalesce(kept.cause, (select min(error) from dead_letters.letter
                                                         where letter.upload = entry.upload and letter.index = entry.index and letter.state = 'open'))
                            from ledger.upload
                            join (select upload, first_index as index, state, thing, detail from ledger.entry
                                  union all select upload, index, 'parked', null, null from rerun.record where index = :whole) entry on entry.upload = upload.id
                            left join quarantine.record refused on refused.upload = entry.upload and refused.index = entry.index and refused.state = 'open'
                            left join rerun.record kept on kept.upload = entry.upload and kept.index = entry.index
                            order by upload.started_at, upload.id, entry.index""")
                    .bind("whole", WHOLE)
                    .setFetchSize(FETCHED)
                    .map((row, context) -> result(row))
                    .iterator()) {
                return read.apply(rows);
            }
        });
    }

    private static Result result(ResultSet row) throws SQLException {
        long index = row.getLong(5);
        var json = Json.object().put("key", row.getString(3)).put("version", row.getString(4));
        if (index != WHOLE) json.put("index", index);
        json.put("decision", row.getString(6));
        put(json, "thing", row.getString(7));
        put(json, "why", row.getString(8));
        set(json, "reasons", row.getString(9));
        set(json, "product", row.getString(10));
        set(json, "pimcore", row.getString(11));
        set(json, "medusa", row.getString(12));
        var cause = row.getString(13);
        // What AWS says of the one request that failed, and of no other.
        put(json, "cause", cause == null ? null : cause.replaceAll(" \\(Service: [^)]*\\)", ""));
        return new Result(
                row.getObject(1, OffsetDateTime.class).toInstant(), row.getObject(2, UUID.class), index, json);
    }

    private static void put(ObjectNode json, String name, String value) {
        if (value != null) json.put(name, value);
    }

    private static void set(ObjectNode json, String name, String value) {
        if (value != null) json.set(name, Json.read(value));
    }

    private static String text(JsonNode json) {
        return new String(Json.canonicalBytes(json), StandardCharsets.UTF_8);
    }
}
