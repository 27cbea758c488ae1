package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.orders.Order.Line;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.Reason;
import dev.caravan.state.CopyRows;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * The tables of orders. All that is written is written under {@link #lock}: batches commit one after the other, so that the same orders in
 * two files cannot be counted twice, sums stay exact, and nobody deadlocks on them. A batch is a handful of statements over arrays.
 */
final class OrderStore {
    /** Any number, the same in all instances: key of the advisory lock. */
    private static final long WRITER = 0x6f7264657273L;

    private final Clock clock;

    OrderStore(Clock clock) {
        this.clock = clock;
    }

    /** Content that is new for its order, and the record that brought it first. */
    record Version(Order order, RecordId record, List<Reason> warnings) {}

    /** Waits for other writers; until the transaction ends they wait for this one. */
    void lock(Handle db) {
        db.execute("select pg_advisory_xact_lock(?)", WRITER);
    }

    /** Those of the products that the catalogue does not know. */
    Set<String> unknownProducts(Handle db, Collection<String> products) {
        if (products.isEmpty()) return Set.of();
        return new HashSet<>(db.createQuery(
                        "select wanted from unnest(:products) wanted where not exists (select from orders.product where product_id = wanted)")
                .bindArray("products", String.class, products)
                .mapTo(String.class)
                .list());
    }

    /** Content hashes that are known, by order. */
    Map<String, Set<String>> contents(Handle db, Collection<String> orders) {
        var contents = new HashMap<String, Set<String>>();
        db.createQuery("select order_id, encode(content_hash, 'hex') from orders.version where order_id = any(:orders)")
                .bindArray("orders", String.class, orders)
                .map((row, context) -> contents.computeIfAbsent(row.getString(1), id -> new HashSet<>())
                        .add(row.getString(2)))
                .list();
        return contents;
    }

    /** The versions that count, of those orders that are known. */
    Map<String, Standing> standing(Handle db, Collection<String> orders) {
        var standing = new HashMap<String, Standing>();
        db.createQuery("""
                select order_id, to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), rank, encode(content_hash, 'hex')
                from orders.placed where order_id = any(:orders)""")
                .bindArray("orders", String.class, orders)
                .map((row, context) ->
                        standing.put(row.getString(1), new Standing(row.getString(2), row.getInt(3), row.getString(4))))
                .list();
        return standing;
    }

    /** What versions of an order are compared by: the greatest counts. */
    record Standing(String placedAt, int rank, String contentHash) implements Comparable<Standing> {
        private static final Comparator<Standing> ORDER = Comparator.comparing(Standing::placedAt)
                .thenComparing(Standing::rank)
                .thenComparing(Standing::contentHash);

        static Standing of(Order order) {
            return new Standing(order.placedAt(), order.status().ordinal(), order.contentHash());
        }

        /** In UTC, such as {@code 2025-08-28}. */
        String day() {
            return placedAt.substring(0, 10);
        }

        @Override
        public int compareTo(Standing other) {
            return ORDER.compare(this, other);
        }
    }

    /** Keeps contents that were not known, as part of that change. */
    void keep(Handle db, List<Version> versions, long change) {
        var now = clock.instant().toString();
        var rows = new CopyRows();
        for (var version : versions) {
            var order = version.order();
            rows.add(order.id())
                    .addHex(order.contentHash())
                    .add(order.placedAt())
                    .add(order.status().ordinal())
                    .add(order.document())
                    .add(
                            version.warnings().isEmpty()
                                    ? null
                                    : Quarantine.json(version.warnings()).toString())
                    .add(version.record().upload().toString())
                    .add(version.record().index())
                    .add(now)
                    .add(change)
                    .end();
        }
        rows.into(
                db,
                "orders.version (order_id, content_hash, placed_at, rank, document, warnings, upload, index, received_at, change)");
    }

    /**
     * Makes these the versions that count. What was added up of those they replace is taken away, in the same transaction.
     *
     * @param replaced those of the orders of which another version has counted so far
     */
    void place(Handle db, Collection<Order> orders, Set<String> replaced) {
        if (orders.isEmpty()) return;
        if (!replaced.isEmpty()) {
            takeAway(db, replaced);
            delete(db, replaced, "line", "placed");
        }
        var placed = new CopyRows();
        var lines = new CopyRows();
        for (var order : orders) {
            placed.add(order.id())
                    .addHex(order.contentHash())
                    .add(order.placedAt())
                    .add(order.status().ordinal())
                    .add(order.day());
            rest(placed, order);
            for (int i = 0; i < order.lines().size(); i++) {
                lines.add(order.id()).add(i);
                rest(lines, order.lines().get(i));
            }
        }
        placed.into(
                db,
                "orders.placed (order_id, content_hash, placed_at, rank, day, customer, channel, status, currency, country, state, city, lines, total)");
        lines.into(db, "orders.line (order_id, position, product_id, quantity, unit_price, total)");
        addUp(db, orders);
    }

    /** Takes orders out, with all their versions and from the sums. */
    void forget(Handle db, Collection<String> orders) {
        if (orders.isEmpty()) return;
        warn(db, orders, -1);
        takeAway(db, orders);
        LateSums.forgetDaysOf(db, orders);
        delete(db, orders, "line", "placed", "version");
    }

    private static void delete(Handle db, Collection<String> orders, String... tables) {
        for (var table : tables)
            db.createUpdate("delete from orders.<table> where order_id = any(:orders)")
                    .define("table", table)
                    .bindArray("orders", String.class, orders)
                    .execute();
    }

    /** Ends a row of {@code orders.placed}: the columns from {@code customer} on. */
    static void rest(CopyRows row, Order order) {
        row.add(order.customer())
                .add(order.channel())
                .add(order.status().text())
                .add(order.currency())
                .add(order.country())
                .add(order.state())
                .add(order.city())
                .add(order.lines().size())
                .add(order.total())
                .end();
    }

    /** Ends a row of {@code orders.line}: the columns from {@code product_id} on. */
    static void rest(CopyRows row, Line line) {
        row.add(line.product())
                .add(line.quantity())
                .add(line.unitPrice())
                .add(line.total())
                .end();
    }

    /** Adds orders to the sums. They are in memory: to read them back would cost more than to write them. */
    private static void addUp(Handle db, Collection<Order> orders) {
        var revenue = new HashMap<List<String>, Sum>();
        var sales = new HashMap<List<String>, Sum>();
        for (var order : orders) {
            var day = order.day();
            var status = order.status().text();
            revenue.computeIfAbsent(
                            List.of(day, order.channel(), order.country(), order.state(), order.currency(), status),
                            key -> new Sum())
                    .add(order.filled(), order.total());
            for (var line : order.lines())
                sales.computeIfAbsent(List.of(day, line.product(), order.currency(), status), key -> new Sum())
                        .add(line.quantity(), line.total());
        }
        sums(db, """
                insert into orders.revenue_by_day as sums (day, channel, country, state, currency, status, orders, total, filled)
                select cast(day as date), channel, country, state, currency, status, count, total, filled
                from unnest(:key0, :key1, :key2, :key3, :key4, :key5, :counts, :totals, :counted)
                     as s (day, channel, country, state, currency, status, count, total, filled)
                on conflict (day, channel, country, state, currency, status) do update
                set orders = sums.orders + excluded.orders, total = sums.total + excluded.total, filled = sums.filled + excluded.filled""", revenue).execute();
        sums(db, """
                insert into orders.sales_by_day as sums (day, product_id, currency, status, lines, units, total)
                select cast(day as date), product, currency, status, count, units, total
                from unnest(:key0, :key1, :key2, :key3, :counts, :counted, :totals) as s (day, product, currency, status, count, units, total)
                on conflict (day, product_id, currency, status) do update
                set lines = sums.lines + excluded.lines, units = sums.units + excluded.units, total = sums.total + excluded.total""", sales).execute();
    }

    /** What is added up under one key: how often, what is counted besides (units of a line, fields an order tells), and amounts. */
    private static final class Sum {
        private long count;
        private long counted;
        private BigDecimal total = BigDecimal.ZERO;

        void add(int more, BigDecimal amount) {
            count++;
            counted += more;
            total = total.add(amount);
        }
    }

    /** The statement with the keys' parts and the sums bound. */
    private static Update sums(Handle db, String sql, Map<List<String>, Sum> sums) {
        var keys = List.copyOf(sums.keySet());
        var values = List.copyOf(sums.values());
        var update = db.createUpdate(sql)
                .bindArray("counts", Long.class, each(values, sum -> sum.count))
                .bindArray("counted", Long.class, each(values, sum -> sum.counted))
                .bindArray("totals", BigDecimal.class, each(values, sum -> sum.total));
        for (int i = 0; i < keys.get(0).size(); i++) {
            int part = i;
            update.bindArray("key" + i, String.class, each(keys, key -> key.get(part)));
        }
        return update;
    }

    /** Takes orders, as they stand in the tables, away from the sums. */
    private static void takeAway(Handle db, Collection<String> orders) {
        db.createUpdate("""
                insert into orders.revenue_by_day as sums (day, channel, country, state, currency, status, orders, total, filled)
                select day, channel, country, state, currency, status, -count(*), -sum(total),
                       -sum(num_nonnulls(customer, nullif(country, 'unknown'), nullif(state, 'unknown'), nullif(city, 'unknown')))
                from orders.placed where order_id = any(:orders) group by 1, 2, 3, 4, 5, 6
                on conflict (day, channel, country, state, currency, status) do update
                set orders = sums.orders + excluded.orders, total = sums.total + excluded.total, filled = sums.filled + excluded.filled""").bindArray("orders", String.class, orders).execute();
        // offset 0: line by line through the index; a plan made for few lines would read all there are, later, for each
        // page.
        db.createUpdate("""
                insert into orders.sales_by_day as sums (day, product_id, currency, status, lines, units, total)
                select p.day, l.product_id, p.currency, p.status, -count(*), -sum(l.quantity), -sum(l.total)
                from orders.placed p cross join lateral (select * from orders.line where order_id = p.order_id offset 0) l
                where p.order_id = any(:orders) group by 1, 2, 3, 4
                on conflict (day, product_id, currency, status) do update
                set lines = sums.lines + excluded.lines, units = sums.units + excluded.units, total = sums.total + excluded.total""").bindArray("orders", String.class, orders).execute();
    }

    /** Adds the warnings of orders, as they stand in the tables, to how many have them, or takes them away. */
    void warn(Handle db, Collection<String> orders, int sign) {
        if (orders.isEmpty()) return;
        db.createUpdate("""
                insert into orders.warned_by_day as sums (day, rule, orders)
                select p.day, coalesce(w.rule, ''), :sign * count(distinct p.order_id)
                from orders.placed p join orders.version v using (order_id, content_hash)
                     cross join lateral (select distinct value ->> 'rule' as rule from json_array_elements(v.warnings)) w
                where p.order_id = any(:orders) group by grouping sets ((p.day, w.rule), (p.day))
                on conflict (day, rule) do update set orders = sums.orders + excluded.orders""")
                .bind("sign", sign)
                .bindArray("orders", String.class, orders)
                .execute();
    }

    /** An order with its versions, the oldest first; empty when nothing is known by that id. */
    Optional<JsonNode> journey(Handle db, String id) {
        var order = Json.object();
        var hops = Json.array();
        db.createQuery("""
                select cast(v.document as text) as document, cast(v.warnings as text) as warnings, v.received_at, u.bucket, u.object_key, u.version_id, ledger.original_key(u.object_key, u.sha256) as raw, v.upload, v.index, encode(v.content_hash, 'hex') as hash,
                       p.content_hash = v.content_hash as counts
                from orders.version v join orders.placed p using (order_id) join ledger.upload u on u.id = v.upload
                where v.order_id = :id order by v.placed_at, v.rank, v.content_hash""")
                .bind("id", id)
                .map((row, context) -> {
                    var document = Json.read(row.getString("document"));
                    var counts = row.getBoolean("counts");
                    if (counts) order.set("order", document);
                    var hop = hops.addObject()
                            .put(
                                    "at",
                                    row.getObject("received_at", OffsetDateTime.class)
                                            .toInstant()
                                            .toString())
                            .put("step", "orders-accept")
                            .put(
                                    "what",
                                    document.path("status").asText() + " at "
                                            + document.path("placedAt").asText() + ", "
                                            + document.path("total").asText() + " "
                                            + document.path("currency").asText()
                                            + (counts ? ": this version counts" : ": history"));
                    var data = hop.putObject("data")
                            .put("bucket", row.getString("bucket"))
                            .put("key", row.getString("object_key"))
                            .put("version", row.getString("version_id"))
                            .put("upload", row.getString("upload"))
                            .put("index", row.getLong("index"))
                            .put("contentHash", row.getString("hash"));
                    var raw = row.getString("raw");
                    if (raw != null) data.put("raw", raw);
                    if (row.getString("warnings") != null) data.set("warnings", Json.read(row.getString("warnings")));
                    return hop;
                })
                .list();
        if (hops.isEmpty()) return Optional.empty();
        order.set("journey", hops);
        return Optional.of(order);
    }

    /** Notes that a quarantined record waits for nothing but these products. */
    void await(Handle db, RecordId record, Collection<String> products) {
        for (var product : products)
            db.execute(
                    "insert into orders.waiting (product_id, upload, index) values (?, ?, ?) on conflict do nothing",
                    product,
                    record.upload(),
                    record.index());
    }

    /** Records all of whose missing products the catalogue knows by now, which wait no more; in the order in which they came. */
    List<RecordId> satisfied(Handle db, Collection<String> learnt) {
        return db.createQuery("""
                with ready as (
                  select upload, index from orders.waiting w where product_id = any(:learnt)
                    and not exists (select from orders.waiting o where o.upload = w.upload and o.index = w.index
                                    and not exists (select from orders.product p where p.product_id = o.product_id))),
                gone as (delete from orders.waiting w using ready r where w.upload = r.upload and w.index = r.index)
                select distinct r.upload, r.index, u.started_at from ready r join ledger.upload u on u.id = r.upload order by u.started_at, r.upload, r.index""")
                .bindArray("learnt", String.class, learnt)
                .map((row, context) -> new RecordId(row.getObject(1, UUID.class), row.getLong(2)))
                .list();
    }

    private static <A, B> List<B> each(List<A> list, Function<A, B> part) {
        var parts = new ArrayList<B>(list.size());
        for (var item : list) parts.add(part.apply(item));
        return parts;
    }
}
