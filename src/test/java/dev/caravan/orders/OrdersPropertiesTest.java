package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.Upload;
import dev.caravan.testing.TestState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * However the same orders, stock and catalogues come (in which order, how often, in which files and pages, the catalogue before or after its
 * orders, by how many writers, with how many crashes), the tables are the same.
 */
class OrdersPropertiesTest {
    private static final int WRITERS = 8;
    private static final String[] CATALOGUE = {"P-0", "1", "P-1", "2.5", "P-2", "3.99"};

    private static TestState state;

    private final List<String> lines = orders(new Random(100));

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    /** From one file, after its catalogue. */
    private List<String> expected() {
        var plain = new TestOrders(state, Map.of(), state.clock());
        plain.catalogue(CATALOGUE);
        plain.upload("orders/all.jsonl", String.join("\n", lines));
        var expected = tables(plain);
        assertThat(expected.size()).as("rows").isGreaterThan(100);
        state.clear();
        return expected;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_tables_do_not_depend_on_how_orders_come(long seed) {
        var random = new Random(seed);
        var expected = expected();
        var mixed = withPages(random);
        var bag = repeated(random);
        int catalogueAfter = random.nextInt(bag.size());
        for (int from = 0, file = 0; from < bag.size(); file++) {
            int to = Math.min(bag.size(), from + 1 + random.nextInt(15));
            mixed.upload("orders/" + file + ".jsonl", String.join("\n", bag.subList(from, to)));
            if (from <= catalogueAfter && catalogueAfter < to) mixed.catalogue(CATALOGUE);
            from = to;
        }

        assertThat(tables(mixed)).isEqualTo(expected);
        assertThat(mixed.quarantined()).isEmpty();
        assertThat(added("orders.revenue_by_day", "sum(orders) || ' ' || sum(total)"))
                .isEqualTo(added("orders.placed", "count(*) || ' ' || sum(total)"));
        assertThat(added("orders.sales_by_day", "sum(lines) || ' ' || sum(units) || ' ' || sum(total)"))
                .isEqualTo(added("orders.line", "count(*) || ' ' || sum(quantity) || ' ' || sum(total)"));
    }

    /** An instance ends in the middle of a page, or before the next; another one begins with what is in the tables. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_tables_do_not_depend_on_where_instances_end(long seed) {
        var random = new Random(seed);
        var expected = expected();
        var bag = repeated(random);
        withPages(random).catalogue(CATALOGUE);
        var files = new LinkedHashMap<String, String>();
        for (int from = 0; from < bag.size(); from += 15)
            files.put(
                    "orders/" + from + ".jsonl", String.join("\n", bag.subList(from, Math.min(bag.size(), from + 15))));

        var instance = withPages(random);
        for (var file : files.entrySet()) {
            var upload = instance.opened(file.getKey());
            for (int crashes = random.nextInt(4); crashes > 0; crashes--) {
                readUntilItEnds(instance, upload, file.getValue(), random);
                instance = withPages(random);
            }
            instance.read(upload, file.getValue());
            assertThat(instance.balance(upload).missing()).isZero();
        }

        assertThat(tables(instance)).isEqualTo(expected);
    }

    private static void readUntilItEnds(TestOrders instance, Upload upload, String content, Random random) {
        if (instance.intake.open(upload) == null) return;
        try (var pages =
                instance.intake.pages(new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)), upload)) {
            for (int whole = random.nextInt(4); whole > 0 && pages.hasNext(); whole--) instance.step.save(pages.next());
            if (random.nextBoolean() && pages.hasNext()) {
                var page = pages.next();
                state.database().write(db -> {
                    instance.step.save(db, page);
                    throw new Crash();
                });
            }
        } catch (Crash e) {
            // Whatever the transaction had done is undone.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Crash extends RuntimeException {}

    @Test
    void eight_writers_of_the_same_orders_make_the_same_tables() throws InterruptedException, ExecutionException {
        var expected = expected();
        new TestOrders(state, Map.of(), state.clock()).catalogue(CATALOGUE);
        var threads = Executors.newFixedThreadPool(WRITERS);
        try {
            var writers = new ArrayList<Future<?>>();
            for (int i = 0; i < WRITERS; i++) {
                var random = new Random(i);
                var bag = repeated(random);
                var instance = withPages(random);
                var key = "orders/writer-" + i + ".jsonl";
                writers.add(threads.submit(() -> instance.upload(key, String.join("\n", bag))));
            }
            for (var writer : writers) writer.get();
        } finally {
            threads.shutdownNow();
        }

        assertThat(tables(withPages(new Random(0)))).isEqualTo(expected);
        assertThat(state.column(
                        "select cast(sum(last_index - first_index + 1) as text) from ledger.entry where state in ('delivered', 'superseded') and flow = 'orders'"
                                + " and upload in (select id from ledger.upload where object_key like 'orders/%')"))
                .as("contents that were new for their order")
                .containsExactly(
                        added("orders.version", "cast(count(*) as text)").get(0));
    }

    /** Each file is what it was when it was uploaded, whenever it is read. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void what_is_known_of_products_and_stock_does_not_depend_on_which_file_is_read_first(long seed) {
        var files = catalogueFiles(new Random(200));
        var order = new ArrayList<>(files.keySet());
        var expected = known(order, files);
        state.clear();

        Collections.shuffle(order, new Random(seed));

        assertThat(known(order, files)).isEqualTo(expected);
    }

    private static List<String> known(List<String> order, Map<String, String> files) {
        var orders = new TestOrders(state);
        var uploads = files.keySet().stream()
                .collect(Collectors.toMap(key -> key, orders::opened, (one, other) -> one, LinkedHashMap::new));
        for (var key : order) {
            orders.read(uploads.get(key), files.get(key));
            orders.read(uploads.get(key), files.get(key));
        }
        return state.column("""
                select cast(to_jsonb(p) - 'upload' - 'index' as text) from orders.product p
                union all select cast(to_jsonb(s) - 'upload' - 'index' as text) from orders.stock s
                union all select cast(to_jsonb(l) - 'change' as text) from orders.listed_stock l
                order by 1""");
    }

    /** Of products and moments that come again and again, some of them at the same time with something else. */
    private static Map<String, String> catalogueFiles(Random random) {
        var files = new LinkedHashMap<String, String>();
        for (int file = 0; file < 12; file++) {
            var at = String.format(Locale.ROOT, "2025-08-28T%02d:00:00Z", random.nextInt(4));
            var product = "P-" + random.nextInt(3);
            switch (file % 3) {
                case 0 ->
                    files.put(
                            "inventory/" + file + ".csv",
                            "product_id,warehouse_location,available_quantity,last_updated\n"
                                    + IntStream.range(0, 3)
                                            .mapToObj(i -> "P-" + i + ",EAST," + random.nextInt(9) + "," + at + "\n")
                                            .collect(Collectors.joining()));
                case 1 ->
                    files.put(
                            "catalog/" + file + ".json",
                            "[{\"product_id\":\"%s\",\"category\":\"games\",\"price\":%s,\"last_updated\":\"%s\"}]"
                                    .formatted(product, 1 + random.nextInt(9), at));
                default ->
                    files.put(
                            "catalog/" + file + ".json",
                            "[{\"product_id\":\"%s\",\"category\":\"books\",\"stock_quantity\":%s,\"last_updated\":\"%s\"}]"
                                    .formatted(product, random.nextInt(9), at));
            }
        }
        return files;
    }

    private static TestOrders withPages(Random random) {
        return new TestOrders(state, Map.of("ORDERS_PAGE_SIZE", String.valueOf(1 + random.nextInt(9))), state.clock());
    }

    /** All lines, some of them more than once, in any order. */
    private List<String> repeated(Random random) {
        var bag = new ArrayList<>(lines);
        for (int i = 0; i < 20; i++) bag.add(lines.get(random.nextInt(lines.size())));
        Collections.shuffle(bag, random);
        return bag;
    }

    /** With what is added up some time after orders came. */
    private static List<String> tables(TestOrders orders) {
        state.clock().pass(Duration.ofMinutes(1));
        for (var sums : List.of("pairSums", "customerSums"))
            ((LateSums) orders.module.beans().get(sums)).addUp();
        var rows = new ArrayList<>(List.of(orders.tables().split("\n")));
        rows.addAll(state.column("""
                select cast(to_jsonb(p) as text) from orders.pairs_by_day p
                union all select cast(to_jsonb(c) || jsonb_build_object('total', trim_scale(total)) as text) from orders.customers_by_month c
                union all select cast(to_jsonb(p) - 'upload' - 'index' - 'as_of' - 'source_version' as text) from orders.product p
                union all select cast(to_jsonb(e) - 'first_seen' - 'last_seen' as text) from orders.extra e
                order by 1"""));
        return rows;
    }

    private static List<String> added(String table, String sums) {
        return state.column("select " + sums + " from " + table);
    }

    /** Twenty orders, some of them in several versions. */
    private static List<String> orders(Random random) {
        var orders = new ArrayList<ObjectNode>();
        for (int i = 0; i < 40; i++) {
            var order = Json.object()
                    .put("order_id", "O-" + random.nextInt(20))
                    .put("customer_id", "C-" + random.nextInt(5))
                    .put("timestamp", String.format(Locale.ROOT, "2025-08-%02dT10:00:00Z", 20 + random.nextInt(3)))
                    .put("channel", random.nextBoolean() ? "web" : "api")
                    .put("status", List.of("pending", "confirmed", "cancelled").get(random.nextInt(3)));
            for (int line = 0; line <= random.nextInt(3); line++)
                order.withArray("items")
                        .addObject()
                        .put("product_id", "P-" + random.nextInt(3))
                        .put("quantity", 1 + random.nextInt(4))
                        .put("unit_price", List.of("1", "2.5", "3.99").get(random.nextInt(3)));
            if (random.nextInt(3) == 0) order.put("gift", i);
            orders.add(order);
        }
        return orders.stream().map(ObjectNode::toString).collect(Collectors.toList());
    }
}
