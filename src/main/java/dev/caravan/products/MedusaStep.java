package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.CrashPoint;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.Failures;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.Refused;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.observe.Correlation;
import dev.caravan.observe.Outcomes;
import dev.caravan.products.Notices.Read;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.products.medusa.Outcome;
import dev.caravan.products.medusa.ShopWriter;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.state.Database;
import dev.caravan.state.LastSent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/**
 * Brings a page of products in the shop to what Pimcore says of them now. The event only says where to look: Pimcore's state is what is
 * sold, so events may come late, twice or in any order.
 */
public final class MedusaStep {
    private static final String ROUTE = "products-medusa";
    private static final String TARGET = "medusa";
    private static final String OFF_SALE = "off sale";
    private static final List<State> OPEN = List.of(State.IN_FLIGHT, State.HELD, State.PARKED);

    private final Database database;
    private final ProductStore products;
    private final Notices notices;
    private final Ledger ledger;
    private final Journey journey;
    private final Failures failures;
    private final PimcoreReader pimcore;
    private final ShopMapping mapping;
    private final HoldRules holds;
    private final ShopWriter shop;
    private final LastSent lastSent;
    private final Outcomes counted;

    MedusaStep(
            Database database,
            ProductStore products,
            Notices notices,
            Ledger ledger,
            Journey journey,
            Failures failures,
            PimcoreReader pimcore,
            ShopMapping mapping,
            HoldRules holds,
            ShopWriter shop,
            LastSent lastSent,
            Outcomes counted) {
        this.database = database;
        this.products = products;
        this.notices = notices;
        this.ledger = ledger;
        this.journey = journey;
        this.failures = failures;
        this.pimcore = pimcore;
        this.mapping = mapping;
        this.holds = holds;
        this.shop = shop;
        this.lastSent = lastSent;
        this.counted = counted;
    }

    /**
     * Writes the page. Each message ends up done, sent back to wait, or parked.
     *
     * @throws TargetUnavailable when Pimcore or Medusa is not to be had, after the messages were sent back: the circuit counts it
     */
    public void write(@Body Batch batch) {
        var paths = new LinkedHashMap<BatchMessage, String>();
        var unreadable = new LinkedHashMap<BatchMessage, BadMessage>();
        var uploads = new ArrayList<UUID>();
        for (var message : batch) {
            var detail =
                    Json.read(message.body().getBytes(StandardCharsets.UTF_8)).path("detail");
            var fullpath = detail.path("fullpath").asText("");
            upload(detail.path("correlationId").asText("")).ifPresent(uploads::add);
            if (fullpath.isEmpty()) unreadable.put(message, new BadMessage("not a publication: no fullpath"));
            else paths.put(message, fullpath);
        }
        Correlation.is(uploads);
        failures.unreadable(batch.queue(), ProductFlow.NAME, ROUTE, unreadable);
        var outage = failures.together(
                batch.queue(),
                ROUTE,
                List.copyOf(paths.entrySet()),
                Map.Entry::getKey,
                part -> database.transaction(db -> write(db, batch.queue(), part)));
        CrashPoint.MEDUSA_CONFIRMED.pass();
        if (outage != null) throw outage;
    }

