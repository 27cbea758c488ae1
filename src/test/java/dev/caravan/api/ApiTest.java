package dev.caravan.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.testing.PublicPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.service.ServiceSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over a real port, as the runtime opens it. */
class ApiTest {
    private static final String VIEWER = ApiKeys.generate();
    private static final String OPERATOR = ApiKeys.generate();
    private static final AtomicReference<Request> SEEN = new AtomicReference<>();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static PublicPort http;

    @BeforeAll
    static void start() {
        var keys = ApiKeys.parse(
                ApiKeys.entry("mara", Role.OPERATOR, OPERATOR) + "," + ApiKeys.entry("noor", Role.VIEWER, VIEWER));
        var api = new Api(keys)
                .on("GET", "/health", null, request -> Answer.ok(Json.object().put("status", "up")))
                .on("GET", "/api/things/{id}", Role.VIEWER, ApiTest::seen)
                .on("POST", "/api/things", Role.OPERATOR, request -> {
                    request.json();
                    return seen(request);
                })
                .on("POST", "/hook", null, request -> {
                    seen(request);
                    return new Answer(204, null);
                })
                .on("GET", "/broken", null, request -> {
                    throw new IllegalStateException("jdbc:postgresql://secret");
                })
                .on("GET", "/away", null, request -> {
                    throw new TargetUnavailable("postgresql", "jdbc:postgresql://secret");
                })
                .on("GET", "/busy", null, request -> {
                    throw new TargetUnavailable("medusa", "slow down", Duration.ofSeconds(90), null);
                });
        http = new PublicPort(1000, api);
    }

    @AfterAll
    static void stop() {
        http.close();
    }

