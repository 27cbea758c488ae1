package dev.caravan.sandbox;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.orders.OrderGenerator;
import dev.caravan.orders.OrderGenerator.Options;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;

/** Orders from a file in S3 to committed and enriched, and the same rows by PostgreSQL's COPY. */
final class OrdersBench {
    private static final List<String> TABLES = List.of("version", "placed", "line");
    private static final List<String> REPORTS = List.of(
            "daily-revenue",
            "top-products",
            "customers",
            "low-stock",
            "inventory-turnover",
            "bought-together",
            "operations",
            "quality");
    private static final int REPORT_ROUNDS = 3;

    private OrdersBench() {}

    /**
     * @param warmUp orders before, not counted
     * @param folder for the generated files, which are removed
     */
    static ObjectNode run(Sandbox sandbox, CaravanProcess caravan, int count, int warmUp, Path folder)
            throws IOException, SQLException {
        var file = generated(folder, count, 2);
        var warming = generated(folder, warmUp, 1);
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl())) {
            Bench.upload(sandbox, "catalog/products.json", Path.of("samples/product_catalog.json"));
            Bench.upload(sandbox, "inventory/stock.csv", Path.of("samples/inventory.csv"));
            Bench.atRest(caravan, 2);
            Bench.upload(sandbox, "orders/warming.jsonl", warming);
            Bench.atRest(caravan, 3);
            var result = Json.object()
                    .put("bench", "orders")
                    .put("orders", count)
                    .put("warmUp", warmUp)
                    .put("bytes", Files.size(file))
                    .put("memoryMBBefore", Bench.peakMegabytes(caravan.pid()));
            var used = caravan.cpu();
            Bench.upload(sandbox, "orders/measured.jsonl", file);
            Bench.upload(sandbox, "inventory/meanwhile.csv", Path.of("samples/inventory.csv"));
            Bench.atRest(caravan, 5);
            double seconds = Bench.secondsOf(connection, "orders/measured.jsonl");
            result.put("seconds", Bench.rounded(seconds))
                    .put("ordersPerSecond", Math.round(count / seconds))
                    .put("limitPerSecond", 10_000)
                    .put(
                            "cpuMicrosecondsAnOrder",
                            Math.round(caravan.cpu().minus(used).toNanos() / 1e3 / count))
                    .put("stockVisibleSeconds", Bench.rounded(Bench.secondsOf(connection, "inventory/meanwhile.csv")))
                    .put("limitVisibleSeconds", 5);
            var pages = result.putObject("pageMilliseconds");
            for (int percentile : new int[] {50, 90, 99, 100})
                pages.put(
                        percentile == 100 ? "max" : "p" + percentile,
                        Bench.rounded(Bench.number(connection, PAGES.formatted(percentile / 100.0))));
            result.put("peakMemoryMB", Bench.peakMegabytes(caravan.pid()));
            if (Bench.number(connection, "select count(*) from orders.placed") != count + warmUp)
                throw new IllegalStateException("not all orders count once");
            result.set("reportMillisecondsAtOnce", reports(caravan));
            result.put("secondsUntilAddedUp", Bench.rounded(awaitLateSums(connection)));
            result.set("reportMilliseconds", reports(caravan));
            double copy = copy(connection, folder);
            return result.put("copySeconds", Bench.rounded(copy))
                    .put("copyPerSecond", Math.round((count + warmUp) / copy))
                    .put("ratio", Bench.rounded(copy / (count + warmUp) * count / seconds));
        } finally {
            Files.delete(file);
            Files.delete(warming);
        }
    }

    /** A collection (those of the young leave garbage among the old for later): megabytes in use before, and after. */
    private static final Pattern COLLECTION = Pattern.compile("(\\d+)M->(\\d+)M\\(\\d+M\\)");

    /**
     * Files that are taken in one after the other, by the same process.
     *
     * @param counts      orders of each
     * @param collections the collector's log
     * @param folder      for the generated files, which are removed
     */
    static ObjectNode memory(Sandbox sandbox, CaravanProcess caravan, int[] counts, Path collections, Path folder)
            throws IOException, SQLException {
        Bench.upload(sandbox, "catalog/products.json", Path.of("samples/product_catalog.json"));
        Bench.atRest(caravan, 1);
        var result = Json.object().put("bench", "memory");
        var files = result.putArray("files");
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl())) {
            for (int i = 0; i < counts.length; i++) {
                var key = "orders/memory-" + i + ".jsonl";
                var file = generated(folder, counts[i], i + 1L);
                long from = Files.size(collections);
                Bench.upload(sandbox, key, file);
                Files.delete(file);
                Bench.atRest(caravan, 2 + i);
                double seconds = Bench.secondsOf(connection, key);
                var inUse = collections(collections, from);
                files.addObject()
                        .put("orders", counts[i])
                        .put("seconds", Bench.rounded(seconds))
                        .put("collections", inUse.size())
                        .put(
                                "peakHeapMB",
                                inUse.stream().mapToInt(one -> one[0]).max().orElse(0))
                        .put(
                                "peakHeapMBAfterCollection",
                                inUse.stream().mapToInt(one -> one[1]).max().orElse(0))
                        .put(
                                "leastHeapMBAfterCollection",
                                inUse.stream()
                                        .skip(inUse.size() / 2)
                                        .mapToInt(one -> one[1])
                                        .min()
                                        .orElse(0))
                        .put("peakMemoryMB", Bench.peakMegabytes(caravan.pid()));
            }
        }
        return result;
    }

    /** Megabytes in use before and after each collection that the log tells of from there on. */
    private static List<int[]> collections(Path log, long from) throws IOException {
        var bytes = Files.readAllBytes(log);
        return COLLECTION
                .matcher(new String(bytes, (int) from, bytes.length - (int) from, StandardCharsets.US_ASCII))
                .results()
                .map(found -> new int[] {Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2))})
                .toList();
    }

    private static final String MEASURED =
            "from ledger.entry e join ledger.upload u on u.id = e.upload where u.object_key = 'orders/measured.jsonl'";

    /** From one commit to the next. */
    private static final String PAGES =
            "select percentile_disc(%s) within group (order by took) from (select extract(epoch from changed_at - lag(changed_at) over (order by first_index)) * 1000 as took "
                    + MEASURED + ") pages where took is not null";

    /** Pairs by day and customers by month that are yet to be added up. */
    private static final String TO_ADD_UP = """
            select count(*) from (select day, max(change) as change from orders.touched where what = 'orders' group by day) t
              left join orders.paired p using (day) left join orders.customers_added a on a.month = date_trunc('month', cast(day as timestamp))
            where t.change > coalesce(p.change, -1) or t.change > coalesce(a.change, -1)""";

    /** Waits until nothing is to be added up any more: seconds. */
    private static double awaitLateSums(Connection connection) {
        long began = System.nanoTime();
        await().atMost(Duration.ofHours(1))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> Bench.number(connection, TO_ADD_UP) == 0);
        return (System.nanoTime() - began) / 1e9;
    }

    /** All rows of the orders' tables, into tables with the same indexes, in one transaction: seconds. */
    private static double copy(Connection connection, Path folder) throws SQLException, IOException {
        var api = connection.unwrap(PGConnection.class).getCopyAPI();
        connection.setAutoCommit(false);
        execute(connection, "create schema bench");
        double seconds = 0;
        for (var table : TABLES) {
            var rows = folder.resolve("bench-" + table + ".copy");
            try (var out = new BufferedOutputStream(Files.newOutputStream(rows))) {
                api.copyOut("copy orders." + table + " to stdout", out);
            }
            execute(connection, "create table bench." + table + " (like orders." + table + " including all)");
            connection.commit();
            long began = System.nanoTime();
            try (var in = Files.newInputStream(rows)) {
                api.copyIn("copy bench." + table + " from stdin", in);
            }
            connection.commit();
            seconds += (System.nanoTime() - began) / 1e9;
            Files.delete(rows);
        }
        return seconds;
    }

    /** The slowest of a few times each. */
    private static ObjectNode reports(CaravanProcess caravan) {
        var milliseconds = Json.object();
        for (var report : REPORTS) {
            double slowest = 0;
            for (int round = 0; round < REPORT_ROUNDS; round++) {
                long began = System.nanoTime();
                caravan.get("/api/reports/" + report);
                slowest = Math.max(slowest, (System.nanoTime() - began) / 1e6);
            }
            milliseconds.put(report, Math.round(slowest));
        }
        return milliseconds;
    }

    private static Path generated(Path folder, int count, long seed) throws IOException {
        var file = folder.resolve("bench-orders-" + seed + ".jsonl");
        try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            new OrderGenerator(Options.of(count, seed)).write(out);
        }
        return file;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