    private static Optional<UUID> upload(String correlationId) {
        try {
            return Optional.of(UUID.fromString(correlationId));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * A product as Pimcore has it, and the messages that pointed at it.
     *
     * @param document as {@link PimcoreReader} gives it; empty when Pimcore has it no more
     */
    private record Published(ProductKey key, Row row, ObjectNode document, List<BatchMessage> messages) {
        boolean inPimcore() {
            return document.path("published").asBoolean();
        }

        Instant modifiedAt() {
            var date = document.path("modificationDate").asText(null);
            return date == null ? null : Instant.parse(date);
        }

        boolean halfWritten() {
            return !document.path("complete").asBoolean(true);
        }

        /** The record whose content this is; null when Pimcore still has older content. */
        RecordId record() {
            return row.contentHash().equals(contentHash()) ? row.record() : null;
        }

        String contentHash() {
            return document.path("contentHash").asText();
        }
    }

    /**
     * What the shop is to have.
     *
     * @param product null when it is to be off sale
     * @param hash    of it, or {@link #OFF_SALE}
     */
    private record Wanted(Published published, ObjectNode product, String hash) {
        ProductKey key() {
            return published.key();
        }
    }

    /** What the shop has, after it answered so. */
    private record Confirmed(Wanted item, Outcome outcome) {}

    private TargetUnavailable write(Handle db, String queue, List<Map.Entry<BatchMessage, String>> paths) {
        var messages = new LinkedHashMap<ProductKey, List<BatchMessage>>();
        var fullpaths = new LinkedHashMap<ProductKey, String>();
        var known = products.keysOfHandles(
                db, paths.stream().map(path -> name(path.getValue())).toList());
        var moot = new ArrayList<BatchMessage>();
        for (var path : paths) {
            key(db, known, path.getValue())
                    .ifPresentOrElse(
                            key -> {
                                messages.computeIfAbsent(key, first -> new ArrayList<>())
                                        .add(path.getKey());
                                fullpaths.put(key, path.getValue());
                            },
                            () -> moot.add(path.getKey()));
        }
        failures.succeeded(db, queue, moot);
        var rows = products.lock(db, messages.keySet());
        // Read under the lock: what is read now cannot be overtaken by another instance's write to the shop.
        Map<String, ObjectNode> documents;
        try {
            documents = pimcore.read(fullpaths.values());
        } catch (TargetUnavailable e) {
            notices.unread(db, messages.keySet());
            messages.forEach((key, waiting) -> {
                var subject = new Failures.Subject(
                        ProductFlow.NAME, ROUTE, key.toString(), rows.get(key).record());
                waiting.forEach(message -> failures.failed(db, queue, message, subject, e));
            });
            return e;
        }
        var reads = new ArrayList<Read>();
        var wanted = new ArrayList<Wanted>();
        var early = new ArrayList<BatchMessage>();
        messages.forEach((key, sent) -> {
            var document = documents.get(fullpaths.get(key));
            var published = new Published(key, rows.get(key), document == null ? Json.object() : document, sent);
            reads.add(
                    new Read(key, published.modifiedAt(), published.inPimcore(), PimcoreReader.fingerprint(document)));
            // Variants first, the product last: while they differ a write to Pimcore is under way, and its end will be
            // noticed.
            if (published.halfWritten()) {
                early.addAll(sent);
                return;
            }
            var product = published.inPimcore() ? mapping.shopProduct(key.supplier(), document) : null;
            var hold = product == null ? Optional.<String>empty() : holds.reason(key.supplier(), product);
            hold.ifPresent(reason -> held(db, published, reason));
            if (product == null || hold.isPresent()) wanted.add(new Wanted(published, null, OFF_SALE));
            else wanted.add(new Wanted(published, product, Json.hash(product)));
        });
        notices.read(db, reads);
        failures.succeeded(db, queue, early);
        return bring(db, queue, wanted);
    }

    /** Whose product lies there: told by its name, or, where a person has moved or renamed it, by what Pimcore says of it. */
    private Optional<ProductKey> key(Handle db, Map<String, ProductKey> known, String fullpath) {
        var byName = known.get(name(fullpath));
        if (byName != null) return Optional.of(byName);
        var document = pimcore.read(List.of(fullpath)).get(fullpath);
        return document == null
                ? Optional.empty()
                : products.keyOfHandle(db, document.path("handle").asText());
    }

    private static String name(String fullpath) {
        return fullpath.substring(fullpath.lastIndexOf('/') + 1);
    }

    private TargetUnavailable bring(Handle db, String queue, List<Wanted> wanted) {
        var sent = lastSent.hashes(TARGET, wanted.stream().map(Wanted::key).toList());
        var todo = new ArrayList<Wanted>();
        var confirmed = new ArrayList<Confirmed>();
        for (var item : wanted) {
            if (item.hash().equals(sent.get(item.key())))
                confirmed.add(new Confirmed(
                        item,
                        new Outcome.Unchanged(
                                String.valueOf(item.published().row().medusaId()))));
            else todo.add(item);
        }
        if (todo.isEmpty()) {
            confirm(db, queue, confirmed);
            return null;
        }
        // Until it is confirmed there is no answer: a crash from here on makes the next look a full one.
        lastSent.expect(TARGET, todo.stream().collect(Collectors.toMap(Wanted::key, Wanted::hash)));
        var onSale = todo.stream().filter(item -> item.product() != null).toList();
        var offSale = todo.stream().filter(item -> item.product() == null).toList();
        var outcomes = new LinkedHashMap<ProductKey, Outcome>();
        pair(
                onSale,
                onSale.isEmpty()
                        ? List.of()
                        : shop.write(onSale.stream().map(Wanted::product).toList()),
                outcomes);
        pair(
                offSale,
                offSale.isEmpty()
                        ? List.of()
                        : shop.draft(offSale.stream()
                                .map(item -> item.key().handle())
                                .toList()),
                outcomes);
        CrashPoint.MEDUSA_WRITTEN.pass();

        TargetUnavailable outage = null;
        for (var item : todo) {
            if (outcomes.get(item.key()) instanceof Outcome.Failed failure) {
                var cause = cause(failure, item);
                if (cause instanceof TargetUnavailable unavailable) outage = unavailable;
                var subject = new Failures.Subject(
                        ProductFlow.NAME,
                        ROUTE,
                        item.key().toString(),
                        item.published().record());
                for (var message : item.published().messages()) failures.failed(db, queue, message, subject, cause);
            } else {
                confirmed.add(new Confirmed(item, outcomes.get(item.key())));
                lastSent.confirmed(TARGET, item.key(), item.hash());
            }
        }
        confirm(db, queue, confirmed);
        return outage;
    }

    private static void pair(List<Wanted> items, List<Outcome> outcomes, Map<ProductKey, Outcome> into) {
        for (int i = 0; i < items.size(); i++) into.put(items.get(i).key(), outcomes.get(i));
    }

    private void confirm(Handle db, String queue, List<Confirmed> confirmed) {
        var messages = confirmed.stream()
                .flatMap(one -> one.item().published().messages().stream())
                .toList();
        var hops = new ArrayList<Hop>();
        var changed = new ArrayList<RecordId>();
        failures.succeeded(db, queue, messages);
        for (var one : confirmed) {
            var item = one.item();
            var outcome = one.outcome();
            var published = item.published();
            var id = outcome.id().orElse(null);
            var onSale = item.product() != null;
            var record = published.record();
            counted.count(db, ProductFlow.NAME, ROUTE, TARGET, word(outcome, onSale), 1);
            var delivers = onSale && record != null;
            if (onSale) products.confirmMedusa(db, item.key(), id, published.contentHash());
            if (outcome instanceof Outcome.Unchanged) {
                // Told only when it is news for the record: it may be the second one with this content.
                if (!delivers || ledger.move(db, ProductFlow.NAME, List.of(record), OPEN, State.DELIVERED, null) == 0)
                    continue;
            } else if (delivers) {
                changed.add(record);
            }
            if (outcome instanceof Outcome.Absent) continue;
            var data = Json.object().put("medusaId", id).put("contentHash", published.contentHash());
            hops.add(new Hop(item.key().toString(), record, sentence(outcome, onSale), data));
        }
        ledger.move(db, ProductFlow.NAME, changed, OPEN, State.DELIVERED, null);
        journey.add(db, ProductFlow.NAME, ROUTE, hops);
    }

    private void held(Handle db, Published published, String reason) {
        products.hold(db, published.key(), reason);
        if (published.record() != null)
            ledger.move(db, ProductFlow.NAME, List.of(published.record()), OPEN, State.HELD, reason);
    }

    private static String sentence(Outcome outcome, boolean onSale) {
        if (!onSale) return "taken off sale in Medusa";
        if (outcome instanceof Outcome.Created) return "created in Medusa: on sale";
        return outcome instanceof Outcome.Updated ? "updated in Medusa: on sale" : "Medusa had it already: on sale";
    }

    private static String word(Outcome outcome, boolean onSale) {
        if (outcome instanceof Outcome.Unchanged) return State.UNCHANGED.text();
        if (!onSale) return OFF_SALE;
        return outcome instanceof Outcome.Created ? "created" : "updated";
    }

    private static RuntimeException cause(Outcome.Failed failure, Wanted item) {
        return switch (failure.kind()) {
            case HEALS, BAD_SETTINGS -> new TargetUnavailable(TARGET, failure.message(), failure.retryAfter(), null);
            case BAD_MESSAGE ->
                new Refused(
                        TARGET,
                        failure.message(),
                        item.product() == null ? item.key().handle() : item.hash());
        };
    }
}
