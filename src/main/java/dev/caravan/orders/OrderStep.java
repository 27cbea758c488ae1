package dev.caravan.orders;

import dev.caravan.CrashPoint;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.orders.Catalogue.Item;
import dev.caravan.orders.Changes.Refused;
import dev.caravan.orders.Changes.What;
import dev.caravan.orders.OrderStore.Standing;
import dev.caravan.orders.OrderStore.Version;
import dev.caravan.quarantine.Decisions;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.records.MappingHistory;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Database;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/**
 * Takes a page of orders, products of the catalogue, or stock in: decides about each record and writes all of it in one transaction with the
 * ledger and the checkpoint. A page is therefore in whole or not at all, and no crash can count it twice.
 */
public final class OrderStep {
    private static final String STEP = "orders-accept";

    /** Who releases what waited for a product. */
    private static final String CATALOGUE = "the catalogue";

    private final Database database;
    private final Ledger ledger;
    private final Quarantine quarantine;
    private final OrderStore orders;
    private final Catalogue catalogue;
    private final Shapes shapes;
    private final Outcomes outcomes;
    private final Changes changes;
    private final MappingHistory mappings;

    OrderStep(
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            OrderStore orders,
            Catalogue catalogue,
            Shapes shapes,
            Outcomes outcomes,
            Changes changes,
            MappingHistory mappings) {
        this.database = database;
        this.ledger = ledger;
        this.quarantine = quarantine;
        this.orders = orders;
        this.catalogue = catalogue;
        this.shapes = shapes;
        this.outcomes = outcomes;
        this.changes = changes;
        this.mappings = mappings;
    }

    /** Writes what becomes of the page, and moves the checkpoint behind it. */
    public void save(@Body OrderPage page) {
        database.write(db -> save(db, page));
        CrashPoint.PAGE_SAVED.pass();
    }

    /**
     * As {@link #save(OrderPage)}, in the caller's transaction.
     *
     * @return what became of each record, in order
     */
    List<Outcome> save(Handle db, OrderPage page) {
        orders.lock(db);
        long change = changes.next(db);
        var decided = decide(db, page, change);
        ledger.put(db, OrderFlow.NAME, page.upload().id(), decided.records.ranges());
        quarantine.keep(db, OrderFlow.NAME, decided.records.refusals());
        ledger.checkpoint(db, page.upload().id(), page.next());
        decided.count(db, outcomes);
        int released = releaseWaiting(db, decided.learnt(), change);
        changes.keep(db, change, page.upload(), null, decided.records.became(), released);
        return page.items().stream().map(item -> decided.outcome(item.record())).toList();
    }

    /**
     * What became of a record.
     *
     * @param reasons why it is in quarantine; empty when it is not
     */
    record Outcome(SourceRecord record, State state, List<Reason> reasons) {}

    /**
     * Decides about a quarantined record again, from its original bytes, with mappings and catalogue as they are now. It counts once, as
     * what it becomes; one that is refused again stays, with the newer reasons.
     *
     * @return whether it was released
     */
    boolean release(Handle db, Kept kept, String by) {
        orders.lock(db);
        long change = changes.next(db);
        int released = release(db, kept, by, change);
        changes.keep(db, change, ledger.upload(db, kept.record().upload()), by, Map.of(), released);
        return released > 0;
    }

    /** How many records were released: this one, and those that waited for what it told; none when it stays. */
    private int release(Handle db, Kept kept, String by, long change) {
        var upload = ledger.upload(db, kept.record().upload());
        var kind = Kind.of(upload.area());
        if (kind.isEmpty()) return 0;
        var record = new SourceRecord(
                kept.record().index(),
                kept.line(),
                kept.raw(),
                null,
                SourceRecord.Format.valueOf(kept.format()),
                kept.header());
        var shaped = shapes.of(kind.get()).shape(record);
        var item = OrderPage.Item.of(record, kind.get(), shaped);
        changes.reconsider(db, change, kept.record());
        var decided = decide(db, new OrderPage(upload, upload.area(), List.of(item)), change);
        var state = decided.records.state(kept.record().index());
        quarantine.keep(db, OrderFlow.NAME, decided.records.refusals());
        if (state == State.QUARANTINED) return 0;
        quarantine.resolve(db, kept.id(), "released", by, null);
        ledger.put(db, OrderFlow.NAME, List.of(new Entry(kept.record(), state, null, "released by " + by)));
        decided.count(db, outcomes);
        return 1 + releaseWaiting(db, decided.learnt(), change);
    }

    private int releaseWaiting(Handle db, Collection<String> learnt, long change) {
        if (learnt.isEmpty()) return 0;
        int released = 0;
        for (var record : orders.satisfied(db, learnt)) {
            var kept = quarantine.take(db, OrderFlow.NAME, record);
            if (kept.isPresent()) released += release(db, kept.get(), CATALOGUE, change);
        }
        return released;
    }

    private static Kind kind(OrderPage page) {
        return Kind.of(page.area()).orElseThrow(() -> new IllegalStateException("no kind " + page.area()));
    }

