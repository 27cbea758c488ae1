package dev.caravan.console;

import static dev.caravan.console.Browser.location;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.alerts.AlertStream;
import dev.caravan.alerts.Alerts;
import dev.caravan.alerts.Finding;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Sessions;
import dev.caravan.aws.BatchMessage;
import dev.caravan.clickstream.Appeals;
import dev.caravan.clickstream.TestClickstream;
import dev.caravan.customers.TestCustomers;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Edits;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetCircuit;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Changes;
import dev.caravan.outbound.Changes.Change;
import dev.caravan.products.TestProducts;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.Reason;
import dev.caravan.records.read.SourceRecord.Format;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console over a real port, on a real database; queues and targets are away. */
class ConsoleTest {
    private static final String VIEWER = ApiKeys.generate();
    private static final String OPERATOR = ApiKeys.generate();
    private static final String SECOND_OPERATOR = ApiKeys.generate();
    private static final String PRODUCER = ApiKeys.generate();
    private static final RouteFiles ROUTES = RouteFiles.at("classpath:routes");
    private static final byte[] DRESS = ROUTES.bytes("products/2-normalise/shein/cases/dress-in-five-sizes.in.json");
    private static final byte[] OIL =
            ROUTES.bytes("products/2-normalise/shein/cases/oil-with-a-scent-and-no-size.in.json");
    private static final List<String> SENT = new ArrayList<>();
    private static final Set<String> NEEDED = new HashSet<>();
    private static ObjectNode shadow;

    private static TestState state;
    private static TestProducts products;
    private static DeadLetters letters;
    private static PimcoreStandIn pimcore;
    private static PublicPort port;
    private static Alerts alerts;

    private final Browser nobody = new Browser(port);

    @BeforeAll
    static void start() {
        state = new TestState();
        products = new TestProducts(state);
        pimcore = PimcoreStandIn.start();
        letters = new DeadLetters(state.clock());
        alerts = new Alerts(
                state.database(),
                (db, lane, title, description, priority) -> {
                    throw new AssertionError("no task is wanted here");
                },
                state.clock());
        var audit = new Audit(state.clock());
        var replay = new Replay(
                state.database(),
                letters,
                products.ledger(),
                new Journey(state.clock()),
                audit,
                (queue, body) -> SENT.add(new String(body, UTF_8)),
                Replay.Lanes.NONE,
                Tracing.OFF);
        var keys = ApiKeys.parse(ApiKeys.entry("mara", Role.OPERATOR, OPERATOR) + ","
                + ApiKeys.entry("nils", Role.OPERATOR, SECOND_OPERATOR) + ","
                + ApiKeys.entry("noor", Role.VIEWER, VIEWER) + "," + ApiKeys.entry("till", Role.PRODUCER, PRODUCER));
        var edits = new Edits(state.database(), letters, audit, () -> ConsoleTest::rules);
        var replays = new Replays(state.database(), letters, replay, audit, route -> true, state.clock());
        var settings = Settings.of(Map.of(
                "PIMCORE_API_KEY",
                "not-to-be-told",
                "MEDUSA_URL",
                "http://medusa.test",
                "DATABASE_URL",
                "jdbc:secret"));
        var console = new Console(new Console.Needs(
                settings,
                keys,
                state.database(),
                products.ledger(),
                letters,
                replay,
                replays,
                new Rehearsals(letters, products.ledger(), new Journey(state.clock()), audit, ConsoleTest::stage),
                edits,
                new Repairs(
                        state.database(),
                        letters,
                        edits,
                        replay,
                        replays,
                        audit,
                        new Repairs.Rules(NEEDED, 1),
                        state.clock()),
                audit,
                new Quarantine(state.clock()),
                products.quarantineDesk(),
                products.desk(),
                ConsoleTest::explained,
                products.approvals(pimcore),
                ConsoleTest::report,
                List.of("daily-revenue", "quality"),
                () -> shadow,
                alerts,
                new Appeals(state.database(), audit, Duration.ofDays(30), Duration.ofDays(30), state.clock()),
                Map.of("Pimcore", new TargetCircuit(5, Duration.ofSeconds(1))),
                state.clock()));
        var stream = new AlertStream(alerts, 10, state.clock());
        port = new PublicPort(
                100_000, console, new Api(keys).stream(Console.ALERTS, console::admit, stream::open), stream);
    }

    @AfterAll
    static void stop() {
        port.close();
        pimcore.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        SENT.clear();
        NEEDED.clear();
        shadow = Json.object().put("percent", 0);
    }

