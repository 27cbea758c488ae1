package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiClientTest {
    private final AtomicReference<String> asked = new AtomicReference<>();
    private HttpServer server;
    private String url;
    private int status = 200;
    private String body = "{\"ok\":true}";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", http -> {
            var sent = new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.set(http.getRequestMethod() + " " + http.getRequestURI() + " "
                    + http.getRequestHeaders().getFirst("Authorization") + " " + sent);
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            http.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            http.getResponseBody().write(bytes);
            http.close();
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_question_goes_with_its_key_and_encoded_parameters() {
        var query = new LinkedHashMap<String, String>();
        query.put("id", "a b/ف");
        query.put("flow", null);

        assertThat(client().get("/api/journeys", query)).isEqualTo(Json.object().put("ok", true));

        assertThat(asked).hasValue("GET /api/journeys?id=a+b%2F%D9%81 Bearer ck_1 ");
    }

    @Test
    void an_order_goes_as_json() {
        client().post("/api/uploads", Json.object().put("key", "a"));

        assertThat(asked).hasValue("POST /api/uploads Bearer ck_1 {\"key\":\"a\"}");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void a_key_that_is_not_let_in_is_a_wrong_setting(int refusal) {
        status = refusal;

        assertThatThrownBy(() -> client().get("/", Map.of()))
                .isInstanceOf(BadSettings.class)
                .hasMessage("CARAVAN_API_KEY is not a key that may do this at " + url);
    }

    @Test
    void a_problem_is_told_in_the_instances_own_words() {
        status = 404;
        body = "{\"title\":\"Not found\",\"detail\":\"no dead letter 7\"}";

        assertThatThrownBy(() -> client().get("/", Map.of()))
                .isInstanceOf(BadSettings.class)
                .hasMessage("no dead letter 7");
    }

    @ParameterizedTest
    @CsvSource({"500, {}", "503, <html>", "502, ''"})
    void a_server_that_fails_may_answer_another_time(int failure, String text) {
        status = failure;
        body = text;

        assertThatThrownBy(() -> client().get("/", Map.of()))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessage(url + " answered HTTP " + failure);
    }

    @Test
    void something_else_at_that_address_is_told_apart() {
        body = "<html>";
        assertThatThrownBy(() -> client().get("/", Map.of())).isInstanceOf(BadMessage.class);

        status = 302;
        assertThatThrownBy(() -> client().get("/", Map.of()))
                .isInstanceOf(BadSettings.class)
                .hasMessage(url + " answered HTTP 302");
    }

    @Test
    void nobody_at_that_address_is_an_outage() {
        server.stop(0);

        assertThatThrownBy(() -> client().get("/", Map.of()))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessage("no instance answers at " + url + " (set CARAVAN_URL)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:8080", "not a url", "ftp://x", "http://"})
    void an_address_that_is_none_is_named(String address) {
        assertThatThrownBy(() -> ApiClient.of(Map.of("CARAVAN_API_KEY", "ck_1", "CARAVAN_URL", address)))
                .isInstanceOf(BadSettings.class)
                .hasMessage("CARAVAN_URL=" + address + " must start with http:// or https://");
    }

    @Test
    void without_a_key_it_says_which_settings_are_missing() {
        assertThatThrownBy(() -> ApiClient.of(Map.of()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("CARAVAN_API_KEY")
                .hasMessageContaining("CARAVAN_URL");
        assertThatThrownBy(() -> ApiClient.of(Map.of("CARAVAN_API_KEY", " "))).isInstanceOf(BadSettings.class);
    }

    private ApiClient client() {
        return ApiClient.of(Map.of("CARAVAN_URL", url, "CARAVAN_API_KEY", "ck_1"));
    }
}
