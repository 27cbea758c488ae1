package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What an instance tells of itself: its log, its metrics, its health, its errors; and how it ends. In this order, for the last tests take away what it leans on. */
@TestMethodOrder(OrderAnnotation.class)
@Tag("operate")
class TellingIT {
    private static final String VIEWER = ApiKeys.generate();
    private static final Path LOG = Path.of("target", "telling-it.log");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static Stack stack;

    @BeforeAll
    static void start() throws IOException {
        Files.deleteIfExists(LOG);
        stack = Stack.start("telling-it", settings -> settings.withKey("viewer", Role.VIEWER, VIEWER)
                .with("CARAVAN_LOG_FORMAT", "json")
                .with("METRICS_PERIOD_SECONDS", "1")
                .with("CIRCUIT_PAUSE_MILLISECONDS", "500"));
    }

    @AfterAll
    static void stop() {
        if (stack != null) stack.close();
    }

    @Test
    @Order(1)
    void told_to_stop_it_ends_what_it_has_begun_and_the_next_goes_on_with_the_rest() {
        var file = generated(Options.of("shein", 60, 81));
        stack.sandbox().pimcore().faults().delay(Duration.ofMillis(700));
        var version = stack.upload("products/shein/drained.json", file);
        patiently().until(() -> stack.sandbox().pimcore().counters().objectsWritten() > 0);

        long began = System.nanoTime();
        stack.caravan().close();
        var took = Duration.ofNanos(System.nanoTime() - began);
        int code = stack.caravan().awaitExit();
        stack.sandbox().pimcore().faults().clear();
        stack.restart(settings -> settings);

        assertThat(took).isLessThan(Duration.ofSeconds(30));
        assertThat(List.of(0, 143)).as("exit code").contains(code);
        assertThat(states(stack.atRest("products/shein/drained.json", version))).isEqualTo(Map.of("delivered", 60L));
        assertThat(stack.onSale("sar")).hasSize(60);
    }

