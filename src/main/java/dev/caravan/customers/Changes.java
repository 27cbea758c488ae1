package dev.caravan.customers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.ledger.RecordId;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.Values;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The numbers of the transactions that take something in, and the days they bear on: a report's version is the greatest number that bears on
 * its day. All of it is written under the writer's lock ({@link CustomerStore#lock}), so a greater number was committed later.
 */
final class Changes {
    private final Clock clock;

    Changes(Clock clock) {
        this.clock = clock;
    }

    /**
     * The number of the change that this transaction is.
     *
     * @param upload     null when the catalogue has learnt something, or sessions were written
     * @param releasedBy null for a page
     */
    long begin(Handle db, UUID upload, String releasedBy) {
        return db.createQuery("""
                insert into customers.change (number, at, upload, released_by)
                select coalesce(max(number), 0) + 1, :now, :upload, :by from customers.change returning number""")
                .bind("now", Timestamp.from(clock.instant()))
                .bind("upload", upload)
                .bind("by", releasedBy)
                .mapTo(Long.class)
                .one();
    }

    /** The change bears on these days, each such as {@code 2025-08-28}. */
    void touch(Handle db, long number, Collection<String> days) {
        if (days.isEmpty()) return;
        db.createUpdate(
                        "insert into customers.touched (day, change) select distinct cast(day as date), :number from unnest(:days) day on conflict do nothing")
                .bind("number", number)
                .bindArray("days", String.class, days)
                .execute();
    }

    /** Keeps that a record breaks rules. */
    void refuse(Handle db, long number, Kind kind, RecordId record, Shaped.Rejected rejected) {
        var day = day(rejected.value());
        db.createUpdate("""
                insert into customers.refusal (upload, index, kind, day, rules) values (:upload, :index, :kind, cast(:day as date), :rules)
                on conflict (upload, index) do update set day = excluded.day, rules = excluded.rules""")
                .bind("upload", record.upload())
                .bind("index", record.index())
                .bind("kind", kind.area())
                .bind("day", day)
                .bindArray(
                        "rules",
                        String.class,
                        rejected.reasons().stream().map(Reason::rule).distinct().toList())
                .execute();
        touch(db, number, List.of(day));
    }

    /** Of what may be no sound record: today when it tells none. */
    private String day(ObjectNode canonical) {
        var moment = canonical == null
                ? null
                : canonical.has("occurredAt") ? canonical.get("occurredAt") : canonical.get("createdAt");
        // The database's days begin later than some moments do.
        return Values.isInstant(moment) && moment.textValue().startsWith("2")
                ? moment.textValue().substring(0, Document.DAY)
                : LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toString();
    }

    /** A record is decided about again: its refusal is over, unless it is refused once more. */
    void reconsider(Handle db, long number, RecordId record) {
        var days = db.createQuery(
                        "delete from customers.refusal where upload = :upload and index = :index returning cast(day as text)")
                .bind("upload", record.upload())
                .bind("index", record.index())
                .mapTo(String.class)
                .list();
        touch(db, number, days);
        db.execute("delete from customers.waiting where upload = ? and index = ?", record.upload(), record.index());
    }

    /**
     * What the catalogue has learnt since this was asked last bears on the days on which such products were bought.
     *
     * @return whether it has learnt anything
     */
    boolean followCatalogue(Handle db) {
        long seen = db.createQuery("select coalesce(max(number), 0) from customers.catalogue_look")
                .mapTo(Long.class)
                .one();
        long newest = db.createQuery(
                        "select greatest(0, (select max(change) from orders.product_version), (select max(change) from orders.listed_stock))")
                .mapTo(Long.class)
                .one();
        if (newest <= seen) return false;
        var days = db.createQuery("""
                select distinct cast(t.day as text) from customers.transaction t join customers.item i using (transaction_id)
                where i.product_id in (
                  select product_id from orders.product_version where change between :seen + 1 and :newest
                  union select product_id from orders.listed_stock where change between :seen + 1 and :newest)""")
                .bind("seen", seen)
                .bind("newest", newest)
                .mapTo(String.class)
                .list();
        if (!days.isEmpty()) touch(db, begin(db, null, null), days);
        db.createUpdate(
                        "insert into customers.catalogue_look (number) values (:newest) on conflict (one) do update set number = excluded.number")
                .bind("newest", newest)
                .execute();
        return true;
    }
}
