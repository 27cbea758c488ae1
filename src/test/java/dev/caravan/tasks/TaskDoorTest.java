package dev.caravan.tasks;

import static dev.caravan.testing.Promised.fits;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Contract;
import dev.caravan.api.Cors;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of request over a real port, with the exact status and the exact places of what is wrong. */
class TaskDoorTest {
    private static final String TILL = ApiKeys.generate();
    private static final String KIOSK = ApiKeys.generate();
    private static final String VIEWER = ApiKeys.generate();
    private static final String OPERATOR = ApiKeys.generate();
    private static final String SHOP = "https://shop.example";
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static TestState state;
    private static TestTasks flow;
    private static PublicPort port;

    @BeforeAll
    static void start() {
        state = new TestState();
        flow = new TestTasks(state, Map.of());
        port = port(flow);
    }

    private static PublicPort port(TestTasks tasks) {
        var keys = ApiKeys.parse(String.join(
                ",",
                ApiKeys.entry("till", Role.PRODUCER, TILL),
                ApiKeys.entry("kiosk", Role.PRODUCER, KIOSK),
                ApiKeys.entry("noor", Role.VIEWER, VIEWER),
                ApiKeys.entry("mara", Role.OPERATOR, OPERATOR)));
        var api = new Api(keys).allow(Cors.of(SHOP + ", http://localhost:3000", List.of("/tasks", "/openapi.json")));
        tasks.module.addTo(api);
        Contract.addTo(api, RouteFiles.at("file:routes"));
        return new PublicPort(200_000, api);
    }

    @AfterAll
    static void stop() {
        port.close();
        state.close();
    }

    /**
     * A request and what is to come of it.
     *
     * @param pointers of the violations, in any order; null when the answer names none
     */
    record Case(
            String name,
            String method,
            String path,
            Map<String, String> headers,
            byte[] body,
            int status,
            List<String> pointers) {
        Case with(String header, String value) {
            var changed = new LinkedHashMap<>(headers);
            if (value == null) changed.remove(header);
            else changed.put(header, value);
            return new Case(name, method, path, changed, body, status, pointers);
        }

        @Override
        public String toString() {
            return name + " -> " + status;
        }
    }

    private static Case body(String name, byte[] body, int status, String... pointers) {
        var headers = Map.of("X-API-Key", TILL, "Content-Type", "application/json");
        return new Case(name, "POST", "/tasks", headers, body, status, status == 400 ? Arrays.asList(pointers) : null);
    }

    private static Case body(String name, String body, int status, String... pointers) {
        return body(name, body.getBytes(UTF_8), status, pointers);
    }

