package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.tracing.Collector;
import dev.caravan.tracing.Collector.Told;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What a collector of traces gets to see of a product's way. In this order, for the last tests take the collector away. */
@TestMethodOrder(OrderAnnotation.class)
@Tag("operate")
class TracesIT {
    private static final Path LOG = Path.of("target", "traces-it.log");
    private static final Path CLASSES = Path.of("target", "traces-it.classes");
    private static Collector collector = Collector.start();
    private static final String PRODUCER = ApiKeys.generate();

    private static Stack stack;

    @BeforeAll
    static void start() throws IOException {
        Files.deleteIfExists(LOG);
        stack = Stack.start("traces-it", settings -> settings.with("CARAVAN_LOG_FORMAT", "json")
                .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().toString())
                .with("OTEL_BSP_SCHEDULE_DELAY", "200")
                .withKey("till", Role.PRODUCER, PRODUCER));
    }

    @AfterAll
    static void stop() {
        if (stack != null) stack.close();
        collector.close();
    }

    @Test
    @Order(1)
    void a_file_is_one_trace_from_its_announcement_to_the_shop_and_nothing_of_it_is_told() throws IOException {
        var file = records(generated(Options.of("shein", 3, 91)));
        var canary = "a-canary-in-every-record";
        for (var record : file) ((ObjectNode) record.at("/info/productInfo")).put("goods_name", canary);

        var balance = stack.delivered(
                "products/shein/traced.json", Json.bytes(Json.array().addAll(file)));
        stack.quiet();

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 3L));
        var upload = balance.path("upload").asText();
        patiently().untilAsserted(() -> assertThat(of(upload, "process caravan-publications"))
                .extracting(span -> span.attributes().get("caravan.product.handle"))
                .containsExactlyInAnyOrderElementsOf(stack.handles(balance)));
        var root = of(upload, "process caravan-uploads").get(0);
        var trace = collector.spans().stream()
                .filter(span -> span.trace().equals(root.trace()))
                .toList();
        assertConnected(root, trace);
        assertThat(trace)
                .extracting(Told::name)
                .contains(
                        "process caravan-uploads",
                        "products-receive",
                        "s3/getObject",
                        "products-normalise",
                        "create ProductIngested",
                        "send caravan",
                        "process caravan-products",
                        "pimcore-call",
                        "create ProductPublished",
                        "process caravan-publications",
                        "medusa-call",
                        "POST");
        for (var handle : stack.handles(balance)) assertWay(trace, handle);
        assertThat(collector.spans()).allSatisfy(span -> {
            assertThat(span.bytes()).doesNotContain(canary);
            assertThat(span.events()).isZero();
            assertThat(span.service()).isEqualTo("caravan");
        });
        for (var secret : List.of("PIMCORE_API_KEY", "MEDUSA_API_KEY", "PIMCORE_WEBHOOK_SECRET"))
            assertThat(collector.spans()).noneMatch(span -> span.bytes()
                    .contains(stack.caravan().options().environment().get(secret)));
        assertLogged(upload, root.trace());
        var journey = stack.journey(stack.handles(balance).get(0).replace("shein-", ""));
        assertThat(journey.at("/journey/0/data/traceId").asText())
                .as(journey.toString())
                .isEqualTo(root.trace());
    }

    /** Each span's parent is there, up to the root, and what a span outside points at is in here. */
    private static void assertConnected(Told root, List<Told> trace) {
        var known = trace.stream().map(Told::id).collect(Collectors.toSet());
        assertThat(root.parent()).isEmpty();
        assertThat(trace).filteredOn(span -> span != root).allSatisfy(span -> assertThat(span.parent())
                .as(span.name() + " of " + span.attributes())
                .isIn(known));
        // PutEvents is called for many at a time, from a clock: its spans are traces of their own, that point here.
        assertThat(collector.spans())
                .filteredOn(span ->
                        span.name().equals("send caravan") && !span.trace().equals(root.trace()))
                .allSatisfy(span -> assertThat(span.links()).isNotEmpty());
    }

    /** From the record to the shop, each step below the one before. */
    private static void assertWay(List<Told> trace, String handle) {
        var byId = trace.stream().collect(Collectors.toMap(Told::id, Function.identity()));
        var way = new ArrayList<String>();
        var at = trace.stream()
                .filter(span -> span.name().equals("process caravan-publications"))
                .filter(span -> handle.equals(span.attributes().get("caravan.product.handle")))
                .findFirst()
                .orElseThrow();
        for (var span = at; span != null; span = byId.get(span.parent())) way.add(0, span.name());
        assertThat(way)
                .containsExactly(
                        "process caravan-uploads",
                        "uploads-hand-over",
                        "products-receive",
                        "products-normalise",
                        "create ProductIngested",
                        "process caravan-products",
                        "create ProductPublished",
                        "process caravan-publications");
    }

    private static void assertLogged(String upload, String trace) throws IOException {
        assertThat(Files.readAllLines(LOG).stream()
                        .filter(line -> line.startsWith("{"))
                        .map(Json::read)
                        .filter(line -> line.path("correlationId").asText().equals(upload))
                        .toList())
                .isNotEmpty()
                .allSatisfy(line -> {
                    assertThat(line.path("traceId").asText()).isEqualTo(trace);
                    assertThat(line.path("spanId").asText()).matches("[0-9a-f]{16}");
                });
    }

    @Test
    @Order(2)
    void what_fails_is_an_error_in_its_trace_and_its_replay_points_there() {
        var file = generated(Options.of("shein", 1, 92));
        var poison = records(file).get(0).at("/info/productInfo/goods_id").asText();
        stack.sandbox().pimcore().faults().reject("shein:" + poison, "a canary of the price list");
        var version = stack.upload("products/shein/refused.json", file);
        var refused = stack.atRest("products/shein/refused.json", version);
        assertThat(states(refused)).isEqualTo(Map.of("parked", 1L));
        stack.sandbox().pimcore().faults().clear();

        stack.caravan().post("/api/dead-letters/replay", Json.object().put("flow", "products"));
        patiently().until(() -> states(stack.balance("products/shein/refused.json", version))
                .containsKey("delivered"));

        var upload = refused.path("upload").asText();
        patiently().untilAsserted(() -> assertThat(of(upload, "process caravan-publications"))
                .isNotEmpty());
        var processed = of(upload, "process caravan-products");
        assertThat(processed)
                .extracting(span -> span.attributes().get("caravan.message.outcome"))
                .containsExactlyInAnyOrder("parked", "done");
        var failed = processed.stream().filter(Told::failed).findFirst().orElseThrow();
        assertThat(failed.attributes()).containsEntry("error.type", "dev.caravan.failure.Refused");
        var replay = collector.spans().stream()
                .filter(span -> span.name().equals("replay"))
                .findFirst()
                .orElseThrow();
        assertThat(replay.links()).containsExactly(failed.id());
        assertThat(processed).anySatisfy(span -> {
            assertThat(span.parent()).isEqualTo(replay.id());
            assertThat(span.links()).contains(failed.parent());
        });
        assertThat(collector.spans()).noneMatch(span -> span.bytes().contains("a canary"));
    }

    @Test
    @Order(3)
    void pimcores_word_begins_a_trace_of_its_own() {
        patiently().untilAsserted(() -> assertThat(collector.spans())
                .filteredOn(span -> span.name().equals("POST /hooks/pimcore"))
                .isNotEmpty()
                .allSatisfy(span -> {
                    assertThat(span.parent()).isEmpty();
                    assertThat(span.kind()).isEqualTo("SERVER");
                    assertThat(span.attributes()).containsEntry("http.response.status_code", "204");
                }));
    }

    @Test
    @Order(4)
    void a_task_is_one_trace_from_being_handed_in_to_what_is_told_of_it() throws Exception {
        var task = Json.object()
                .put("title", "a canary")
                .put("description", "a canary")
                .put("priority", "low")
                .put("lane", "traced");
        var request = HttpRequest.newBuilder(stack.caravan().url().resolve("/tasks"))
                .header("X-API-Key", PRODUCER)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Json.bytes(task)))
                .build();

        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        var id = Json.read(answer.body()).path("task_id").asText();
        patiently().untilAsserted(() -> assertThat(of(id, "create TaskDone")).hasSize(1));
        patiently().untilAsserted(() -> assertThat(of(id, "do task")).hasSize(1));
        var done = of(id, "do task").get(0);
        var asked = collector.spans().stream()
                .filter(span -> span.id().equals(done.parent()))
                .findFirst()
                .orElseThrow();
        assertThat(asked.parent()).isEmpty();
        assertThat(asked.attributes()).containsEntry("http.response.status_code", "202");
        assertThat(collector.spans())
                .filteredOn(span -> span.parent().equals(done.id()))
                .extracting(Told::name)
                .containsExactly("tasks-handle-log");
        assertThat(of(id, "create TaskDone")).extracting(Told::trace).containsExactly(asked.trace());
        assertThat(collector.spans()).noneMatch(span -> span.bytes().contains("a canary"));
    }

    @Test
    @Order(5)
    void without_a_collector_the_work_goes_on_and_the_log_says_so_once() throws IOException {
        int port = collector.url().getPort();
        collector.close();

        for (int i = 0; i < 3; i++) {
            var balance =
                    stack.delivered("products/shein/unseen-" + i + ".json", generated(Options.of("shein", 2, 93 + i)));
            assertThat(states(balance)).isEqualTo(Map.of("delivered", 2L));
        }

        patiently().untilAsserted(() -> assertThat(said("takes no traces")).hasSize(1));
        collector = Collector.start(port);
        assertThat(states(stack.delivered("products/shein/seen.json", generated(Options.of("shein", 1, 96)))))
                .isEqualTo(Map.of("delivered", 1L));
        patiently().untilAsserted(() -> assertThat(said("takes traces again")).hasSize(1));
        assertThat(collector.spans()).isNotEmpty();
        assertThat(said("takes no traces")).hasSize(1);
        assertThat(Files.readAllLines(LOG)).allMatch(line -> line.startsWith("{"));
    }

    private static List<String> said(String what) throws IOException {
        return Files.readAllLines(LOG).stream()
                .filter(line -> line.contains(what))
                .toList();
    }

    @Test
    @Order(6)
    void without_an_endpoint_nothing_of_opentelemetry_is_loaded_and_nothing_travels() throws IOException {
        Files.deleteIfExists(CLASSES);
        stack.restart(settings -> {
            var arguments = new ArrayList<>(settings.jvmArguments());
            arguments.add("-Xlog:class+load:file=" + CLASSES);
            return settings.with("OTEL_EXPORTER_OTLP_ENDPOINT", "").withJvmArguments(arguments);
        });

        var balance = stack.delivered("products/shein/untraced.json", generated(Options.of("shein", 2, 97)));
        stack.quiet();

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 2L));
        assertThat(Files.readAllLines(CLASSES))
                .anyMatch(line -> line.contains("dev.caravan.observe.Tracing"))
                .noneMatch(line -> line.contains("io.opentelemetry")
                        || line.contains("dev.caravan.tracing")
                        || line.contains("org.apache.camel.telemetry"));
        assertThat(collector.spans())
                .noneMatch(span ->
                        balance.path("upload").asText().equals(span.attributes().get("caravan.correlation.id")));
    }

    @Test
    @Order(7)
    void an_endpoint_that_is_none_stops_the_start_with_a_sentence() throws IOException {
        var log = Path.of("target", "traces-it-wrong.log");
        Files.deleteIfExists(log);
        stack.caravan().close();

        var wrong = new CaravanProcess(stack.caravan()
                        .options()
                        .with("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")
                        .withJvmArguments(List.of("-Xmx512m"))
                        .withLog(log))
                .start();

        assertThat(wrong.awaitExit()).isEqualTo(2);
        assertThat(Files.readAllLines(log))
                .singleElement()
                .asString()
                .startsWith("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318 must start with http:// or https://: ");
    }

    private static List<Told> of(String upload, String name) {
        return collector.spans().stream()
                .filter(span -> span.name().equals(name))
                .filter(span -> upload.equals(span.attributes().get("caravan.correlation.id")))
                .filter(span -> !span.attributes().containsKey("messaging.batch.message_count"))
                .toList();
    }
}
