package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.CrashPoint;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.aws.ClaimCheck;
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
import dev.caravan.products.Notices.Change;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.products.pimcore.Outcome;
import dev.caravan.products.pimcore.PimcoreWrite;
import dev.caravan.products.pimcore.PimcoreWriter;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/** Writes a page of products to Pimcore, each under its row lock, and publishes those that can be sold. */
public final class PimcoreStep {
    private static final String ROUTE = "products-pimcore";
    private static final String TARGET = "pimcore";
    private static final List<State> OPEN = List.of(State.IN_FLIGHT, State.HELD, State.PARKED);

    private final Database database;
    private final ProductStore products;
    private final Notices notices;
    private final Ledger ledger;
    private final Journey journey;
    private final Failures failures;
    private final ClaimCheck claims;
    private final PimcoreWriter pimcore;
    private final HoldRules holds;
    private final Outcomes counted;

    PimcoreStep(
            Database database,
            ProductStore products,
            Notices notices,
            Ledger ledger,
            Journey journey,
            Failures failures,
            ClaimCheck claims,
            PimcoreWriter pimcore,
            HoldRules holds,
            Outcomes counted) {
        this.database = database;
        this.products = products;
        this.notices = notices;
        this.ledger = ledger;
        this.journey = journey;
        this.failures = failures;
        this.claims = claims;
        this.pimcore = pimcore;
        this.holds = holds;
        this.counted = counted;
    }

    /** A {@code ProductIngested} event out of its message. */
    private record Ingested(
            BatchMessage message,
            ProductKey key,
            RecordId record,
            String contentHash,
            String sourceVersion,
            ObjectNode product) {
        Failures.Subject subject() {
            return new Failures.Subject(ProductFlow.NAME, ROUTE, key.toString(), record);
        }
    }

    /**
     * Writes the page. Each message ends up done, sent back to wait, or parked.
     *
     * @throws TargetUnavailable when Pimcore is not to be had, after the messages were sent back: the circuit counts it
     */
    public void write(@Body Batch batch) {
        var page = new ArrayList<Ingested>();
        var unreadable = new LinkedHashMap<BatchMessage, BadMessage>();
        for (var message : batch) {
            try {
                page.add(ingested(message));
            } catch (BadMessage e) {
                unreadable.put(message, e);
            }
        }
        Correlation.is(page.stream().map(item -> item.record().upload()).toList());
        failures.unreadable(batch.queue(), ProductFlow.NAME, ROUTE, unreadable);
        var outage = failures.together(
                batch.queue(),
                ROUTE,
                page,
                Ingested::message,
                part -> database.transaction(db -> write(db, batch.queue(), part)));
        CrashPoint.PIMCORE_CONFIRMED.pass();
        if (outage != null) throw outage;
    }

    private TargetUnavailable write(Handle db, String queue, List<Ingested> page) {
        var rows = products.lock(db, page.stream().map(Ingested::key).toList());
        var current = new LinkedHashMap<ProductKey, Ingested>();
        var others = new ArrayList<Ingested>();
        for (var item : page) {
            var row = rows.get(item.key());
            // The same event may be in the page twice; an event that lost against a newer record has no row of its own
            // any more.
            if (row == null || !item.record().equals(row.record()) || current.putIfAbsent(item.key(), item) != null)
                others.add(item);
        }
        ledger.move(
                db,
                ProductFlow.NAME,
                others.stream()
                        .filter(item -> !isCurrent(rows.get(item.key()), item))
                        .map(Ingested::record)
                        .toList(),
                OPEN,
                State.SUPERSEDED,
                "a newer version arrived");
        var todo = current.values().stream()
                .filter(item -> !item.contentHash().equals(rows.get(item.key()).pimcoreHash()))
                .toList();
        var held = new LinkedHashMap<ProductKey, String>();
        var writes = new ArrayList<PimcoreWrite>();
        for (var item : todo) {
            holds.reason(item.key().supplier(), item.product()).ifPresent(reason -> held.put(item.key(), reason));
            writes.add(new PimcoreWrite(
                    item.key(),
                    item.product(),
                    item.contentHash(),
                    item.sourceVersion(),
                    holds.publishes() && !held.containsKey(item.key())));
        }
        var outcomes = writes.isEmpty() ? List.<Outcome>of() : pimcore.upsert(writes);
        CrashPoint.PIMCORE_WRITTEN.pass();

        TargetUnavailable outage = null;
        var failed = new ArrayList<BatchMessage>();
        var changes = new ArrayList<Change>();
        var hops = new ArrayList<Hop>();
        for (int i = 0; i < todo.size(); i++) {
            var item = todo.get(i);
            if (outcomes.get(i) instanceof Outcome.Failed failure) {
                var cause = cause(failure, writes.get(i));
                if (cause instanceof TargetUnavailable unavailable) outage = unavailable;
                failures.failed(db, queue, item.message(), item.subject(), cause);
                failed.add(item.message());
            } else {
                confirm(db, item, outcomes.get(i), held.get(item.key()), changes, hops);
            }
        }
        journey.add(db, ProductFlow.NAME, ROUTE, hops);
        notices.add(db, changes, Notices.WRITTEN);
        failures.succeeded(
                db,
                queue,
                page.stream()
                        .map(Ingested::message)
                        .filter(message -> !failed.contains(message))
                        .toList());
        return outage;
    }

