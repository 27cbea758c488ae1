package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.orders.Changes.What;
import dev.caravan.records.Values;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * The newest that is known of each product and of its stock. Newest is what its own time stamp says; of two with the same one, the record of
 * the newer upload counts. A record without a time stamp has its upload's.
 */
final class Catalogue {
    private final Changes changes;

    Catalogue(Changes changes) {
        this.changes = changes;
    }

    /** A canonical record and where it came from. */
    record Item(long index, ObjectNode value) {
        String asOf(Upload upload) {
            return value.has("asOf") ? value.get("asOf").textValue() : Values.text(upload.eventTime());
        }
    }

    private record Known(String asOf, String sourceVersion, String hash) {
        boolean isBefore(Known other) {
            int byTime = asOf.compareTo(other.asOf);
            return byTime == 0 ? sourceVersion.compareTo(other.sourceVersion) < 0 : byTime < 0;
        }

        /** What becomes of another version when this one is known. */
        State met(Known other) {
            boolean same = hash.equals(other.hash);
            if (same && asOf.equals(other.asOf)) return State.UNCHANGED;
            if (other.isBefore(this)) return State.SUPERSEDED;
            return same ? State.UNCHANGED : State.DELIVERED;
        }
    }

    /**
     * Takes products in.
     *
     * @param items of one upload, in index order
     * @return what became of each, by index
     */
    Map<Long, State> learn(Handle db, Upload upload, List<Item> items, long change) {
        var states = new HashMap<Long, State>();
        var known = new HashMap<String, Known>();
        var ids = items.stream().map(item -> item.value().get("id").textValue()).toList();
        db.createQuery("""
                select product_id, to_char(as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), source_version, encode(content_hash, 'hex')
                from orders.product where product_id = any(:ids)""")
                .bindArray("ids", String.class, ids)
                .map((row, context) ->
                        known.put(row.getString(1), new Known(row.getString(2), row.getString(3), row.getString(4))))
                .list();
        var newest = new HashMap<String, Item>();
        for (var item : items) {
            var id = item.value().get("id").textValue();
            var version = new Known(item.asOf(upload), upload.sourceVersion(item.index()), hash(item.value()));
            var before = known.get(id);
            states.put(item.index(), before == null ? State.DELIVERED : before.met(version));
            if (before == null || before.isBefore(version)) {
                known.put(id, version);
                newest.put(id, item);
            }
        }
        write(db, upload, new ArrayList<>(newest.values()));
        writeStock(db, upload, items, change);
        keep(db, newest.keySet(), change);
        return states;
    }

    /** Keeps what the catalogue says of these products since that change. */
    private void keep(Handle db, Set<String> products, long change) {
        if (products.isEmpty()) return;
        db.createUpdate("""
                insert into orders.product_version (product_id, change, category, brand, price, launched_at)
                select product_id, :change, category, brand, price, launched_at from orders.product where product_id = any(:products)""")
                .bind("change", change)
                .bindArray("products", String.class, products)
                .execute();
        var days = db.createQuery(
                        "select distinct cast(day as text) from orders.sales_by_day where product_id = any(:products)")
                .bindArray("products", String.class, products)
                .mapTo(String.class)
                .list();
        changes.touch(db, change, What.CATALOGUE, days);
    }

