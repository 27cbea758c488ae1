package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.archive.KeptDays;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.json.Json;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.orders.OrderGenerator.Defect;
import dev.caravan.orders.OrderGenerator.Options;
import dev.caravan.orders.OrderGenerator.Variant;
import dev.caravan.orders.Recount.Result;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.testing.TestState;
import dev.caravan.uploads.Originals;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecountTest {
    private static final Duration KEPT = Duration.ofDays(3653);
    private static TestState state;

    private final Map<Upload, byte[]> inbox = new HashMap<>();
    private final Map<String, byte[]> kept = new HashMap<>();
    private final List<String> differences = new ArrayList<>();
    private TestOrders orders;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    /** Orders in two files that overlap, in versions, spellings and with defects. */
    @BeforeEach
    void orders() throws IOException {
        state.clear();
        orders = new TestOrders(state, Map.of("ORDERS_PAGE_SIZE", "70"), state.clock());
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        var options = Options.of(300, 5)
                .withDefects(0.1, EnumSet.complementOf(EnumSet.of(Defect.TOO_LONG, Defect.TOO_MANY_ITEMS)))
                .withVariants(0.5, EnumSet.allOf(Variant.class));
        upload("orders/first.jsonl", generated(options));
        upload("orders/second.jsonl", generated(Options.of(400, 5).withVariants(0.3, EnumSet.of(Variant.REPEATED))));
    }

    @Test
    void what_was_added_up_step_by_step_is_what_the_original_bytes_say() {
        orders.catalogue("NOBODY-KNOWS", "1");
        addUpLate();
        var tables = orders.tables();

        var result = recount();

        assertThat(differences).isEmpty();
        assertThat(result.uploads()).isEqualTo(2);
        assertThat(result.gone()).isEmpty();
        assertThat(result.records())
                .isEqualTo(inbox.keySet().stream()
                        .map(orders::states)
                        .mapToLong(states -> states.entrySet().stream()
                                .filter(entry -> entry.getKey() != State.QUARANTINED)
                                .mapToLong(Map.Entry::getValue)
                                .sum())
                        .sum())
                .isGreaterThan(600);
        assertThat(orders.tables()).isEqualTo(tables);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "update orders.placed set total = total + 1 where order_id = 'G5-000000350' | placed: is ",
                "delete from orders.line where order_id = 'G5-000000350' and position = 0 | line: is not there, should be ",
                "insert into orders.line values ('G5-000000350', 99, 'ITEM-001', 1, 1, 1) | should be not there",
                "update orders.revenue_by_day set orders = orders + 1 where status = 'confirmed' and channel = 'api' and state = 'TX' | revenue_by_day: is ",
                "update orders.sales_by_day set units = units - 1 where product_id = 'ITEM-003' and status = 'pending' | sales_by_day: is ",
                "update orders.warned_by_day set orders = orders + 1 where rule = '' and day = (select max(day) from orders.warned_by_day) | warned_by_day: is ",
                "delete from orders.pairs_by_day where product = 'ITEM-003' and other = product and status = 'confirmed' and day = (select max(day) from orders.pairs_by_day where product = 'ITEM-003' and other = product and status = 'confirmed') | pairs_by_day: is not there, should be ",
                "update orders.customers_by_month set last_at = first_at where customer = 'CLIENT-00884' | customers_by_month: is "
            })
    void a_row_that_is_not_what_it_should_be_is_named(String harm, String told) {
        addUpLate();
        state.database().write(db -> db.execute(harm));

        var result = recount();

        assertThat(differences).singleElement().asString().contains(told);
        assertThat(result.differences()).isEqualTo(1);
    }

    @Test
    void bytes_that_say_something_else_make_a_difference() {
        var upload = inbox.keySet().stream()
                .filter(one -> one.key().endsWith("second.jsonl"))
                .findFirst()
                .orElseThrow();
        var text = new String(inbox.get(upload), StandardCharsets.UTF_8);
        var last = text.lines().reduce((before, after) -> after).orElseThrow();
        inbox.put(
                upload,
                text.replace(last, last.replace("\"status\":\"", "\"status\":\"not "))
                        .getBytes(StandardCharsets.UTF_8));

        recount();

        assertThat(differences)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("orders/second.jsonl, record ")
                        .contains("refused now"))
                .anySatisfy(line -> assertThat(line).startsWith("placed: is ").endsWith("should be not there"));
    }

    @Test
    void orders_whose_bytes_are_gone_are_taken_from_what_is_kept_and_that_is_told() {
        inbox.keySet().removeIf(upload -> upload.key().endsWith("first.jsonl"));

        var result = recount();

        assertThat(differences).isEmpty();
        assertThat(result.gone()).containsExactly("orders/first.jsonl");
        assertThat(result.uploads()).isEqualTo(1);

        state.database()
                .write(
                        db -> db.execute(
                                "update orders.version set document = cast(replace(cast(document as text), '\"status\":\"confirmed\"', '\"status\":\"pending\"') as json) where order_id = 'G5-000000002'"));
        recount();
        assertThat(differences)
                .anySatisfy(line -> assertThat(line).startsWith("version: the content of order G5-000000002"));
    }

    @Test
    void what_came_over_http_is_added_up_from_its_bytes_too() throws IOException {
        var body = generated(Options.of(20, 6));
        var originals = new Originals(state.database(), orders.ledger, null, "caravan-archive", state.clock());
        var limits = ReaderLimits.DEFAULT;
        var deliveries = new Deliveries(
                orders.ledger,
                originals,
                shapes(),
                orders.step,
                limits,
                ErasedPeople.of(state.database(), Settings.of(Map.of())),
                state.clock());
        state.database().write(db -> deliveries.take(db, Deliveries.Source.API, deliveries.read(Kind.ORDER, body)));
        kept.put(Json.sha256(body), body);

        var result = recount();

        assertThat(differences).isEmpty();
        assertThat(result.uploads()).isEqualTo(3);
        assertThat(result.gone()).isEmpty();

        kept.clear();
        assertThat(recount().gone()).singleElement().asString().startsWith("orders/");
        assertThat(differences).isEmpty();
    }

    @Test
    void orders_go_on_their_day_and_what_stays_still_adds_up() throws IOException {
        upload("orders/sample.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
        var retention = (OrderRetention) orders.module.beans().get("orderRetention");
        addUpLate();
        var all = orders.tables();
        var days = state.column("select distinct cast(day as text) from orders.placed order by 1");
        assertThat(days).as("days of orders").hasSizeGreaterThan(5);

        clockTo(leaving(days.get(0)).minusMillis(1));
        retention.sweep();
        assertThat(orders.tables()).isEqualTo(all);

        for (int left : List.of(1, 3, days.size() - 1)) {
            clockTo(leaving(days.get(left - 1)));
            retention.sweep();
            recount();
            assertThat(differences).as("while sums are still to be added up").isEmpty();
            addUpLate();
            recount();
            assertThat(differences).isEmpty();
            for (var table : List.of("placed", "revenue_by_day", "sales_by_day", "warned_by_day", "pairs_by_day"))
                assertThat(days.subList(left, days.size()))
                        .as(table)
                        .containsAll(state.column("select distinct cast(day as text) from orders." + table));
            assertThat(state.column("select cast(min(day) as text) from orders.placed"))
                    .containsExactly(days.get(left));
        }

        clockTo(leaving(days.get(days.size() - 1)));
        retention.sweep();
        assertThat(orders.tables()).isEmpty();
        for (var table : List.of("customers_by_month", "customers_added", "pairs_by_day", "paired", "touched"))
            assertThat(state.column("select cast(to_jsonb(t) as text) from orders." + table + " t"))
                    .as(table)
                    .noneMatch(row -> row.contains("orders"));
        recount();
        assertThat(differences).isEmpty();
    }

    private static Instant leaving(String day) {
        return LocalDate.parse(day)
                .plusDays(1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant()
                .plus(KEPT);
    }

    private static void clockTo(Instant moment) {
        state.clock().pass(Duration.between(state.clock().instant(), moment));
    }

    private static Shapes shapes() {
        return Shapes.load(
                RouteFiles.at("classpath:routes"), Settings.of(Map.of()), Clock.fixed(TestOrders.NOW, ZoneOffset.UTC));
    }

    private Result recount() {
        differences.clear();
        var recount = new Recount(
                shapes(),
                ReaderLimits.DEFAULT.withMaxRecordBytes(1 << 20),
                KeptDays.oldest(state.clock(), KEPT),
                source -> Optional.ofNullable(
                                source.wasObject() ? inbox.get(source.upload()) : kept.get(source.sha256()))
                        .map(ByteArrayInputStream::new));
        return Jdbi.create(state.jdbcUrl())
                .installPlugin(new PostgresPlugin())
                .inTransaction(TransactionIsolationLevel.REPEATABLE_READ, db -> recount.run(db, differences::add));
    }

    private void addUpLate() {
        state.clock().pass(Duration.ofMinutes(1));
        for (var sums : List.of("pairSums", "customerSums"))
            ((LateSums) orders.module.beans().get(sums)).addUp();
    }

    private void upload(String key, byte[] content) {
        inbox.put(orders.upload(key, content), content);
    }

    private static byte[] generated(Options options) throws IOException {
        var out = new ByteArrayOutputStream();
        new OrderGenerator(options).write(out);
        return out.toByteArray();
    }
}
