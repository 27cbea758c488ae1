package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.products.Approvals.Waiting;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** What Caravan knows of each product: the newest version it accepted, and what each target has confirmed. */
final class ProductStore {
    private final Clock clock;

    ProductStore(Clock clock) {
        this.clock = clock;
    }

    /**
     * A product's row.
     *
     * @param sourceVersion of the newest record accepted; empty before the first
     * @param contentHash   of that record's content; empty before the first
     * @param record        the record that made it; null before the first
     * @param pimcoreHash   content that Pimcore has confirmed, or null
     * @param published     as Pimcore was last seen
     * @param held          why it is not on sale, or null
     * @param medusaHash    content of the Pimcore product that Medusa has confirmed, or null
     */
    record Row(
            ProductKey key,
            String sourceVersion,
            String contentHash,
            RecordId record,
            String pimcoreId,
            String pimcoreHash,
            boolean published,
            String held,
            String medusaId,
            String medusaHash,
            Instant medusaAt) {
        /** Both targets have confirmed this content. */
        boolean confirmed(String hash) {
            return hash.equals(pimcoreHash) && hash.equals(medusaHash);
        }
    }

    /**
     * Locks products until the transaction ends, in one order for everybody, so that two writers wait instead of deadlocking. Products
     * not known yet get an empty row.
     */
    Map<ProductKey, Row> lockOrCreate(Handle db, Collection<ProductKey> keys) {
        var rows = lock(db, keys);
        var unknown = new TreeSet<>(keys);
        unknown.removeAll(rows.keySet());
        if (unknown.isEmpty()) return rows;
        var batch = db.prepareBatch("""
                insert into products.product (supplier, id, handle, source_version, content_hash, upload, index, accepted_at)
                values (:supplier, :id, :handle, '', '', :none, 0, :now) on conflict do nothing""");
        for (var key : unknown) {
            batch.bind("supplier", key.supplier())
                    .bind("id", key.id())
                    .bind("handle", key.handle())
                    .bind("none", new UUID(0, 0))
                    .bind("now", clock.instant())
                    .add();
        }
        batch.execute();
        rows.putAll(lock(db, unknown));
        return rows;
    }

    /** As {@link #lockOrCreate}, but only those that are known. */
    Map<ProductKey, Row> lock(Handle db, Collection<ProductKey> keys) {
        return select(db, keys, " order by supplier, id for update");
    }

    Map<ProductKey, Row> find(Handle db, Collection<ProductKey> keys) {
        return select(db, keys, "");
    }

    private Map<ProductKey, Row> select(Handle db, Collection<ProductKey> keys, String ending) {
        var rows = new TreeMap<ProductKey, Row>();
        if (keys.isEmpty()) return rows;
        db.createQuery("select * from products.product where (supplier, id) in (select * from unnest(:suppliers, :ids))"
                        + ending)
                .bindArray(
                        "suppliers",
                        String.class,
                        keys.stream().map(ProductKey::supplier).toArray())
                .bindArray(
                        "ids", String.class, keys.stream().map(ProductKey::id).toArray())
                .map(ProductStore::row)
                .forEach(row -> rows.put(row.key(), row));
        return rows;
    }

    Optional<ProductKey> keyOfHandle(Handle db, String handle) {
        return db.createQuery("select supplier, id from products.product where handle = :handle")
                .bind("handle", handle)
                .map((row, context) -> new ProductKey(row.getString(1), row.getString(2)))
                .findOne();
    }

    /** As {@link #keyOfHandle} for many; handles not known are left out. */
    Map<String, ProductKey> keysOfHandles(Handle db, Collection<String> handles) {
        var keys = new TreeMap<String, ProductKey>();
        if (handles.isEmpty()) return keys;
        db.createQuery("select handle, supplier, id from products.product where handle = any(:handles)")
                .bindArray("handles", String.class, handles.toArray())
                .map((row, context) -> Map.entry(row.getString(1), new ProductKey(row.getString(2), row.getString(3))))
                .forEach(entry -> keys.put(entry.getKey(), entry.getValue()));
        return keys;
    }