    private static void write(Handle db, Upload upload, List<Item> items) {
        if (items.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into orders.product (product_id, category, brand, price, launched_at, as_of, source_version, content_hash, upload, index)
                values (:id, :category, :brand, :price, cast(:launchedAt as timestamptz), cast(:asOf as timestamptz), :version, decode(:hash, 'hex'), :upload, :index)
                on conflict (product_id) do update
                set category = excluded.category, brand = excluded.brand, price = excluded.price, launched_at = excluded.launched_at, as_of = excluded.as_of,
                    source_version = excluded.source_version, content_hash = excluded.content_hash, upload = excluded.upload, index = excluded.index""");
        for (var item : items) {
            var value = item.value();
            batch.bind("id", value.get("id").textValue())
                    .bind("category", value.path("category").textValue())
                    .bind("brand", value.path("brand").textValue())
                    .bind("price", decimal(value.path("price")))
                    .bind("launchedAt", value.path("launchedAt").textValue())
                    .bind("asOf", item.asOf(upload))
                    .bind("version", upload.sourceVersion(item.index()))
                    .bind("hash", hash(value))
                    .bind("upload", upload.id())
                    .bind("index", item.index())
                    .add();
        }
        batch.execute();
    }

    /** Keeps what each version of the catalogue says of stock; of two for one moment, the newer. */
    private static void writeStock(Handle db, Upload upload, List<Item> items, long change) {
        var batch = db.prepareBatch("""
                insert into orders.listed_stock as known (product_id, as_of, stock, source_version, change)
                values (:id, cast(:asOf as timestamptz), :stock, :version, :change)
                on conflict (product_id, as_of) do update
                set stock = excluded.stock, source_version = excluded.source_version,
                    change = case when known.stock = excluded.stock then known.change else excluded.change end
                where known.source_version < excluded.source_version""");
        for (var item : items) {
            if (!item.value().has("stock")) continue;
            batch.bind("id", item.value().get("id").textValue())
                    .bind("asOf", item.asOf(upload))
                    .bind("stock", item.value().get("stock").intValue())
                    .bind("version", upload.sourceVersion(item.index()))
                    .bind("change", change)
                    .add();
        }
        if (batch.size() > 0) batch.execute();
    }

    /**
     * What is known of a product's stock in a warehouse.
     *
     * @param newer      whether there is a snapshot of a later moment
     * @param quantity   of the same moment; null without one
     * @param superseded whether a newer record has told of the same moment
     */
    private record There(boolean newer, Integer quantity, boolean superseded) {}

    /**
     * Takes stock in: each snapshot is kept, the newest of a product and warehouse counts.
     *
     * @param items of one upload, in index order
     * @return what became of each, by index
     */
    Map<Long, State> count(Handle db, Upload upload, List<Item> items, long change) {
        var states = new HashMap<Long, State>();
        var written = new ArrayList<Long>();
        for (var item : items) {
            var value = item.value();
            var version = upload.sourceVersion(item.index());
            var there = db.createQuery("""
                            select exists (select from orders.stock s where (s.product_id, s.warehouse) = (:product, :warehouse) and s.as_of > asked.as_of) as newer,
                                   known.quantity, known.source_version > :version as superseded
                            from (select cast(:asOf as timestamptz) as as_of) asked
                                 left join orders.stock known on (known.product_id, known.warehouse, known.as_of) = (:product, :warehouse, asked.as_of)""")
                    .bind("product", value.get("product").textValue())
                    .bind("warehouse", warehouse(value))
                    .bind("asOf", item.asOf(upload))
                    .bind("version", version)
                    .map((row, context) -> new There(
                            row.getBoolean("newer"),
                            row.getObject("quantity", Integer.class),
                            row.getBoolean("superseded")))
                    .one();
            boolean same = there.quantity() != null
                    && there.quantity() == value.get("quantity").intValue();
            if (!there.superseded())
                db.createUpdate("""
                            insert into orders.stock as known (product_id, warehouse, as_of, quantity, source_version, upload, index)
                            values (:product, :warehouse, cast(:asOf as timestamptz), :quantity, :version, :upload, :index)
                            on conflict (product_id, warehouse, as_of) do update
                            set quantity = excluded.quantity, source_version = excluded.source_version,
                                upload = case when :same then known.upload else excluded.upload end,
                                index = case when :same then known.index else excluded.index end""")
                        .bind("version", version)
                        .bind("product", value.get("product").textValue())
                        .bind("warehouse", warehouse(value))
                        .bind("asOf", item.asOf(upload))
                        .bind("quantity", value.get("quantity").intValue())
                        .bind("same", same)
                        .bind("upload", upload.id())
                        .bind("index", item.index())
                        .execute();
            states.put(
                    item.index(),
                    there.superseded() || there.newer() ? State.SUPERSEDED : same ? State.UNCHANGED : State.DELIVERED);
            if (!there.superseded() && !same) written.add(item.index());
        }
        keep(db, upload, written, change);
        return states;
    }

    /** Keeps what these records say of stock since that change. */
    private void keep(Handle db, Upload upload, List<Long> records, long change) {
        if (records.isEmpty()) return;
        var days = db.createQuery("""
                insert into orders.stock_version (product_id, warehouse, as_of, change, quantity)
                select product_id, warehouse, as_of, :change, quantity from orders.stock
                where upload = :upload and index = any(:records) returning cast(cast(as_of at time zone 'UTC' as date) as text)""")
                .bind("change", change)
                .bind("upload", upload.id())
                .bindArray("records", Long.class, records)
                .mapTo(String.class)
                .list();
        changes.touch(db, change, What.STOCK, days);
    }

    private static String warehouse(JsonNode stock) {
        return stock.path("warehouse").asText("");
    }

    private static BigDecimal decimal(JsonNode text) {
        return text.isTextual() ? new BigDecimal(text.textValue()) : null;
    }

    /** Of the content, whatever the time at which it was told. */
    private static String hash(ObjectNode value) {
        return Json.hash(value.has("asOf") ? value.deepCopy().without("asOf") : value);
    }
}
