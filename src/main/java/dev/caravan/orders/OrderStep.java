package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.CrashPoint;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.Ledger.Range;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.orders.Catalogue.Item;
import dev.caravan.orders.Changes.Refused;
import dev.caravan.orders.Changes.What;
import dev.caravan.orders.OrderStore.Standing;
import dev.caravan.orders.OrderStore.Version;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Database;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

    OrderStep(
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            OrderStore orders,
            Catalogue catalogue,
            Shapes shapes,
            Outcomes outcomes,
            Changes changes) {
        this.database = database;
        this.ledger = ledger;
        this.quarantine = quarantine;
        this.orders = orders;
        this.catalogue = catalogue;
        this.shapes = shapes;
        this.outcomes = outcomes;
        this.changes = changes;
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
        ledger.put(db, OrderFlow.NAME, page.upload().id(), decided.ranges());
        quarantine.keep(db, OrderFlow.NAME, decided.refusals());
        ledger.checkpoint(db, page.upload().id(), page.next());
        decided.count(db, outcomes);
        int released = releaseWaiting(db, decided.learnt(), change);
        changes.keep(db, change, page.upload(), null, decided.became(), released);
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
        var state = decided.state(kept.record().index());
        quarantine.keep(db, OrderFlow.NAME, decided.refusals());
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
                .forEach(variant -> orders.archive(db, variant));
        switch (kind(page)) {
            case ORDER -> orders(db, page, decided, change);
            case CATALOGUE -> {
                var products = accepted(page, decided);
                decided.become(catalogue.learn(db, page.upload(), products, change));
                products.forEach(
                        product -> decided.learn(product.value().get("id").textValue()));
            }
            case STOCK -> decided.become(catalogue.count(db, page.upload(), accepted(page, decided), change));
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
        var extras = new TreeMap<String, Map<String, Long>>();
        for (var item : page.items()) {
            if (!(item.shaped() instanceof Shaped.Accepted accepted)) continue;
            var order = item.order();
            var record = new RecordId(page.upload().id(), item.record().index());
            if (UnknownProducts.refused(order, accepted, unknown::contains) instanceof Shaped.Rejected refused) {
                decided.refuse(item.record(), refused);
                orders.await(db, record, UnknownProducts.of(refused));
            } else if (!contents.computeIfAbsent(order.id(), id -> new HashSet<>())
                    .add(order.contentHash())) {
                decided.become(record.index(), State.DUPLICATE, null);
            } else {
                versions.add(new Version(order, record, accepted.warnings()));
                if (accepted.extras() != null) note(extras, accepted.variant().name(), accepted.extras());
                var now = Standing.of(order);
                var last = standing.get(order.id());
                if (last == null || last.compareTo(now) < 0) {
                    standing.put(order.id(), now);
                    winners.put(order.id(), order);
                    if (accepted.warnings().isEmpty()) warned.remove(order.id());
                    else warned.add(order.id());
                    decided.become(record.index(), State.DELIVERED, null);
                } else {
                    decided.become(record.index(), State.SUPERSEDED, "a newer version is known");
                }
            }
        }
        orders.keep(db, versions, change);
        replaced.retainAll(winners.keySet());
        orders.warn(db, replaced, -1);
        orders.place(db, winners.values(), replaced);
        orders.warn(db, warned, 1);
        orders.count(db, extras);
        var days = new HashSet<String>();
        winners.values().forEach(order -> days.add(order.day()));
        replaced.forEach(id -> days.add(before.get(id).day()));
        changes.touch(db, change, What.ORDERS, days);
    }

    private static void note(Map<String, Map<String, Long>> extras, String variant, ObjectNode found) {
        var pointers = new HashSet<String>();
        found.fieldNames().forEachRemaining(name -> pointers.add(name.replaceAll("/[0-9]+(?=/|$)", "/*")));
        pointers.forEach(pointer ->
                extras.computeIfAbsent(variant, any -> new HashMap<>()).merge(pointer, 1L, Long::sum));
    }

    /** What becomes of the records of a page. */
    private static final class Decided {
        private final Upload upload;
        private final TreeMap<Long, Range> byIndex = new TreeMap<>();
        private final Map<Long, Refusal> refusals = new TreeMap<>();
        private final List<Refused> refused = new ArrayList<>();
        private final List<String> learnt = new ArrayList<>();

        Decided(Upload upload) {
            this.upload = upload;
        }

        void become(long index, State state, String detail) {
            byIndex.put(index, new Range(index, index, state, detail));
        }

        void become(Map<Long, State> states) {
            states.forEach((index, state) -> become(index, state, null));
        }

        void refuse(SourceRecord record, Shaped.Rejected rejected) {
            become(record.index(), State.QUARANTINED, rejected.reasons().get(0).rule());
            refused.add(new Refused(
                    new RecordId(upload.id(), record.index()),
                    Order.day(rejected.value()),
                    rejected.reasons().stream().map(Reason::rule).distinct().toList()));
            refusals.put(
                    record.index(),
                    new Refusal(
                            new RecordId(upload.id(), record.index()),
                            record.line(),
                            record.format().name(),
                            record.header(),
                            record.bytes(),
                            rejected.reasons(),
                            rejected.variant() == null
                                    ? null
                                    : rejected.variant().mappingHash()));
        }

        void learn(String product) {
            learnt.add(product);
        }

        Outcome outcome(SourceRecord record) {
            var refusal = refusals.get(record.index());
            return new Outcome(record, state(record.index()), refusal == null ? List.of() : refusal.reasons());
        }

        State state(long index) {
            return byIndex.get(index).state();
        }

        Collection<Refusal> refusals() {
            return refusals.values();
        }

        /** The same records, as reports count them. */
        List<Refused> refused() {
            return refused;
        }

        /** How many records became what. */
        Map<State, Long> became() {
            return byIndex.values().stream().collect(Collectors.groupingBy(Range::state, Collectors.counting()));
        }

        /** Products the catalogue has news of. */
        List<String> learnt() {
            return learnt;
        }

        /** Neighbours that became the same as one; what is quarantined stands alone, because it is decided about alone. */
        List<Range> ranges() {
            var ranges = new ArrayList<Range>();
            for (var next : byIndex.values()) {
                var last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
                if (last != null
                        && last.state() == next.state()
                        && next.state() != State.QUARANTINED
                        && last.last() + 1 == next.first()
                        && Objects.equals(last.detail(), next.detail())) {
                    ranges.set(ranges.size() - 1, new Range(last.first(), next.last(), last.state(), last.detail()));
                } else {
                    ranges.add(next);
                }
            }
            return ranges;
        }

        void count(Handle db, Outcomes outcomes) {
            became().forEach((state, records) -> outcomes.count(db, OrderFlow.NAME, STEP, null, state.text(), records));
        }
    }
}
