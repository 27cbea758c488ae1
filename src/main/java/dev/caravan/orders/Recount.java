package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.records.Pages;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.CopyRows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * Adds the orders up again, from the bytes in which they came and from nothing else, and compares what comes of it with the tables that each
 * batch kept in step: {@code placed}, {@code line} and the sums by day and month. The ledger tells which records were taken; mappings are those in force
 * now; which warnings an order has is taken from what is kept of it. Records that were refused stay out, and so do counts by the hour and stock. What it makes lies in temporary tables, and it looks at one moment: the tables may be written meanwhile.
 */
public final class Recount {
    private static final int PAGE = 1000;

    /**
     * A table and what should be in it.
     *
     * @param expected a query over the temporary tables
     * @param actual   condition for rows that mean something
     */
    private record Table(String name, String keys, List<String> values, String expected, String actual) {
        String differences() {
            var compared = String.join(", ", values);
            return "select cast(to_jsonb(e) as text), cast(to_jsonb(a) as text) from (" + expected
                    + ") e full join (select " + keys + ", " + compared
                    + " from orders." + name + " where " + actual + ") a using (" + keys + ") where row(e."
                    + String.join(", e.", values) + ") is distinct from row(a." + String.join(", a.", values)
                    + ") order by " + keys;
        }
    }

    /** Days whose pairs are added up to the last order; those of the others are yet to come. */
    private static final String PAIRED =
            "select day from orders.paired p where change >= (select max(change) from orders.touched where day = p.day and what = 'orders')";

    /** Months whose customers are added up to the last order. */
    private static final String ADDED =
            "select month from orders.customers_added a where change >= (select max(change) from orders.touched where day >= month and day < month + interval '1 month' and what = 'orders')";

    private static final List<Table> TABLES = List.of(
            new Table(
                    "placed",
                    "order_id",
                    List.of(
                            "content_hash",
                            "placed_at",
                            "rank",
                            "day",
                            "customer",
                            "channel",
                            "status",
                            "currency",
                            "country",
                            "state",
                            "city",
                            "lines",
                            "total"),
                    "select * from counts",
                    "true"),
            new Table(
                    "line",
                    "order_id, position",
                    List.of("product_id", "quantity", "unit_price", "total"),
                    "select * from counted_line",
                    "true"),
            new Table(
                    "revenue_by_day",
                    "day, channel, country, state, currency, status",
                    List.of("orders", "total", "filled"),
                    """
                    select day, channel, country, state, currency, status, count(*) as orders, sum(total) as total,
                           sum(num_nonnulls(customer, nullif(country, 'unknown'), nullif(state, 'unknown'), nullif(city, 'unknown'))) as filled
                    from counts group by 1, 2, 3, 4, 5, 6""",
                    "orders <> 0 or total <> 0"),
            new Table(
                    "sales_by_day",
                    "day, product_id, currency, status",
                    List.of("lines", "units", "total"),
                    """
                    select c.day, l.product_id, c.currency, c.status, count(*) as lines, sum(l.quantity) as units, sum(l.total) as total
                    from counts c join counted_line l using (order_id) group by 1, 2, 3, 4""",
                    "lines <> 0 or units <> 0 or total <> 0"),
            new Table("warned_by_day", "day, rule", List.of("orders"), """
                    select c.day, coalesce(w.rule, '') as rule, count(distinct c.order_id) as orders
                    from counts c join orders.version v using (order_id, content_hash)
                         cross join lateral (select distinct value ->> 'rule' as rule from json_array_elements(v.warnings)) w
                    group by grouping sets ((c.day, w.rule), (c.day))""", "orders <> 0"),
            new Table(
                    "pairs_by_day",
                    "day, product, other, status",
                    List.of("orders"),
                    """
                    select day, a.product, b.other, status, count(*) as orders
                    from (select c.day, c.status, array_agg(distinct l.product_id) as products
                          from counts c join counted_line l using (order_id) where c.day in (%s)
                          group by c.order_id, c.day, c.status) baskets
                      cross join lateral unnest(products) a (product) cross join lateral unnest(products) b (other)
                    where a.product = b.other or a.product < b.other and cardinality(products) <= %s
                    group by 1, 2, 3, 4""".formatted(PAIRED, OrderReports.LARGEST_BASKET),
                    "day in (" + PAIRED + ")"),
            new Table(
                    "customers_by_month",
                    "month, customer, currency, status",
                    List.of("orders", "total", "first_at", "last_at"),
                    """
                    select month, customer, currency, status, count(*) as orders, sum(total) as total, min(placed_at) as first_at, max(placed_at) as last_at
                    from (select *, cast(date_trunc('month', cast(day as timestamp)) as date) as month from counts where customer is not null) bought
                    where month in (%s) group by 1, 2, 3, 4""".formatted(ADDED),
                    "month in (" + ADDED + ")"));