    @Test
    @Order(2)
    void every_line_of_the_log_fits_the_schema_and_what_is_done_for_an_upload_names_it() throws IOException {
        var file = records(generated(Options.of("shein", 3, 82)));
        var canary = "a-canary-in-every-record";
        for (var record : file) ((ObjectNode) record.at("/info/productInfo")).put("brand_story", canary);
        ((ObjectNode) file.get(0).path("info")).remove("productInfo");
        ((ObjectNode) file.get(0).path("info")).put("note", canary);
        var poison = file.get(1).at("/info/productInfo/goods_id").asText();
        stack.sandbox().pimcore().faults().reject("shein:" + poison, "the price list is closed");

        var balance = stack.delivered(
                "products/shein/logged.json", Json.bytes(Json.array().addAll(file)));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 1L, "parked", 1L, "quarantined", 1L));
        var upload = balance.path("upload").asText();
        var lines = log();
        var schema = JsonSchemaFactory.getInstance(VersionFlag.V202012)
                .getSchema(Json.read(Files.readAllBytes(Path.of("docs/operations/log-line.schema.json"))));
        assertThat(lines)
                .allSatisfy(line ->
                        assertThat(schema.validate(line)).as(line.toString()).isEmpty());
        assertThat(lines)
                .filteredOn(line -> line.path("correlationId").asText().equals(upload))
                .extracting(line -> line.path("route").asText() + ": "
                        + line.path("message").asText())
                .anyMatch(said -> said.startsWith("uploads-receive: upload " + upload))
                .anyMatch(said -> said.startsWith("products-pimcore: parked shein/" + poison));
        assertThat(Files.readString(LOG)).doesNotContain(canary).doesNotContain(secrets());
    }

    @Test
    @Order(3)
    void metrics_tell_outcomes_queues_circuits_and_what_is_unfinished() {
        patiently()
                .untilAsserted(
                        () -> assertThat(metrics())
                                .containsEntry("caravan_dead_letters{flow=\"products\"}", 1.0)
                                .containsEntry("caravan_parked_lanes{flow=\"products\"}", 1.0)
                                .containsEntry("caravan_quarantined{flow=\"products\"}", 1.0)
                                .containsEntry("caravan_records{flow=\"products\",state=\"in flight\"}", 0.0)
                                .containsEntry("caravan_lag_seconds{flow=\"products\"}", 0.0)
                                .containsEntry("caravan_ledger_missing", 0.0)
                                .containsEntry("caravan_circuit_open{target=\"pimcore\"}", 0.0)
                                .containsEntry("caravan_circuit_open{target=\"medusa\"}", 0.0)
                                .containsEntry("caravan_dependency_up{dependency=\"postgresql\"}", 1.0)
                                .containsEntry("caravan_dependency_up{dependency=\"eventbridge\"}", 1.0)
                                .containsEntry(
                                        "caravan_queue_messages{queue=\"caravan-products\",state=\"visible\"}", 0.0)
                                .containsEntry("caravan_queue_oldest_seconds{queue=\"caravan-products\"}", 0.0)
                                .containsEntry(
                                        "caravan_outcomes_total{flow=\"products\",outcome=\"parked\",step=\"products-pimcore\",target=\"pimcore\"}",
                                        1.0)
                                .containsEntry(
                                        "caravan_outcomes_total{flow=\"products\",outcome=\"quarantined\",step=\"products-normalise\",target=\"\"}",
                                        1.0)
                                .containsKeys(
                                        "caravan_queue_loss_seconds{queue=\"caravan-products-dead\"}",
                                        "caravan_outcomes_total{flow=\"products\",outcome=\"written\",step=\"products-pimcore\",target=\"pimcore\"}",
                                        "caravan_outcomes_total{flow=\"products\",outcome=\"created\",step=\"products-medusa\",target=\"medusa\"}"));
    }

    @Test
    @Order(4)
    void no_request_however_mad_is_told_of_the_inside() throws IOException {
        var endpoints = new ArrayList<String>();
        var announced = Pattern.compile("Started api-([a-z]+)-\\S+ \\(platform-http://(/[^)]*)\\)");
        for (var line : log()) {
            var started = announced.matcher(line.path("message").asText());
            if (started.find())
                endpoints.add(started.group(1).toUpperCase(Locale.ROOT) + " "
                        + started.group(2).replace("%7B", "{").replace("%7D", "}"));
        }
        assertThat(endpoints).contains("GET /health", "POST /hooks/pimcore", "GET /api/dead-letters/{id}");
        var operator = stack.caravan().options().apiKey();
        var keys = List.of(operator, operator, operator, VIEWER, "wrong", "\u00e9", "");
        var fuzz = new Fuzz(7, stack.caravan().url(), endpoints, keys);

        var faults = new TreeMap<String, String>();
        var statuses = new TreeMap<Integer, Integer>();
        for (int i = 0; i < 1_500; i++) {
            var request = fuzz.request();
            fuzz.send(request).ifPresent(answer -> {
                statuses.merge(answer.status(), 1, Integer::sum);
                for (var wrong : Fuzz.wrong(request, answer, secrets())) {
                    var begin = new String(request, 0, Math.min(request.length, 400), ISO_8859_1);
                    faults.putIfAbsent(wrong + " " + begin.lines().findFirst().orElse(""), begin + "\n=> " + answer);
                }
            });
        }

        assertThat(faults).isEmpty();
        assertThat(statuses).containsKeys(200, 400, 401, 403, 404, 405, 415);
    }

    @Test
    @Order(5)
    void without_sqs_it_is_not_ready_says_why_and_recovers() {
        assertThat(health("/ready")).isEqualTo("200 UP []");

        stack.sandbox().aws().sqsDown(true);
        patiently()
                .untilAsserted(() ->
                        assertThat(health("/ready")).startsWith("503 DOWN").contains("sqs"));
        assertThat(health("/live")).isEqualTo("200 UP []");
        stack.sandbox().aws().sqsDown(false);

        patiently().untilAsserted(() -> assertThat(health("/ready")).isEqualTo("200 UP []"));
    }

    @Test
    @Order(6)
    void without_medusa_it_says_so_and_stays_ready_for_its_queue_waits() {
        stack.sandbox().medusa().close();

        patiently().untilAsserted(() -> assertThat(health("")).isEqualTo("503 DOWN [medusa]"));
        assertThat(health("/ready")).isEqualTo("200 UP []");
        assertThat(health("/live")).isEqualTo("200 UP []");
        patiently().untilAsserted(() -> assertThat(metrics())
                .containsEntry("caravan_dependency_up{dependency=\"medusa\"}", 0.0));
    }

    @Test
    @Order(7)
    void without_its_database_it_is_not_ready_says_why_and_stays_alive() throws IOException {
        stack.sandbox().postgres().close();

        patiently().untilAsserted(() -> assertThat(health("/ready")).isEqualTo("503 DOWN [postgresql]"));
        assertThat(health("/live")).isEqualTo("200 UP []");
        patiently().untilAsserted(() -> assertThat(metrics())
                .containsEntry("caravan_dependency_up{dependency=\"postgresql\"}", 0.0)
                .containsEntry("caravan_lag_seconds{flow=\"products\"}", Double.NaN));
        var publicly = get(stack.caravan().url().resolve("/api/ledger"), "X-API-Key", VIEWER);
        assertThat(publicly.statusCode()).isEqualTo(503);
        assertThat(publicly.body())
                .contains("a system this needs does not answer")
                .doesNotContain("127.0.0.1");
        assertThat(get(stack.caravan().url().resolve("/health")).body()).isEqualTo("{\"status\":\"up\"}");
        assertThat(Files.readString(LOG)).doesNotContain(secrets());
    }

    /** Status, state, and the names of what is down. */
    private static String health(String which) {
        var answer = get(stack.caravan().management().resolve("/observe/health" + which));
        var json = Json.read(answer.body().getBytes(UTF_8));
        var down = new ArrayList<String>();
        json.path("checks").forEach(check -> down.add(check.path("name").asText()));
        return answer.statusCode() + " " + json.path("status").asText() + " " + down;
    }

    /** Every series and its value. */
    private static Map<String, Double> metrics() {
        var series = new TreeMap<String, Double>();
        get(stack.caravan().management().resolve("/observe/metrics"))
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> series.put(
                        line.substring(0, line.lastIndexOf(' ')),
                        Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
        return series;
    }

    private static List<JsonNode> log() throws IOException {
        return Files.readAllLines(LOG).stream()
                .map(line -> Json.read(line.getBytes(UTF_8)))
                .toList();
    }

    private static List<String> secrets() {
        var settings = stack.caravan().options();
        return List.of(
                settings.apiKey(),
                VIEWER,
                settings.environment().get("PIMCORE_API_KEY"),
                settings.environment().get("PIMCORE_WEBHOOK_SECRET"),
                settings.environment().get("MEDUSA_API_KEY"),
                settings.environment().get("DATABASE_URL"),
                settings.environment().get("AWS_SECRET_ACCESS_KEY"));
    }

    private static HttpResponse<String> get(URI url, String... headers) {
        var request = HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(30));
        if (headers.length > 0) request.headers(headers);
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
