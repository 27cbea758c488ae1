package dev.caravan.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.orders.TestOrders;
import dev.caravan.testing.Analyst;
import dev.caravan.testing.TestS3;
import dev.caravan.testing.TestState;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.S3Request;

/** The rows of days that are over, on a clock that is moved by hand; DuckDB reads what is written. */
class ArchivedDaysTest {
    private static final String BUCKET = "caravan-archive";
    private static final Duration KEPT = Duration.ofDays(30);

    private static TestState state;
    private static TestOrders orders;
    private static TestS3 server;
    private static S3Client s3;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws Exception {
        state = new TestState();
        orders = new TestOrders(state, Map.of(), state.clock());
        server = new TestS3(BUCKET);
        s3 = server.client();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        clockTo("2025-08-20T12:00:00Z");
        for (var key : keys()) s3.deleteObject(request -> request.bucket(BUCKET).key(key));
    }

    @Test
    void another_reader_finds_what_postgresql_has_to_the_last_digit() throws Exception {
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
        orders.catalogue("P-1", "999999999999.999999", "P-Ж", "0.000001");
        orders.upload("orders/extremes.json", """
                [{"order_id":"E-1","customer_id":"C-1","timestamp":"2025-08-20T23:59:59.999Z","channel":"web","status":"confirmed",
                  "items":[{"product_id":"P-1","quantity":1000000,"unit_price":"999999999999.999999"},{"product_id":"P-Ж","quantity":1,"unit_price":"0.000001"}]},
                 {"order_id":"E-2","customer_id":"C-2","timestamp":"2025-08-20T00:00:00Z","channel":"api","status":"pending","currency":"SAR",
                  "items":[{"product_id":"P-1","quantity":3,"unit_price":0}]}]""");
        days(BUCKET, s3).notice();
        clockTo("2025-09-01T00:00:00Z");

        round();

        assertThat(keys()).allMatch(key -> key.matches("parquet/orders/day=2025-08-[0-9]{2}/lines[.]parquet"));
        var inDuckDb = read("""
                select order_id, line, epoch_us(placed_at), customer, channel, status, currency, country, state, city, order_lines, order_total,
                       product_id, category, brand, catalogue_price, epoch_us(launched_at), before_launch, price_differs, quantity, unit_price, line_total,
                       strftime(day, '%Y-%m-%d')
                from orders order by order_id, line""");
        var inPostgresql = postgresql("""
                select e.order_id, e.position + 1, cast(extract(epoch from e.placed_at) * 1000000 as bigint), e.customer, e.channel, e.status, e.currency,
                       e.country, e.state, e.city, (select count(*) from orders.line l where l.order_id = e.order_id),
                       cast((select sum(total) from orders.line l where l.order_id = e.order_id) as numeric(28, 6)), e.product_id, e.category, e.brand,
                       cast(e.catalogue_price as numeric(18, 6)), cast(extract(epoch from e.launched_at) * 1000000 as bigint),
                       case when e.before_launch then 'true' when not e.before_launch then 'false' end,
                       case when e.price_differs then 'true' when not e.price_differs then 'false' end,
                       e.quantity, cast(e.unit_price as numeric(18, 6)), cast(e.total as numeric(28, 6)), e.day
                from orders.enriched_line e order by e.order_id collate "C", e.position""");
        assertThat(inDuckDb).hasSizeGreaterThan(100).isEqualTo(inPostgresql);
        assertThat(read("select sum(line_total) from orders where status = 'confirmed' and order_id like 'SHOP-%'"))
                .containsExactly(List.of("15715.700000"));
    }

    @Test
    void columns_have_the_types_that_the_data_set_says() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-21T00:00:00Z");
        round();

        var columns = analyst().columns(Datasets.ORDERS);

