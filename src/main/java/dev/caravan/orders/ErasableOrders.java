package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.Person;
import dev.caravan.erasure.Redaction;
import dev.caravan.json.Json;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Orders stay, as those of the pseudonym: lines, amounts, dates and places are what sums are made of, and what the law wants kept. Each version is what
 * normalising the redacted original would make, so that it is known when it comes again.
 */
final class ErasableOrders implements Erasable {
    private static final int FETCHED = 1000;

    private final OrderStore store;
    private final Redaction redaction;
    private final WithdrawnFiles files;

    ErasableOrders(OrderStore store, Redaction redaction, WithdrawnFiles files) {
        this.store = store;
        this.redaction = redaction;
        this.files = files;
    }

    @Override
    public String store() {
        return "orders";
    }

    private record Version(String order, String hash, String document, String warnings) {}

    @Override
    public Erased erase(Handle db, Person person) {
        // Before the lock: it reads all there is, and orders go on meanwhile. What comes then is found in the next
        // round.
        var theirs =
                db.createQuery("""
                select distinct order_id from orders.version
                where position(:id in cast(document as text)) > 0 or position(:id in cast(warnings as text)) > 0""").bind("id", person.id()).mapTo(String.class).list();
        store.lock(db);
        var found = new HashMap<String, Long>();
        var versions = db.createQuery("""
                select order_id, encode(content_hash, 'hex'), cast(document as text), cast(warnings as text) from orders.version where order_id = any(:theirs)""")
                .bindArray("theirs", String.class, theirs)
                .setFetchSize(FETCHED)
                .map((row, context) ->
                        new Version(row.getString(1), row.getString(2), row.getString(3), row.getString(4)))
                .list();
        var orders = new HashSet<String>();
        for (var version : versions)
            if (redact(db, version, person)) {
                found.merge("versions of orders", 1L, Long::sum);
                orders.add(version.order());
            }
        Erasable.count(
                found,
                "orders",
                rename(db, "update orders.placed set customer = :pseudonym where customer = :id", person));
        LateSums.forget(db, person.id());
        Erasable.count(found, "amounts", rename(db, """
                delete from orders.recent_amounts r where subject = :id
                  and exists (select from orders.recent_amounts o where o.rule = r.rule and o.currency = r.currency and o.subject = :pseudonym)""", person));
        Erasable.count(
                found,
                "amounts",
                rename(db, "update orders.recent_amounts set subject = :pseudonym where subject = :id", person));
        Erasable.count(
                found,
                "odd orders",
                rename(db, "update orders.odd_order set subject = :pseudonym where subject = :id", person));
        if (!found.isEmpty()) Erasable.count(found, "Parquet files", writeDaysAgain(db, person, orders));
        return Erased.of(
                found,
                "orders and their amounts stay as those of the pseudonym; Parquet files of their days are deleted with all their versions and written again");
    }

    private static long rename(Handle db, String statement, Person person) {
        var update = db.createUpdate(statement).bind("id", person.id());
        if (statement.contains(":pseudonym")) update.bind("pseudonym", person.pseudonym());
        return update.execute();
    }

    private boolean redact(Handle db, Version version, Person person) {
        var document = (ObjectNode) Json.read(version.document());
        var redacted = (ObjectNode) redaction.of(document, person);
        var warnings = version.warnings() == null ? null : redaction.of(Json.read(version.warnings()), person);
        boolean same = redacted.equals(document);
        if (same && (warnings == null || warnings.equals(Json.read(version.warnings())))) return false;
        var order = order(redacted);
        boolean known = !order.contentHash().equals(version.hash())
                && db.createQuery(
                                        "select count(*) from orders.version where order_id = :order and content_hash = decode(:hash, 'hex')")
                                .bind("order", version.order())
                                .bind("hash", order.contentHash())
                                .mapTo(Long.class)
                                .one()
                        > 0;
        var update = db.createUpdate(
                        known
                                ? "delete from orders.version where order_id = :order and content_hash = decode(:old, 'hex')"
                                : """
                        update orders.version set content_hash = decode(:hash, 'hex'), document = cast(:document as json), warnings = cast(:warnings as json)
                        where order_id = :order and content_hash = decode(:old, 'hex')""")
                .bind("order", version.order())
                .bind("old", version.hash());
        if (!known)
            update.bind("hash", order.contentHash())
                    .bind("document", order.document())
                    .bind("warnings", warnings == null ? null : warnings.toString());
        update.execute();
        for (var table : new String[] {"placed", "odd_order"})
            db.createUpdate(
                            "update orders.<table> set content_hash = decode(:hash, 'hex') where order_id = :order and content_hash = decode(:old, 'hex')")
                    .define("table", table)
                    .bind("hash", order.contentHash())
                    .bind("order", version.order())
                    .bind("old", version.hash())
                    .execute();
        return true;
    }

    private static Order order(ObjectNode document) {
        JsonNode extras = document.remove("extra");
        return Order.of(document, (ObjectNode) extras);
    }

    /** What there is of them now goes at once: who asks for a day meanwhile finds none. */
    private long writeDaysAgain(Handle db, Person person, Set<String> orders) {
        return files.withdraw(
                db,
                Datasets.ORDERS,
                db.createQuery(
                                "select distinct day from orders.placed where customer = :pseudonym or order_id = any(:orders)")
                        .bind("pseudonym", person.pseudonym())
                        .bindArray("orders", String.class, orders)
                        .mapTo(LocalDate.class)
                        .list());
    }

    @Override
    public Set<Person> returned(Handle db, ErasedPeople erased) {
        var returned = new HashSet<Person>();
        db.createQuery(
                        "select distinct document ->> 'customer' from orders.version where document ->> 'customer' is not null")
                .setFetchSize(FETCHED)
                .mapTo(String.class)
                .forEach(customer -> erased.find(customer).ifPresent(returned::add));
        return returned;
    }
}
