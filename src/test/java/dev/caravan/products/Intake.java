package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.BusEvent;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The step that saves a page, on a real database, fed with records that are normalised already: content is a word and its SKUs. */
final class Intake {
    static final Suppliers SUPPLIERS = Suppliers.load(RouteFiles.at("classpath:routes"));

    final TestState state;
    final ProductStore products;
    final Ledger ledger;
    final Journey journey;
    final Quarantine quarantine;
    final ProductNormalise normalise;

    Intake(TestState state) {
        this.state = state;
        products = new ProductStore(state.clock());
        ledger = new Ledger(state.clock());
        journey = new Journey(state.clock());
        quarantine = new Quarantine(state.clock());
        normalise = new ProductNormalise(
                state.database(),
                ledger,
                journey,
                quarantine,
                new Normaliser(),
                new Admission(products, ledger),
                new Outcomes(new SimpleMeterRegistry()),
                page -> {},
                state.clock());
    }

    /** An upload of so many seconds after the beginning, open in the ledger. */
    Upload upload(int second) {
        var upload = TestState.upload("products/shein/" + second + ".json", TestClock.START.plusSeconds(second), "01");
        state.database().write(db -> ledger.open(db, upload, ProductFlow.NAME, null));
        return upload;
    }

    /** A record: what it says of which product. */
    record Said(String id, String content, String... skus) {
        Decision.Accepted accepted() {
            var product = Json.object().put("id", id).put("content", content);
            var variants = product.putArray("variants");
            for (var sku : skus.length == 0 ? new String[] {"sku-" + id} : skus)
                variants.addObject().put("sku", sku);
            return new Decision.Accepted(product, new ProductKey("shein", id), hash(), List.of());
        }

        String hash() {
            return Json.sha256((content + List.of(skus)).getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Saves a page.
     *
     * @return the records that go on
     */
    List<RecordId> save(Upload upload, Said... records) {
        var decisions = new ArrayList<Decision>();
        for (var said : records) decisions.add(said.accepted());
        return save(upload, 0, decisions);
    }

    List<RecordId> save(Upload upload, long first, List<Decision> decisions) {
        var items = new ArrayList<Page.Item>();
        for (var decision : decisions) {
            long index = first + items.size();
            var raw = ("{\"record\":" + index + "}").getBytes(StandardCharsets.UTF_8);
            items.add(new Page.Item(
                    new RecordId(upload.id(), index),
                    new SourceRecord(index, index + 1, raw, null, SourceRecord.Format.JSON, null),
                    decision));
        }
        return normalise.save(new Page(upload, SUPPLIERS.find("shein").orElseThrow(), items)).stream()
                .map(Intake::record)
                .toList();
    }

    private static RecordId record(BusEvent event) {
        ObjectNode detail = event.detail();
        return new RecordId(
                UUID.fromString(detail.path("correlationId").asText()),
                detail.path("index").asLong());
    }

    /** What a product's row says. */
    Row row(String id) {
        var key = new ProductKey("shein", id);
        return state.database()
                .transaction(db -> products.find(db, List.of(key)))
                .get(key);
    }

    /** Both targets, or only Pimcore, have what is current of a product. */
    void confirm(String id, boolean medusaToo) {
        var row = row(id);
        state.database().write(db -> {
            products.confirmPimcore(db, row.key(), "pim-" + id, row.contentHash(), true, null);
            if (!medusaToo) return;
            products.confirmMedusa(db, row.key(), "med-" + id, row.contentHash());
            ledger.move(db, ProductFlow.NAME, List.of(row.record()), List.of(State.IN_FLIGHT), State.DELIVERED, null);
        });
    }

    /** Where the current record of a product stands. */
    State ledgerState(String id) {
        return state.find(db -> ledger.state(db, ProductFlow.NAME, row(id).record()))
                .orElseThrow();
    }

    /** States of an upload's records, by index. */
    Map<Long, State> states(Upload upload) {
        return state.ask(db -> ledger.states(db, ProductFlow.NAME, upload.id(), 0, 1000));
    }

    /** Everything that is kept, as text: two of these are equal when nothing has changed. */
    String everything() {
        var rows = new ArrayList<String>();
        for (var table : List.of("products.product", "products.sku", "ledger.entry", "quarantine.record")) {
            rows.addAll(state.column(
                    "select (to_jsonb(t) - 'changed_at' - 'accepted_at')::text from " + table + " t order by 1"));
        }
        return String.join("\n", rows);
    }
}
