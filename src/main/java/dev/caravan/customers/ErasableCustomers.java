package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.archive.Dataset;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Transactions and tickets stay, as those of the pseudonym and without names, addresses and texts; the profile and its history are worked out of them
 * again, so that nothing of the person is in them either.
 */
final class ErasableCustomers implements Erasable {
    private static final int FETCHED = 1000;

    /** What a transaction does not have any more when it was erased. */
    private static final List<String> LEFT_OUT =
            List.of("shippingAddress", "billingAddress", "customerName", "email", "phone");

    private final CustomerStore store;
    private final Profiles profiles;
    private final Redaction redaction;
    private final WithdrawnFiles files;

    ErasableCustomers(CustomerStore store, Profiles profiles, Redaction redaction, WithdrawnFiles files) {
        this.store = store;
        this.profiles = profiles;
        this.redaction = redaction;
        this.files = files;
    }

    @Override
    public String store() {
        return "customers";
    }

    private record Version(String kind, String id, String hash, String document, String warnings) {}

    @Override
    public Erased erase(Handle db, Person person) {
        // Before the lock: it reads all there is, and records go on meanwhile. What comes then is found in the next
        // round.
        var theirs =
                db.createQuery("""
                select distinct id from customers.version
                where user_id = :id or position(:id in cast(document as text)) > 0 or position(:id in cast(warnings as text)) > 0""").bind("id", person.id()).mapTo(String.class).list();
        store.lock(db);
        var found = new HashMap<String, Long>();
        var versions = db.createQuery("""
                select kind, id, encode(content_hash, 'hex'), cast(document as text), cast(warnings as text) from customers.version where id = any(:theirs) and kind in ('transaction', 'ticket')""")
                .bindArray("theirs", String.class, theirs)
                .setFetchSize(FETCHED)
                .map((row, context) -> new Version(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4), row.getString(5)))
                .list();
        for (var version : versions)
            if (redact(db, version, person)) Erasable.count(found, "versions of " + version.kind() + "s", 1);
        var days = days(db, person);
        Erasable.count(
                found, "profiles", rows(db, "select count(*) from customers.profile where user_id = :id", person));
        Erasable.count(
                found,
                "periods of history",
                rows(db, "select count(*) from customers.history where user_id = :id", person));
        for (var table : List.of("version", "ticket", "transaction")) {
            long renamed = db.createUpdate("update customers.<table> set user_id = :pseudonym<and> where user_id = :id")
                    .define("table", table)
                    .define("and", table.equals("transaction") ? ", shipping_address = null" : "")
                    .bind("pseudonym", person.pseudonym())
                    .bind("id", person.id())
                    .execute();
            if (!table.equals("version")) Erasable.count(found, table + "s", renamed);
        }
        if (!found.isEmpty()) {
            profiles.follow(db, List.of(person.id(), person.pseudonym()));
            days.forEach(
                    (dataset, changed) -> Erasable.count(found, "Parquet files", files.withdraw(db, dataset, changed)));
        }
        return Erased.of(
                found,
                "transactions and tickets stay as those of the pseudonym, without names, addresses and texts; profile and history are worked out of them again; Parquet files of their days are deleted with all their versions and written again");
    }

    /** Days on which files tell of the person; what changes on others, such as the history of the pseudonym, tells of nobody. */
    private static Map<Dataset, List<LocalDate>> days(Handle db, Person person) {
        return Map.of(
                Datasets.TRANSACTIONS,
                        days(db, "select distinct day from customers.transaction where user_id = :id", person),
                Datasets.TICKETS, days(db, "select distinct day from customers.ticket where user_id = :id", person),
                Datasets.PROFILE_HISTORY,
                        days(
                                db,
                                "select distinct cast(valid_from at time zone 'UTC' as date) from customers.history where user_id = :id",
                                person));
    }

    private static List<LocalDate> days(Handle db, String query, Person person) {
        return db.createQuery(query)
                .bind("id", person.id())
                .mapTo(LocalDate.class)
                .list();
    }

    private static long rows(Handle db, String query, Person person) {
        return db.createQuery(query).bind("id", person.id()).mapTo(Long.class).one();
    }

    private boolean redact(Handle db, Version version, Person person) {
        var document = (ObjectNode) Json.read(version.document());
        var redacted = (ObjectNode) redaction.of(document, person);
        boolean theirs = Redaction.isAbout(document, person);
        LEFT_OUT.stream()
                .filter(name -> redacted.path(name).asText().equals(Redaction.ERASED))
                .forEach(redacted::remove);
        var warnings = version.warnings() == null ? null : Json.read(version.warnings());
        if (warnings != null) warnings.forEach(warning -> redaction.redact((ObjectNode) warning, theirs, person));
        if (redacted.equals(document) && (warnings == null || warnings.equals(Json.read(version.warnings()))))
            return false;
        JsonNode extras = redacted.remove("extra");
        var content = Document.of(redacted, (ObjectNode) extras);
        boolean known = !content.hash().equals(version.hash())
                && db.createQuery(
                                        "select count(*) from customers.version where kind = :kind and id = :id and content_hash = decode(:hash, 'hex')")
                                .bind("kind", version.kind())
                                .bind("id", version.id())
                                .bind("hash", content.hash())
                                .mapTo(Long.class)
                                .one()
                        > 0;
        var update = db.createUpdate(
                        known
                                ? "delete from customers.version where kind = :kind and id = :id and content_hash = decode(:old, 'hex')"
                                : """
                        update customers.version set content_hash = decode(:hash, 'hex'), document = cast(:document as json), warnings = cast(:warnings as json)
                        where kind = :kind and id = :id and content_hash = decode(:old, 'hex')""")
                .bind("kind", version.kind())
                .bind("id", version.id())
                .bind("old", version.hash());
        if (!known)
            update.bind("hash", content.hash())
                    .bind("document", content.text())
                    .bind("warnings", warnings == null ? null : warnings.toString());
        update.execute();
        db.createUpdate(
                        "update customers.<kind> set content_hash = decode(:hash, 'hex') where <kind>_id = :id and content_hash = decode(:old, 'hex')")
                .define("kind", version.kind())
                .bind("hash", content.hash())
                .bind("id", version.id())
                .bind("old", version.hash())
                .execute();
        return true;
    }

    @Override
    public Set<Person> returned(Handle db, ErasedPeople erased) {
        var returned = new HashSet<Person>();
        db.createQuery("select distinct user_id from customers.version where user_id is not null")
                .setFetchSize(FETCHED)
                .mapTo(String.class)
                .forEach(user -> erased.find(user).ifPresent(returned::add));
        return returned;
    }
}
