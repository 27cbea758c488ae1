package dev.caravan.customers;

import dev.caravan.CrashPoint;
import dev.caravan.customers.CustomerStore.Known;
import dev.caravan.customers.CustomerStore.Version;
import dev.caravan.customers.Told.Standing;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.observe.Outcomes;
import dev.caravan.quarantine.Decisions;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.records.MappingHistory;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Database;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/**
 * Takes a page of transactions or tickets in: decides about each record, brings the profiles of their customers up to date, and writes all of
 * it in one transaction with the ledger and the checkpoint. A page is therefore in whole or not at all, and no crash can count it twice.
 */
public final class CustomerStep {
    private static final String STEP = "customers-accept";

    /** Who releases what waited for a product. */
    private static final String CATALOGUE = "the catalogue";

    private final Database database;
    private final Ledger ledger;
    private final Quarantine quarantine;
    private final CustomerStore store;
    private final Profiles profiles;
    private final CustomerShapes shapes;
    private final Outcomes outcomes;
    private final Changes changes;
    private final MappingHistory mappings;

    CustomerStep(
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            CustomerStore store,
            Profiles profiles,
            CustomerShapes shapes,
            Outcomes outcomes,
            Changes changes,
            MappingHistory mappings) {
        this.database = database;
        this.ledger = ledger;
        this.quarantine = quarantine;
        this.store = store;
        this.profiles = profiles;
        this.shapes = shapes;
        this.outcomes = outcomes;
        this.changes = changes;
        this.mappings = mappings;
    }

    /** Writes what becomes of the page, and moves the checkpoint behind it. */
    public void save(@Body CustomerPage page) {
        database.write(db -> {
            store.lock(db);
            long change = changes.begin(db, page.upload().id(), null);
            var decisions = decide(db, page, change);
            ledger.put(db, CustomerFlow.NAME, page.upload().id(), decisions.ranges());
            quarantine.keep(db, CustomerFlow.NAME, decisions.refusals());
            ledger.checkpoint(db, page.upload().id(), page.next());
            count(db, decisions);
        });
        CrashPoint.PAGE_SAVED.pass();
    }

    /**
     * Decides about a quarantined record again, from its original bytes, with mappings, rules and catalogue as they are now. It counts once, as
     * what it becomes; one that is refused again stays, with the newer reasons.
     *
     * @return whether it was released
     */
    boolean release(Handle db, Kept kept, String by) {
        store.lock(db);
        var upload = ledger.upload(db, kept.record().upload());
        var kind = Kind.of(upload.area());
        if (kind.isEmpty()) return false;
        long change = changes.begin(db, upload.id(), by);
        var record = new SourceRecord(
                kept.record().index(),
                kept.line(),
                kept.raw(),
                null,
                SourceRecord.Format.valueOf(kept.format()),
                kept.header());
        var shaped = shapes.step().shape(upload.area(), record);
        changes.reconsider(db, change, kept.record());
        var decisions =
                decide(db, new CustomerPage(upload, List.of(CustomerPage.Item.of(record, kind.get(), shaped))), change);
        var state = decisions.state(record.index());
        quarantine.keep(db, CustomerFlow.NAME, decisions.refusals());
        if (state == State.QUARANTINED) return false;
        quarantine.resolve(db, kept.id(), "released", by, null);
        ledger.put(db, CustomerFlow.NAME, List.of(new Entry(kept.record(), state, null, "released by " + by)));
        count(db, decisions);
        return true;
    }

    /**
     * Looks what the catalogue has learnt since the last time: transactions that waited for a product go on, and days on which products of
     * it were bought have another report.
     */
    public void followCatalogue() {
        database.write(db -> {
            store.lock(db);
            if (!changes.followCatalogue(db)) return;
            for (var record : store.satisfied(db))
                quarantine.take(db, CustomerFlow.NAME, record).ifPresent(kept -> release(db, kept, CATALOGUE));
        });
    }

    private void count(Handle db, Decisions decisions) {
        decisions
                .became()
                .forEach((state, records) -> outcomes.count(db, CustomerFlow.NAME, STEP, null, state.text(), records));
    }

    /** Duplicate, newer or older version, refused: in the order in which the records stand. */
    private Decisions decide(Handle db, CustomerPage page, long change) {
        var decisions = new Decisions(page.upload());
        var accepted = new ArrayList<CustomerPage.Item>();
        var catalogue = Listing.of(
                db, page.items().stream().map(CustomerPage.Item::shaped).toList());
        for (var item : page.items()) {
            if (shapes.judge(item.shaped(), catalogue) instanceof Shaped.Rejected rejected)
                refuse(db, page, item, rejected, decisions, change);
            else accepted.add(item);
        }
        accepted.stream()
                .map(item -> ((Shaped.Accepted) item.shaped()).variant())
                .distinct()
                .forEach(variant -> mappings.archive(db, variant));
        take(db, page, accepted, decisions, change);
        return decisions;
    }

    private void refuse(
            Handle db,
            CustomerPage page,
            CustomerPage.Item item,
            Shaped.Rejected rejected,
            Decisions decisions,
            long change) {
        var record = new RecordId(page.upload().id(), item.record().index());
        decisions.refuse(item.record(), rejected);
        changes.refuse(db, change, page.kind(), record, rejected);
        store.await(db, record, shapes.missing(rejected));
    }

    private void take(
            Handle db, CustomerPage page, List<CustomerPage.Item> accepted, Decisions decisions, long change) {
        var kind = page.kind();
        var ids = accepted.stream().map(item -> item.told().id()).collect(Collectors.toSet());
        var contents = store.contents(db, kind, ids);
        var before = store.standing(db, kind, contents.keySet());
        var standing = new HashMap<String, Standing>();
        before.forEach((id, known) -> standing.put(id, known.standing()));
        var versions = new ArrayList<Version>();
        var winners = new LinkedHashMap<String, Told>();
        var extras = new MappingHistory.Found();
        for (var item : accepted) {
            var told = item.told();
            var shaped = (Shaped.Accepted) item.shaped();
            var record = new RecordId(page.upload().id(), item.record().index());
            if (!contents.computeIfAbsent(told.id(), id -> new HashSet<>()).add(told.contentHash())) {
                decisions.become(record.index(), State.DUPLICATE, null);
                continue;
            }
            versions.add(new Version(told, record, shaped.warnings()));
            extras.add(shaped);
            var last = standing.get(told.id());
            if (last == null || last.compareTo(told.standing()) < 0) {
                standing.put(told.id(), told.standing());
                winners.put(told.id(), told);
                decisions.become(record.index(), State.DELIVERED, null);
            } else {
                decisions.become(record.index(), State.SUPERSEDED, "a newer version is known");
            }
        }
        store.keep(db, kind, versions);
        before.keySet().retainAll(winners.keySet());
        store.place(db, kind, winners.values(), before.keySet());
        mappings.count(db, extras);
        changes.touch(db, change, days(winners, before));
        profiles.follow(db, users(versions, before));
    }

    private static Set<String> days(Map<String, Told> winners, Map<String, Known> replaced) {
        var days = new HashSet<String>();
        winners.values().forEach(told -> days.add(told.day()));
        replaced.values().forEach(known -> days.add(known.day()));
        return days;
    }

    /** Older versions count too: they tell what was so before. */
    private static Set<String> users(List<Version> versions, Map<String, Known> replaced) {
        var users = new HashSet<String>();
        versions.forEach(version -> users.add(version.told().user()));
        replaced.values().forEach(known -> users.add(known.user()));
        users.remove(null);
        return users;
    }
}