    /** A sound task, but for one field, whose JSON is given; null leaves it out. */
    private static Case field(String name, String field, String json, int status, String... pointers) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("title", "\"Check the price\"");
        fields.put("description", "\"of SKU A-17\"");
        fields.put("priority", "\"high\"");
        if (json == null) fields.remove(field);
        else fields.put(field, json);
        var members = new ArrayList<String>();
        fields.forEach((key, value) -> members.add("\"" + key + "\":" + value));
        return body(field + " " + name, "{" + String.join(",", members) + "}", status, pointers);
    }

    private static Case sound(String name, int status) {
        return field(name, "title", "\"" + name + "\"", status);
    }

    private static Case get(String name, String path, String key, int status) {
        return new Case(name, "GET", path, Map.of("X-API-Key", key), null, status, null);
    }

    private static Case method(String method, String path, int status) {
        return new Case(method + " " + path, method, path, Map.of("X-API-Key", TILL), null, status, null);
    }

    private static String text(String content) {
        return Json.mapper().valueToTree(content).toString();
    }

    static List<Case> cases() {
        var cases = new ArrayList<Case>();
        titles(cases);
        otherFields(cases);
        wholes(cases);
        envelopes(cases);
        callers(cases);
        looks(cases);
        origins(cases);
        return cases;
    }

    private static void titles(List<Case> cases) {
        cases.add(field("is missing", "title", null, 400, "/title"));
        cases.add(field("is null", "title", "null", 400, "/title"));
        cases.add(field("is a number", "title", "17", 400, "/title"));
        cases.add(field("is true", "title", "true", 400, "/title"));
        cases.add(field("is a list", "title", "[\"a\"]", 400, "/title"));
        cases.add(field("is an object", "title", "{\"a\":1}", 400, "/title"));
        cases.add(field("is empty", "title", "\"\"", 400, "/title"));
        cases.add(field("is blank", "title", "\"   \"", 400, "/title"));
        cases.add(field("is of no-break spaces", "title", text("\u00A0\u2007\u202F"), 400, "/title"));
        cases.add(field("is of line breaks", "title", "\"\\r\\n\\n\"", 400, "/title"));
        cases.add(field("cannot be seen", "title", text("\u200B\u200E\uFEFF"), 400, "/title"));
        cases.add(field("has one character", "title", "\"x\"", 202));
        cases.add(field("has 200 characters", "title", text("x".repeat(200)), 202));
        cases.add(field("has 201 characters", "title", text("x".repeat(201)), 400, "/title"));
        cases.add(field("has 200 characters of two units", "title", text("\uD83D\uDC57".repeat(200)), 202));
        cases.add(field("has 201 characters of two units", "title", text("\uD83D\uDC57".repeat(201)), 400, "/title"));
        cases.add(field(
                "has 200 characters and blanks around them", "title", text("  " + "x".repeat(200) + "\u00A0\n"), 202));
        cases.add(field("has 200 characters once composed", "title", text("e\u0301".repeat(200)), 202));
        cases.add(field("has 201 characters once composed", "title", text("e\u0301".repeat(201)), 400, "/title"));
        cases.add(field("is Arabic", "title", text("تحقق من السعر"), 202));
        cases.add(field("has marks of direction", "title", text("SKU \u200F17\u200E"), 202));
        cases.add(field("has isolated directions", "title", text("\u2067سعر\u2069 17"), 202));
        cases.add(field("has two lines", "title", "\"one\\ntwo\"", 202));
        cases.add(field("has a NUL", "title", "\"a\\u0000b\"", 400, "/title"));
        cases.add(field("has a bell", "title", "\"a\\u0007b\"", 400, "/title"));
        cases.add(field("has an escape", "title", "\"a\\u001b[31mb\"", 400, "/title"));
        cases.add(field("has a tab", "title", "\"a\\tb\"", 400, "/title"));
        cases.add(field("has a DEL", "title", "\"a\\u007fb\"", 400, "/title"));
        cases.add(field("has a C1 control", "title", "\"a\\u0085b\"", 400, "/title"));
        cases.add(field("has a right-to-left override", "title", "\"a\\u202eb\"", 400, "/title"));
        cases.add(field("has a left-to-right override", "title", "\"a\\u202db\"", 400, "/title"));
        cases.add(field("has an embedding", "title", "\"a\\u202ab\"", 400, "/title"));
        cases.add(field("ends in half of a character", "title", "\"a\\ud83d\"", 400, "/title"));
        cases.add(field("begins with half of a character", "title", "\"\\udc57a\"", 400, "/title"));
    }

    private static void otherFields(List<Case> cases) {
        cases.add(field("is missing", "description", null, 400, "/description"));
        cases.add(field("is null", "description", "null", 400, "/description"));
        cases.add(field("is a number", "description", "0", 400, "/description"));
        cases.add(field("is empty", "description", "\"\"", 202));
        cases.add(field("is blank", "description", "\"  \"", 202));
        cases.add(field("has 5,000 characters", "description", text("ش".repeat(5000)), 202));
        cases.add(field("has 5,001 characters", "description", text("x".repeat(5001)), 400, "/description"));
        cases.add(field("has lines of all systems", "description", "\"a\\nb\\r\\nc\\rd\"", 202));
        cases.add(field("has a form feed", "description", "\"a\\fb\"", 400, "/description"));
        cases.add(field("has an override", "description", "\"\\u202e\"", 400, "/description"));
        for (var priority : List.of("low", "medium", "high"))
            cases.add(field("is " + priority, "priority", text(priority), 202));
        cases.add(field("is missing", "priority", null, 400, "/priority"));
        cases.add(field("is unknown", "priority", "\"urgent\"", 400, "/priority"));
        cases.add(field("is in capitals", "priority", "\"High\"", 400, "/priority"));
        cases.add(field("has a blank", "priority", "\"high \"", 400, "/priority"));
        cases.add(field("is a number", "priority", "1", 400, "/priority"));
        cases.add(field("is null", "priority", "null", 400, "/priority"));
        cases.add(field("is in UTC", "due_date", "\"2030-01-02T03:04:05Z\"", 202));
        cases.add(field("has an offset", "due_date", "\"2030-01-02T03:04:05+03:00\"", 202));
        cases.add(field("has no seconds", "due_date", "\"2030-01-02T03:04-08:00\"", 202));
        cases.add(field("has nanoseconds", "due_date", "\"2030-01-02T03:04:05.123456789Z\"", 202));
        cases.add(field("is past", "due_date", "\"1999-12-31T23:59:59Z\"", 202));
        cases.add(field("is on a leap day", "due_date", "\"2028-02-29T00:00:00Z\"", 202));
        cases.add(field("has no offset", "due_date", "\"2030-01-02T03:04:05\"", 400, "/due_date"));
        cases.add(field("is a date alone", "due_date", "\"2030-01-02\"", 400, "/due_date"));
        cases.add(field("is no day", "due_date", "\"2030-02-30T00:00:00Z\"", 400, "/due_date"));
        cases.add(field("is no hour", "due_date", "\"2030-01-02T25:00:00Z\"", 400, "/due_date"));
        cases.add(field("is in year 10000", "due_date", "\"+10000-01-02T00:00:00Z\"", 400, "/due_date"));
        cases.add(field("is a word", "due_date", "\"tomorrow\"", 400, "/due_date"));
        cases.add(field("is empty", "due_date", "\"\"", 400, "/due_date"));
        cases.add(field("is a number", "due_date", "1893456000", 400, "/due_date"));
        cases.add(field("is null", "due_date", "null", 400, "/due_date"));
        cases.add(field("has all its characters", "lane", "\"Az0._:/@-\"", 202));
        cases.add(field("has 100 characters", "lane", text("l".repeat(100)), 202));
        cases.add(field("has 101 characters", "lane", text("l".repeat(101)), 400, "/lane"));
        cases.add(field("is empty", "lane", "\"\"", 400, "/lane"));
        cases.add(field("has a blank", "lane", "\"a b\"", 400, "/lane"));
        cases.add(field("ends in a line break", "lane", "\"a\\n\"", 400, "/lane"));
        cases.add(field("is Arabic", "lane", text("سعر"), 400, "/lane"));
        cases.add(field("is a number", "lane", "7", 400, "/lane"));
        cases.add(field("is null", "lane", "null", 400, "/lane"));
        cases.add(field("is log", "kind", "\"log\"", 202));
        cases.add(field("is http", "kind", "\"http\"", 202));
        cases.add(field("has no handler", "kind", "\"fax\"", 400, "/kind"));
        cases.add(field("is in capitals", "kind", "\"LOG\"", 400, "/kind"));
        cases.add(field("leads elsewhere", "kind", "\"../log\"", 400, "/kind"));
        cases.add(field("is empty", "kind", "\"\"", 400, "/kind"));
        cases.add(field("is a number", "kind", "1", 400, "/kind"));
        cases.add(field("is unknown here", "assignee", "\"noor\"", 400, "/assignee"));
        cases.add(field("is not written so", "Title", "\"x\"", 400, "/Title"));
        cases.add(field("is ours to give", "task_id", "\"" + UUID.randomUUID() + "\"", 400, "/task_id"));
        cases.add(field("has a name to escape", "a/b~c", "1", 400, "/a~1b~0c"));
        cases.add(field("has no name", "", "1", 400, "/"));
    }

    private static void wholes(List<Case> cases) {
        cases.add(body(
                "everything is wrong",
                "{\"title\":\" \",\"priority\":\"x\",\"due_date\":\"x\",\"lane\":\"\",\"kind\":\"x\",\"more\":1,\"most\":2}",
                400,
                "/title",
                "/description",
                "/priority",
                "/due_date",
                "/lane",
                "/kind",
                "/more",
                "/most"));
        cases.add(body("an empty object", "{}", 400, "/title", "/description", "/priority"));
        cases.add(body("a list", "[]", 400, ""));
        cases.add(body("a text", "\"task\"", 400, ""));
        cases.add(body("a number", "17", 400, ""));
        cases.add(body("null", "null", 400, ""));
        cases.add(body("nothing", "", 400, ""));
        cases.add(body("blanks", " \n ", 400, ""));
        cases.add(body("a brace", "{", 400, ""));
        cases.add(body("a comma too many", "{\"title\":\"x\",}", 400, "/title"));
        cases.add(body("single quotes", "{'title':'x'}", 400, ""));
        cases.add(body("a comment", "{/* x */}", 400, ""));
        cases.add(body("something behind it", "{} {}", 400, ""));
        cases.add(body(
                "a title twice",
                "{\"title\":\"a\",\"title\":\"b\",\"description\":\"\",\"priority\":\"low\"}",
                400,
                "/title"));
        cases.add(body(
                "the same title twice",
                "{\"title\":\"a\",\"title\":\"a\",\"description\":\"\",\"priority\":\"low\"}",
                400,
                "/title"));
        cases.add(body("a raw control character", "{\"title\":\"a\u0007\"}", 400, "/title"));
        cases.add(body("not a number", "{\"due_date\":NaN}", 400, "/due_date"));
        cases.add(body("too deep", "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}", 400, "/a" + "/0".repeat(63)));
        cases.add(body(
                "with a byte order mark", "\uFEFF{\"title\":\"BOM\",\"description\":\"\",\"priority\":\"low\"}", 202));
        cases.add(body("in Latin-1", "{\"title\":\"Prüfen\"}".getBytes(ISO_8859_1), 400, ""));
        cases.add(body("in UTF-16", "{\"title\":\"x\"}".getBytes(UTF_16), 400, ""));
        cases.add(body("cut off within a character", Arrays.copyOf("{\"title\":\"ش".getBytes(UTF_8), 11), 400, ""));
        var sound = "{\"title\":\"x\",\"description\":\"\",\"priority\":\"low\"}";
        cases.add(body("of 65,536 bytes", sound + " ".repeat(65_536 - sound.length()), 202));
        cases.add(body("of 65,537 bytes", sound + " ".repeat(65_537 - sound.length()), 413));
        cases.add(body("larger than the port takes", sound + " ".repeat(300_000), 413));
    }

    private static void envelopes(List<Case> cases) {
        for (var type : List.of(
                "application/json",
                "Application/JSON",
                "application/json; charset=utf-8",
                "application/json;charset=\"UTF-8\""))
            cases.add(sound("type " + type.replace('"', '\''), 202).with("Content-Type", type));
        for (var type : List.of(
                "text/plain",
                "application/xml",
                "application/merge-patch+json",
                "application/json; charset=iso-8859-1",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "json",
                "*/*")) cases.add(sound("type " + type, 415).with("Content-Type", type));
        cases.add(sound("no type", 415).with("Content-Type", null));
        cases.add(sound("gzip", 415).with("Content-Encoding", "gzip"));
        cases.add(sound("identity", 202).with("Content-Encoding", "identity"));
        for (var accept : List.of(
                "*/*",
                "application/*",
                "application/json",
                "text/html, */*;q=0.1",
                "application/json;q=0.5",
                "APPLICATION/JSON")) cases.add(sound("accept " + accept, 202).with("Accept", accept));
        for (var accept :
                List.of("text/html", "application/xml", "application/json;q=0", "image/*", "application/problem+json"))
            cases.add(sound("accept " + accept, 406).with("Accept", accept));
        cases.add(sound("key of 255", 202).with("Idempotency-Key", "k".repeat(255)));
        cases.add(sound("key of 256", 400).with("Idempotency-Key", "k".repeat(256)));
        cases.add(sound("key with a blank", 400).with("Idempotency-Key", "a b"));
        cases.add(sound("empty key", 400).with("Idempotency-Key", ""));
    }

    private static void callers(List<Case> cases) {
        cases.add(sound("no API key", 401).with("X-API-Key", null));
        cases.add(sound("a wrong API key", 401).with("X-API-Key", "ck_wrong"));
        cases.add(sound("Bearer", 202).with("X-API-Key", null).with("Authorization", "Bearer " + TILL));
        cases.add(sound("a wrong Bearer", 401).with("X-API-Key", null).with("Authorization", "Bearer " + TILL + "x"));
        cases.add(sound("Basic", 401).with("X-API-Key", null).with("Authorization", "Basic " + TILL));
        cases.add(sound("a token of nobody", 401).with("X-API-Key", null).with("Authorization", "Bearer e30.e30.x"));
        cases.add(sound("a viewer", 403).with("X-API-Key", VIEWER));
        cases.add(sound("an operator", 403).with("X-API-Key", OPERATOR));
        cases.add(method("PUT", "/tasks", 405));
        cases.add(method("DELETE", "/tasks", 405));
        cases.add(method("PATCH", "/tasks", 405));
        cases.add(method("POST", "/tasks/" + UUID.randomUUID(), 405));
        cases.add(method("DELETE", "/tasks/" + UUID.randomUUID(), 405));
        cases.add(method("POST", "/openapi.json", 405));
        cases.add(method("GET", "/tasks/a/b", 404));
        cases.add(method("GET", "/Tasks", 404));
        cases.add(method("GET", "/task", 404));
    }

    private static void looks(List<Case> cases) {
        cases.add(get("one's tasks", "/tasks", TILL, 200));
        cases.add(get("all tasks, by a viewer", "/tasks?state=done&lane=a&limit=200", VIEWER, 200));
        cases.add(get("all tasks, by an operator", "/tasks?state=parked", OPERATOR, 200));
        cases.add(get("tasks without a key", "/tasks", "", 401));
        cases.add(get("a state there is not", "/tasks?state=open", TILL, 400));
        cases.add(get("a limit of 0", "/tasks?limit=0", TILL, 400));
        cases.add(get("a limit of 201", "/tasks?limit=201", TILL, 400));
        cases.add(get("a limit of many", "/tasks?limit=many", TILL, 400));
        cases.add(get("after what is no id", "/tasks?after=7", TILL, 400));
        cases.add(get("after what is not there", "/tasks?after=" + UUID.randomUUID(), TILL, 400));
        cases.add(get("a filter there is not", "/tasks?priority=high", TILL, 400));
        cases.add(get("a task there is not", "/tasks/" + UUID.randomUUID(), TILL, 404));
        cases.add(get("a history there is not", "/tasks/" + UUID.randomUUID() + "/history", TILL, 404));
        cases.add(get("what is no id", "/tasks/17", TILL, 400));
        cases.add(get("a task as a page", "/tasks/" + UUID.randomUUID(), TILL, 406)
                .with("Accept", "text/html"));
        cases.add(get("the contract, by anybody", "/openapi.json", "", 200));
        cases.add(get("the contract as YAML", "/openapi.json", "", 406).with("Accept", "application/yaml"));
    }

    private static void origins(List<Case> cases) {
        var preflight = new Case(
                "a browser asks",
                "OPTIONS",
                "/tasks",
                Map.of(
                        "Origin",
                        SHOP,
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "content-type,x-api-key,idempotency-key"),
                null,
                204,
                null);
        cases.add(preflight);
        cases.add(new Case(
                "a browser asks for a task",
                "OPTIONS",
                "/tasks/" + UUID.randomUUID(),
                Map.of("Origin", "http://localhost:3000", "Access-Control-Request-Method", "GET"),
                null,
                204,
                null));
        cases.add(new Case(
                "a browser asks for another site",
                "OPTIONS",
                "/tasks",
                Map.of("Origin", "https://evil.example", "Access-Control-Request-Method", "POST"),
                null,
                403,
                null));
        cases.add(new Case(
                "a browser asks for a site that looks like ours",
                "OPTIONS",
                "/tasks",
                Map.of("Origin", SHOP + ".evil.example", "Access-Control-Request-Method", "POST"),
                null,
                403,
                null));
        cases.add(new Case(
                "a browser asks for no site",
                "OPTIONS",
                "/tasks",
                Map.of("Origin", "null", "Access-Control-Request-Method", "POST"),
                null,
                403,
                null));
        cases.add(sound("from our site", 202).with("Origin", SHOP));
        cases.add(sound("from another site", 403).with("Origin", "https://evil.example"));
        cases.add(sound("from our site over http", 403).with("Origin", "http://shop.example"));
    }

    @Test
    void there_are_at_least_120_cases_with_a_name_of_their_own() {
        assertThat(cases()).extracting(Case::toString).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(120);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_request_gets_its_status_and_the_places_of_what_is_wrong(Case one) {
        var answer = send(one);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(one.status());
        if (one.status() == 204) return;
        var json = Json.read(answer.body());
        if (one.status() >= 400) {
            assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
            assertThat(json.path("status").asInt()).isEqualTo(one.status());
            assertThat(json.path("detail").asText()).isNotBlank();
            assertThat(answer.body()).doesNotContain("Exception").doesNotContain("com.fasterxml");
        }
        assertThat(json.path("errors")
                        .valueStream()
                        .map(error -> error.path("pointer").asText())
                        .toList())
                .containsExactlyInAnyOrderElementsOf(one.pointers() == null ? List.of() : one.pointers());
        assertThat(json.path("errors").valueStream().map(error -> error.path("message")
                        .asText()))
                .allSatisfy(message -> assertThat(message).isNotBlank());
        switch (one.status()) {
            case 202 -> {
                var id = UUID.fromString(json.path("task_id").asText());
                assertThat(id.version()).isEqualTo(7);
                assertThat(header(answer, "Location"))
                        .isEqualTo(json.path("status_url").asText())
                        .isEqualTo("/tasks/" + id);
                assertThat(json.path("message").asText()).isNotBlank();
                assertThat(send(get("", "/tasks/" + id, TILL, 200)).statusCode())
                        .isEqualTo(200);
            }
            case 401 -> assertThat(header(answer, "WWW-Authenticate")).isEqualTo("Bearer");
            case 405 ->
                assertThat(header(answer, "Allow")).isEqualTo(one.path().equals("/tasks") ? "GET, POST" : "GET");
            default -> {}
        }
    }

    @Test
    void what_is_kept_is_composed_trimmed_and_in_utc() {
        var task = accepted(field("", "title", text(" Cafe\u0301 \n"), 202));
        var due = accepted(field("", "due_date", "\"2030-01-02T03:04:05+03:00\"", 202));

        assertThat(task.path("title").asText()).isEqualTo("Café");
        assertThat(task.path("priority").asText()).isEqualTo("high");
        assertThat(task.path("lane").asText()).isEqualTo("default");
        assertThat(task.path("kind").asText()).isEqualTo("log");
        assertThat(due.path("due_date").asText()).isEqualTo("2030-01-02T00:04:05Z");
    }

    @Test
    void a_due_date_in_the_past_and_a_parked_lane_are_accepted_with_a_warning() {
        var past = Json.read(
                send(field("", "due_date", "\"1999-12-31T23:59:59Z\"", 202)).body());
        flow.failing.put("poison", TestTasks.never());
        flow.accept("parked", "poison");
        flow.work("parked");
        var parked = Json.read(send(field("", "lane", "\"parked\"", 202)).body());

        assertThat(past.at("/warnings/0/pointer").asText()).isEqualTo("/due_date");
        assertThat(parked.at("/warnings/0/pointer").asText()).isEqualTo("/lane");
        assertThat(look(parked).path("state").asText()).isEqualTo("parked");
    }

    @Test
    void the_same_key_and_body_are_answered_as_the_first_time_and_another_body_is_refused() {
        var first = send(sound("once", 202).with("Idempotency-Key", "once-1"));
        var again = send(sound("once", 202).with("Idempotency-Key", "once-1"));
        var sorted = send(body("", "{\"priority\":\"high\",\"title\":\"once\",\"description\":\"of SKU A-17\"}", 202)
                .with("Idempotency-Key", "once-1"));
        var other = send(sound("twice", 422).with("Idempotency-Key", "once-1"));
        var elsewhere =
                send(sound("twice", 202).with("Idempotency-Key", "once-1").with("X-API-Key", KIOSK));

        assertThat(again.body()).isEqualTo(first.body()).isEqualTo(sorted.body());
        assertThat(header(again, "Location")).isEqualTo(header(first, "Location"));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(Json.read(other.body()).path("title").asText()).isEqualTo("Idempotency-Key in use");
        assertThat(elsewhere.statusCode()).isEqualTo(202);
    }

    @Test
    void a_producer_sees_its_own_tasks_and_nobody_elses() {
        var mine = Json.read(send(sound("mine", 202)).body());

        assertThat(send(get("", mine.path("status_url").asText(), KIOSK, 404)).statusCode())
                .isEqualTo(404);
        assertThat(send(get("", mine.path("status_url").asText() + "/history", KIOSK, 404))
                        .statusCode())
                .isEqualTo(404);
        assertThat(send(get("", "/tasks?after=" + mine.path("task_id").asText(), KIOSK, 400))
                        .statusCode())
                .isEqualTo(400);
        assertThat(send(get("", mine.path("status_url").asText(), VIEWER, 200)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void pages_follow_the_order_of_acceptance_and_end() {
        var ids = IntStream.range(0, 5)
                .mapToObj(
                        i -> Json.read(send(field("", "lane", "\"paged\"", 202)).body())
                                .path("task_id")
                                .asText())
                .toList();

        var seen = new ArrayList<String>();
        var url = "/tasks?lane=paged&state=accepted&limit=2";
        while (!url.isEmpty()) {
            var page = Json.read(send(get("", url, VIEWER, 200)).body());
            page.path("tasks").forEach(task -> seen.add(task.path("task_id").asText()));
            url = page.path("next").asText();
        }

        assertThat(seen).isEqualTo(ids);
    }

    @Test
    void browsers_are_told_what_scripts_of_a_known_site_may_do() {
        var preflight = send(new Case(
                "",
                "OPTIONS",
                "/tasks",
                Map.of(
                        "Origin",
                        SHOP,
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "x-api-key"),
                null,
                204,
                null));
        var real = send(sound("from the shop", 202).with("Origin", SHOP));
        var plain = send(sound("from a server", 202));

        assertThat(header(preflight, "Access-Control-Allow-Origin")).isEqualTo(SHOP);
        assertThat(header(preflight, "Access-Control-Allow-Methods"))
                .contains("POST")
                .contains("GET")
                .doesNotContain("DELETE");
        assertThat(header(preflight, "Access-Control-Allow-Headers"))
                .containsIgnoringCase("X-API-Key")
                .containsIgnoringCase("Idempotency-Key");
        assertThat(header(preflight, "Access-Control-Allow-Credentials")).isEmpty();
        assertThat(header(real, "Access-Control-Allow-Origin")).isEqualTo(SHOP);
        assertThat(header(real, "Access-Control-Expose-Headers")).containsIgnoringCase("Location");
        assertThat(header(real, "Vary")).containsIgnoringCase("origin");
        assertThat(header(plain, "Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void answers_are_as_the_contract_says() {
        var contract = Json.read(send(get("", "/openapi.json", "", 200)).body());
        var accepted = Json.read(send(sound("as promised", 202)).body());
        var task = look(accepted);
        var problem = Json.read(send(body("", "{}", 400)).body());

        assertThat(contract.path("openapi").asText()).startsWith("3.1");
        fits("Accepted", accepted);
        fits("Task", task);
        fits("Problem", problem);
        fits("NewTask", contract.at("/components/schemas/NewTask/examples/0"));
    }

    @Test
    void a_key_that_asks_too_often_is_told_when_to_come_again_and_delays_no_other() throws Exception {
        var limited = new TestTasks(state, Map.of("TASKS_REQUESTS_PER_SECOND", "50", "TASKS_REQUESTS_AT_ONCE", "100"));
        try (var own = port(limited)) {
            var flood = new ArrayList<CompletableFuture<HttpResponse<String>>>();
            for (int i = 0; i < 500; i++)
                flood.add(HTTP.sendAsync(request(own, sound("flood", 202)), BodyHandlers.ofString()));
            var waits = new ArrayList<Duration>();
            for (int i = 0; i < 50; i++) {
                long before = System.nanoTime();
                var calm =
                        HTTP.send(request(own, sound("calm", 202).with("X-API-Key", KIOSK)), BodyHandlers.ofString());
                waits.add(Duration.ofNanos(System.nanoTime() - before));
                assertThat(calm.statusCode()).isEqualTo(202);
            }
            var statuses = new ArrayList<Integer>();
            for (var one : flood) {
                statuses.add(one.get().statusCode());
                if (one.get().statusCode() == 429)
                    assertThat(header(one.get(), "Retry-After")).isEqualTo("1");
            }

            // The clock stands still: exactly the burst is let through.
            assertThat(statuses.stream().filter(status -> status == 202)).hasSize(100);
            assertThat(statuses.stream().filter(status -> status == 429)).hasSize(400);
            assertThat(waits.stream().sorted().toList().get(47)).isLessThan(Duration.ofSeconds(2));
            state.clock().pass(Duration.ofSeconds(1));
            assertThat(HTTP.send(request(own, sound("again", 202)), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(202);
        }
    }

    private static JsonNode accepted(Case one) {
        return look(Json.read(send(one).body()));
    }

    private static JsonNode look(JsonNode accepted) {
        return Json.read(
                send(get("", accepted.path("status_url").asText(), TILL, 200)).body());
    }

    private static HttpResponse<String> send(Case one) {
        try {
            return HTTP.send(request(port, one), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(one.toString(), e);
        }
    }

    private static HttpRequest request(PublicPort to, Case one) {
        var request = HttpRequest.newBuilder(to.url(one.path())).timeout(Duration.ofSeconds(30));
        one.headers().forEach(request::header);
        return request.method(
                        one.method(),
                        one.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(one.body()))
                .build();
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