    /** Products a person may mean: by the supplier's id, the handle, or a SKU; by the id of an upload or a dead letter. */
    List<ProductKey> search(Handle db, String text) {
        return db.createQuery("""
                select supplier, id from products.product where id = :text or handle = :text
                union select supplier, id from products.product where supplier = split_part(:text, '/', 1) and id = substr(:text, strpos(:text, '/') + 1)
                union select supplier, id from products.sku where sku = :text
                union select split_part(thing, '/', 1), substr(thing, strpos(thing, '/') + 1) from journey.hop
                      where flow = :flow and upload = :uuid
                union select split_part(lane, '/', 1), substr(lane, strpos(lane, '/') + 1) from dead_letters.letter
                      where flow = :flow and id = :uuid and lane is not null
                order by 1, 2 limit 50""")
                .bind("text", text)
                .bind("flow", ProductFlow.NAME)
                .bind("uuid", uuid(text))
                .map((row, context) -> new ProductKey(row.getString(1), row.getString(2)))
                .list();
    }

    /** Null when it is none. */
    private static UUID uuid(String text) {
        return text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}") ? UUID.fromString(text) : null;
    }

    List<Row> all(Handle db, int limit) {
        return db.createQuery(
                        "select * from products.product where source_version <> '' order by accepted_at, supplier, id limit :limit")
                .bind("limit", limit)
                .map(ProductStore::row)
                .list();
    }

    /**
     * Takes a newer version as the one that counts. What the targets have is unknown from here on: a write of the version before may be
     * under way, and a crash could hide it. They are asked when this version gets there.
     */
    void accept(Handle db, Collection<Candidate> candidates) {
        if (candidates.isEmpty()) return;
        var batch = db.prepareBatch("""
                update products.product set source_version = :version, content_hash = :hash, upload = :upload, index = :index, accepted_at = :now,
                       pimcore_hash = null, medusa_hash = null
                where supplier = :supplier and id = :id""");
        for (var candidate : candidates) {
            batch.bind("version", candidate.sourceVersion())
                    .bind("hash", candidate.contentHash())
                    .bind("upload", candidate.record().upload())
                    .bind("index", candidate.record().index())
                    .bind("now", clock.instant())
                    .bind("supplier", candidate.key().supplier())
                    .bind("id", candidate.key().id())
                    .add();
        }
        batch.execute();
    }

    /** Content is the same, only newer: an older version that comes later must not win. */
    void advance(Handle db, Collection<Candidate> candidates) {
        if (candidates.isEmpty()) return;
        var batch = db.prepareBatch(
                "update products.product set source_version = :version where supplier = :supplier and id = :id");
        for (var candidate : candidates) {
            batch.bind("version", candidate.sourceVersion())
                    .bind("supplier", candidate.key().supplier())
                    .bind("id", candidate.key().id())
                    .add();
        }
        batch.execute();
    }

    /**
     * Claims SKUs for their products; all of a product's, or none when another product has one of them.
     *
     * @return who owns each of the SKUs now; of two candidates with one SKU, the first
     */
    Map<String, ProductKey> claimSkus(Handle db, Collection<Candidate> candidates) {
        var skus = candidates.stream()
                .flatMap(candidate -> candidate.skus().stream())
                .distinct()
                .toArray(String[]::new);
        if (skus.length == 0) return Map.of();
        var owners = skuOwners(db, skus);
        var batch = db.prepareBatch(
                "insert into products.sku (sku, supplier, id) values (:sku, :supplier, :id) on conflict do nothing");
        for (var candidate : candidates) {
            if (candidate.skus().stream()
                    .anyMatch(sku -> !owners.getOrDefault(sku, candidate.key()).equals(candidate.key()))) continue;
            for (var sku : candidate.skus()) {
                if (owners.putIfAbsent(sku, candidate.key()) != null) continue;
                batch.bind("sku", sku)
                        .bind("supplier", candidate.key().supplier())
                        .bind("id", candidate.key().id())
                        .add();
            }
        }
        if (batch.size() == 0) return owners;
        batch.execute();
        return skuOwners(db, skus);
    }

    /** Lets go of the SKUs that these versions of their products no longer have. */
    void releaseSkus(Handle db, Collection<Candidate> candidates) {
        if (candidates.isEmpty()) return;
        var batch = db.prepareBatch(
                "delete from products.sku where supplier = :supplier and id = :id and sku <> all(:skus)");
        for (var candidate : candidates) {
            batch.bind("supplier", candidate.key().supplier())
                    .bind("id", candidate.key().id())
                    .bindArray("skus", String.class, candidate.skus().toArray())
                    .add();
        }
        batch.execute();
    }

    private static Map<String, ProductKey> skuOwners(Handle db, String[] skus) {
        var owners = new TreeMap<String, ProductKey>();
        db.createQuery("select sku, supplier, id from products.sku where sku = any(:skus)")
                .bindArray("skus", String.class, (Object[]) skus)
                .map((row, context) -> Map.entry(row.getString(1), new ProductKey(row.getString(2), row.getString(3))))
                .forEach(owner -> owners.put(owner.getKey(), owner.getValue()));
        return owners;
    }

    void confirmPimcore(Handle db, ProductKey key, String pimcoreId, String hash, boolean published, String held) {
        db.createUpdate("""
                update products.product set pimcore_id = :pimcoreId, pimcore_hash = :hash, pimcore_at = :now, published = :published, held = :held
                where supplier = :supplier and id = :id""")
                .bind("pimcoreId", pimcoreId)
                .bind("hash", hash)
                .bind("published", published)
                .bind("held", held)
                .bind("now", clock.instant())
                .bind("supplier", key.supplier())
                .bind("id", key.id())
                .execute();
    }

    void confirmMedusa(Handle db, ProductKey key, String medusaId, String hash) {
        db.createUpdate("""
                update products.product set medusa_id = coalesce(:medusaId, medusa_id), medusa_hash = :hash, medusa_at = :now, held = null
                where supplier = :supplier and id = :id""")
                .bind("medusaId", medusaId)
                .bind("hash", hash)
                .bind("now", clock.instant())
                .bind("supplier", key.supplier())
                .bind("id", key.id())
                .execute();
    }

    /** Notes why a product is not on sale; null when it is. */
    void hold(Handle db, ProductKey key, String held) {
        db.createUpdate("update products.product set held = :held where supplier = :supplier and id = :id")
                .bind("held", held)
                .bind("supplier", key.supplier())
                .bind("id", key.id())
                .execute();
    }

    /** Products held for just this, those that have waited longest first. */
    List<Waiting> held(Handle db, String held, int limit) {
        return db.createQuery("""
                select handle, supplier || '/' || id, pimcore_id, pimcore_at from products.product where held = :held
                order by pimcore_at, handle limit :limit""")
                .bind("held", held)
                .bind("limit", limit)
                .map((row, context) -> new Waiting(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getObject(4, OffsetDateTime.class).toInstant()))
                .list();
    }

    /** Keeps the files of a mapping under their hash, once. */
    void archiveMapping(Handle db, Supplier supplier) {
        db.createUpdate("""
                insert into products.mapping (hash, supplier, files, first_used) values (:hash, :supplier, cast(:files as jsonb), :now) on conflict do nothing""")
                .bind("hash", supplier.mappingHash())
                .bind("supplier", supplier.name())
                .bind("files", files(supplier).toString())
                .bind("now", clock.instant())
                .execute();
    }

    /** The files of a mapping as they were, by path; empty when that version has never been used. */
    Optional<Map<String, byte[]>> archivedMapping(Handle db, String hash) {
        return db.createQuery("select files::text from products.mapping where hash = :hash")
                .bind("hash", hash)
                .mapTo(String.class)
                .findOne()
                .map(files -> {
                    var byPath = new TreeMap<String, byte[]>();
                    Json.read(files)
                            .properties()
                            .forEach(file -> byPath.put(
                                    file.getKey(), file.getValue().asText().getBytes(StandardCharsets.UTF_8)));
                    return byPath;
                });
    }

    private static ObjectNode files(Supplier supplier) {
        var files = Json.object();
        supplier.files().forEach((path, content) -> files.put(path, new String(content, StandardCharsets.UTF_8)));
        return files;
    }

    /** A normalised record that wants to become its product's current version. */
    record Candidate(RecordId record, ProductKey key, String contentHash, String sourceVersion, List<String> skus) {}

    private static Row row(java.sql.ResultSet row, StatementContext context) throws java.sql.SQLException {
        var version = row.getString("source_version");
        var medusaAt = row.getObject("medusa_at", OffsetDateTime.class);
        return new Row(
                new ProductKey(row.getString("supplier"), row.getString("id")),
                version,
                row.getString("content_hash"),
                version.isEmpty() ? null : new RecordId(row.getObject("upload", UUID.class), row.getLong("index")),
                row.getString("pimcore_id"),
                row.getString("pimcore_hash"),
                row.getBoolean("published"),
                row.getString("held"),
                row.getString("medusa_id"),
                row.getString("medusa_hash"),
                medusaAt == null ? null : medusaAt.toInstant());
    }
}