    private final Shapes shapes;
    private final ReaderLimits limits;
    private final Function<Source, Optional<InputStream>> bytes;
    private final LocalDate oldest;

    /**
     * @param oldest the oldest day whose orders are kept: those of days before may have been let go
     * @param bytes  of an upload; empty when they are not there any more
     */
    public Recount(
            Shapes shapes, ReaderLimits limits, LocalDate oldest, Function<Source, Optional<InputStream>> bytes) {
        this.shapes = shapes;
        this.limits = limits;
        this.oldest = oldest;
        this.bytes = bytes;
    }

    /**
     * What was counted.
     *
     * @param uploads     read again from their bytes
     * @param records     of those that were taken once
     * @param gone        keys of uploads whose bytes are not there: their orders are taken from what is kept of them
     * @param differences how many there are
     */
    public record Result(int uploads, long records, List<String> gone, long differences) {}

    /**
     * Where the bytes of an upload are.
     *
     * @param sha256 under which they are kept; null when nobody has kept them
     */
    public record Source(Upload upload, String sha256) {
        /** Whether the upload was an object of its own; what came over HTTP is kept and no more. */
        public boolean wasObject() {
            return !Deliveries.brought(upload);
        }
    }

    private record Received(Source source, long records) {
        Upload upload() {
            return source.upload();
        }
    }

    private record Taken(long first, long last) {}

    /**
     * Counts.
     *
     * @param db   in a transaction that sees one moment (repeatable read); temporary tables are made in it
     * @param told is given each difference, in a line
     */
    public Result run(Handle db, Consumer<String> told) {
        db.execute("""
                create temp table content (order_id text, content_hash bytea, placed_at timestamptz, rank smallint, customer text, channel text,
                  status text, currency text, country text, state text, city text, lines int, total numeric) on commit drop""");
        db.execute("""
                create temp table content_line (order_id text, content_hash bytea, position int, product_id text, quantity int,
                  unit_price numeric, total numeric) on commit drop""");
        int uploads = 0;
        long records = 0;
        var gone = new ArrayList<String>();
        long[] differences = {0};
        Consumer<String> differs = line -> {
            differences[0]++;
            told.accept(line);
        };
        for (var received : received(db)) {
            var object = bytes.apply(received.source());
            if (object.isPresent()) {
                records += again(db, received, object.get(), differs);
                uploads++;
            } else {
                kept(db, received.upload(), differs);
                gone.add(received.upload().key());
            }
        }
        db.execute("""
                create temp table counts on commit drop as
                select distinct on (order_id) *, cast(placed_at at time zone 'UTC' as date) as day from content
                order by order_id, placed_at desc, rank desc, content_hash desc""");
        db.execute(
                "delete from counts where day < ? and not exists (select from orders.placed p where p.order_id = counts.order_id)",
                oldest);
        db.execute("""
                create temp table counted_line on commit drop as
                select distinct l.order_id, l.position, l.product_id, l.quantity, l.unit_price, l.total
                from content_line l join counts using (order_id, content_hash)""");
        db.execute("analyze counts, counted_line");
        for (var table : TABLES)
            db.createQuery(table.differences())
                    .map((row, context) ->
                            table.name() + ": is " + shown(row.getString(2)) + ", should be " + shown(row.getString(1)))
                    .forEach(differs);
        return new Result(uploads, records, gone, differences[0]);
    }

    private static String shown(String row) {
        return row == null ? "not there" : row;
    }