    private Decided decide(Handle db, OrderPage page, long change) {
        var decided = new Decided(page.upload());
        page.items().stream()
                .map(OrderPage.Item::shaped)
                .filter(Shaped.Accepted.class::isInstance)
                .map(shaped -> ((Shaped.Accepted) shaped).variant())
                .distinct()
                .forEach(variant -> mappings.archive(db, variant));
        switch (kind(page)) {
            case ORDER -> orders(db, page, decided, change);
            case CATALOGUE -> {
                var products = accepted(page, decided);
                decided.records.become(catalogue.learn(db, page.upload(), products, change));
                products.forEach(
                        product -> decided.learn(product.value().get("id").textValue()));
            }
            case STOCK -> decided.records.become(catalogue.count(db, page.upload(), accepted(page, decided), change));
        }
        changes.refuse(db, change, kind(page), decided.refused());
        return decided;
    }

    private static List<Item> accepted(OrderPage page, Decided decided) {
        var items = new ArrayList<Item>();
        for (var item : page.items()) {
            if (item.shaped() instanceof Shaped.Accepted accepted)
                items.add(new Item(item.record().index(), accepted.value()));
            else decided.refuse(item.record(), (Shaped.Rejected) item.shaped());
        }
        return items;
    }

    /** Duplicate, newer or older version, unknown product: in the order in which the records stand. */
    private void orders(Handle db, OrderPage page, Decided decided, long change) {
        var catalogued = new HashSet<String>();
        var ids = new HashSet<String>();
        for (var item : page.items()) {
            if (item.shaped() instanceof Shaped.Accepted accepted) {
                ids.add(item.order().id());
                if (accepted.variant().catalogued())
                    item.order().lines().forEach(line -> catalogued.add(line.product()));
            } else decided.refuse(item.record(), (Shaped.Rejected) item.shaped());
        }
        var unknown = orders.unknownProducts(db, catalogued);
        var contents = orders.contents(db, ids);
        var standing = orders.standing(db, contents.keySet());
        var before = Map.copyOf(standing);
        var replaced = new HashSet<>(standing.keySet());
        var warned = new HashSet<String>();
        var versions = new ArrayList<Version>();
        var winners = new LinkedHashMap<String, Order>();
        var extras = new MappingHistory.Found();
        for (var item : page.items()) {
            if (!(item.shaped() instanceof Shaped.Accepted accepted)) continue;
            var order = item.order();
            var record = new RecordId(page.upload().id(), item.record().index());
            if (UnknownProducts.refused(order, accepted, unknown::contains) instanceof Shaped.Rejected refused) {
                decided.refuse(item.record(), refused);
                orders.await(db, record, UnknownProducts.of(refused));
            } else if (!contents.computeIfAbsent(order.id(), id -> new HashSet<>())
                    .add(order.contentHash())) {
                decided.records.become(record.index(), State.DUPLICATE, null);
            } else {
                versions.add(new Version(order, record, accepted.warnings()));
                extras.add(accepted);
                var now = Standing.of(order);
                var last = standing.get(order.id());
                if (last == null || last.compareTo(now) < 0) {
                    standing.put(order.id(), now);
                    winners.put(order.id(), order);
                    if (accepted.warnings().isEmpty()) warned.remove(order.id());
                    else warned.add(order.id());
                    decided.records.become(record.index(), State.DELIVERED, null);
                } else {
                    decided.records.become(record.index(), State.SUPERSEDED, "a newer version is known");
                }
            }
        }
        orders.keep(db, versions, change);
        replaced.retainAll(winners.keySet());
        orders.warn(db, replaced, -1);
        orders.place(db, winners.values(), replaced);
        orders.warn(db, warned, 1);
        mappings.count(db, extras);
        var days = new HashSet<String>();
        winners.values().forEach(order -> days.add(order.day()));
        replaced.forEach(id -> days.add(before.get(id).day()));
        changes.touch(db, change, What.ORDERS, days);
    }

    /** What becomes of the records of a page, and what else follows from them. */
    private static final class Decided {
        private final Upload upload;
        private final Decisions records;
        private final List<Refused> refused = new ArrayList<>();
        private final List<String> learnt = new ArrayList<>();

        Decided(Upload upload) {
            this.upload = upload;
            this.records = new Decisions(upload);
        }

        void refuse(SourceRecord record, Shaped.Rejected rejected) {
            records.refuse(record, rejected);
            refused.add(new Refused(
                    new RecordId(upload.id(), record.index()),
                    Order.day(rejected.value()),
                    rejected.reasons().stream().map(Reason::rule).distinct().toList()));
        }

        void learn(String product) {
            learnt.add(product);
        }

        Outcome outcome(SourceRecord record) {
            return new Outcome(record, records.state(record.index()), records.reasons(record.index()));
        }

        /** The records that are refused, as reports count them. */
        List<Refused> refused() {
            return refused;
        }

        /** Products the catalogue has news of. */
        List<String> learnt() {
            return learnt;
        }

        void count(Handle db, Outcomes outcomes) {
            records.became()
                    .forEach((state, count) -> outcomes.count(db, OrderFlow.NAME, STEP, null, state.text(), count));
        }
    }
}
