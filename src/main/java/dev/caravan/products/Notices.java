package dev.caravan.products;

import dev.caravan.observe.Tracing;
import dev.caravan.products.pimcore.ChangedProduct;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Changes in Pimcore that were noticed and are not on the bus yet (a transactional outbox, one row a product), and what of each product
 * was last read there.
 */
final class Notices {
    /** Who noticed: our own write; Pimcore's webhook; the sweep; the comparison of all products. */
    static final String WRITTEN = "written";

    static final String WEBHOOK = "webhook";
    static final String SWEEP = "sweep";
    static final String COMPARISON = "comparison";

    /** Who says that something changed, and may only have heard of a change that is known. */
    static final Set<String> HEARSAY = Set.of(WEBHOOK, SWEEP, COMPARISON);

    /** An event that nobody has read by then may be in a dead-letter queue: another is sent. */
    private static final Duration AWAITED = Duration.ofMinutes(10);

    private final Tracing tracing;
    private final Clock clock;

    Notices(Tracing tracing, Clock clock) {
        this.tracing = tracing;
        this.clock = clock;
    }

    /**
     * That a product in Pimcore is, or is not, published and has changed.
     *
     * @param trace in which context, as W3C's {@code traceparent}; null for that of the thread that notes it
     */
    record Change(String fullpath, boolean published, String trace) {
        Change(String fullpath, boolean published) {
            this(fullpath, published, null);
        }
    }

    /**
     * A change that is not on the bus yet.
     *
     * @param source  who noticed: one of the above, or who else wants an event, such as {@code reconcile}
     * @param decided an event will be sent for it
     * @param trace   the context it was noticed in, as W3C's {@code traceparent}; null when that was not traced
     */
    record Notice(
            String fullpath, boolean published, Instant noticedAt, String source, boolean decided, String trace) {}

    /**
     * A product that nobody is working on.
     *
     * @param awaited     an event is on its way, and nobody has read the product since
     * @param fingerprint of what was last read of it, or null
     */
    record AtRest(ProductKey key, boolean awaited, String fingerprint) {}

    /**
     * What was read of a product in Pimcore.
     *
     * @param modifiedAt  to the second; null when Pimcore has it no more
     * @param fingerprint of its content
     */
    record Read(ProductKey key, Instant modifiedAt, boolean published, String fingerprint) {}

