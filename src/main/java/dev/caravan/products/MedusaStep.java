package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.CrashPoint;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.Failures;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.products.medusa.MedusaShop;
import dev.caravan.products.medusa.Outcome;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.state.Database;
import dev.caravan.state.LastSent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/**
 * Brings a page of products in the shop to what Pimcore says of them now. The event only says where to look: Pimcore's state is what is
 * sold, so events may come late, twice or in any order.
 */
public final class MedusaStep {
    private static final String ROUTE = "products-medusa";
    private static final String TARGET = "medusa";
    private static final List<State> OPEN = List.of(State.IN_FLIGHT, State.HELD, State.PARKED);

    private final Database database;
    private final ProductStore products;
    private final Ledger ledger;
    private final Journey journey;
    private final Failures failures;
    private final PimcoreProducts pimcore;
    private final ShopMapping mapping;
    private final MedusaShop shop;
    private final LastSent lastSent;

    MedusaStep(
            Database database,
            ProductStore products,
            Ledger ledger,
            Journey journey,
            Failures failures,
            PimcoreProducts pimcore,
            ShopMapping mapping,
            MedusaShop shop,
            LastSent lastSent) {
        this.database = database;
        this.products = products;
        this.ledger = ledger;
        this.journey = journey;
        this.failures = failures;
        this.pimcore = pimcore;
        this.mapping = mapping;
        this.shop = shop;
        this.lastSent = lastSent;
    }

    /**
     * Writes the page. Each message ends up done, sent back to wait, or parked.
     *
     * @throws TargetUnavailable when Pimcore or Medusa is not to be had, after the messages were sent back: the circuit counts it
     */
    public void write(@Body Batch batch) {
        var paths = new LinkedHashMap<BatchMessage, String>();
        var unreadable = new LinkedHashMap<BatchMessage, BadMessage>();
        for (var message : batch) {
            var fullpath = Json.read(message.body().getBytes(StandardCharsets.UTF_8)).path("detail").path("fullpath").asText("");
            if (fullpath.isEmpty()) unreadable.put(message, new BadMessage("not a publication: no fullpath"));
            else paths.put(message, fullpath);
        }
        var outage = database.transaction(db -> {
            unreadable.forEach((message, cause) ->
                    failures.failed(db, batch.queue(), message, new Failures.Subject(ProductFlow.NAME, ROUTE, null, null), cause));
            return write(db, batch.queue(), paths);
        });
        CrashPoint.MEDUSA_CONFIRMED.pass();
        batch.done();
        if (outage != null) throw outage;
    }

    /** A product as Pimcore has it, and the messages that pointed at it. */
    private record Published(ProductKey key, Row row, ObjectNode document, List<BatchMessage> messages) {
        /** The record whose content this is; null when Pimcore still has older content, or a person's own product. */
        RecordId record() {
            return row.contentHash().equals(contentHash()) ? row.record() : null;
        }

        String contentHash() {
            return document.path("contentHash").asText();
        }
    }

    private TargetUnavailable write(Handle db, String queue, Map<BatchMessage, String> paths) {
        var messages = new LinkedHashMap<ProductKey, List<BatchMessage>>();
        var fullpaths = new LinkedHashMap<ProductKey, String>();
        paths.forEach((message, fullpath) -> products.keyOfHandle(db, fullpath.substring(fullpath.lastIndexOf('/') + 1)).ifPresent(key -> {
            messages.computeIfAbsent(key, unknown -> new ArrayList<>()).add(message);
            fullpaths.put(key, fullpath);
        }));
        var rows = products.lock(db, messages.keySet());
        // Read under the lock: what is read now cannot be overtaken by another instance's write to the shop.
        var documents = pimcore.read(fullpaths.values());
        var wanted = new LinkedHashMap<Published, ObjectNode>();
        messages.forEach((key, sent) -> {
            var document = documents.get(fullpaths.get(key));
            var published = new Published(key, rows.get(key), document == null ? mapping.deleted(key, fullpaths.get(key)) : document, sent);
            if (document != null) products.read(db, key, Instant.parse(document.path("modificationDate").asText()), document.path("published").asBoolean());
            // Variants first, the parent last: while they differ, the write to Pimcore is not complete, and its end will be noticed again.
            if (!mapping.complete(published.document())) return;
            var hold = published.document().path("published").asBoolean() ? mapping.hold(published.document()) : null;
            if (hold != null) held(db, published, hold);
            wanted.put(published, mapping.shopProduct(published.document(), hold));
        });
        return write(db, queue, wanted);
    }