    @Test
    void who_is_not_signed_in_is_asked_for_a_key_and_comes_back_to_where_he_was() {
        var asked = nobody.get("/console/search?q=a%20b");

        assertThat(asked.statusCode()).isEqualTo(303);
        var form = nobody.get(location(asked));
        assertThat(form.statusCode()).isEqualTo(200);
        assertThat(form.body()).contains("type=\"password\"").contains("value=\"/console/search?q=a%20b\"");
        var in = nobody.post("/console/sign-in", "key", VIEWER, "to", "/console/search?q=a%20b");
        assertThat(in.statusCode()).isEqualTo(303);
        assertThat(location(in)).isEqualTo("/console/search?q=a%20b");
        assertThat(nobody.get(location(in)).body()).contains("Nothing is known of “a b”");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://elsewhere.test/console",
                "//elsewhere.test",
                "/console\\elsewhere",
                "/consolation",
                "javascript:x"
            })
    void signing_in_leads_to_the_console_only(String to) {
        assertThat(location(nobody.post("/console/sign-in", "key", VIEWER, "to", to)))
                .isEqualTo("/console");
    }

    @Test
    void the_session_is_kept_where_no_script_and_no_other_site_reaches_it() {
        var plain = nobody.post("/console/sign-in", "key", VIEWER);
        var encrypted = nobody.post("/console/sign-in", "key=" + VIEWER, new String[] {"X-Forwarded-Proto", "https"});

        assertThat(cookie(plain))
                .contains("HTTPOnly", "SameSite=Strict", "Path=/console")
                .doesNotContain("Secure");
        assertThat(cookie(encrypted)).contains("HTTPOnly", "SameSite=Strict", "Secure");
        assertThat(state.column("select token_hash from console.session"))
                .hasSize(2)
                .noneMatch(hash -> cookie(plain).contains(hash));
    }

    @Test
    void a_key_that_is_none_or_may_not_look_is_refused_and_after_ten_of_them_every_key_for_five_minutes() {
        for (int i = 0; i < 9; i++) {
            assertThat(nobody.post("/console/sign-in", "key", "ck_wrong").statusCode())
                    .isEqualTo(401);
        }
        assertThat(nobody.post("/console/sign-in", "key", PRODUCER).body()).contains("may look here");

        assertThat(nobody.post("/console/sign-in", "key", OPERATOR).statusCode())
                .isEqualTo(429);
        state.clock().pass(Duration.ofMinutes(5));
        assertThat(nobody.post("/console/sign-in", "key", OPERATOR).statusCode())
                .isEqualTo(303);
    }

    @Test
    void a_session_ends_without_clicks_and_a_page_that_refreshes_itself_is_none() {
        var viewer = new Browser(port).signedIn(VIEWER);

        state.clock().pass(Duration.ofMinutes(29));
        assertThat(viewer.get("/console/uploads").statusCode()).isEqualTo(200);
        state.clock().pass(Duration.ofMinutes(29));
        assertThat(viewer.get("/console/uploads", "HX-Request", "true").statusCode())
                .isEqualTo(200);
        state.clock().pass(Duration.ofMinutes(2));

        var refresh = viewer.get("/console/uploads", "HX-Request", "true");
        assertThat(refresh.statusCode()).isEqualTo(204);
        assertThat(refresh.headers().firstValue("HX-Redirect")).hasValue("/console/sign-in?to=%2Fconsole%2Fuploads");
        assertThat(viewer.get("/console/uploads").statusCode()).isEqualTo(303);
        assertThat(viewer.post("/console/sign-out").statusCode()).isEqualTo(401);
    }

    @Test
    void a_session_ends_after_twelve_hours_in_any_case() {
        var viewer = new Browser(port).signedIn(VIEWER);

        for (int i = 0; i < 35; i++) {
            state.clock().pass(Duration.ofMinutes(20));
            assertThat(viewer.get("/console").statusCode()).isEqualTo(200);
        }
        state.clock().pass(Duration.ofMinutes(20));

        assertThat(viewer.get("/console").statusCode()).isEqualTo(303);
    }

    @Test
    void a_session_ends_when_its_key_is_taken_out_of_the_settings() {
        var sessions = new Sessions(
                state.database(),
                ApiKeys.parse(ApiKeys.entry("noor", Role.VIEWER, VIEWER)),
                Duration.ofMinutes(30),
                state.clock());
        var token = sessions.open(VIEWER, "127.0.0.1").orElseThrow().token();
        var without = new Sessions(state.database(), ApiKeys.parse(""), Duration.ofMinutes(30), state.clock());

        assertThat(sessions.find(token, true)).isPresent();
        assertThat(without.find(token, true)).isEmpty();
    }

    @Test
    void who_signs_out_is_out_on_every_instance() {
        var viewer = new Browser(port).signedIn(VIEWER);

        var out = viewer.post("/console/sign-out");

        assertThat(location(out)).isEqualTo("/console/sign-in");
        assertThat(cookie(out)).contains("Max-Age=0");
        assertThat(state.column("select caller from console.session")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/uploads",
                "/search",
                "/dead-letters",
                "/replays",
                "/change-requests",
                "/quarantine",
                "/publishing",
                "/reports",
                "/shadow",
                "/alerts",
                "/live",
                "/settings"
            })
    void each_page_is_shown_when_there_is_nothing_to_show(String path) {
        var page = new Browser(port).signedIn(VIEWER).get("/console" + path);

        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body()).contains("<html lang=\"en\">", "<h1>", "aria-current=\"page\"", "Sign out noor");
    }

    @Test
    void what_changed_routes_make_of_the_same_records_is_shown_beside_those_in_force() {
        var viewer = new Browser(port).signedIn(VIEWER);
        assertThat(viewer.get("/console/shadow").body()).contains("SHADOW_ROUTES=file:FOLDER");

        shadow = (ObjectNode) Json.read("""
                {"percent": 10, "routes": "file:changed", "since": "2026-11-21T07:00:00Z", "problem": "the shadow routes fail: <no> price",
                 "passedOver": 5, "failed": 2, "waiting": 0, "records": 1200, "different": 3,
                 "decisions": {"delivered → quarantined": 1}, "fields": {"/product/name/en": 2},
                 "examples": [
                   {"key": "products/acme/a.json", "index": 7, "before": {"decision": "delivered"}, "after": {"decision": "quarantined"}, "diff": []},
                   {"key": "products/acme/b.json", "index": 1, "before": {"decision": "delivered"}, "after": {"decision": "delivered"},
                    "diff": [{"op": "replace", "path": "/medusa/title", "fromValue": "Chair", "value": "Seat"}]}]}""");
        var text =
                viewer.get("/console/shadow").body().replaceAll("<[^>]+>", " ").replaceAll("\\s+", " ");

        assertThat(text)
                .contains(
                        "file:changed , 10 % of the records since 2026-11-21 07:00:00",
                        "the shadow routes fail: &lt;no&gt; price",
                        "the same 1,197 different 3 the changed routes failed on 2 passed over, as the comparison was behind 5",
                        "delivered → quarantined 1 /product/name/en 2",
                        "products/acme/a.json record 7: delivered → quarantined",
                        "products/acme/b.json record 1: delivered Where Was Is /medusa/title Chair Seat");
        assertThat(text.indexOf("b.json")).as("the newest first").isLessThan(text.indexOf("a.json"));
    }

    @Test
    void every_answer_keeps_foreign_content_out() {
        var viewer = new Browser(port).signedIn(VIEWER);

        assertThat(List.of(viewer.get("/console"), nobody.get("/console/sign-in"), viewer.get("/console/none")))
                .allSatisfy(answer -> {
                    assertThat(header(answer, "Content-Security-Policy"))
                            .contains(
                                    "default-src 'none'",
                                    "script-src 'self'",
                                    "frame-ancestors 'none'",
                                    "base-uri 'none'")
                            .doesNotContain("unsafe");
                    assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
                    assertThat(header(answer, "Referrer-Policy")).isEqualTo("same-origin");
                    assertThat(header(answer, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
                    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
                    assertThat(header(answer, "Content-Type")).isEqualTo("text/html; charset=utf-8");
                    assertThat(answer.body()).doesNotContain("style=", "onclick", "http://", "https://");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "pico.css, text/css, --pico-",
        "htmx.js, text/javascript, htmx",
        "console.css, text/css, .timeline",
        "icon.svg, image/svg+xml, <svg"
    })
    void style_and_script_come_from_here(String file, String type, String content) {
        var answer = nobody.get("/console/assets/" + file);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Content-Type")).startsWith(type);
        assertThat(answer.body()).contains(content);
    }

    @ParameterizedTest
    @CsvSource({
        "/console/none, 404",
        "/console/assets/application.properties, 404",
        "/console/letter?id=1, 400",
        "/console/letter?id=00000000-0000-0000-0000-000000000000, 404",
        "/console/upload?id=00000000-0000-0000-0000-000000000000, 404",
        "/console/record?id=00000000-0000-0000-0000-000000000000, 404",
        "/console/letters?since=yesterday, 400"
    })
    void what_is_not_there_is_told_on_a_page(String path, int status) {
        var answer = new Browser(port).signedIn(VIEWER).get(path);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains("To the overview").doesNotContain("Exception");
    }

    @Test
    void a_viewer_sees_no_button_and_no_message_and_may_do_nothing() {
        var letter =
                parked("a", "{\"a\":\"secret message\"}", new BadMessage("no")).toString();
        var viewer = new Browser(port).signedIn(VIEWER);

        var page = viewer.get("/console/letter?id=" + letter).body();

        assertThat(page).contains("shein/a").doesNotContain("Replay it", "Discard it", "secret message");
        for (var action : List.of(
                "/rehearse",
                "/edit",
                "/undo",
                "/replay",
                "/discard",
                "/replays/pause",
                "/quarantine/release",
                "/quarantine/discard")) {
            assertThat(viewer.post("/console" + action, "id", letter, "why", "x")
                            .statusCode())
                    .as(action)
                    .isEqualTo(403);
        }
        assertThat(viewer.post("/console/none").statusCode()).isEqualTo(404);
        assertThat(SENT).isEmpty();
        assertThat(state.column("select state from dead_letters.letter")).containsExactly("open");
    }

    @Test
    void a_form_of_another_session_or_another_site_does_nothing() {
        var letter = parked("a", "{}", new BadMessage("no")).toString();
        var operator = new Browser(port).signedIn(OPERATOR);
        var other = new Browser(port).signedIn(OPERATOR);

        assertThat(operator.post("/console/replay", "id=" + letter, new String[0])
                        .statusCode())
                .isEqualTo(403);
        assertThat(operator.post("/console/replay", "csrf=" + other.csrf() + "&id=" + letter, new String[0])
                        .statusCode())
                .isEqualTo(403);
        assertThat(operator.post("/console/replay", "csrf=" + operator.csrf() + "&id=" + letter, new String[] {
                            "Sec-Fetch-Site", "cross-site"
                        })
                        .statusCode())
                .isEqualTo(403);
        assertThat(SENT).isEmpty();
    }

    @Test
    void an_operator_sees_a_letter_escaped_and_replays_it() {
        var letter = parked("a<b>", "{\"name\":\"<script>alert(1)</script>\"}", new BadMessage("<img src=x>"));
        var operator = new Browser(port).signedIn(OPERATOR);

        var page = operator.get("/console/letter?id=" + letter).body();

        assertThat(page)
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;img src=x&gt;", "shein/a&lt;b&gt;")
                .doesNotContain("<script>alert", "<img", "<b>");
        var done = operator.post("/console/replay", "id", letter.toString());
        assertThat(operator.after(done)).contains("1 letter sent back").contains("replayed, ");
        assertThat(SENT).singleElement().asString().contains("alert(1)");
        assertThat(operator.get("/console/letter?id=" + letter).body())
                .as("told once")
                .doesNotContain("1 letter sent back");
        assertThat(state.column("select who || ' ' || action from audit.action"))
                .containsExactly("mara replay");
    }

    @Test
    void letters_of_one_cause_are_replayed_as_a_ramp_or_at_a_rate_which_can_be_paused() {
        for (int i = 0; i < 3; i++) parked("p" + i, "{\"n\":" + i + "}", new TargetUnavailable("medusa", "away"));
        parked("other", "{}", new BadMessage("no"));
        var operator = new Browser(port).signedIn(OPERATOR);
        var groups = operator.get("/console/dead-letters").body();
        assertThat(groups)
                .contains("4 letters with 2 causes", "3 letters", "once the target is back", "want a change first");
        var group = state.column("select fingerprint from dead_letters.letter where error like '%away%' limit 1")
                .get(0);
        assertThat(operator.get("/console/letters?group=" + group).body())
                .contains("3 dead letters", "Replay all 3", "shein/p0");

        var begun = operator.after(operator.post("/console/replay", "group", group, "pace", "ramp"));
        assertThat(begun)
                .contains("a replay of 3 letters has begun", "A ramp: 3 letters", "0 came through", "3 waiting");
        var id = state.column("select id from dead_letters.replay").get(0);
        assertThat(operator.after(operator.post("/console/replays/pause", "id", id)))
                .contains("the replay is paused", "paused", "by mara", "Resume");
        assertThat(operator.get("/console").body()).contains("a replay of 3 letters is paused: by mara");
        assertThat(operator.after(operator.post("/console/replays/resume", "id", id)))
                .contains("the replay goes on", "Pause");
        assertThat(operator.post("/console/replays/resume", "id", id).statusCode())
                .isEqualTo(409);

        assertThat(operator.after(operator.post("/console/replay", "group", group, "pace", "rate", "rate", "2.5")))
                .contains("2.5 a second");
        for (var rate : List.of("0", "many", "1001", "")) {
            assertThat(operator.post("/console/replay", "group", group, "pace", "rate", "rate", rate)
                            .statusCode())
                    .as(rate)
                    .isEqualTo(400);
        }
    }

    @Test
    void what_needs_a_second_operator_waits_for_one_who_is_not_the_first() {
        NEEDED.addAll(List.of("edit", "replay"));
        var mara = new Browser(port).signedIn(OPERATOR);
        var nils = new Browser(port).signedIn(SECOND_OPERATOR);
        var letter = parked("a", "{\"price\":1}", new BadMessage("no")).toString();
        parked("b", "{\"price\":2}", new BadMessage("no"));

        assertThat(mara.after(
                        mara.plain("/console/edit", "id", letter, "why", "a mistake", "message", "{\"price\":7}")))
                .contains("the edit of the dead letter " + letter + " waits for another operator")
                .contains("Somebody else has to approve it", "<del>1</del>", "<ins>7</ins>")
                .doesNotContain(">Approve<");
        mara.post("/console/replay", "pace", "ramp");
        assertThat(mara.get("/console/replays").body()).contains("another operator approves it");
        var requests = state.column("select id from audit.change_request order by action");

        assertThat(mara.post("/console/change-requests/approve", "id", requests.get(0))
                        .statusCode())
                .isEqualTo(422);
        assertThat(nils.after(nils.post("/console/change-requests/approve", "id", requests.get(0))))
                .contains("approved, and done", "approved by nils");
        assertThat(nils.after(nils.post("/console/change-requests/decline", "id", requests.get(1), "why", "not today")))
                .contains("declined; nothing was done", "not today");
        assertThat(nils.post("/console/change-requests/decline", "id", requests.get(1), "why", "again")
                        .statusCode())
                .isEqualTo(409);
        assertThat(nils.post("/console/change-requests/approve", "id", requests.get(1))
                        .statusCode())
                .isEqualTo(409);
        assertThat(state.column("select convert_from(body, 'UTF8') from dead_letters.edit"))
                .containsExactly("{\"price\":7}");
    }

    @Test
    void the_messages_of_one_cause_are_edited_by_a_mapping_tried_first() {
        parked("a", "{\"price\":1}", new BadMessage("no"));
        parked("b", "{\"price\":2}", new BadMessage("no"));
        parked("c", "{\"cost\":3}", new BadMessage("no"));
        var operator = new Browser(port).signedIn(OPERATOR);
        var mapping = "if (.price)\r\n {\"price\": .price * 10, * : .}\r\nelse {\"cost\": 4}";

        assertThat(operator.get("/console/letters?flow=products").body()).contains("Edit the messages of all 3");
        var tried = operator.plain(
                        "/console/edit-all", "flow", "products", "why", "tenfold", "try", "yes", "mapping", mapping)
                .body();
        assertThat(tried)
                .contains("2 letters would be edited", "Nothing was changed", "1 refused", "the price is missing")
                .contains("<del>1</del>", "<ins>10</ins>", "value=\"tenfold\"");
        assertThat(state.column("select why from dead_letters.edit")).isEmpty();
        var done = operator.plain("/console/edit-all", "flow", "products", "why", "tenfold", "mapping", mapping);
        assertThat(done.body()).contains("2 letters edited", "A replay sends them as edited");
        assertThat(state.column("select why from dead_letters.edit")).containsExactly("tenfold", "tenfold");
        assertThat(operator.plain("/console/edit-all", "flow", "products", "why", "x", "mapping", "{")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void a_value_is_explained_from_the_shop_to_the_line_of_the_file() {
        var viewer = new Browser(port).signedIn(VIEWER);

        assertThat(viewer.get("/console/value?id=shein-1&field=price").body())
                .contains("/variants/0/prices/0/amount", "23.80", "prod_1", "line 17")
                .contains("products/2-normalise/shein/product.jslt:115", "&lt;b&gt;.json");
        assertThat(viewer.get("/console/value?id=shein-1&field=none").body()).contains("There is no value “none”");
    }

    private static JsonNode explained(String id, String field) {
        var products = Json.array();
        var product = products.addObject().put("supplier", "shein").put("id", id);
        product.putObject("shop").put("medusaId", "prod_1").put("at", "2026-11-21T10:00:00Z");
        product.putObject("record")
                .put("bucket", "inbox")
                .put("key", "<b>.json")
                .put("index", 3);
        if (field.equals("price"))
            product.withArray("values")
                    .addObject()
                    .put("pointer", "/variants/0/prices/0/amount")
                    .put("value", "23.80")
                    .put("shop", "23.80")
                    .put("rule", "products/2-normalise/shein/product.jslt:115")
                    .put("from", "/price")
                    .put("source", "23.80")
                    .put("line", 17);
        return products;
    }

    @Test
    void a_rehearsal_tells_what_would_pass_and_what_would_change_and_leads_to_the_replay() {
        parked("good", "{\"it\":\"good\"}", new BadMessage("no"));
        parked("bad", "{\"it\":\"bad\"}", new BadMessage("no"));
        var operator = new Browser(port).signedIn(OPERATOR);

        var page = operator.post("/console/rehearse", "flow", "products").body();

        assertThat(page)
                .contains("Rehearsal of 2 letters", "1 would pass, 1 would fail")
                .contains("<del>old</del>", "<ins>&lt;b&gt;new</ins>", "no step of its route says what became of it")
                .contains("Replay all of them", "name=\"flow\" value=\"products\"");
        assertThat(SENT).isEmpty();
    }

    @Test
    void a_message_is_edited_shown_with_what_changed_taken_back_or_replayed() {
        var letter = parked("a", "{\"price\":\"0.00\",\"note\":\"a=b\"}", new BadMessage("no"))
                .toString();
        var operator = new Browser(port).signedIn(OPERATOR);
        var page = "/console/letter?id=" + letter;
        var longer = "x".repeat(20_000);

        assertThat(operator.get(page).body()).contains("Edit the message", "enctype=\"text/plain\"");
        assertThat(operator.plain("/console/edit", "id", letter, "why", "", "message", "{\"price\":\"1.00\"}")
                        .statusCode())
                .isEqualTo(400);
        var refused = operator.plain("/console/edit", "id", letter, "why", "typo", "message", "{\"cost\":1}");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("the price is missing");
        assertThat(operator.plain("/console/edit", "id", letter, "why", "typo", "message", "{\"price\":")
                        .statusCode())
                .isEqualTo(422);

        var edited = "{\r\n  \"price\": \"1.00\",\r\n  \"note\": \"a=b\",\r\n  \"more\": \"" + longer + "\"\r\n}";
        assertThat(operator.after(operator.plain("/console/edit", "id", letter, "why", "a typo", "message", edited)))
                .contains("the edit is kept", "<del>0.00</del>", "<ins>1.00</ins>", "/more", "Original message")
                .contains("edit by mara: a typo", "Replay it as edited");
        assertThat(operator.after(operator.post("/console/undo", "id", letter)))
                .contains("the edit is taken back", "undo edit by mara")
                .doesNotContain("<ins>");
        assertThat(operator.post("/console/undo", "id", letter).statusCode()).isEqualTo(409);

        operator.plain("/console/edit", "id", letter, "why", "again", "message", edited);
        operator.post("/console/replay", "id", letter);
        assertThat(SENT).singleElement().asString().contains("1.00", longer);
    }

    @Test
    void letters_and_records_are_found_by_words_of_theirs() {
        parked("a", "{\"colour\":\"turquoise\"}", new BadMessage("no"));
        parked("b", "{\"colour\":\"red\"}", new BadMessage("no"));
        var viewer = new Browser(port).signedIn(VIEWER);

        assertThat(viewer.get("/console/letters?text=turquoise").body())
                .contains("1 dead letter<", "shein/a")
                .doesNotContain("shein/b");
        assertThat(viewer.get("/console/records?text=turquoise").body()).contains("0 records in quarantine");
    }

    @Test
    void letters_are_discarded_with_a_reason_only() {
        parked("a", "{}", new BadMessage("no"));
        var operator = new Browser(port).signedIn(OPERATOR);

        assertThat(operator.post("/console/discard", "lane", "shein/a", "why", " ")
                        .statusCode())
                .isEqualTo(400);
        assertThat(operator.after(operator.post("/console/discard", "lane", "shein/a", "why", "withdrawn")))
                .contains("1 letter discarded", "everything could be handled");

        var letter = state.column("select id from dead_letters.letter").get(0);
        assertThat(operator.get("/console/letter?id=" + letter).body())
                .contains("discarded, ", "by mara: withdrawn")
                .doesNotContain("Replay it");
    }

    @Test
    void a_product_is_found_by_its_id_with_its_journey_and_its_dead_letters() {
        var upload = products.accepted(1, "71", "72");
        parked("71", "{}", new BadMessage("the price list is closed"), upload);
        var viewer = new Browser(port).signedIn(VIEWER);

        var page = viewer.get("/console/search?q=71").body();

        assertThat(page)
                .contains(
                        "shein/71",
                        "class=\"timeline\"",
                        "products-normalise",
                        "normalised",
                        "the price list is closed")
                .doesNotContain("shein/72");
        assertThat(viewer.get("/console/search").body()).contains("shein/71", "shein/72", "on its way");
    }

    @Test
    void an_upload_tells_what_became_of_each_of_its_records() {
        var upload = products.accepted(1, "71", "72", "73");
        move(upload, 0, State.DELIVERED, "in Medusa");
        move(upload, 1, State.HELD, "no stock");
        state.database().write(db -> products.ledger().checkpoint(db, upload.id(), 3));
        var viewer = new Browser(port).signedIn(VIEWER);

        assertThat(viewer.get("/console/uploads").body())
                .contains(
                        "1 upload on the way",
                        "products/shein/1.json",
                        "2 of 3 read so far",
                        "1 delivered",
                        "1 in flight");
        assertThat(viewer.get("/console/upload?id=" + upload.id()).body())
                .contains("hx-trigger=\"every 2s\"", "shein/71", "shein/72", "no stock", "shein/73");
        assertThat(viewer.get("/console/upload?id=" + upload.id() + "&state=held")
                        .body())
                .contains("shein/72")
                .doesNotContain("shein/71");
        assertThat(viewer.get("/console/upload?id=" + upload.id() + "&state=lost")
                        .statusCode())
                .isEqualTo(400);

        move(upload, 2, State.DELIVERED, "in Medusa");
        state.database().write(db -> products.ledger().complete(db, upload.id(), 3));
        assertThat(viewer.get("/console/upload?id=" + upload.id()).body())
                .contains("3 of 3")
                .doesNotContain("hx-trigger");
    }

    @Test
    void the_overview_tells_what_wants_attention_and_what_came_to_rest_by_the_minute() {
        var upload = products.accepted(1, "71", "72", "73");
        move(upload, 0, State.DELIVERED, "in Medusa");
        products.refused(upload, 3, "/price", Format.JSON, null, "{}");
        parked("72", "{}", new BadMessage("no"), upload);
        var lost = state.opened("products/shein/lost.json");
        state.database().write(db -> products.ledger().complete(db, lost.id(), 2));
        var viewer = new Browser(port).signedIn(VIEWER);

        var page = viewer.get("/console").body();

        assertThat(page)
                .contains(
                        "1 dead letter to look at",
                        "1 record in quarantine",
                        "the ledger of products/shein/lost.json does not add up")
                .contains("2 records came to rest within the hour", "class=\"state-delivered\" x=\"708\"", "Pimcore")
                .doesNotContain("has not moved", "does not answer");
        assertThat(viewer.get("/console/throughput").body())
                .contains("2 records came to rest", "<th scope=\"row\">07:00</th><td>1</td><td>1</td>");
        state.clock().pass(Duration.ofMinutes(20));
        assertThat(viewer.get("/console").body()).contains("a record of products has not moved for 20 minutes");
        state.database().write(db -> products.ledger().park(db, upload.id()));
        assertThat(viewer.get("/console").body()).contains("products/shein/1.json could not be read to its end");
    }

    @Test
    void a_quarantined_record_is_shown_with_the_place_marked_and_is_refused_again_or_discarded() {
        var upload = products.accepted(1);
        products.refused(
                upload,
                0,
                "/info/prices/1/amount",
                Format.JSON,
                null,
                "{\"code\":\"0\",\"info\":{\"prices\":[{\"amount\":\"1.00\"},{\"amount\":\"0.00\"}]}}");
        var operator = new Browser(port).signedIn(OPERATOR);
        var id = state.column("select id from quarantine.record").get(0);

        assertThat(operator.get("/console/quarantine").body())
                .contains("price-not-positive", "/info/prices/*/amount", "1 record");
        assertThat(operator.get("/console/records?rule=price-not-positive").body())
                .contains("record 0", "Release all");
        assertThat(operator.get("/console/record?id=" + id).body())
                .contains("<mark>        \"amount\": \"0.00\"</mark>", "the price is")
                .contains("        \"amount\": \"1.00\"");
        assertThat(operator.after(operator.post("/console/quarantine/release", "id", id)))
                .contains("0 records released, 1 still refused");
        assertThat(operator.post("/console/quarantine/discard", "id", id).statusCode())
                .isEqualTo(400);
        assertThat(operator.after(operator.post("/console/quarantine/discard", "id", id, "why", "free is a mistake")))
                .contains("1 record discarded", "Empty: every record was accepted");
        assertThat(operator.get("/console/record?id=" + id).body())
                .contains("by mara: free is a mistake")
                .doesNotContain("Release it");
    }

    @Test
    void a_product_that_waits_is_shown_as_it_would_be_sold_and_published_by_a_click() {
        var key = products.waits(pimcore, 1, DRESS);
        var operator = new Browser(port).signedIn(OPERATOR);
        assertThat(operator.get("/console").body()).contains("1 product to publish");
        assertThat(operator.get("/console/publishing").body()).contains("1 product to look at", key.toString());

        var preview =
                operator.get("/console/publication?handle=" + key.handle()).body();

        assertThat(preview).contains("SAR", "USD", "Publish it", "Reject it", "Size: ");
        pimcore.faults().reject(key.supplier() + ":" + key.id(), "the catalogue is frozen");
        var refused = operator.post("/console/publishing/approve", "handle", key.handle());
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("the catalogue is frozen");
        assertThat(state.column("select action from audit.action")).isEmpty();
        pimcore.faults().accept(key.supplier() + ":" + key.id());
        assertThat(operator.after(operator.post("/console/publishing/approve", "handle", key.handle())))
                .contains(key.handle() + " is published", "Nothing waits");
        assertThat(pimcore.object("/products/" + key.handle()).orElseThrow().published())
                .isTrue();
        assertThat(operator.post("/console/publishing/approve", "handle", key.handle())
                        .statusCode())
                .isEqualTo(409);
        assertThat(state.column("select who || ' ' || action || ' ' || subject from audit.action"))
                .containsExactly("mara approve " + key);
        assertThat(operator.get("/console/search?q=" + key.id()).body())
                .contains("approved by mara, on its way to the shop", "products-approval");
    }

    @Test
    void a_product_that_is_rejected_stays_unpublished_and_its_record_is_discarded_with_the_reason() {
        var key = products.waits(pimcore, 1, OIL);
        var operator = new Browser(port).signedIn(OPERATOR);

        assertThat(operator.post("/console/publishing/reject", "handle", key.handle())
                        .statusCode())
                .isEqualTo(400);
        assertThat(operator.after(
                        operator.post("/console/publishing/reject", "handle", key.handle(), "why", "not our style")))
                .contains(key.handle() + " is rejected");

        assertThat(pimcore.object("/products/" + key.handle()).orElseThrow().published())
                .isFalse();
        assertThat(state.column("select state || ': ' || detail from ledger.entry"))
                .containsExactly("discarded: by mara: not our style");
        assertThat(operator.get("/console/search?q=" + key.id()).body())
                .contains("held: rejected by mara: not our style");
        assertThat(operator.post("/console/publishing/reject", "handle", key.handle(), "why", "x")
                        .statusCode())
                .isEqualTo(409);
        assertThat(operator.get("/console/publication?handle=shein-none").body())
                .contains("does not have it where Caravan put it");
    }

    @Test
    void settings_are_told_with_their_origin_and_without_secrets() {
        var page = new Browser(port).signedIn(VIEWER).get("/console/settings").body();

        assertThat(page)
                .contains("http://medusa.test", "MEDUSA_URL", "products.page-size", "application.properties", "unset")
                .doesNotContain("not-to-be-told", "jdbc:secret");
    }

    /** What a schema would say. */
    private static List<Reason> rules(String flow, JsonNode message) {
        return message.has("price")
                ? List.of()
                : List.of(new Reason("/price", "required", "the price is missing", NullNode.instance));
    }

    /** A stage on which a letter about "good" is done, and every other stays undone; a whole one is in {@code StageTest}. */
    private static Rehearsals.Stage stage() {
        return new Rehearsals.Stage() {
            private final Changes changes = new Changes();

            @Override
            public Database database() {
                return state.database();
            }

            @Override
            public void perform(String queue, BatchMessage message) {
                if (!message.body().contains("good")) return;
                changes.add(
                        "digest",
                        List.of(new Change(
                                "pimcore", "shein-good", "name", TextNode.valueOf("<b>new"), TextNode.valueOf("old"))));
                message.done();
            }

            @Override
            public Changes.Told told() {
                return changes.take();
            }

            @Override
            public void undo() {}

            @Override
            public void close() {}
        };
    }

    private static UUID parked(String product, String body, RuntimeException cause) {
        return parked(product, body, cause, state.opened("products/shein/parked.json"));
    }

    private static UUID parked(String product, String body, RuntimeException cause, Upload upload) {
        var parking = new Parking(
                "products",
                "products-pimcore",
                "caravan-products",
                "shein/" + product,
                new RecordId(upload.id(), 90),
                body.getBytes(UTF_8),
                Json.object(),
                "pimcore",
                cause);
        state.database().write(db -> letters.park(db, parking));
        return parking.id();
    }

    private static void move(Upload upload, long index, State to, String why) {
        var entry = new Entry(new RecordId(upload.id(), index), to, null, why);
        state.database().write(db -> products.ledger().put(db, "products", List.of(entry)));
    }

    private static String cookie(HttpResponse<?> answer) {
        return answer.headers().firstValue("Set-Cookie").orElse("");
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static JsonNode report(Map<String, String> parameters) {
        if (parameters.containsKey("asOf")) throw new Problem(400, "Invalid parameter", "asOf must be a time");
        var report = Json.object()
                .put("report", parameters.get("name"))
                .put("asOf", "2026-11-21T07:00:00Z")
                .put("version", 17);
        report.putObject("period").put("from", "2026-11-20").put("to", "2026-11-21");
        report.put("quality", "0.9").put("inQuarantine", 2);
        report.putArray("columns").add("day").add("currency").add("orders").add("revenue");
        for (var day : parameters.getOrDefault("from", "2026-11-20,2026-11-21").split(","))
            if (!day.equals("2020-01-01"))
                report.withArray("rows")
                        .addObject()
                        .put("day", day)
                        .put("currency", "USD")
                        .put("orders", 1)
                        .put("revenue", day.endsWith("20") ? "5" : "10");
        return report;
    }

    @Test
    void a_report_is_shown_as_a_chart_and_as_a_table() {
        var viewer = new Browser(port).signedIn(VIEWER);

        var page = viewer.get("/console/reports").body();

        assertThat(page)
                .contains("<option value=\"daily-revenue\" selected>", "<option value=\"quality\">")
                .contains("daily-revenue 2026-11-20 to 2026-11-21, version 17", "quality 0.9, 2 in quarantine")
                .contains(
                        "<title id=\"daily-revenue-chart\">Revenue by day</title>", "2026-11-21 USD", "width=\"420.0\"")
                .contains("width=\"210.0\"", "<th scope=\"col\">revenue</th>", "<td>2026-11-21</td>")
                .doesNotContain("style=\"");
    }

    @Test
    void a_report_without_rows_has_no_chart_and_a_wrong_question_is_told_so() {
        var viewer = new Browser(port).signedIn(VIEWER);

        assertThat(viewer.get("/console/reports?name=daily-revenue&from=2020-01-01")
                        .body())
                .contains("<p>no rows</p>")
                .doesNotContain("<svg");
        var wrong = viewer.get("/console/reports?name=daily-revenue&asOf=yesterday");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).contains("asOf must be a time");
        assertThat(nobody.get("/console/reports").statusCode()).isEqualTo(303);
    }

    @Test
    void what_is_out_of_the_ordinary_is_shown_with_its_evidence_and_stays_to_be_seen_when_it_has_cleared() {
        var viewer = new Browser(port).signedIn(VIEWER);
        var silence = new Finding(
                "web", "web: 0 orders in the last <hour>", Json.object().put("usual", 208), "there are orders again");
        state.database()
                .write(db -> alerts.settle(db, "orders", "orders-of-channel", Optional.empty(), List.of(silence)));

        assertThat(viewer.get("/console/alerts").body())
                .contains("1 alert open.", "web: 0 orders in the last &lt;hour&gt;", "208", "there are orders again");
        assertThat(viewer.get("/console").body()).contains("1 open alert", "href=\"/console/alerts\"");

        state.database().write(db -> alerts.settle(db, "orders", "orders-of-channel", Optional.empty(), List.of()));

        assertThat(viewer.get("/console/alerts").body())
                .contains("Nothing is out of the ordinary.", "web: 0 orders in the last &lt;hour&gt;", "cleared");
        assertThat(viewer.get("/console").body()).doesNotContain("open alert");
    }

    @Test
    void the_live_page_tells_of_minutes_sessions_alerts_and_lag() {
        var clicks = new TestClickstream(state);
        state.clock().pass(Duration.ofSeconds(130));
        var minute = state.clock().instant().truncatedTo(ChronoUnit.MINUTES).minusSeconds(60);
        clicks.upload(
                "clicks/a.jsonl", click(1, "u", minute) + click(2, "u", minute.plusSeconds(9)) + click(3, "v", minute));
        clicks.work();
        clicks.upload("clicks/b.jsonl", click(4, "v", minute.plusSeconds(90)));
        state.clock().pass(Duration.ofSeconds(7));
        var viewer = new Browser(port).signedIn(VIEWER);

        var page = viewer.get("/console/live").body();

        assertThat(page)
                .contains("3 events within the hour, 3 in the busiest minute")
                .contains(
                        tile("Events in the last full minute", "3"),
                        tile("Users in it", "2"),
                        tile("Open sessions", "2"),
                        tile("Open alerts", "1"),
                        tile("Behind what came in", "7 s"))
                .contains("bulk-quantity: user u");
        clicks.module.close();
    }

    private static String tile(String name, String value) {
        return "<dt>" + name + "</dt><dd>" + value + "</dd>";
    }

    private static String click(int id, String user, Instant at) {
        return """
                {"event_id":"e-%s","user_id":"%s","session_id":"s","timestamp":"%s","event_type":"add_to_cart","properties":{"quantity":%s}}
                """.formatted(id, user, at, id == 1 ? 60 : 1);
    }

    @Test
    void alerts_come_to_the_live_page_of_who_is_signed_in_and_of_nobody_else() {
        assertThat(nobody.get(Console.ALERTS, "Accept", "text/event-stream").statusCode())
                .isEqualTo(401);
        var low = new Finding("P-1", "P-1 is low", Json.object(), "there is more");
        try (var lines = new Browser(port).signedIn(VIEWER).listen(Console.ALERTS)) {
            state.database().write(db -> alerts.settle(db, "orders", "stock-low", Optional.empty(), List.of(low)));

            assertThat(lines.filter(line -> line.startsWith("event:")).findFirst())
                    .contains("event: raised");
        }
    }

    @Test
    void who_leaves_the_live_page_open_stays_signed_in_until_the_session_is_too_old() {
        var viewer = new Browser(port).signedIn(VIEWER);

        for (int i = 0; i < 11; i++) {
            for (int half = 0; half < 6; half++) {
                state.clock().pass(Duration.ofMinutes(10));
                assertThat(viewer.get("/console/live", "HX-Request", "true").statusCode())
                        .isEqualTo(200);
            }
        }

        state.clock().pass(Duration.ofHours(1));
        assertThat(viewer.get("/console/live").statusCode()).isEqualTo(303);
    }

    @Test
    void an_operator_declines_an_appeal_or_confirms_it_and_says_why() {
        var clicks = new TestClickstream(state);
        var at = state.clock().instant().minusSeconds(60);
        clicks.upload("clicks/a.jsonl", click(1, "u", at));
        clicks.work();
        new TestCustomers(state).upload("tickets/a.json", """
                [{"ticket_id": "T-7", "user_id": "u", "created_at": "%s", "category": "account", "status": "open"}]""".formatted(at));
        assertThat(new Browser(port).signedIn(VIEWER).get("/console/alerts").body())
                .contains("Appeals that wait", "disputed by ticket T-7")
                .doesNotContain("Confirm the appeal");
        var operator = new Browser(port).signedIn(OPERATOR);
        assertThat(operator.get("/console/alerts").body()).contains("Confirm the appeal", "Decline the appeal");
        var alert = alerts.list(true, null, 1).get(0).id().toString();
        assertThat(operator.post("/console/alerts/confirm", "id", alert, "why", " ")
                        .statusCode())
                .isEqualTo(400);
        assertThat(operator.after(operator.post("/console/alerts/decline", "id", alert, "why", "nobody we know")))
                .contains("declined: bulk-quantity goes on about u")
                .doesNotContain("Appeals that wait");
        assertThat(operator.post("/console/alerts/decline", "id", alert, "why", "again")
                        .statusCode())
                .isEqualTo(409);

        var done = operator.after(operator.post("/console/alerts/confirm", "id", alert, "why", "a trader"));

        assertThat(done)
                .contains("confirmed: bulk-quantity says nothing about u before")
                .doesNotContain("Appeals that wait");
        assertThat(operator.post("/console/alerts/confirm", "id", alert, "why", "again")
                        .statusCode())
                .isEqualTo(409);
        assertThat(state.column("select action || ' ' || why from audit.action where action like '%appeal'"))
                .containsExactlyInAnyOrder("decline appeal nobody we know", "confirm appeal a trader");
        clicks.module.close();
    }
}