    @Test
    void what_needs_no_key_answers_without_one() {
        var answer = get("/health");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
        assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
        assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.body()).isEqualTo("{\"status\":\"up\"}");
    }

    @ParameterizedTest
    @CsvSource({"Authorization, Bearer KEY", "Authorization, 'Bearer  KEY '", "X-API-Key, KEY", "x-api-key, KEY"})
    void a_key_is_taken_from_either_header(String name, String value) {
        assertThat(get("/api/things/7", name, value.replace("KEY", VIEWER)).statusCode())
                .isEqualTo(200);

        assertThat(SEEN.get().caller().name()).isEqualTo("noor");
    }

    @ParameterizedTest
    @CsvSource({
        "X-Other, KEY",
        "Authorization, KEY",
        "Authorization, Basic KEY",
        "X-API-Key, wrong",
        "Authorization, Bearer"
    })
    void without_a_key_that_is_known_nobody_gets_in(String name, String value) {
        assertProblem(get("/api/things/7", name, value.replace("KEY", VIEWER)), 401, "Unauthorized");
    }

    @Test
    void a_key_in_the_address_does_not_count_because_addresses_end_up_in_logs() {
        assertProblem(get("/api/things/7?X-API-Key=" + VIEWER), 401, "Unauthorized");
        assertProblem(get("/api/things/7?authorization=Bearer%20" + VIEWER), 401, "Unauthorized");
    }

    @Test
    void a_key_whose_role_does_not_cover_it_is_told_which_does() {
        var answer = post("/api/things", "{}", "X-API-Key", VIEWER);

        assertThat(assertProblem(answer, 403, "Forbidden").path("detail").asText())
                .contains("operator");
    }

    @Test
    void parameters_come_from_path_and_query_decoded() {
        get("/api/things/a%2Fb%20c?name=x+y&empty=&sum=1%2B1&flag&id=other", "X-API-Key", VIEWER);

        assertThat(SEEN.get().parameters())
                .containsEntry("id", "a/b c")
                .containsEntry("name", "x y")
                .containsEntry("sum", "1+1")
                .doesNotContainKey("flag");
        assertThat(SEEN.get().parameter("empty")).isEmpty();
        assertThat(SEEN.get().parameter("none")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":", "[1]", "\"text\"", "{\"a\":1,\"a\":2}", "no json"})
    void a_body_that_is_no_json_object_is_refused(String body) {
        assertProblem(post("/api/things", body, "X-API-Key", OPERATOR), 400, "Malformed JSON");
    }

    @Test
    void an_empty_body_counts_as_an_empty_object() {
        assertThat(post("/api/things", "", "X-API-Key", OPERATOR).statusCode()).isEqualTo(200);
    }

    @Test
    void a_form_is_told_to_be_json() {
        var form =
                post("/api/things", "a=1", "X-API-Key", OPERATOR, "Content-Type", "application/x-www-form-urlencoded");

        assertProblem(form, 415, "Unsupported media type");
    }

    @Test
    void the_body_arrives_byte_for_byte() {
        var body = "{\"name\" : \"فستان\"}\n";

        assertThat(post("/hook", body).statusCode()).isEqualTo(204);

        assertThat(SEEN.get().body())
                .asString(java.nio.charset.StandardCharsets.UTF_8)
                .isEqualTo(body);
    }

    @Test
    void a_body_of_the_size_allowed_is_taken_and_a_larger_one_is_not() {
        assertThat(post("/hook", "x".repeat(1000)).statusCode()).isEqualTo(204);
        SEEN.set(null);

        assertProblem(post("/hook", "x".repeat(1001)), 413, "Too large");

        assertThat(SEEN.get()).isNull();
    }

    @Test
    void a_body_that_does_not_say_its_size_is_cut_off_too() {
        var body = BodyPublishers.fromPublisher(BodyPublishers.ofString("x".repeat(100_000)));

        assertProblem(send(request("/hook").POST(body).build()), 413, "Too large");
    }

    @Test
    void nothing_inside_is_shown_when_something_unforeseen_happens() {
        var answer = get("/broken");

        assertProblem(answer, 500, "Internal error");
        assertThat(answer.body())
                .doesNotContain("secret")
                .doesNotContain("Exception")
                .doesNotContain("\tat ");
    }

    @Test
    void what_can_heal_says_when_to_come_again() {
        var away = get("/away");
        var busy = get("/busy");

        assertProblem(away, 503, "Not available");
        assertThat(away.body()).doesNotContain("secret");
        assertThat(header(away, "Retry-After")).isEqualTo("5");
        assertThat(header(busy, "Retry-After")).isEqualTo("90");
    }

    @Test
    void headers_for_camel_do_not_come_in_and_none_go_out() {
        var answer = post(
                "/hook",
                "{}",
                "CamelHttpPath",
                "/etc/passwd",
                "camelFileName",
                "x",
                "webhook-id",
                "w1",
                "Accept-Language",
                "ar");

        assertThat(SEEN.get().headers()).containsEntry("webhook-id", "w1").containsEntry("accept-language", "ar");
        assertThat(SEEN.get().headers().keySet())
                .noneMatch(name -> name.startsWith("camel"))
                .allMatch(name -> name.equals(name.toLowerCase(java.util.Locale.ROOT)));
        assertThat(answer.headers().map().keySet())
                .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("camel"))
                .doesNotContain("webhook-id", "accept-language");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/nothing", "/api/things/7/more", "/api", "/HEALTH", "/%00", "/..%2f..%2fetc/passwd"})
    void a_path_with_nothing_there_is_a_problem_too(String path) {
        assertProblem(get(path), 404, "Not found");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /health, GET",
        "DELETE, /api/things/7, GET",
        "PUT, /api/things, POST",
        "GET, /hook, POST",
        "PATCH, /hook, POST"
    })
    void a_method_that_a_path_does_not_take_is_told_which_it_does(String method, String path, String allowed) {
        var answer = send(request(path).method(method, BodyPublishers.noBody()).build());

        assertProblem(answer, 405, "Method not allowed");
        assertThat(header(answer, "Allow")).isEqualTo(allowed);
    }

    @Test
    void a_query_that_is_not_percent_encoded_is_refused() {
        try (var socket = new java.net.Socket(InetAddress.getLoopbackAddress(), http.port())) {
            socket.getOutputStream()
                    .write(("GET /api/things/7?a=%zz HTTP/1.1\r\nHost: x\r\nX-API-Key: " + VIEWER
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes());
            var answer = new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

            assertThat(answer)
                    .startsWith("HTTP/1.1 400")
                    .contains("application/problem+json")
                    .doesNotContain("Exception");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_nul_which_no_database_takes_is_refused_in_a_query_and_in_a_body() {
        assertProblem(get("/api/things/7?name=a%00b", "X-API-Key", VIEWER), 400, "Invalid parameter");
        assertProblem(
                post("/api/things", "{\"a\":{\"b\":[\"x\\u0000\"]}}", "X-API-Key", OPERATOR), 400, "Invalid body");
    }

    /** Camel opens the port before its routes start, and this is asked as soon as it is open. */
    @Test
    void who_calls_before_the_routes_have_started_is_told_to_come_again() {
        var early = new AtomicReference<HttpResponse<String>>();
        var api = new Api(ApiKeys.parse("")).on("GET", "/health", null, request -> Answer.ok(Json.object()));
        var knocking = new RouteBuilder() {
            @Override
            public void configure() throws Exception {
                var port = getContext().resolvePropertyPlaceholders("{{camel.server.port}}");
                getContext()
                        .addService(
                                new ServiceSupport() {
                                    @Override
                                    protected void doStart() {
                                        var url = URI.create("http://127.0.0.1:" + port + "/health");
                                        early.set(send(HttpRequest.newBuilder(url)
                                                .timeout(Duration.ofSeconds(20))
                                                .build()));
                                    }
                                },
                                true,
                                true);
            }
        };

        try (var port = new PublicPort(1000, api, knocking)) {
            assertProblem(early.get(), 503, "Not available");
            assertThat(header(early.get(), "Retry-After")).isEqualTo("1");
            assertThat(send(HttpRequest.newBuilder(port.url("/health")).build()).statusCode())
                    .isEqualTo(200);
        }
    }

    private static Answer seen(Request request) {
        SEEN.set(request);
        return Answer.ok(Json.object());
    }

    private static JsonNode assertProblem(HttpResponse<String> answer, int status, String title) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
        var problem = Json.read(answer.body());
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isEqualTo(title);
        assertThat(problem.path("type").asText()).isEqualTo("about:blank");
        assertThat(problem.path("detail").asText()).isNotBlank();
        return problem;
    }

    private static HttpResponse<String> get(String path, String... headers) {
        var request = request(path);
        if (headers.length > 0) request.headers(headers);
        return send(request.build());
    }

    private static HttpResponse<String> post(String path, String body, String... headers) {
        var request = request(path).POST(BodyPublishers.ofString(body));
        if (headers.length > 0) request.headers(headers);
        return send(request.build());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(http.url(path)).timeout(Duration.ofSeconds(20));
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(request.toString(), e);
        }
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
