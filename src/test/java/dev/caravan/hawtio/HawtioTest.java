package dev.caravan.hawtio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Edits;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Tracing;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hawtio and Jolokia over a real management port, with one route beside them. */
class HawtioTest {
    private static final String VIEWER = ApiKeys.generate();
    private static final String OPERATOR = ApiKeys.generate();
    private static final String PRODUCER = ApiKeys.generate();
    private static final String SECRET = "sk_not-to-be-told";
    private static final String CONTEXT = "org.apache.camel:context=watched,name=\"watched\",type=context";
    private static final String ROUTE = "org.apache.camel:context=watched,name=\"tell\",type=routes";
    private static final String TRACER = "org.apache.camel:context=watched,name=BacklogTracer,type=tracer";
    private static final String DEBUGGER = "org.apache.camel:context=watched,name=BacklogDebugger,type=tracer";
    private static final String LETTERS = "dev.caravan:type=DeadLetters";
    private static final String LEDGER = "dev.caravan:type=Ledger";

    private static final int PORT = CaravanProcess.freePort();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final List<String> SENT = new ArrayList<>();
    private static final Main MAIN = new Main();

    private static TestState state;
    private static DeadLetters letters;
    private static Ledger ledger;
    private static Hawtio hawtio;

    @BeforeAll
    static void start() {
        state = new TestState();
        letters = new DeadLetters(state.clock());
        ledger = new Ledger(state.clock());
        var settings = Settings.of(Map.of(
                "CAMEL_SERVER_ENABLED", "false",
                "CAMEL_MANAGEMENT_PORT", String.valueOf(PORT),
                "CAMEL_MAIN_NAME", "watched",
                "MEDUSA_API_KEY", SECRET,
                "HTTP_MAX_BODY_BYTES", "10000"));
        var audit = new Audit(state.clock());
        var journey = new Journey(state.clock());
        var replay = new Replay(
                state.database(),
                letters,
                ledger,
                journey,
                audit,
                (queue, body) -> SENT.add(new String(body, UTF_8)),
                Replay.Lanes.NONE,
                Tracing.OFF);
        var replays = new Replays(state.database(), letters, replay, audit, route -> true, state.clock());
        hawtio = new Hawtio(new Hawtio.Needs(
                settings,
                ApiKeys.parse(String.join(
                        ",",
                        ApiKeys.entry("mara", Role.OPERATOR, OPERATOR),
                        ApiKeys.entry("noor", Role.VIEWER, VIEWER),
                        ApiKeys.entry("till", Role.PRODUCER, PRODUCER))),
                state.database(),
                ledger,
                letters,
                replay,
                replays,
                new Rehearsals(letters, ledger, journey, audit, () -> {
                    throw new BadSettings("no stage here");
                }),
                new Repairs(
                        state.database(),
                        letters,
                        new Edits(state.database(), letters, audit, () -> (flow, message) -> List.of()),
                        replay,
                        replays,
                        audit,
                        Repairs.Rules.NONE,
                        state.clock()),
                state.clock()));
        var properties = settings.forCamel();
        properties
                .keySet()
                .removeIf(key -> key.toString().startsWith("camel.component.")
                        || key.toString().startsWith("camel.metrics"));
        MAIN.setDefaultPropertyPlaceholderLocation("false");
        MAIN.setOverrideProperties(properties);
        MAIN.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                onException(IllegalStateException.class).handled(true).log("the net");
                from("direct:tell")
                        .routeId("tell")
                        .routeDescription("Tells what it is told.")
                        .errorHandler(noErrorHandler())
                        .setHeader("Authorization", constant(SECRET))
                        .setBody(constant("told"))
                        .to("log:told?level=DEBUG&showHeaders=false");
            }
        });
        MAIN.start();
        hawtio.open(MAIN.getCamelContext());
    }

    @AfterAll
    static void stop() {
        MAIN.stop();
        hawtio.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        SENT.clear();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/observe/jolokia",
                "/observe/jolokia/version",
                "/observe/jolokia/read/java.lang:type=Memory",
                "/hawtio/jolokia",
                "/hawtio/jolokia/list",
                "/hawtio/user"
            })
    void who_is_not_known_is_told_nothing(String path) {
        var answer = get(path);

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Json.read(answer.body()).path("detail").asText()).startsWith("sign in at /hawtio");
    }

    @Test
    void neither_is_who_brings_a_key_that_is_none_or_one_to_hand_data_in() {
        assertThat(get("/observe/jolokia/version", "X-API-Key", "ck_x").statusCode())
                .isEqualTo(401);
        assertThat(get("/observe/jolokia/version", "Authorization", "Bearer ck_x")
                        .statusCode())
                .isEqualTo(401);
        assertThat(get("/observe/jolokia/version", "X-API-Key", PRODUCER).statusCode())
                .isEqualTo(403);
        assertThat(signIn("till", PRODUCER).statusCode()).isEqualTo(401);
    }

    @Test
    void one_signs_in_with_the_name_of_a_key_and_the_key_until_one_signs_out() {
        var answer = signIn("noor", VIEWER);
        var cookie = cookie(answer);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
                .contains("HTTPOnly", "SameSite=Strict", "Path=/hawtio");
        assertThat(get("/hawtio/user", "Cookie", cookie).body()).isEqualTo("\"noor\"");
        assertThat(get("/hawtio/jolokia/version", "Cookie", cookie).statusCode())
                .isEqualTo(200);
        assertThat(get("/hawtio/auth/logout", "Cookie", cookie).statusCode()).isEqualTo(303);
        assertThat(get("/hawtio/user", "Cookie", cookie).statusCode()).isEqualTo(401);
    }

    @Test
    void a_key_under_another_name_is_none_and_ten_wrong_keys_are_enough() {
        assertThat(signIn("mara", VIEWER).statusCode()).isEqualTo(401);
        assertThat(state.column("select caller from console.session")).isEmpty();
        for (int i = 0; i < 10; i++)
            assertThat(signIn("mara", "ck_" + i).statusCode()).isEqualTo(401);

        assertThat(signIn("mara", OPERATOR).statusCode()).isEqualTo(429);
        state.clock().pass(Duration.ofMinutes(6));
        assertThat(signIn("mara", OPERATOR).statusCode()).isEqualTo(200);
    }

    @Test
    void looking_by_itself_keeps_nobody_signed_in() {
        var cookie = cookie(signIn("noor", VIEWER));
        for (int i = 0; i < 2; i++) {
            state.clock().pass(Duration.ofMinutes(20));
            get("/hawtio/jolokia/version", "Cookie", cookie);
        }

        assertThat(get("/hawtio/user", "Cookie", cookie).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site",
        "Origin, https://elsewhere.test",
        "Origin, null"
    })
    void a_page_of_another_site_asks_in_vain(String header, String value) {
        var answer = get("/observe/jolokia/version", header, value, "X-API-Key", OPERATOR);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(get("/observe/jolokia/version", "Origin", "http://127.0.0.1:" + PORT, "X-API-Key", OPERATOR)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "java.lang:type=Memory, gc",
        "java.lang:type=Threading, 'dumpAllThreads(boolean,boolean)'",
        "java.util.logging:type=Logging, setLoggerLevel",
        "com.sun.management:type=DiagnosticCommand, vmSystemProperties",
        "com.sun.management:type=HotSpotDiagnostic, dumpHeap",
        "jolokia:type=Config, resetDebugInfo",
        "'" + CONTEXT + "', 'sendBody(java.lang.String,java.lang.Object)'",
        "'" + CONTEXT + "', requestBody",
        "'" + CONTEXT + "', createEndpoint",
        "'" + CONTEXT + "', setGlobalOption",
        "'" + CONTEXT + "', stop()",
        "'" + ROUTE + "', remove()",
        "'" + ROUTE + "', stopAndFail()",
        "'" + ROUTE + "', updateRouteFromXml(java.lang.String)",
        "'" + DEBUGGER + "', addConditionalBreakpoint",
        "'" + DEBUGGER + "', evaluateExpressionAtBreakpoint",
        "'" + DEBUGGER + "', setMessageBodyOnBreakpoint"
    })
    void nobody_calls_what_is_not_on_the_list(String bean, String operation) {
        for (var key : List.of(VIEWER, OPERATOR)) {
            var answer = exec(key, bean, operation);

            assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(403);
            assertThat(answer.path("error").asText()).contains("forbidden");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "java.lang:type=Runtime, SystemProperties",
        "java.lang:type=Runtime, InputArguments",
        "java.lang:type=Runtime, ClassPath",
        "java.lang:type=MemoryPool\\,name=Metaspace, Usage",
        "java.util.logging:type=Logging, LoggerNames",
        "com.sun.management:type=HotSpotDiagnostic, DiagnosticOptions"
    })
    void nobody_reads_what_is_not_on_the_list(String bean, String attribute) {
        for (var key : List.of(VIEWER, OPERATOR)) {
            var question = question("read", bean.replace("\\", "")).put("attribute", attribute);

            assertThat(ask(key, question).path("status").asInt()).isIn(403, 404);
            assertThat(ask(key, question).has("value")).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'" + TRACER + "', TraceFilter, ${bean:any}",
        "'" + TRACER + "', BodyIncludeStreams, true",
        "'" + DEBUGGER + "', BodyIncludeStreams, true",
        "'" + CONTEXT + "', Tracing, true",
        "java.lang:type=Memory, Verbose, true"
    })
    void nobody_writes_what_is_not_on_the_list(String bean, String attribute, String value) {
        for (var key : List.of(VIEWER, OPERATOR)) {
            var question = question("write", bean).put("attribute", attribute).put("value", value);

            assertThat(ask(key, question).path("status").asInt()).isEqualTo(403);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'" + ROUTE + "', stop()",
        "'" + ROUTE + "', stop",
        "'" + CONTEXT + "', reset",
        "'" + TRACER + "', setEnabled",
        "'" + TRACER + "', dumpAllTracedMessagesAsXml()",
        "'" + DEBUGGER + "', enableDebugger",
        "'" + DEBUGGER + "', dumpTracedMessagesAsXml(java.lang.String)",
        LETTERS + ", replay",
        LETTERS + ", discard"
    })
    void a_viewer_calls_nothing_that_changes_something_or_shows_messages(String bean, String operation) {
        assertThat(exec(VIEWER, bean, operation).path("status").asInt()).isEqualTo(403);
    }

    @Test
    void other_commands_of_the_protocol_are_refused() {
        for (var command : List.of("register", "add", "open")) {
            var answer = ask(OPERATOR, question("notification", LETTERS).put("command", command));
            assertThat(answer.path("status").asInt()).as(answer.toString()).isIn(400, 403);
        }
        var elsewhere = question("read", "java.lang:type=Runtime").put("attribute", "SystemProperties");
        elsewhere.putObject("target").put("url", "service:jmx:rmi:///jndi/rmi://elsewhere.test/jmxrmi");
        assertThat(ask(OPERATOR, elsewhere).path("status").asInt()).isEqualTo(403);
    }

    @Test
    void what_is_not_on_the_list_is_not_listed_or_found_either() {
        var domains = ask(OPERATOR, Json.object().put("type", "list")).path("value");
        var found = ask(OPERATOR, question("search", "*:*")).path("value").toString();

        assertThat(domains.properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("dev.caravan", "org.apache.camel", "java.lang");
        assertThat(found).contains(LETTERS).doesNotContain("HotSpot", "java.util.logging", "jolokia:");
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"VIEWER", "OPERATOR"})
    void the_list_says_what_may_be_called(Role role) {
        var key = role == Role.VIEWER ? VIEWER : OPERATOR;
        var beans = ask(key, Json.object().put("type", "list")).path("value");
        var route = beans.path("org.apache.camel").path("context=watched,name=\"tell\",type=routes");
        var rights = route.path("opByString");

        assertThat(rights.path("dumpRouteAsXml()").path("canInvoke").asBoolean())
                .isTrue();
        assertThat(rights.path("stop(long)").path("canInvoke").asBoolean()).isEqualTo(role == Role.OPERATOR);
        assertThat(rights.path("updateRouteFromXml(java.lang.String)")
                        .path("canInvoke")
                        .asBoolean())
                .isFalse();
        var letter = beans.path("dev.caravan").path("type=DeadLetters").path("op");
        assertThat(letter.at("/discard/args/1/name").asText()).isEqualTo("why");
        assertThat(letter.at("/discard/args/1/desc").asText()).isEqualTo("the reason, for those who ask later");
        assertThat(letter.at("/discard/desc").asText()).isEqualTo("Gives one group up for good.");
    }

    @Test
    void a_get_only_looks_even_with_an_operator_s_key() {
        var path = "/observe/jolokia/exec/" + LETTERS + "/discard/x/because";

        assertThat(Json.read(get(path, "X-API-Key", OPERATOR).body())
                        .path("status")
                        .asInt())
                .isEqualTo(403);
    }

    @Test
    void headers_of_camel_change_nothing() {
        var plain = get("/observe/jolokia/search/dev.caravan:*", "X-API-Key", VIEWER);
        var dressed = get(
                "/observe/jolokia/search/dev.caravan:*",
                "X-API-Key",
                VIEWER,
                "CamelHttpUri",
                "http://elsewhere.test",
                "CamelHttpMethod",
                "POST",
                "CamelBeanMethodName",
                "stop");

        assertThat(dressed.statusCode()).isEqualTo(plain.statusCode());
        assertThat(Json.read(dressed.body()).path("value"))
                .hasSize(2)
                .isEqualTo(Json.read(plain.body()).path("value"));
    }

    @Test
    void a_viewer_sees_a_route_with_its_description_source_and_numbers_and_no_secret() {
        MAIN.getCamelContext().createProducerTemplate().sendBody("direct:tell", "");

        var source = exec(VIEWER, ROUTE, "dumpRouteAsXml()").path("value").asText();
        var attributes = ask(VIEWER, question("read", ROUTE)).path("value");

        assertThat(source)
                .contains("id=\"tell\"", "Tells what it is told.", "<constant>told</constant>", "xxxxxx")
                .doesNotContain(SECRET, "onException", "errorHandler");
        assertThat(attributes.path("Description").asText()).isEqualTo("Tells what it is told.");
        assertThat(attributes.path("ExchangesTotal").asInt()).isPositive();
        assertThat(exec(VIEWER, CONTEXT, "dumpRoutesStatsAsXml(boolean,boolean)", true, true)
                        .path("value")
                        .asText())
                .contains("routeStat id=\"tell\"");
    }

    @Test
    void an_operator_stops_and_starts_a_route() {
        assertThat(exec(OPERATOR, ROUTE, "stop()").path("status").asInt()).isEqualTo(200);
        assertThat(state(ROUTE)).isEqualTo("Stopped");

        exec(OPERATOR, ROUTE, "start()");
        assertThat(state(ROUTE)).isEqualTo("Started");
    }

    @Test
    void a_message_is_written_out_for_nobody_while_nobody_traces() {
        var written = new AtomicInteger();
        var message = new Object() {
            @Override
            public String toString() {
                return "written " + written.incrementAndGet();
            }
        };

        send(message);
        assertThat(written).hasValue(0);

        ask(OPERATOR, question("write", TRACER).put("attribute", "Enabled").put("value", true));
        send(message);
        ask(OPERATOR, question("write", TRACER).put("attribute", "Enabled").put("value", false));
        assertThat(written).hasPositiveValue();
    }

    private static void send(Object message) {
        try (var template = MAIN.getCamelContext().createProducerTemplate()) {
            template.sendBody("direct:tell", message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void an_operator_traces_messages_and_their_secrets_stay_untold() {
        ask(OPERATOR, question("write", TRACER).put("attribute", "Enabled").put("value", true));
        MAIN.getCamelContext()
                .createProducerTemplate()
                .sendBodyAndHeader("direct:tell", "a message", "X-API-Key", OPERATOR);
        var traced = exec(OPERATOR, TRACER, "dumpAllTracedMessagesAsXml()")
                .path("value")
                .asText();
        ask(OPERATOR, question("write", TRACER).put("attribute", "Enabled").put("value", false));

        assertThat(traced)
                .contains(
                        "a message",
                        "xxxxxx",
                        "<endpointUri>log://told?level=DEBUG&amp;showHeaders=false</endpointUri>")
                .doesNotContain(OPERATOR, SECRET);
    }

    @Test
    void dead_letters_are_counted_grouped_listed_and_replayed_in_the_name_of_who_asks() {
        var first = parked("products are closed");
        parked("products are closed");
        parked("the shop is closed");

        assertThat(attribute(LETTERS, "Open").asInt()).isEqualTo(3);
        assertThat(attribute(LETTERS, "Causes").asInt()).isEqualTo(2);
        var group = told(VIEWER, LETTERS, "groups").path(0);
        assertThat(group.path("count").asInt()).isEqualTo(2);
        assertThat(told(VIEWER, LETTERS, "list", group.path("group").asText(), 10))
                .hasSize(2);
        assertThat(told(VIEWER, LETTERS, "list", "", 1)).hasSize(1);

        assertThat(told(OPERATOR, LETTERS, "replayOne", first.toString())
                        .path("replayed")
                        .asInt())
                .isEqualTo(1);
        assertThat(SENT).hasSize(1);
        assertThat(state.column("select who || ' ' || action from audit.action"))
                .containsExactly("mara replay");
        assertThat(attribute(LETTERS, "Open").asInt()).isEqualTo(2);
    }

    @Test
    void a_ramp_is_begun_paused_and_resumed() {
        parked("products are closed");
        var group = told(VIEWER, LETTERS, "groups").path(0).path("group").asText();

        var replay = told(OPERATOR, LETTERS, "replay", group);
        assertThat(replay.path("pace").asText()).isEqualTo("ramp");
        assertThat(replay.path("by").asText()).isEqualTo("mara");
        var id = replay.path("replay").asText();
        assertThat(told(OPERATOR, LETTERS, "pause", id).path("state").asText()).isEqualTo("paused");
        assertThat(told(VIEWER, LETTERS, "replays").path(0).path("state").asText())
                .isEqualTo("paused");
        assertThat(told(OPERATOR, LETTERS, "resume", id).path("state").asText()).isEqualTo("running");
        assertThat(exec(OPERATOR, LETTERS, "resume", id).path("error").asText())
                .contains("no replay " + id + " that is paused");
    }

    @Test
    void a_group_is_given_up_with_a_reason() {
        parked("products are closed");
        var group = told(VIEWER, LETTERS, "groups").path(0).path("group").asText();

        assertThat(exec(OPERATOR, LETTERS, "discard", group, " ").path("error").asText())
                .contains("why is missing");
        assertThat(told(OPERATOR, LETTERS, "discard", group, "sold by hand")
                        .path("discarded")
                        .asInt())
                .isEqualTo(1);
        assertThat(state.column("select who || ': ' || why from audit.action")).containsExactly("mara: sold by hand");
    }

    @ParameterizedTest
    @CsvSource({
        "list, '', 0, limit must be between 1 and 1000",
        "list, '', 1001, limit must be between 1 and 1000",
        "rehearse, '', 1, group is missing",
        "rehearse, x, 1, no stage here"
    })
    void bad_parameters_get_a_clear_answer(String operation, String group, int limit, String why) {
        assertThat(exec(OPERATOR, LETTERS, operation, group, limit)
                        .path("error")
                        .asText())
                .contains(why);
    }

    @Test
    void an_id_that_is_none_is_told_so() {
        assertThat(exec(OPERATOR, LETTERS, "replayOne", "seven").path("error").asText())
                .contains("id must be a UUID, not \"seven\"");
    }

    @Test
    void the_ledger_tells_balances_and_what_is_missing() {
        var upload = state.opened("products/shein/winter.json");
        assertThat(attribute(LEDGER, "Balanced").asBoolean()).isTrue();

        state.database().write(db -> ledger.complete(db, upload.id(), 3));

        assertThat(attribute(LEDGER, "Balanced").asBoolean()).isFalse();
        assertThat(attribute(LEDGER, "Missing").asInt()).isEqualTo(3);
        assertThat(told(VIEWER, LEDGER, "imbalances").path(0).path("records").asText())
                .isEqualTo("0-2");
        assertThat(told(VIEWER, LEDGER, "balance", "products/shein/winter.json")
                        .path(0)
                        .path("missing")
                        .asInt())
                .isEqualTo(3);
        assertThat(exec(VIEWER, LEDGER, "balance", "").path("error").asText()).contains("key is missing");
    }

    @Test
    void files_of_hawtio_are_served_and_no_others() {
        var page = get("/hawtio/camel/routes");
        var script = page.body().replaceAll("(?s).*src=\"(/hawtio/static/js/main[^\"]+)\".*", "$1");

        assertThat(get("/hawtio").statusCode()).isEqualTo(303);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("frame-ancestors 'none'");
        assertThat(get(script).headers().firstValue("Content-Type")).hasValue("text/javascript; charset=utf-8");
        assertThat(Json.read(get("/hawtio/hawtconfig.json").body())
                        .at("/branding/appName")
                        .asText())
                .isEqualTo("Caravan");
        for (var other : List.of(
                "/hawtio/static/../../application.properties",
                "/hawtio/static/%2e%2e/%2e%2e/application.properties",
                "/hawtio/..%2fjolokia-viewer.xml",
                "/hawtio/jolokia-viewer.xml",
                "/hawtio/nothing.js"))
            assertThat(get(other).statusCode()).as(other).isEqualTo(404);
        assertThat(post("/hawtio/index.html", "{}").statusCode()).isEqualTo(405);
        assertThat(get("/hawtio/auth/login").statusCode()).isEqualTo(405);
    }

    @Test
    void what_is_no_json_or_too_long_is_refused() {
        assertThat(post("/hawtio/auth/login", "{").statusCode()).isEqualTo(400);
        assertThat(post("/hawtio/auth/login", "\"" + "x".repeat(20_000) + "\"").statusCode())
                .isEqualTo(413);
        assertThat(Json.read(post("/observe/jolokia", "{", "X-API-Key", VIEWER).body())
                        .path("status")
                        .asInt())
                .isGreaterThanOrEqualTo(400);
    }

    private static UUID parked(String error) {
        var body = Json.bytes(Json.object().put("number", UUID.randomUUID().toString()));
        var parking = new Parking(
                "products",
                "products-pimcore",
                "caravan-products",
                null,
                null,
                body,
                Json.object(),
                "pimcore",
                new BadMessage(error));
        state.database().write(db -> letters.park(db, parking));
        return parking.id();
    }

    private static HttpResponse<String> signIn(String name, String key) {
        return post(
                "/hawtio/auth/login",
                Json.object().put("username", name).put("password", key).toString());
    }

    private static String cookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
    }

    private static ObjectNode question(String type, String bean) {
        return Json.object().put("type", type).put("mbean", bean);
    }

    private static JsonNode exec(String key, String bean, String operation, Object... arguments) {
        var question = question("exec", bean).put("operation", operation);
        var list = question.putArray("arguments");
        for (var argument : arguments) list.addPOJO(argument);
        return ask(key, question);
    }

    /** What an operation answers, which is JSON itself. */
    private static JsonNode told(String key, String bean, String operation, Object... arguments) {
        var answer = exec(key, bean, operation, arguments);
        assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(200);
        return Json.read(answer.path("value").asText());
    }

    private static JsonNode attribute(String bean, String name) {
        return ask(VIEWER, question("read", bean).put("attribute", name)).path("value");
    }

    private static String state(String bean) {
        return attribute(bean, "State").asText();
    }

    private static JsonNode ask(String key, JsonNode question) {
        var answer = post("/observe/jolokia", question.toString(), "X-API-Key", key);
        assertThat(answer.statusCode()).isEqualTo(200);
        return Json.read(answer.body());
    }

    private static HttpResponse<String> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(url(path)).GET(), headers);
    }

    private static HttpResponse<String> post(String path, String body, String... headers) {
        return send(HttpRequest.newBuilder(url(path)).POST(BodyPublishers.ofString(body)), headers);
    }

    private static URI url(String path) {
        return URI.create("http://127.0.0.1:" + PORT + path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
        try {
            if (headers.length > 0) request.headers(headers);
            return HTTP.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
