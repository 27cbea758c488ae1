package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.json.Json;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a user installs in Pimcore, run by PHP itself against the verifier of our receiver. Pimcore's own classes are small fakes. */
@Tag("php")
class PimcoreSubscriberIT {
    private static final Path VECTORS = Path.of("src/test/resources/dev/caravan/webhooks/signatures.json");
    private static final String SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private final List<JsonNode> received = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> ids = Collections.synchronizedSet(new HashSet<>());
    private final StandardWebhooks webhooks = new StandardWebhooks(List.of(SECRET), remembered(), Clock.systemUTC());
    private HttpServer caravan;
    private volatile int status = 204;
    private volatile Duration delay = Duration.ZERO;

    @BeforeEach
    void start() throws IOException {
        caravan = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        caravan.createContext("/hooks/pimcore", this::receive);
        caravan.start();
    }

    @AfterEach
    void stop() {
        caravan.stop(0);
    }

    @Test
    void every_file_is_sound_php() throws Exception {
        for (var folder : List.of("pimcore", "src/test/php")) {
            try (var files = Files.walk(Path.of(folder))) {
                var sources = files.filter(file -> file.toString().endsWith(".php"))
                        .map(Path::toString)
                        .toList();

                assertThat(sources).isNotEmpty();
                for (var source : sources) assertThat(php("-l", source)).contains("No syntax errors detected");
            }
        }
    }

    @Test
    void it_signs_as_our_verifier_expects() throws Exception {
        var signatures = php("src/test/php/sign.php", VECTORS.toString());

        assertThat(signatures.lines())
                .containsExactlyElementsOf(StreamSupport.stream(
                                Json.read(Files.readAllBytes(VECTORS)).spliterator(), false)
                        .map(vector -> vector.path("signature").asText())
                        .toList());
    }

    @Test
    void an_object_saved_twice_is_told_once_as_it_is_in_the_end_and_after_the_answer() throws Exception {
        var output = scenario("create");

        assertThat(output).isEqualTo("committed\ndone\n");
        assertThat(received).hasSize(1);
        assertThat(received.get(0).path("subject")).isEqualTo(Json.read("""
                        {"id":12,"path":"/products/acme-12","published":true,"type":"Product","objectType":"object",
                         "modificationDate":1795230847,"externalId":"acme:12","contentHash":"ab\\"c–ä"}"""));
        assertThat(changes()).containsExactly(new ProductChange("/products/acme-12", "12", false, true, false, null));
    }

    @Test
    void several_objects_are_told_one_by_one_each_in_its_last_state() throws Exception {
        scenario("several");

        assertThat(changes())
                .containsExactly(
                        new ProductChange("/products/acme-1", "2", true, true, false, null),
                        new ProductChange("/products/acme-1", "1", false, false, true, null));
        assertThat(ids).hasSize(2);
    }

    @Test
    void a_worker_tells_after_each_message_and_not_when_it_ends() throws Exception {
        var output = scenario("worker");

        assertThat(output).isEqualTo("message handled\nmessage handled\ndone\n");
        assertThat(received).hasSize(2);
    }

    @Test
    void drafts_automatic_saves_other_classes_and_folders_are_not_told() throws Exception {
        var output = scenario("nothing-of-interest");

        assertThat(output).isEqualTo("done\n");
        assertThat(received).isEmpty();
    }

    @Test
    void an_object_that_cannot_be_read_costs_only_its_own_message() throws Exception {
        var output = scenario("unreadable-object");

        assertThat(output).isEqualTo("logged: Caravan is not told of a change: no such column\ndone\n");
        assertThat(changes()).extracting(ProductChange::id).containsExactly("6");
    }

    @Test
    void a_receiver_that_refuses_or_is_away_costs_one_try_and_nothing_escapes() throws Exception {
        status = 503;
        assertThat(scenario("twenty"))
                .contains("0 of 20 messages were taken, then: HTTP status 503")
                .endsWith("done\n");
        assertThat(received).hasSize(1);

        caravan.stop(0);
        assertThat(scenario("twenty")).contains("Connection refused").endsWith("done\n");
        assertThat(scenario("log-fails-too")).isEqualTo("done\n");
    }

    @Test
    void a_receiver_that_is_slow_costs_no_more_than_the_budget() throws Exception {
        delay = Duration.ofMillis(400);

        var output = scenario("twenty");

        assertThat(output).contains("of 20 messages were taken, then: ").endsWith("done\n");
        assertThat(received).hasSizeBetween(1, 5);
    }

    @Test
    void a_secret_that_is_none_is_told_in_the_log_and_not_shown() throws Exception {
        var output = php("src/test/php/scenario.php", "create", url(), "whsec_c2hvcnQ=");

        assertThat(output)
                .contains("the webhook secret is not whsec_ and Base64 of 24 to 64 bytes")
                .doesNotContain("c2hvcnQ")
                .endsWith("done\n");
        assertThat(received).isEmpty();
    }

    @Test
    void without_an_address_nothing_is_sent() throws Exception {
        assertThat(php("src/test/php/scenario.php", "create", "", "")).isEqualTo("committed\ndone\n");
    }

    /** As our receiver does it: nothing gets past a wrong signature. */
    private void receive(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        var verdict = webhooks.verify(exchange.getRequestHeaders()::getFirst, body);
        if (verdict.ok()) received.add(Json.read(body));
        pause();
        exchange.sendResponseHeaders(verdict.ok() ? status : 401, -1);
        exchange.close();
    }

    private void pause() {
        try {
            Thread.sleep(delay.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Without the time of the event, which is the time of the test. */
    private List<ProductChange> changes() {
        return received.stream()
                .map(message -> PimcoreWebhook.parse(Json.bytes(message)).orElseThrow())
                .map(change -> {
                    assertThat(change.at()).isNotNull();
                    return new ProductChange(
                            change.fullpath(),
                            change.id(),
                            change.variant(),
                            change.published(),
                            change.deleted(),
                            null);
                })
                .toList();
    }

    private String scenario(String name) throws Exception {
        return php("src/test/php/scenario.php", name, url(), SECRET);
    }

    private String url() {
        return "http://127.0.0.1:" + caravan.getAddress().getPort() + "/hooks/pimcore";
    }

    /** What it printed; it has to end well. */
    private static String php(String... arguments) throws Exception {
        var command = new ArrayList<>(
                List.of("php", "-d", "display_errors=stdout", "-d", "error_reporting=-1", "-d", "allow_url_fopen=1"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private RememberedIds remembered() {
        return new RememberedIds() {
            @Override
            public boolean remember(String id, Duration atLeast) {
                return ids.add(id);
            }

            @Override
            public void forget(String id) {
                ids.remove(id);
            }
        };
    }
}