    private TargetUnavailable write(Handle db, String queue, Map<Published, ObjectNode> wanted) {
        var sent = lastSent.hashes(TARGET, wanted.keySet().stream().map(Published::key).toList());
        var todo = new ArrayList<Published>();
        wanted.forEach((published, product) -> {
            if (Json.hash(product).equals(sent.get(published.key()))) confirm(db, queue, published, product, new Outcome.Unchanged(published.row().medusaId()));
            else todo.add(published);
        });
        lastSent.forget(TARGET, todo.stream().map(Published::key).toList());
        var outcomes = todo.isEmpty() ? List.<Outcome>of() : shop.write(todo.stream().map(wanted::get).toList());
        CrashPoint.MEDUSA_WRITTEN.pass();

        TargetUnavailable outage = null;
        for (int i = 0; i < todo.size(); i++) {
            var published = todo.get(i);
            if (outcomes.get(i) instanceof Outcome.Failed failure) {
                var cause = cause(failure);
                if (cause instanceof TargetUnavailable unavailable) outage = unavailable;
                var subject = new Failures.Subject(ProductFlow.NAME, ROUTE, published.key().toString(), published.record());
                for (var message : published.messages()) failures.failed(db, queue, message, subject, cause);
            } else {
                confirm(db, queue, published, wanted.get(published), outcomes.get(i));
                lastSent.confirmed(TARGET, published.key(), Json.hash(wanted.get(published)));
            }
        }
        return outage;
    }

    private void confirm(Handle db, String queue, Published published, ObjectNode product, Outcome outcome) {
        var id = switch (outcome) {
            case Outcome.Created created -> created.id();
            case Outcome.Updated updated -> updated.id();
            case Outcome.Unchanged unchanged -> unchanged.id();
            default -> null;
        };
        var onSale = product.path("status").asText().equals("published");
        var record = published.record();
        failures.succeeded(db, queue, published.messages());
        products.confirmMedusa(db, published.key(), id, published.contentHash(), onSale ? null : published.row().held());
        int delivered = onSale && record != null ? ledger.move(db, ProductFlow.NAME, List.of(record), OPEN, State.DELIVERED, null) : 0;
        if (outcome instanceof Outcome.Unchanged && delivered == 0 || outcome instanceof Outcome.Absent) return;
        var data = Json.object().put("medusaId", id).put("contentHash", published.contentHash()).put("status", product.path("status").asText());
        journey.add(db, ProductFlow.NAME, ROUTE, List.of(new Hop(published.key().toString(), record, sentence(outcome, onSale), data)));
    }

    private void held(Handle db, Published published, String reason) {
        products.hold(db, published.key(), reason);
        if (published.record() != null) ledger.move(db, ProductFlow.NAME, List.of(published.record()), OPEN, State.HELD, reason);
    }

    private static String sentence(Outcome outcome, boolean onSale) {
        if (!onSale) return "taken off sale in Medusa";
        if (outcome instanceof Outcome.Created) return "created in Medusa: on sale";
        return outcome instanceof Outcome.Updated ? "updated in Medusa: on sale" : "Medusa had it already: on sale";
    }

    private static RuntimeException cause(Outcome.Failed failure) {
        return switch (failure.kind()) {
            case HEALS, BAD_SETTINGS -> new TargetUnavailable(TARGET, failure.message(), failure.retryAfter(), null);
            case BAD_MESSAGE -> new BadMessage(failure.message());
        };
    }
}