    /**
     * Several notices of one product become one; one that is more than hearsay stays so, and stays in its trace. Hearsay may be late, such as the
     * webhook of a product before our write published it, and does not change what is known better.
     */
    void add(Handle db, Collection<Change> changes, String source) {
        if (changes.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into products.notice as known (fullpath, published, noticed_at, source, trace)
                values (:fullpath, :published, :now, :source, :trace)
                on conflict (fullpath) do update set noticed_at = excluded.noticed_at,
                  published = case when excluded.source = any(:hearsay) and known.source <> all(:hearsay) then known.published
                                   else excluded.published end,
                  source = case when known.source = any(:hearsay) then excluded.source else known.source end,
                  trace = case when excluded.source = any(:hearsay) then coalesce(known.trace, excluded.trace)
                               else coalesce(excluded.trace, known.trace) end""");
        var latest = new TreeMap<String, Change>();
        changes.forEach(change -> latest.put(change.fullpath(), change));
        latest.values().forEach(change -> batch.bind("fullpath", change.fullpath())
                .bind("published", change.published())
                .bind("source", source)
                .bind("trace", change.trace() == null ? tracing.current() : change.trace())
                .bindArray("hearsay", String.class, HEARSAY.toArray())
                .bind("now", clock.instant())
                .add());
        batch.execute();
    }

    /** The oldest notices for which nothing is decided yet, in their order. */
    List<Notice> undecided(Handle db, int limit) {
        return notices(db, "not decided", limit, "");
    }

    /** The oldest notices for which an event is to be sent, locked; those another instance works on are passed over. */
    List<Notice> takeDecided(Handle db, int limit) {
        return notices(db, "decided", limit, " for update skip locked");
    }

    private static List<Notice> notices(Handle db, String which, int limit, String ending) {
        return db.createQuery(
                        "select fullpath, published, noticed_at, source, decided, trace from products.notice where "
                                + which + " order by noticed_at limit :limit" + ending)
                .bind("limit", limit)
                .map((row, context) -> new Notice(
                        row.getString(1),
                        row.getBoolean(2),
                        row.getObject(3, OffsetDateTime.class).toInstant(),
                        row.getString(4),
                        row.getBoolean(5),
                        row.getString(6)))
                .list();
    }

    /**
     * Products by the names they have in Pimcore, locked: nobody reads or writes one of them before this transaction ends.
     *
     * @return those that nobody is working on, by name
     */
    Map<String, AtRest> lockAtRest(Handle db, Collection<String> fullpaths) {
        return db.createQuery("""
                select supplier, id, handle, coalesce(awaited_since > :longAgo, false), pimcore_read_hash
                from products.product where handle = any(:handles) for update skip locked""")
                .bindArray("handles", String.class, handles(fullpaths))
                .bind("longAgo", clock.instant().minus(AWAITED))
                .map((row, context) -> Map.entry(
                        row.getString(3),
                        new AtRest(
                                new ProductKey(row.getString(1), row.getString(2)),
                                row.getBoolean(4),
                                row.getString(5))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Of these products, the names of those that Caravan has; others were moved or made by a person. */
    Set<String> known(Handle db, Collection<String> fullpaths) {
        return new HashSet<>(db.createQuery("select handle from products.product where handle = any(:handles)")
                .bindArray("handles", String.class, handles(fullpaths))
                .mapTo(String.class)
                .list());
    }

    /** The uploads that what Caravan knows of these products came from, by handle; without products that it does not know. */
    Map<String, UUID> uploads(Handle db, Collection<String> fullpaths) {
        return db.createQuery("select handle, upload from products.product where handle = any(:handles)")
                .bindArray("handles", String.class, handles(fullpaths))
                .map((row, context) -> Map.entry(row.getString(1), row.getObject(2, UUID.class)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static Object[] handles(Collection<String> fullpaths) {
        return fullpaths.stream().map(Notices::handle).distinct().toArray();
    }

    static String handle(String fullpath) {
        return fullpath.substring(fullpath.lastIndexOf('/') + 1);
    }

    /** Notes that an event will be sent for each of these. */
    void decide(Handle db, Collection<String> fullpaths) {
        if (fullpaths.isEmpty()) return;
        db.createUpdate("update products.notice set decided = true where fullpath = any(:fullpaths)")
                .bindArray("fullpaths", String.class, fullpaths.toArray())
                .execute();
        db.createUpdate("update products.product set awaited_since = :now where handle = any(:handles)")
                .bind("now", clock.instant())
                .bindArray("handles", String.class, handles(fullpaths))
                .execute();
    }

    /** Drops notices, except those that were renewed since they were looked at. */
    void drop(Handle db, Collection<Notice> notices) {
        if (notices.isEmpty()) return;
        var batch = db.prepareBatch(
                "delete from products.notice where fullpath = :fullpath and noticed_at = :noticedAt and decided = :decided");
        for (var notice : notices)
            batch.bind("fullpath", notice.fullpath())
                    .bind("noticedAt", notice.noticedAt())
                    .bind("decided", notice.decided())
                    .add();
        batch.execute();
    }

    /** Notes what of products was read from Pimcore, and when. An event that was on its way to be read has arrived. */
    void read(Handle db, Collection<Read> reads) {
        if (reads.isEmpty()) return;
        var batch = db.prepareBatch("""
                update products.product set pimcore_modified = :modified, pimcore_read_at = :now, pimcore_read_hash = :fingerprint,
                       published = :published, awaited_since = null
                where supplier = :supplier and id = :id""");
        for (var read : reads) {
            batch.bind("modified", read.modifiedAt())
                    .bind("now", clock.instant())
                    .bind("fingerprint", read.fingerprint())
                    .bind("published", read.published())
                    .bind("supplier", read.key().supplier())
                    .bind("id", read.key().id())
                    .add();
        }
        batch.execute();
    }

    /** Notes that an event arrived, and that its product could not be read: the next notice must bring another. */
    void unread(Handle db, Collection<ProductKey> keys) {
        if (keys.isEmpty()) return;
        db.createUpdate(
                        "update products.product set awaited_since = null where (supplier, id) in (select * from unnest(:suppliers, :ids))")
                .bindArray(
                        "suppliers",
                        String.class,
                        keys.stream().map(ProductKey::supplier).toArray())
                .bindArray(
                        "ids", String.class, keys.stream().map(ProductKey::id).toArray())
                .execute();
    }

    /**
     * Of changes in Pimcore, the names of the products whose change has been looked at: its modification date, which counts whole seconds,
     * lay at least two seconds back when the product was last read.
     */
    Set<String> seen(Handle db, Collection<ChangedProduct> changes) {
        return new HashSet<>(db.createQuery("""
                select changed.fullpath
                from unnest(:fullpaths, :handles, :modified::timestamptz[]) changed (fullpath, handle, modified)
                join products.product on product.handle = changed.handle
                where pimcore_modified >= changed.modified and pimcore_read_at >= changed.modified + interval '2 seconds'""")
                .bindArray(
                        "fullpaths",
                        String.class,
                        changes.stream().map(ChangedProduct::fullpath).toArray())
                .bindArray(
                        "handles",
                        String.class,
                        changes.stream()
                                .map(change -> handle(change.fullpath()))
                                .toArray())
                .bindArray(
                        "modified",
                        String.class,
                        changes.stream()
                                .map(change -> change.modificationDate().toString())
                                .toArray())
                .mapTo(String.class)
                .list());
    }

    /**
     * A product as it was last seen in Pimcore.
     *
     * @param published whether it was published there
     */
    record Seen(ProductKey key, boolean published) {}

    /** Products that were written to or read from Pimcore, the last time before an instant. */
    List<Seen> seenBefore(Handle db, Instant instant) {
        return db.createQuery("""
                select supplier, id, published from products.product
                where pimcore_id is not null and coalesce(greatest(pimcore_at, pimcore_read_at), '-infinity') < :instant""")
                .bind("instant", instant)
                .map((row, context) -> new Seen(new ProductKey(row.getString(1), row.getString(2)), row.getBoolean(3)))
                .list();
    }

    /** Notes that Pimcore does not have these products any more. */
    void gone(Handle db, Collection<ProductKey> keys) {
        if (keys.isEmpty()) return;
        var batch = db.prepareBatch(
                "update products.product set published = false where supplier = :supplier and id = :id");
        for (var key : keys)
            batch.bind("supplier", key.supplier()).bind("id", key.id()).add();
        batch.execute();
    }

    /** Up to when a sweep has seen all changes; empty before the first. */
    Optional<Instant> sweptTo(Handle db, String name) {
        return db.createQuery("select seen_to from products.sweep where name = :name")
                .bind("name", name)
                .map((row, context) -> row.getObject(1, OffsetDateTime.class).toInstant())
                .findOne();
    }

    void sweptTo(Handle db, String name, Instant seenTo) {
        db.createUpdate("""
                insert into products.sweep (name, seen_to) values (:name, :to)
                on conflict (name) do update set seen_to = greatest(products.sweep.seen_to, excluded.seen_to)""").bind("name", name).bind("to", seenTo).execute();
    }
}
