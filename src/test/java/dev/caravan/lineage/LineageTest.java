package dev.caravan.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.archive.ArchivedDays;
import dev.caravan.archive.Datasets;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Range;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.lineage.Runs.Places;
import dev.caravan.orders.TestOrders;
import dev.caravan.state.RunNotes;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestS3;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What others are told of runs, by a file and by calls. */
class LineageTest {
    private static final String BUCKET = "caravan-archive";

    private static TestState state;
    private static TestOrders orders;
    private static Runs runs;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        state = new TestState();
        orders = new TestOrders(state, Map.of(), state.clock());
        runs = new Runs(
                new Ledger(state.clock()),
                new Places("caravan", state.jdbcUrl(), BUCKET, List.of("https://pim.example", "https://shop.example")));
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void an_upload_is_a_run_from_its_object_to_the_tables_with_its_rows() throws IOException {
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        var upload = orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));

        var told = tell();

        var run = told.stream()
                .filter(event ->
                        event.at("/run/runId").asText().equals(upload.id().toString()))
                .toList();
        assertThat(run).extracting(event -> event.path("eventType").asText()).containsExactly("START", "COMPLETE");
        var end = run.get(1);
        assertThat(end.at("/job/name").asText()).isEqualTo("orders.orders");
        assertThat(end.at("/inputs/0/namespace").asText()).isEqualTo("s3://caravan-inbox");
        assertThat(end.at("/inputs/0/name").asText()).isEqualTo("orders/day.jsonl");
        assertThat(end.at("/inputs/0/facets/version/datasetVersion").asText()).isEqualTo(upload.versionId());
        assertThat(end.at("/outputs/0/name").asText()).endsWith(".orders.placed");
        assertThat(end.at("/outputs/0/outputFacets/outputStatistics/rowCount").asLong())
                .isEqualTo(orders.balance(upload).states().get(State.DELIVERED));
        assertThat(end.at("/outputs/0/facets/schema/fields/0/name").asText()).isEqualTo("order_id");
        assertThat(end.at("/outputs/1/name").asText()).endsWith(".orders.line");
        assertThat(end.at("/outputs/1/outputFacets").isMissingNode())
                .as("nobody has counted the lines")
                .isTrue();
        assertThat(tell()).as("told once when nobody fails").isEmpty();
    }

    @Test
    void what_is_in_flight_has_not_ended_and_what_is_parked_has_failed() throws IOException {
        var ledger = new Ledger(state.clock());
        var flying = state.opened("products/shein/a.json");
        state.database().write(db -> {
            ledger.put(db, "products", flying.id(), List.of(new Range(0, 1, State.IN_FLIGHT, null)));
            ledger.complete(db, flying.id(), 2);
        });
        var parked = state.opened("products/shein/b.json");
        state.database().write(db -> ledger.park(db, parked.id()));

        assertThat(types(tell())).containsExactly("START", "START", "FAIL");
        state.database().write(db -> db.execute("update ledger.entry set state = 'delivered'"));
        var end = tell();

        assertThat(types(end)).containsExactly("COMPLETE");
        assertThat(end.get(0).path("outputs").findValuesAsText("namespace"))
                .containsExactly("https://pim.example", "https://shop.example");
    }

    @Test
    void a_body_is_told_of_by_its_bytes_in_the_archive() throws IOException {
        var ledger = new Ledger(state.clock());
        var body = new Upload("api", "clicks/shop/1", "ab".repeat(32), "", 10, TestClock.START, "");
        state.database().write(db -> {
            ledger.open(db, body, "clickstream", "-");
            ledger.put(db, "clickstream", body.id(), List.of(new Range(0, 499, State.DELIVERED, null)));
            ledger.complete(db, body.id(), 500);
        });

        var end = tell().get(1);

        assertThat(end.at("/job/name").asText()).isEqualTo("clickstream.clicks");
        assertThat(end.at("/inputs/0/namespace").asText()).isEqualTo("s3://" + BUCKET);
        assertThat(end.at("/inputs/0/name").asText()).isEqualTo("raw/clicks/" + "ab".repeat(32));
        assertThat(end.at("/inputs/0/inputFacets/inputStatistics/rowCount").asLong())
                .isEqualTo(500);
        assertThat(end.path("outputs").findValuesAsText("name"))
                .filteredOn(name -> name.contains(".clicks."))
                .hasSize(3);
        assertThat(end.path("outputs").findValues("rowCount")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"report, customers, reports.customers, .clicks.session", "clicks, clicks, archive.clicks, .clicks.page"
    })
    void what_is_written_names_the_tables_it_is_made_of(String kind, String subject, String job, String table)
            throws IOException {
        state.database()
                .write(db -> db.execute(
                        "insert into lineage.due (kind, subject, day, version, begun_at, ended_at) values (?, ?, '2025-08-20', 1, now(), now())",
                        kind,
                        subject));

        var told = tell();

        assertThat(types(told)).containsExactly("START", "COMPLETE");
        assertThat(told.get(1).at("/job/name").asText()).isEqualTo(job);
        assertThat(told.get(1).path("inputs").findValuesAsText("name")).anyMatch(name -> name.endsWith(table));
    }

    @Test
    void a_task_is_a_run_that_fails_when_it_is_parked_and_ends_when_it_is_done_after_all() throws IOException {
        var id = UUID.randomUUID();
        state.database().write(db -> {
            db.execute("insert into tasks.lane (name, accepted, wanted) values ('a', 2, 0)");
            for (var task : Map.of(id, "1", UUID.randomUUID(), "2").entrySet())
                db.execute(
                        "insert into tasks.task (id, lane, sequence, title, description, priority, kind, handed_in_by, state, accepted_at)"
                                + " values (?, 'a', cast(? as bigint), 't', '', 'low', 'http', 'key', 'accepted', now())",
                        task.getKey(),
                        task.getValue());
        });
        becomes(id, "state = 'working', started_at = now()");
        state.database().write(db -> db.execute("update tasks.task set state = 'parked', ended_at = now()"));

        var parked = tell();
        becomes(id, "state = 'working', started_at = now(), ended_at = null");
        becomes(id, "state = 'done', ended_at = now()");
        var done = tell();

        assertThat(types(parked)).as("who waits behind it has not run").containsExactly("START", "FAIL");
        assertThat(types(done)).containsExactly("START", "COMPLETE");
        assertThat(List.of(parked.get(1), done.get(1))).allSatisfy(event -> {
            assertThat(event.at("/run/runId").asText()).isEqualTo(id.toString());
            assertThat(event.at("/job/name").asText()).isEqualTo("tasks.http");
            assertThat(event.at("/inputs/0/name").asText()).endsWith(".tasks.task");
        });
    }

    private static void becomes(UUID task, String what) {
        state.database().write(db -> db.execute("update tasks.task set " + what + " where id = ?", task));
    }

    @Test
    void an_erasure_is_a_run_over_its_stores_each_time_it_ends() throws IOException {
        var id = UUID.randomUUID();
        state.database().write(db -> {
            db.execute("""
                    insert into erasure.erasure (id, subject, pseudonym, salt, hash, fingerprint, lead, length, asked_at, asked_by, why, state)
                    values (?, 'U-1', 'gone-1', '', '', 0, 0, 3, now(), 'ines', 'asked', 'working')""", id);
            db.execute("insert into erasure.step values (?, 'quarantine', '{}', 'nothing', now())", id);
        });
        var told = new ArrayList<JsonNode>();
        for (int round = 1; round <= 2; round++) {
            var done = "2026-01-0" + round;
            state.database()
                    .write(db -> db.execute(
                            "update erasure.erasure set subject = null, state = 'done', done_at = cast(? as timestamptz)",
                            done));
            told.addAll(tell());
            state.database().write(db -> db.execute("update erasure.erasure set subject = 'U-1', state = 'working'"));
        }

        assertThat(types(told)).containsExactly("START", "COMPLETE", "START", "COMPLETE");
        assertThat(told.get(1).at("/job/name").asText()).isEqualTo("erasure");
        assertThat(told.get(1).path("outputs").findValuesAsText("name")).containsExactly("quarantine");
        assertThat(told.get(1).at("/run/runId")).isNotEqualTo(told.get(3).at("/run/runId"));
        assertThat(told.toString()).doesNotContain("U-1");
    }

    @Test
    void a_replay_is_a_run_from_the_letters_to_their_queues_that_fails_when_it_is_stopped() throws IOException {
        RunNotes.during(state.database(), "replay", queues -> queues.put("caravan-products", 2L));
        assertThatThrownBy(() -> RunNotes.during(state.database(), "replay", queues -> {
                    queues.put("caravan-clicks", 1L);
                    throw new IllegalStateException("no queue");
                }))
                .hasMessage("no queue");

        var told = tell();

        assertThat(types(told)).containsExactly("START", "COMPLETE", "START", "FAIL");
        var end = told.get(1);
        assertThat(end.path("run"))
                .isEqualTo(told.get(0).path("run"))
                .isNotEqualTo(told.get(2).path("run"));
        assertThat(end.at("/job/name").asText()).isEqualTo("replay");
        assertThat(end.at("/inputs/0/name").asText()).endsWith(".dead_letters.letter");
        assertThat(end.at("/inputs/0/inputFacets/inputStatistics/rowCount").asLong())
                .isEqualTo(2);
        assertThat(end.at("/outputs/0/name").asText()).isEqualTo("caravan-products");
        assertThat(end.at("/outputs/0/outputFacets/outputStatistics/rowCount").asLong())
                .isEqualTo(2);
        assertThat(told.get(3).at("/outputs/0/name").asText()).isEqualTo("caravan-clicks");
    }

    @Test
    void a_release_is_a_run_from_quarantine_to_the_tables_of_the_folders() throws IOException {
        RunNotes.during(state.database(), "release", folders -> {
            folders.put("orders/inventory", 3L);
            return folders.put("products/products", 1L);
        });

        var end = tell().get(1);

        assertThat(end.at("/job/name").asText()).isEqualTo("release");
        assertThat(end.at("/inputs/0/name").asText()).endsWith(".quarantine.record");
        assertThat(end.at("/inputs/0/inputFacets/inputStatistics/rowCount").asLong())
                .isEqualTo(4);
        assertThat(end.at("/outputs/0/name").asText()).endsWith(".orders.stock");
        assertThat(end.at("/outputs/1/namespace").asText()).isEqualTo("https://pim.example");
        assertThat(end.path("outputs").findValues("rowCount")).isEmpty();
    }

    @Test
    void a_round_of_retention_that_was_stopped_goes_on_as_the_same_run_and_is_told_of_when_it_is_over()
            throws IOException {
        leaves("orders.placed", 1000);
        assertThat(tell()).isEmpty();
        leaves("orders.placed", 5);
        leaves("orders.touched", 7);
        leaves("orders.refusal", 0);
        RunNotes.over(state.database(), "orders");
        var told = tell();
        RunNotes.over(state.database(), "orders");
        assertThat(tell()).as("a round in which nothing leaves is none").isEmpty();
        leaves("orders.placed", 1);
        RunNotes.over(state.database(), "orders");

        assertThat(types(told)).containsExactly("START", "COMPLETE");
        var end = told.get(1);
        assertThat(end.at("/job/name").asText()).isEqualTo("retention.orders");
        assertThat(end.path("inputs").findValues("rowCount"))
                .extracting(JsonNode::asLong)
                .containsExactly(1005L, 7L);
        assertThat(end.path("outputs").findValuesAsText("namespace")).hasSize(2);
        assertThat(end.at("/outputs/0/facets/schema/fields/0/name").asText()).isEqualTo("order_id");
        assertThat(tell().get(0).path("run")).isNotEqualTo(end.path("run"));
    }

    private static void leaves(String table, long rows) {
        state.database().write(db -> RunNotes.left(db, "orders", table, rows));
    }

    @Test
    void a_day_in_the_archive_is_a_run_with_the_columns_of_its_data_set() throws Exception {
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        try (var server = new TestS3(BUCKET)) {
            orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
            written(server, Duration.ofDays(3653));
            state.clock().pass(Duration.ofMinutes(1));
            written(server, Duration.ofDays(3653));
        }

        var end = tell().stream()
                .filter(event -> event.at("/job/name").asText().equals("archive.orders"))
                .filter(event -> event.path("eventType").asText().equals("COMPLETE"))
                .toList();

        assertThat(end).isNotEmpty().allSatisfy(event -> {
            assertThat(event.at("/outputs/0/namespace").asText()).isEqualTo("s3://" + BUCKET);
            assertThat(event.at("/outputs/0/name").asText()).startsWith("parquet/orders/day=");
            assertThat(event.at("/outputs/0/facets/schema/fields")).hasSize(22);
            assertThat(event.at("/outputs/0/outputFacets/outputStatistics/rowCount")
                            .isIntegralNumber())
                    .isTrue();
            assertThat(event.path("inputs")).hasSize(3);
        });
    }

    @Test
    void days_that_leave_the_archive_are_one_run_a_round_with_their_rows() throws Exception {
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
        List<JsonNode> told;
        try (var server = new TestS3(BUCKET)) {
            orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
            written(server, Duration.ofDays(3653));
            state.clock().pass(Duration.ofMinutes(1));
            written(server, Duration.ofDays(3653));
            told = tell();
            written(server, Duration.ZERO);
        }
        var written = told.stream()
                .filter(event -> event.at("/job/name").asText().equals("archive.orders"))
                .filter(event -> event.path("eventType").asText().equals("COMPLETE"))
                .collect(Collectors.toMap(event -> event.at("/outputs/0/name").asText(), event -> event.at(
                                "/outputs/0/outputFacets/outputStatistics/rowCount")
                        .asLong()));

        var left = tell();

        assertThat(types(left)).containsExactly("START", "COMPLETE");
        var end = left.get(1);
        assertThat(end.at("/job/name").asText()).isEqualTo("retention.archive.orders");
        assertThat(end.path("inputs").valueStream())
                .hasSizeGreaterThan(1)
                .allMatch(file -> file.path("namespace").asText().equals("s3://" + BUCKET))
                .allMatch(
                        file -> file.at("/inputFacets/inputStatistics/rowCount").asLong()
                                == written.get(file.path("name").asText()));
        assertThat(end.path("outputs").findValuesAsText("name")).containsExactlyInAnyOrderElementsOf(written.keySet());
        assertThat(end.path("outputs").findValues("lifecycleStateChange"))
                .allMatch(facet -> facet.path("lifecycleStateChange").asText().equals("DROP"));
        assertThat(faults(changed(end, "/outputs/0/facets/lifecycleStateChange/lifecycleStateChange", "GONE")))
                .isNotEmpty();
    }

    private static void written(TestS3 server, Duration kept) {
        new ArchivedDays(state.database(), server.client(), BUCKET, Map.of(Datasets.ORDERS, kept), true, state.clock())
                .write();
    }

    @Test
    void while_nobody_listens_it_waits_and_is_told_in_the_same_words_later() throws Exception {
        var away = new AtomicBoolean(true);
        var heard = Collections.synchronizedList(new ArrayList<JsonNode>());
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/lineage", exchange -> {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            if (!away.get()) heard.add(Json.read(body));
            exchange.sendResponseHeaders(away.get() ? 503 : 201, -1);
            exchange.close();
        });
        server.start();
        try {
            var lineage = Lineage.toUrl(
                    state.database(),
                    runs,
                    URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                    "",
                    Duration.ofSeconds(5));
            state.opened("products/shein/a.json");

            assertThatThrownBy(lineage::tell).isInstanceOf(RuntimeException.class);
            away.set(false);
            lineage.tell();

            assertThat(types(heard)).containsExactly("START");
            heard.forEach(LineageTest::valid);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            /eventTime,                                         yesterday
            /eventType,                                         DONE
            /producer,                                          not a uri
            /schemaURL,                                         -
            /run/runId,                                         17
            /job/name,                                          -
            /inputs/0/namespace,                                -
            /inputs/0/facets/version/_producer,                 -
            /inputs/0/facets/version/_schemaURL,                https://openlineage.io/spec/facets/9-0-0/DatasetVersionDatasetFacet.json
            /inputs/0/facets/version/datasetVersion,            -
            /inputs/0/inputFacets/inputStatistics/fileCount,    one
            /outputs/0/facets/schema/_schemaURL,                -
            /outputs/0/facets/schema/_deleted,                  no
            /outputs/0/facets/schema/fields/0/name,             -
            /outputs/0/outputFacets/outputStatistics/_producer, -
            /outputs/0/outputFacets/outputStatistics/rowCount,  many""")
    void what_breaks_a_clause_of_the_specification_is_found(String pointer, String value) throws IOException {
        orders.upload("orders/day.jsonl", Files.readAllBytes(Path.of("samples/orders.jsonl")));
        var end = tell().get(1);

        var broken = changed(end, pointer, value);

        assertThat(broken).isNotEqualTo(end);
        assertThat(faults(broken)).isNotEmpty();
    }

    @Test
    void nobody_is_told_when_it_is_off_and_nothing_piles_up() {
        state.opened("products/shein/a.json");

        Lineage.off(state.database(), runs).tell();

        assertThat(state.column("select count(*) from lineage.due")).containsExactly("0");
    }

    /** What is told now, each event in order; all are as the specification wants them. */
    private List<JsonNode> tell() throws IOException {
        var file = folder.resolve("lineage.ndjson");
        Files.deleteIfExists(file);
        Lineage.toFile(state.database(), runs, file.toString()).tell();
        if (!Files.exists(file)) return List.of();
        var told = Files.readAllLines(file).stream()
                .filter(line -> !line.isBlank())
                .map(Json::read)
                .toList();
        told.forEach(LineageTest::valid);
        return told;
    }

    private static List<String> types(List<JsonNode> told) {
        return told.stream().map(event -> event.path("eventType").asText()).toList();
    }

    private static void valid(JsonNode event) {
        assertThat(faults(event)).as(event.toString()).isEmpty();
    }

    /** Formats count: without being told so, the validator would take any text for a time, a URI or a UUID. */
    private static Set<ValidationMessage> faults(JsonNode event) {
        return JsonSchemaFactory.getInstance(VersionFlag.V202012)
                .getSchema(
                        LineageTest.class.getResourceAsStream("/lineage/run-event.schema.json"),
                        SchemaValidatorsConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build())
                .validate(event);
    }

    /** The event, with something else at the pointer; nothing when {@code value} is null. */
    private static JsonNode changed(JsonNode event, String pointer, String value) {
        var copy = event.deepCopy();
        var at = JsonPointer.compile(pointer);
        var parent = (ObjectNode) copy.at(at.head());
        if (value == null) parent.remove(at.last().getMatchingProperty());
        else parent.put(at.last().getMatchingProperty(), value);
        return copy;
    }
}
