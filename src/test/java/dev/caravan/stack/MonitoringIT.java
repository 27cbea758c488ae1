package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Defect;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.sandbox.CaravanProcess;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** A real Prometheus, with the rules and the dashboard as shipped, beside a running instance. */
@Tag("monitoring")
class MonitoringIT {
    private static final Path RULES = Path.of("docker/prometheus/alerts.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private static Path folder;

    private static Stack stack;
    private static Process prometheus;
    private static URI url;

    @BeforeAll
    static void start() throws IOException {
        stack = Stack.start("monitoring-it", settings -> settings.with("METRICS_PERIOD_SECONDS", "1"));
        url = URI.create("http://127.0.0.1:" + CaravanProcess.freePort());
        var config = Files.readString(Path.of("docker/prometheus/prometheus.yml"))
                .replace("scrape_interval: 15s", "scrape_interval: 1s\n  evaluation_interval: 1s")
                .replace("caravan:9876", stack.caravan().management().getAuthority());
        Files.writeString(folder.resolve("prometheus.yml"), config);
        Files.copy(RULES, folder.resolve("alerts.yaml"));
        prometheus = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + folder.resolve("prometheus.yml"),
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=" + url.getAuthority())
                .redirectErrorStream(true)
                .redirectOutput(Path.of("target", "prometheus.log").toFile())
                .start();
        // A rate is a rise between two looks: the first look comes before what rises.
        patiently().until(() -> tells(query("up == 1")));
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (prometheus != null) {
            prometheus.destroy();
            prometheus.waitFor();
        }
        if (stack != null) stack.close();
    }

    @Test
    void every_panel_of_the_dashboard_shows_something() throws IOException {
        var file = generated(Options.of("shein", 20, 91).withDefects(0.2, EnumSet.of(Defect.NO_PRICE)));
        var poison = stack.sandbox().pimcore().faults();
        for (var record : records(generated(Options.of("shein", 2, 92))))
            poison.reject("shein:" + record.at("/info/productInfo/goods_id").asText(), "the price list is closed");
        stack.delivered("products/shein/watched.json", file);
        stack.delivered("products/shein/poison.json", generated(Options.of("shein", 2, 92)));

        var empty = new ArrayList<String>();
        for (var panel : Json.read(Files.readAllBytes(Path.of("docker/grafana/dashboards/caravan.json")))
                .path("panels")) {
            for (var target : panel.path("targets")) {
                var expression = target.path("expr").asText();
                try {
                    patiently().until(() -> {
                        stack.caravan().get("/api/ledger");
                        return tells(query(expression));
                    });
                } catch (org.awaitility.core.ConditionTimeoutException e) {
                    empty.add(panel.path("title").asText() + ": " + expression);
                }
            }
        }

        assertThat(empty).isEmpty();
    }

    @Test
    void every_rule_is_understood_and_none_is_alarmed_by_an_ordinary_day_but_by_dead_letters() {
        patiently().untilAsserted(() -> {
            var rules = get("/api/v1/rules").at("/data/groups/0/rules");
            assertThat(rules).isNotEmpty();
            assertThat(rules).allSatisfy(rule -> assertThat(rule.path("health").asText())
                    .as(rule.path("name").asText())
                    .isEqualTo("ok"));
        });

        assertThat(get("/api/v1/alerts").at("/data/alerts"))
                .extracting(alert -> alert.at("/labels/alertname").asText())
                .doesNotContain(
                        "CaravanDown",
                        "CaravanDependencyDown",
                        "CaravanCircuitOpen",
                        "CaravanLedgerImbalance",
                        "CaravanLossNear");
    }

    @Test
    void a_record_that_vanishes_from_the_ledger_is_alarming_and_named() throws SQLException {
        var key = "products/shein/robbed.json";
        stack.delivered(key, generated(Options.of("shein", 5, 93)));

        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute("delete from ledger.entry using ledger.upload u where upload = u.id and object_key = '"
                    + key + "' and first_index in (1, 2, 4)");
        }

        patiently().untilAsserted(() -> assertThat(get("/api/v1/alerts").at("/data/alerts"))
                .filteredOn(alert -> alert.at("/labels/alertname").asText().equals("CaravanLedgerImbalance"))
                .extracting(alert -> alert.at("/annotations/summary").asText())
                .singleElement()
                .asString()
                .startsWith("The ledger has no answer for 3 records of " + key + ": 1-2 4 "));
    }

    @Test
    void every_rule_fires_in_a_test_of_its_own() throws IOException, InterruptedException {
        var tests = Path.of("docker/prometheus/alerts.test.yaml");
        var promtool = new ProcessBuilder("promtool", "test", "rules", tests.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(promtool.getInputStream().readAllBytes(), UTF_8);

        assertThat(promtool.waitFor()).as(said).isZero();
        Set<String> fired = new TreeSet<>();
        for (var test : yaml(tests).path("tests"))
            for (var expected : test.path("alert_rule_test"))
                if (!expected.path("exp_alerts").isEmpty())
                    fired.add(expected.path("alertname").asText());
        Set<String> rules = new TreeSet<>();
        yaml(RULES)
                .at("/groups/0/rules")
                .forEach(rule -> rules.add(rule.path("alert").asText()));
        assertThat(fired).isEqualTo(rules).isNotEmpty();
    }

    /** Whether a query has at least one value that is a number. */
    private static boolean tells(JsonNode result) {
        for (var series : result) if (!series.at("/value/1").asText("NaN").equals("NaN")) return true;
        return false;
    }

    private static JsonNode query(String expression) {
        return get("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8))
                .at("/data/result");
    }

    private static JsonNode get(String path) {
        try {
            var answer = HTTP.send(HttpRequest.newBuilder(url.resolve(path)).build(), BodyHandlers.ofByteArray());
            return answer.statusCode() == 200 ? Json.read(answer.body()) : Json.object();
        } catch (IOException e) {
            return Json.object(); // it is just starting
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode yaml(Path file) throws IOException {
        try (var reader = Files.newBufferedReader(file)) {
            return Json.mapper().valueToTree(new Yaml().<Object>load(reader));
        }
    }
}