    private void confirm(Handle db, Ingested item, Outcome outcome, String held, List<Change> changes, List<Hop> hops) {
        var written = outcome instanceof Outcome.Written;
        var id = outcome instanceof Outcome.Written done ? done.id() : ((Outcome.Unchanged) outcome).id();
        var fullpath =
                outcome instanceof Outcome.Written done ? done.fullpath() : ((Outcome.Unchanged) outcome).fullpath();
        var published =
                outcome instanceof Outcome.Written done ? done.published() : ((Outcome.Unchanged) outcome).published();
        var reason = held != null
                ? held
                : published ? null : holds.publishes() ? "taken off by a person in Pimcore" : Approvals.WAITS;
        products.confirmPimcore(db, item.key(), id, item.contentHash(), published, reason);
        changes.add(new Change(fullpath, published, item.message().trace()));
        if (reason != null) ledger.move(db, ProductFlow.NAME, List.of(item.record()), OPEN, State.HELD, reason);
        var data = Json.object()
                .put("pimcoreId", id)
                .put("fullpath", fullpath)
                .put("contentHash", item.contentHash())
                .put("published", published);
        var what = (written ? "written to Pimcore" : "Pimcore had it already")
                + (reason == null ? " and published" : "; held: " + reason);
        counted.count(
                db,
                ProductFlow.NAME,
                ROUTE,
                TARGET,
                reason != null ? State.HELD.text() : written ? "written" : State.UNCHANGED.text(),
                1);
        hops.add(new Hop(item.key().toString(), item.record(), what, data));
    }

    private static boolean isCurrent(Row row, Ingested item) {
        return row != null && item.record().equals(row.record());
    }

    private Ingested ingested(BatchMessage message) {
        var detail = Json.read(message.body().getBytes(StandardCharsets.UTF_8)).path("detail");
        if (!(detail instanceof ObjectNode)) throw new BadMessage("not an event: no detail");
        detail = claims.resolve((ObjectNode) detail);
        return new Ingested(
                message,
                new ProductKey(text(detail, "supplier"), text(detail, "id")),
                new RecordId(
                        UUID.fromString(text(detail, "correlationId")),
                        detail.path("index").asLong()),
                text(detail, "contentHash"),
                text(detail, "sourceVersion"),
                object(detail, "product"));
    }

    private static String text(JsonNode detail, String field) {
        var value = detail.path(field).asText("");
        if (value.isBlank()) throw new BadMessage("ProductIngested without " + field);
        return value;
    }

    private static ObjectNode object(JsonNode detail, String field) {
        if (detail.path(field) instanceof ObjectNode value) return value;
        throw new BadMessage("ProductIngested without " + field);
    }

    private RuntimeException cause(Outcome.Failed failure, PimcoreWrite write) {
        return switch (failure.kind()) {
            case HEALS, BAD_SETTINGS -> new TargetUnavailable(TARGET, failure.message(), failure.retryAfter(), null);
            case BAD_MESSAGE -> new Refused(TARGET, failure.message(), pimcore.digest(write));
        };
    }
}
