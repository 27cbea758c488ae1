package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.Replay.Sender;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.uploads.Uploads;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** What an operator asks about products, and does with their quarantined records. */
public final class ProductDesk {
    private final Database database;
    private final ProductStore products;
    private final Ledger ledger;
    private final Journey journey;
    private final Quarantine quarantine;
    private final Suppliers suppliers;
    private final ProductNormalise normalise;
    private final EventPublisher events;
    private final Sender sender;
    private final String uploadsQueue;
    private final Audit audit;

    ProductDesk(
            Database database,
            ProductStore products,
            Ledger ledger,
            Journey journey,
            Quarantine quarantine,
            Suppliers suppliers,
            ProductNormalise normalise,
            EventPublisher events,
            Sender sender,
            String uploadsQueue,
            Audit audit) {
        this.database = database;
        this.products = products;
        this.ledger = ledger;
        this.journey = journey;
        this.quarantine = quarantine;
        this.suppliers = suppliers;
        this.normalise = normalise;
        this.events = events;
        this.sender = sender;
        this.uploadsQueue = uploadsQueue;
        this.audit = audit;
    }

    /** Products in the order they were first accepted, with what each target has confirmed. */
    public JsonNode list(int limit) {
        var list = Json.array();
        database.transaction(db -> products.all(db, limit)).forEach(row -> list.add(summary(row)));
        return list;
    }

    /**
     * The journeys of all things a text may mean: a supplier's product id, a handle, a SKU; the id of an upload (the correlation id) or a dead letter.
     *
     * @return an array, empty when nothing is known by that name
     */
    public JsonNode journeys(String text) {
        return database.transaction(db -> {
            var found = Json.array();
            var rows = products.find(db, products.search(db, text));
            rows.values().stream().filter(row -> row.record() != null).forEach(row -> {
                var json = summary(row);
                var hops = json.putArray("journey");
                for (var hop : journey.of(db, ProductFlow.NAME, row.key().toString())) {
                    var item = hops.addObject()
                            .put("at", hop.at().toString())
                            .put("step", hop.step())
                            .put("what", hop.what());
                    if (hop.record() != null)
                        item.put("upload", hop.record().upload().toString())
                                .put("index", hop.record().index());
                    if (!hop.data().isEmpty()) item.set("data", hop.data());
                }
                if (row.record() != null)
                    ledger.state(db, ProductFlow.NAME, row.record())
                            .ifPresent(state -> json.put("state", state.text()));
                found.add(json);
            });
            return found;
        });
    }

    /**
     * Normalises a quarantined record again, from its original bytes, with the mappings as they are now.
     *
     * @return whether it went on its way; empty when somebody else was faster
     */
    public Optional<Boolean> again(Kept kept, String by) {
        var page = mappedAgain(kept);
        return database.transaction(db -> quarantine.take(db, kept.id()).map(taken -> release(db, taken, page, by)));
    }

    /**
     * What the mappings make of it now; empty for a whole upload, or when there is no mapping. A product that is new gets its row at once:
     * its event may be quicker than the release's commit, and then waits for it at that row.
     */
    private Optional<Page> mappedAgain(Kept kept) {
        var supplier = suppliers.find(kept.supplier());
        if (kept.format().equals(Uploads.WHOLE) || supplier.isEmpty()) return Optional.empty();
        var source = new SourceRecord(
                kept.record().index(),
                kept.line(),
                kept.raw(),
                null,
                SourceRecord.Format.valueOf(kept.format()),
                kept.header());
        var upload = database.transaction(db -> ledger.upload(db, kept.record().upload()));
        var page = normalise.map(new Page(upload, supplier.get(), List.of(new Page.Item(kept.record(), source, null))));
        if (page.items().get(0).decision() instanceof Decision.Accepted accepted) {
            database.write(db -> products.lockOrCreate(db, List.of(accepted.key())));
        }
        return Optional.of(page);
    }

    private boolean release(Handle db, Kept kept, Optional<Page> page, String by) {
        audit.add(db, by, "release", kept.id().toString(), null);
        if (kept.format().equals(Uploads.WHOLE)) return releaseUpload(db, kept);
        if (page.isEmpty()) return false;
        quarantine.resolve(db, kept.id(), "released", by, null);
        products.archiveMapping(db, page.get().supplier());
        var going = normalise.save(db, page.get());
        // Before the commit: an event whose record is not accepted after all is recognised and dropped by the step that
        // gets it.
        if (!going.isEmpty()) events.publishAll(going);
        return ledger.state(db, ProductFlow.NAME, kept.record())
                .filter(state -> state != State.QUARANTINED)
                .isPresent();
    }

    private boolean releaseUpload(Handle db, Kept kept) {
        var upload = ledger.upload(db, kept.record().upload());
        if (!upload.area().equals(ProductFlow.NAME)
                || suppliers.find(upload.supplier()).isEmpty()) return false;
        quarantine.drop(db, kept.id());
        ledger.reopen(db, upload.id());
        sender.send(uploadsQueue, kept.raw());
        return true;
    }

    private static ObjectNode summary(ProductStore.Row row) {
        var json = Json.object()
                .put("supplier", row.key().supplier())
                .put("id", row.key().id())
                .put("handle", row.key().handle())
                .put("contentHash", row.contentHash())
                .put("sourceVersion", row.sourceVersion())
                .put("pimcoreId", row.pimcoreId())
                .put("medusaId", row.medusaId())
                .put("published", row.published())
                .put("held", row.held())
                .put("inSync", row.confirmed(row.contentHash()));
        if (row.record() != null)
            json.put("upload", row.record().upload().toString())
                    .put("index", row.record().index());
        return json;
    }
}