    private static List<Received> received(Handle db) {
        return db.createQuery("""
                select %s, received, sha256 from ledger.upload
                where flow = :flow order by started_at, id""".formatted(Upload.COLUMNS))
                .bind("flow", OrderFlow.NAME)
                .map((row, context) -> new Received(new Source(Upload.of(row), row.getString(9)), row.getLong(8)))
                .filter(received -> received.upload().area().equals(Kind.ORDER.area()))
                .list();
    }

    /** @return how many records were taken once */
    private long again(Handle db, Received received, InputStream object, Consumer<String> differs) {
        var upload = received.upload();
        long taken = 0;
        try (var ranges = db.createQuery("""
                        select first_index, last_index from ledger.entry
                        where upload = :upload and flow = :flow and state = any(:taken) order by first_index""")
                        .bind("upload", upload.id())
                        .bind("flow", OrderFlow.NAME)
                        .bindArray(
                                "taken",
                                String.class,
                                State.DELIVERED.text(),
                                State.DUPLICATE.text(),
                                State.SUPERSEDED.text())
                        .setFetchSize(PAGE)
                        .map((row, context) -> new Taken(row.getLong(1), row.getLong(2)))
                        .iterator();
                var pages =
                        new Pages<>(object, shapes.read(upload.area(), object, limits), PAGE, 0, records -> records)) {
            var walk = new Walk(ranges);
            while (pages.hasNext()) {
                var wanted = pages.next().stream()
                        .filter(record -> record.index() < received.records() && walk.has(record.index()))
                        .toList();
                taken += wanted.size();
                page(db, upload, wanted, differs);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return taken;
    }

    /** Whether indexes, asked for in order, are in ranges. */
    private static final class Walk {
        private final Iterator<Taken> ranges;
        private Taken current = new Taken(-1, -1);

        Walk(Iterator<Taken> ranges) {
            this.ranges = ranges;
        }

        boolean has(long index) {
            while (current.last() < index && ranges.hasNext()) current = ranges.next();
            return current.first() <= index && index <= current.last();
        }
    }

    private void page(Handle db, Upload upload, List<SourceRecord> records, Consumer<String> differs) {
        var shaping = shapes.of(Kind.ORDER);
        var items = records.parallelStream()
                .map(record -> OrderPage.Item.of(record, Kind.ORDER, shaping.shape(record)))
                .toList();
        var orders = new ArrayList<Order>();
        for (var item : items) {
            if (item.shaped() instanceof Shaped.Rejected rejected)
                differs.accept(
                        upload.key() + ", record " + item.record().index() + ": was taken, and would be refused now: "
                                + rejected.reasons().get(0).message());
            else orders.add(item.order());
        }
        add(db, orders);
    }

    /** What an upload brought that nobody else had brought before, from the contents that are kept. */
    private static void kept(Handle db, Upload upload, Consumer<String> differs) {
        var orders = new ArrayList<Order>();
        try (var versions = db.createQuery(
                        "select cast(document as text), encode(content_hash, 'hex') from orders.version where upload = :upload")
                .bind("upload", upload.id())
                .setFetchSize(PAGE)
                .map((row, context) -> List.of(row.getString(1), row.getString(2)))
                .iterator()) {
            while (versions.hasNext()) {
                var version = versions.next();
                var order = order((ObjectNode) Json.read(version.get(0)));
                if (!order.contentHash().equals(version.get(1)))
                    differs.accept("version: the content of order " + order.id() + " is not what its hash "
                            + version.get(1) + " stands for");
                orders.add(order);
                if (orders.size() == PAGE || !versions.hasNext()) {
                    add(db, orders);
                    orders.clear();
                }
            }
        }
    }

    private static Order order(ObjectNode document) {
        JsonNode extras = document.remove("extra");
        return Order.of(document, (ObjectNode) extras);
    }

    private static void add(Handle db, List<Order> orders) {
        var contents = new CopyRows();
        var lines = new CopyRows();
        for (var order : orders) {
            contents.add(order.id())
                    .addHex(order.contentHash())
                    .add(order.placedAt())
                    .add(order.status().ordinal());
            OrderStore.rest(contents, order);
            for (int i = 0; i < order.lines().size(); i++) {
                lines.add(order.id()).addHex(order.contentHash()).add(i);
                OrderStore.rest(lines, order.lines().get(i));
            }
        }
        contents.into(db, "content");
        lines.into(db, "content_line");
    }
}