        assertThat(columns)
                .containsExactlyElementsOf(
                        Stream.concat(Datasets.ORDERS.columns().stream().map(Column::toString), Stream.of("day DATE"))
                                .toList());
    }

    @Test
    void the_query_in_the_documentation_adds_up_to_what_the_report_says() throws Exception {
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
        days(BUCKET, s3).notice();
        clockTo("2025-09-01T00:00:00Z");
        round();
        var rows = analyst().example(Datasets.ORDERS);

        assertThat(rows).isEqualTo(postgresql("""
                        select day, channel, sum(orders), cast(sum(total) as numeric(28, 6)) from orders.revenue_by_day
                        where status = 'confirmed' and orders <> 0 group by day, channel, currency order by day, channel, currency"""));
    }

    @Test
    void a_day_is_written_when_it_is_over_and_again_when_orders_or_the_catalogue_have_changed_it() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        place("B", "2025-08-21T10:00:00Z", "P-2");

        clockTo("2025-08-21T00:00:05Z");
        round();
        assertThat(lines()).containsExactly("2025-08-20 A P-1 null 10.000000");

        clockTo("2025-08-22T00:00:05Z");
        round();
        assertThat(lines()).containsExactly("2025-08-20 A P-1 null 10.000000", "2025-08-21 B P-2 null 10.000000");

        var untouched = written("2025-08-21");
        place("C", "2025-08-20T11:00:00Z", "P-1");
        round();
        assertThat(lines()).hasSize(3);
        orders.upload("catalog/late.json", "[{\"product_id\":\"P-1\",\"price\":9,\"brand\":\"New\"}]");
        round();
        assertThat(lines()).as("more may be coming").doesNotContain("2025-08-20 A P-1 New 10.000000");
        clockTo("2025-08-22T00:00:30Z");
        round();
        assertThat(lines())
                .containsExactly(
                        "2025-08-20 A P-1 New 10.000000",
                        "2025-08-20 C P-1 New 10.000000",
                        "2025-08-21 B P-2 null 10.000000");
        assertThat(written("2025-08-21")).isEqualTo(untouched);
    }

    @Test
    void a_past_day_is_not_written_while_its_orders_are_still_coming_in_unless_that_takes_long() throws Exception {
        clockTo("2025-08-25T10:00:00Z");
        place("A", "2025-08-20T10:00:00Z", "P-1");
        round();
        clockTo("2025-08-25T10:00:19Z");
        place("B", "2025-08-20T11:00:00Z", "P-1");
        clockTo("2025-08-25T10:00:38Z");
        round();
        assertThat(keys()).isEmpty();

        clockTo("2025-08-25T10:09:50Z");
        place("C", "2025-08-20T12:00:00Z", "P-1");
        clockTo("2025-08-25T10:10:00Z");
        round();

        assertThat(lines()).hasSize(3);
    }

    @Test
    void no_past_day_is_written_while_others_are_still_coming_in_and_orders_of_today_do_not_matter() throws Exception {
        clockTo("2025-08-25T10:00:00Z");
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-25T10:00:25Z");
        place("B", "2025-08-21T11:00:00Z", "P-1");
        round();
        assertThat(keys()).isEmpty();

        clockTo("2025-08-25T10:00:50Z");
        place("C", "2025-08-25T10:00:00Z", "P-1");
        round();

        assertThat(lines()).hasSize(2);
    }

    @Test
    void a_day_whose_orders_have_moved_to_another_one_is_empty() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-22T00:00:00Z");
        round();

        place("A", "2025-08-21T10:00:00Z", "P-1");
        clockTo("2025-08-22T00:00:30Z");
        round();

        assertThat(keys()).hasSize(2);
        assertThat(lines()).containsExactly("2025-08-21 A P-1 null 10.000000");
    }

    @Test
    void what_cannot_be_put_leaves_nothing_behind_and_is_tried_again() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-21T00:00:00Z");
        var before = temporaryFiles();

        assertThatThrownBy(() -> days("nowhere", s3).write()).isInstanceOf(NoSuchBucketException.class);

        // Others write at the same time, and remove theirs.
        var left = new ArrayList<>(temporaryFiles());
        left.removeAll(before);
        await().until(() -> Collections.disjoint(temporaryFiles(), left));
        round();
        assertThat(lines()).hasSize(1);
    }

    @Test
    void a_day_that_cannot_be_written_does_not_keep_the_others_from_it() throws Exception {
        place("A", "2025-08-19T10:00:00Z", "P-1");
        place("B", "2025-08-20T10:00:00Z", "P-1");
        state.database().write(db -> db.execute("update orders.line set total = 1e25 where order_id = 'B'"));
        clockTo("2025-08-21T00:00:00Z");
        var dayLines = days(BUCKET, s3);

        assertThatThrownBy(dayLines::write)
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("has more than 28 digits");
        assertThat(keys()).isEmpty();
        dayLines.write();
        assertThat(keys()).containsExactly("parquet/orders/day=2025-08-19/lines.parquet");

        state.database().write(db -> db.execute("update orders.line set total = 10"));
        dayLines.write();
        assertThat(lines()).hasSize(2);
    }

    @Test
    void one_instance_writes_at_a_time() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-21T00:00:00Z");

        state.database().write(db -> {
            db.createQuery("select 1 from pg_advisory_xact_lock(:key, hashtext('orders'))")
                    .bind("key", ArchivedDays.WRITING)
                    .mapTo(Integer.class)
                    .one();
            CompletableFuture.runAsync(ArchivedDaysTest::round).join();
        });

        assertThat(keys()).isEmpty();
        round();
        assertThat(keys()).hasSize(1);
    }

    @Test
    void an_order_that_comes_while_the_lines_are_written_does_not_wait_and_has_them_written_again() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-21T00:00:00Z");
        writeWhile(() -> place("B", "2025-08-20T11:00:00Z", "P-1"));

        assertThat(lines()).hasSize(1);
        clockTo("2025-08-21T00:00:30Z");
        round();
        assertThat(lines()).hasSize(2);
    }

    @Test
    void an_order_of_another_day_that_comes_while_one_is_written_has_the_rest_wait() throws Exception {
        clockTo("2025-08-25T10:00:00Z");
        place("A", "2025-08-20T10:00:00Z", "P-1");
        place("B", "2025-08-21T10:00:00Z", "P-1");
        clockTo("2025-08-25T10:00:25Z");
        writeWhile(() -> come("C", "2025-08-19T10:00:00Z", "P-1"));

        assertThat(keys()).hasSize(1);
        round();
        assertThat(keys()).hasSize(1);
        clockTo("2025-08-25T10:00:50Z");
        round();
        assertThat(keys()).hasSize(3);
    }

    @Test
    void a_day_leaves_when_it_was_kept_for_long_enough_and_not_a_second_before() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        place("B", "2025-08-21T10:00:00Z", "P-1");
        clockTo("2025-09-19T23:59:59Z");
        round();
        assertThat(keys()).hasSize(2);

        clockTo("2025-09-20T00:00:00Z");
        round();

        assertThat(keys()).containsExactly("parquet/orders/day=2025-08-21/lines.parquet");
        place("C", "2025-08-20T11:00:00Z", "P-1");
        clockTo("2025-09-20T00:10:00Z");
        round();
        assertThat(keys())
                .as("what comes for a day that has gone does not bring it back")
                .hasSize(1);
    }

    @Test
    void a_day_is_written_at_once_for_who_asks() throws Exception {
        place("A", "2025-08-20T10:00:00Z", "P-1");
        clockTo("2025-08-22T00:00:00Z");
        round();
        orders.upload("orders/B.json", """
                {"order_id":"B","customer_id":"C-1","timestamp":"2025-08-20T11:00:00Z","channel":"web","status":"confirmed",\
                "items":[{"product_id":"P-1","quantity":1,"unit_price":10}]}""");

        days(BUCKET, s3).rewrite(Datasets.ORDERS, LocalDate.parse("2025-08-20"));

        assertThat(lines()).hasSize(2);
    }

    private static void round() {
        days(BUCKET, s3).write();
    }

    /** A confirmed order of one piece at 10. */
    private static void place(String id, String moment, String product) {
        come(id, moment, product);
        days(BUCKET, s3).notice();
    }

    /** Writes what is due; something happens before each call to S3. */
    private static void writeWhile(Runnable happens) {
        var meanwhile = new DelegatingS3Client(s3) {
            @Override
            protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
                CompletableFuture.runAsync(happens).join();
                return operation.apply(request);
            }
        };
        days(BUCKET, meanwhile).write();
    }

    /** As {@link #place}, and nobody has noticed. */
    private static void come(String id, String moment, String product) {
        if (state.column("select product_id from orders.product where product_id = '" + product + "'")
                .isEmpty()) orders.catalogue(product, "10");
        state.database().write(db -> db.execute("update orders.product set brand = null where brand = 'ReadMore'"));
        orders.upload("orders/" + id + ".json", """
                {"order_id":"%s","customer_id":"C-1","timestamp":"%s","channel":"web","status":"confirmed",\
                "items":[{"product_id":"%s","quantity":1,"unit_price":10}]}
                """.formatted(id, moment, product));
    }

    private static ArchivedDays days(String bucket, S3Client client) {
        return new ArchivedDays(state.database(), client, bucket, Map.of(Datasets.ORDERS, KEPT), true, state.clock());
    }

    private static void clockTo(String moment) {
        state.clock().pass(Duration.between(state.clock().instant(), Instant.parse(moment)));
    }

    private static String written(String day) {
        return state.column("select cast(written_at as text) from archive.day where dataset = 'orders' and day = '"
                        + day + "'")
                .get(0);
    }

    private static List<String> keys() {
        return s3.listObjectsV2Paginator(request -> request.bucket(BUCKET)).contents().stream()
                .map(object -> object.key())
                .toList();
    }

    private static List<String> temporaryFiles() {
        var files =
                new File(System.getProperty("java.io.tmpdir")).list((parent, name) -> name.startsWith("caravan-rows-"));
        return List.of(files);
    }

    private List<String> lines() throws Exception {
        return read(
                        "select strftime(day, '%Y-%m-%d'), order_id, product_id, brand, line_total from orders order by day, order_id")
                .stream()
                .map(row -> String.join(" ", row))
                .toList();
    }

    private List<List<String>> read(String sql) {
        return analyst().read(sql);
    }

    private Analyst analyst() {
        return new Analyst(s3, BUCKET, folder);
    }

    private static List<List<String>> postgresql(String sql) {
        return Analyst.rows(state.jdbcUrl(), List.of(), sql);
    }
}
