package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** With {@code products.publish=manual}: the products that wait to be published, as they would be sold, and a person's word on each. */
public final class Approvals {
    /** What a product is held for that waits. */
    static final String WAITS = "waits to be published in Pimcore";

    private static final String STEP = "products-approval";

    private final Database database;
    private final ProductStore products;
    private final Ledger ledger;
    private final Journey journey;
    private final Audit audit;
    private final PimcoreReader reader;
    private final PimcoreProducts pimcore;
    private final ShopMapping mapping;

    Approvals(
            Database database,
            ProductStore products,
            Ledger ledger,
            Journey journey,
            Audit audit,
            PimcoreReader reader,
            PimcoreProducts pimcore,
            ShopMapping mapping) {
        this.database = database;
        this.products = products;
        this.ledger = ledger;
        this.journey = journey;
        this.audit = audit;
        this.reader = reader;
        this.pimcore = pimcore;
        this.mapping = mapping;
    }

    /**
     * A product that waits.
     *
     * @param since when Pimcore confirmed what waits
     */
    public record Waiting(String handle, String product, String pimcoreId, Instant since) {
        /** As the API shows it. */
        public ObjectNode json() {
            return Json.object()
                    .put("handle", handle)
                    .put("product", product)
                    .put("pimcoreId", pimcoreId)
                    .put("since", since.toString());
        }
    }

    /** Those that have waited longest first. */
    public List<Waiting> list(int limit) {
        return database.transaction(db -> products.held(db, WAITS, limit));
    }

    /**
     * The product as it would be sold now, edits in Pimcore included.
     *
     * @return what {@code shop-product.schema.json} describes; empty when Pimcore does not have it where Caravan put it
     * @throws BadMessage                           when the mapping fails on it
     * @throws dev.caravan.failure.TargetUnavailable when Pimcore does not answer
     */
    public Optional<ObjectNode> preview(String handle) {
        var key = database.transaction(db -> products.keyOfHandle(db, handle));
        var fullpath = "/products/" + handle;
        return key.map(known -> reader.read(List.of(fullpath)).get(fullpath))
                .map(document -> mapping.shopProduct(key.get().supplier(), document));
    }

    /**
     * Publishes a product in Pimcore. How it gets to the shop from there is no other way than that of one published there by hand.
     *
     * @return false when it does not wait any more
     * @throws BadMessage                           when Pimcore refuses; the message says why
     * @throws dev.caravan.failure.TargetUnavailable when Pimcore does not answer; it may be published all the same
     */
    public boolean approve(String handle, String by) {
        return database.transaction(db -> {
            var row = waiting(db, handle);
            row.ifPresent(product -> {
                products.hold(db, product.key(), "approved by " + by + ", on its way to the shop");
                note(db, product, "approve", "approved by " + by, by, null);
                pimcore.publish(product.pimcoreId());
            });
            return row.isPresent();
        });
    }

    /**
     * Leaves a product unpublished, for good unless a newer version comes; its record is discarded.
     *
     * @return false when it does not wait any more
     */
    public boolean reject(String handle, String by, String why) {
        return database.transaction(db -> {
            var row = waiting(db, handle);
            row.ifPresent(product -> {
                products.hold(db, product.key(), "rejected by " + by + ": " + why);
                ledger.move(
                        db,
                        ProductFlow.NAME,
                        List.of(product.record()),
                        List.of(State.HELD),
                        State.DISCARDED,
                        "by " + by + ": " + why);
                note(db, product, "reject", "rejected by " + by + ": " + why, by, why);
            });
            return row.isPresent();
        });
    }

    private Optional<Row> waiting(Handle db, String handle) {
        return products.keyOfHandle(db, handle)
                .map(key -> products.lock(db, List.of(key)).get(key))
                .filter(row -> WAITS.equals(row.held()));
    }

    private void note(Handle db, Row product, String action, String what, String by, String why) {
        audit.add(db, by, action, product.key().toString(), why);
        journey.add(
                db, ProductFlow.NAME, STEP, List.of(new Hop(product.key().toString(), product.record(), what, null)));
    }
}
