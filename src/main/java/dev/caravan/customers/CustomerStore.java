package dev.caravan.customers;

import dev.caravan.customers.Told.Standing;
import dev.caravan.ledger.RecordId;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.Reason;
import dev.caravan.state.CopyRows;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The tables of transactions and tickets. All that is written is written under {@link #lock}: batches commit one after the other, so that
 * the same transaction in two files cannot be counted twice, and nobody deadlocks on a profile.
 */
final class CustomerStore {
    /** Any number, the same in all instances: key of the advisory lock. */
    private static final long WRITER = 0x637573746f6d6572L;

    private final Clock clock;

    CustomerStore(Clock clock) {
        this.clock = clock;
    }

    /** Content that is new for its transaction or ticket, and the record that brought it first. */
    record Version(Told told, RecordId record, List<Reason> warnings) {}

    /**
     * The version that counts, of what is known already.
     *
     * @param user null when nobody is known
     * @param day  it is counted on, in UTC, such as {@code 2025-08-28}
     */
    record Known(Standing standing, String user, String day) {}

    /** Waits for other writers; until the transaction ends they wait for this one. */
    void lock(Handle db) {
        db.execute("select pg_advisory_xact_lock(?)", WRITER);
    }

    /** Content hashes that are known, by id. */
    Map<String, Set<String>> contents(Handle db, Kind kind, Collection<String> ids) {
        var contents = new HashMap<String, Set<String>>();
        db.createQuery(
                        "select id, encode(content_hash, 'hex') from customers.version where kind = :kind and id = any(:ids)")
                .bind("kind", kind.text())
                .bindArray("ids", String.class, ids)
                .map((row, context) -> contents.computeIfAbsent(row.getString(1), id -> new HashSet<>())
                        .add(row.getString(2)))
                .list();
        return contents;
    }

    /** The versions that count, of those that are known. */
    Map<String, Known> standing(Handle db, Kind kind, Collection<String> ids) {
        var known = new HashMap<String, Known>();
        db.createQuery("""
                select <kind>_id, to_char(<moment> at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), rank, encode(content_hash, 'hex'), user_id, cast(day as text)
                from customers.<kind> where <kind>_id = any(:ids)""")
                .define("kind", kind.text())
                .define("moment", moment(kind))
                .bindArray("ids", String.class, ids)
                .map((row, context) -> known.put(
                        row.getString(1),
                        new Known(
                                new Standing(row.getString(2), row.getInt(3), row.getString(4)),
                                row.getString(5),
                                row.getString(6))))
                .list();
        return known;
    }

    /** Keeps contents that were not known. */
    void keep(Handle db, Kind kind, List<Version> versions) {
        var now = clock.instant().toString();
        var rows = new CopyRows();
        for (var version : versions) {
            var told = version.told();
            rows.add(kind.text())
                    .add(told.id())
                    .addHex(told.contentHash())
                    .add(told.moment())
                    .add(told.rank())
                    .add(told.user())
                    .add(told.document())
                    .add(
                            version.warnings().isEmpty()
                                    ? null
                                    : Quarantine.json(version.warnings()).toString())
                    .add(version.record().upload().toString())
                    .add(version.record().index())
                    .add(now)
                    .end();
        }
        rows.into(
                db,
                "customers.version (kind, id, content_hash, moment, rank, user_id, document, warnings, upload, index, received_at)");
    }

    /**
     * Makes these the versions that count.
     *
     * @param replaced ids of those of which another version has counted so far
     */
    void place(Handle db, Kind kind, Collection<Told> winners, Set<String> replaced) {
        takeAway(db, kind, replaced);
        var transactions = new CopyRows();
        var items = new CopyRows();
        var tickets = new CopyRows();
        for (var winner : winners) {
            if (winner instanceof Transaction transaction) add(transaction, transactions, items);
            else if (winner instanceof Ticket ticket) add(ticket, tickets);
        }
        transactions.into(
                db,
                "customers.transaction (transaction_id, content_hash, occurred_at, rank, day, user_id, amount, currency, status, payment_method, shipping_address, country)");
        items.into(db, "customers.item (transaction_id, position, product_id, quantity, price, total)");
        tickets.into(
                db,
                "customers.ticket (ticket_id, content_hash, created_at, changed_at, rank, day, user_id, category, priority, status, sentiment, satisfaction, resolution_hours)");
    }

    private static void takeAway(Handle db, Kind kind, Collection<String> ids) {
        for (var table : kind == Kind.TICKET ? List.of("ticket") : List.of("item", "transaction"))
            db.createUpdate("delete from customers.<table> where <kind>_id = any(:ids)")
                    .define("table", table)
                    .define("kind", kind.text())
                    .bindArray("ids", String.class, ids)
                    .execute();
    }

    /** The column of what versions are compared by first. */
    static String moment(Kind kind) {
        return kind == Kind.TICKET ? "changed_at" : "occurred_at";
    }

    /** Lets transactions or tickets go, with all their versions. */
    void forget(Handle db, Kind kind, Collection<String> ids) {
        takeAway(db, kind, ids);
        db.createUpdate("delete from customers.version where kind = :kind and id = any(:ids)")
                .bind("kind", kind.text())
                .bindArray("ids", String.class, ids)
                .execute();
    }

    private static void add(Transaction transaction, CopyRows transactions, CopyRows items) {
        transactions
                .add(transaction.id())
                .addHex(transaction.contentHash())
                .add(transaction.occurredAt())
                .add(transaction.rank())
                .add(transaction.day())
                .add(transaction.user())
                .add(transaction.amount())
                .add(transaction.currency())
                .add(transaction.status().text())
                .add(transaction.paymentMethod())
                .add(transaction.shippingAddress())
                .add(transaction.country())
                .end();
        for (int i = 0; i < transaction.items().size(); i++) {
            var item = transaction.items().get(i);
            items.add(transaction.id())
                    .add(i)
                    .add(item.product())
                    .add(item.quantity())
                    .add(item.price())
                    .add(item.total())
                    .end();
        }
    }

    private static void add(Ticket ticket, CopyRows tickets) {
        tickets.add(ticket.id())
                .addHex(ticket.contentHash())
                .add(ticket.createdAt())
                .add(ticket.changedAt())
                .add(ticket.rank())
                .add(ticket.day())
                .add(ticket.user())
                .add(ticket.category())
                .add(ticket.priority())
                .add(ticket.status().text())
                .add(text(ticket.sentiment()))
                .add(text(ticket.satisfaction()))
                .add(text(ticket.resolutionHours()))
                .end();
    }

    private static String text(BigDecimal number) {
        return number == null ? null : number.toPlainString();
    }

    /** Notes that a quarantined record waits for nothing but these products. */
    void await(Handle db, RecordId record, Collection<String> products) {
        for (var product : products)
            db.execute(
                    "insert into customers.waiting (product_id, upload, index) values (?, ?, ?) on conflict do nothing",
                    product,
                    record.upload(),
                    record.index());
    }

    /** Records all of whose missing products the catalogue knows by now, which wait no more; in the order in which they came. */
    List<RecordId> satisfied(Handle db) {
        return db.createQuery("""
                with ready as (
                  select distinct upload, index from customers.waiting w
                  where not exists (select from customers.waiting o where o.upload = w.upload and o.index = w.index
                                    and not exists (select from orders.product p where p.product_id = o.product_id))),
                gone as (delete from customers.waiting w using ready r where w.upload = r.upload and w.index = r.index)
                select r.upload, r.index from ready r join ledger.upload u on u.id = r.upload order by u.started_at, r.upload, r.index""")
                .map((row, context) -> new RecordId(row.getObject(1, UUID.class), row.getLong(2)))
                .list();
    }
}
