package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.State;
import dev.caravan.observe.Correlation;
import dev.caravan.observe.Outcomes;
import dev.caravan.products.ProductStore.Candidate;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Reason;
import dev.caravan.state.Database;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/** Turns a page of source records into products on the bus; what breaks a rule goes to quarantine while its neighbours pass. */
public final class ProductNormalise {
    private static final String STEP = "products-normalise";

    private final Database database;
    private final Ledger ledger;
    private final Journey journey;
    private final Quarantine quarantine;
    private final Normaliser normaliser;
    private final Admission admission;
    private final Outcomes outcomes;
    private final Consumer<Page> listener;
    private final Clock clock;

    /** @param listener is told of each page that was mapped */
    ProductNormalise(
            Database database,
            Ledger ledger,
            Journey journey,
            Quarantine quarantine,
            Normaliser normaliser,
            Admission admission,
            Outcomes outcomes,
            Consumer<Page> listener,
            Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.journey = journey;
        this.quarantine = quarantine;
        this.normaliser = normaliser;
        this.admission = admission;
        this.outcomes = outcomes;
        this.listener = listener;
        this.clock = clock;
    }

    /** Maps each record of the page, on all cores: a mapping is a pure function. */
    public Page map(@Body Page page) {
        var mapped = new Page(
                page.upload(),
                page.supplier(),
                page.items().parallelStream()
                        .map(item -> new Page.Item(item.id(), item.record(), decide(page, item)))
                        .toList());
        listener.accept(mapped);
        return mapped;
    }

    /**
     * Writes the page into ledger, journey and quarantine, in one transaction, and lets the newest version of each product win.
     *
     * @return {@code ProductIngested} for each record that goes on
     */
    public List<BusEvent> save(@Body Page page) {
        var events = database.transaction(db -> save(db, page));
        CrashPoint.PAGE_SAVED.pass();
        return events;
    }

    /** As {@link #save(Page)}, in the caller's transaction. */
    List<BusEvent> save(Handle db, Page page) {
        var accepted = new LinkedHashMap<Page.Item, Decision.Accepted>();
        var refusals = new ArrayList<Refusal>();
        for (var item : page.items()) {
            if (item.decision() instanceof Decision.Accepted ok) accepted.put(item, ok);
            else refusals.add(refusal(page, item, ((Decision.Rejected) item.decision()).reasons()));
        }
        var candidates = accepted.entrySet().stream()
                .map(entry -> candidate(page, entry.getKey(), entry.getValue()))
                .toList();
        var result = admission.decide(db, candidates);

        var entries = new ArrayList<Entry>();
        var hops = new ArrayList<Hop>();
        var events = new ArrayList<BusEvent>();
        accepted.forEach((item, product) -> {
            var verdict = result.verdicts().get(item.id());
            var thing = product.key().toString();
            switch (verdict) {
                case EMIT -> {
                    entries.add(new Entry(item.id(), State.IN_FLIGHT, thing, "normalised"));
                    hops.add(
                            new Hop(thing, item.id(), "normalised; on its way to Pimcore", facts(page, item, product)));
                    events.add(ingested(page, item, product));
                }
                case UNCHANGED -> {
                    entries.add(new Entry(item.id(), State.UNCHANGED, thing, null));
                    hops.add(new Hop(
                            thing,
                            item.id(),
                            "unchanged: Pimcore and Medusa have this content",
                            facts(page, item, product)));
                }
                case DUPLICATE -> {
                    entries.add(new Entry(item.id(), State.DUPLICATE, thing, null));
                    hops.add(new Hop(
                            thing,
                            item.id(),
                            "duplicate: the same content is on its way already",
                            facts(page, item, product)));
                }
                case SUPERSEDED -> {
                    entries.add(new Entry(item.id(), State.SUPERSEDED, thing, "a newer version is known"));
                    hops.add(new Hop(
                            thing, item.id(), "superseded: a newer version is known", facts(page, item, product)));
                }
                case SKU_TAKEN -> {
                    var message = result.taken().get(item.id());
                    refusals.add(refusal(
                            page, item, List.of(new Reason("", "sku-taken", message, TextNode.valueOf(message)))));
                }
                case SETTLED -> {}
            }
        });
        refusals.removeAll(atRest(db, refusals));
        for (var refusal : refusals)
            entries.add(new Entry(
                    refusal.record(),
                    State.QUARANTINED,
                    null,
                    refusal.reasons().get(0).rule()));
        ledger.put(db, ProductFlow.NAME, entries);
        quarantine.keep(db, ProductFlow.NAME, refusals);
        journey.add(db, ProductFlow.NAME, STEP, hops);
        entries.stream()
                .collect(Collectors.groupingBy(Entry::state, Collectors.counting()))
                .forEach((state, records) -> outcomes.count(
                        db,
                        ProductFlow.NAME,
                        STEP,
                        null,
                        state == State.IN_FLIGHT ? "normalised" : state.text(),
                        records));
        return events;
    }

    /** Refused again after a crash, but released or discarded meanwhile: what became of it stays. */
    private List<Refusal> atRest(Handle db, List<Refusal> refusals) {
        return refusals.stream()
                .filter(refusal -> ledger.state(db, ProductFlow.NAME, refusal.record())
                        .filter(state -> state != State.QUARANTINED && state != State.IN_FLIGHT)
                        .isPresent())
                .toList();
    }

    private Decision decide(Page page, Page.Item item) {
        return normaliser.normalise(page.supplier(), origin(page, item), item.record());
    }

    private static Origin origin(Page page, Page.Item item) {
        return new Origin(
                page.upload().bucket(),
                page.upload().key(),
                page.upload().versionId(),
                item.id().index(),
                item.record().sha256());
    }

    private static Candidate candidate(Page page, Page.Item item, Decision.Accepted product) {
        return new Candidate(
                item.id(),
                product.key(),
                product.contentHash(),
                page.upload().sourceVersion(item.id().index()),
                StreamSupport.stream(product.product().path("variants").spliterator(), false)
                        .map(variant -> variant.path("sku").asText())
                        .toList());
    }

    private static Refusal refusal(Page page, Page.Item item, List<Reason> reasons) {
        var record = item.record();
        return new Refusal(
                item.id(),
                record.line(),
                record.format().name(),
                record.header(),
                record.bytes(),
                reasons,
                page.supplier().mappingHash());
    }

    private BusEvent ingested(Page page, Page.Item item, Decision.Accepted product) {
        var detail = Json.object()
                .put("version", 1)
                .put("correlationId", item.id().upload().toString())
                .put("index", item.id().index())
                .put("supplier", product.key().supplier())
                .put("id", product.key().id())
                .put("contentHash", product.contentHash())
                .put("sourceVersion", page.upload().sourceVersion(item.id().index()));
        detail.set("product", product.product());
        return new BusEvent(ProductFlow.SOURCE, "ProductIngested", detail, clock.instant());
    }

    private static ObjectNode facts(Page page, Page.Item item, Decision.Accepted product) {
        var facts = Json.object()
                .put("bucket", page.upload().bucket())
                .put("key", page.upload().key())
                .put("version", page.upload().versionId())
                .put("line", item.record().line())
                .put("contentHash", product.contentHash())
                .put("mappingHash", page.supplier().mappingHash());
        Correlation.trace().ifPresent(trace -> facts.put("traceId", trace));
        if (!product.warnings().isEmpty()) facts.set("warnings", Quarantine.json(product.warnings()));
        return facts;
    }
}
