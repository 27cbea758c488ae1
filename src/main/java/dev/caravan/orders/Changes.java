package dev.caravan.orders;

import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The numbers of the transactions that take something in, and the days they bear on. A report's version is the greatest number that bears on
 * its days; what was known at a time is what came with the numbers up to that of the time. All of it is written under the writer's lock
 * ({@link OrderStore#lock}), so a greater number was committed later.
 */
final class Changes {
    private final Clock clock;

    Changes(Clock clock) {
        this.clock = clock;
    }

    /** What a change of a day is about. */
    enum What {
        /** Orders that count. */
        ORDERS,
        /** Records that do not, because they break a rule. */
        REFUSED,
        /** What is known of products sold on the day. */
        CATALOGUE,
        /** Snapshots of the day. */
        STOCK;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A record that breaks a rule.
     *
     * @param day   of the order, in UTC, such as {@code 2025-08-28}; null when that cannot be read
     * @param rules at least one, the first one first
     */
    record Refused(RecordId record, String day, List<String> rules) {}

    /** The number of the change that this transaction is. */
    long next(Handle db) {
        return db.createQuery("select coalesce(max(number), 0) + 1 from orders.change")
                .mapTo(Long.class)
                .one();
    }

    /**
     * Keeps the change, when all it does is done.
     *
     * @param releasedBy null for a page
     * @param became     records of the page, by what became of them
     * @param released   records that came out of quarantine with it
     */
    void keep(Handle db, long number, Upload upload, String releasedBy, Map<State, Long> became, int released) {
        db.createUpdate("""
                insert into orders.change (number, at, upload, kind, noticed_at, released_by, accepted, duplicate, superseded, quarantined, released)
                select :number, greatest(cast(:now as timestamptz), (select max(at) from orders.change)), id, :kind, started_at, :by,
                       :accepted, :duplicate, :superseded, :quarantined, :released
                from ledger.upload where id = :upload""")
                .bind("number", number)
                .bind("now", clock.instant())
                .bind("upload", upload.id())
                .bind("kind", upload.area())
                .bind("by", releasedBy)
                .bind("accepted", became.getOrDefault(State.DELIVERED, 0L) + became.getOrDefault(State.UNCHANGED, 0L))
                .bind("duplicate", became.getOrDefault(State.DUPLICATE, 0L))
                .bind("superseded", became.getOrDefault(State.SUPERSEDED, 0L))
                .bind("quarantined", became.getOrDefault(State.QUARANTINED, 0L))
                .bind("released", released)
                .execute();
    }

    /** The change bears on these days, each such as {@code 2025-08-28}. */
    void touch(Handle db, long number, What what, Collection<String> days) {
        if (days.isEmpty()) return;
        db.createUpdate("""
                insert into orders.touched (day, what, change) select distinct cast(day as date), :what, :number from unnest(:days) day
                on conflict do nothing""")
                .bind("what", what.text())
                .bind("number", number)
                .bindArray("days", String.class, days)
                .execute();
    }

    /** Keeps that records break rules. */
    void refuse(Handle db, long number, Kind kind, Collection<Refused> records) {
        if (records.isEmpty()) return;
        var list = List.copyOf(records);
        var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toString();
        var days = list.stream()
                .map(refused -> refused.day() == null ? today : refused.day())
                .toList();
        db.createUpdate("""
                insert into orders.refusal (upload, index, change, kind, day, rules)
                select upload, index, :number, :kind, cast(day as date), string_to_array(rules, ',')
                from unnest(:uploads, :indexes, :days, :rules) as r (upload, index, day, rules)""")
                .bind("number", number)
                .bind("kind", kind.area())
                .bindArray(
                        "uploads",
                        UUID.class,
                        list.stream().map(refused -> refused.record().upload()).toList())
                .bindArray(
                        "indexes",
                        Long.class,
                        list.stream().map(refused -> refused.record().index()).toList())
                .bindArray("days", String.class, days)
                .bindArray(
                        "rules",
                        String.class,
                        list.stream()
                                .map(refused -> String.join(",", refused.rules()))
                                .toList())
                .execute();
        touch(db, number, What.REFUSED, days);
    }

    /** A record is decided about again: what was kept of its refusal is history. */
    void reconsider(Handle db, long number, RecordId record) {
        var days = db.createQuery("""
                update orders.refusal set ended = :number where upload = :upload and index = :index and ended is null returning cast(day as text)""")
                .bind("number", number)
                .bind("upload", record.upload())
                .bind("index", record.index())
                .mapTo(String.class)
                .list();
        touch(db, number, What.REFUSED, days);
    }
}
