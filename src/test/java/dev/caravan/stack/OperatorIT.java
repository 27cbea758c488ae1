package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Defect;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.stack.Stack.Writes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an operator does from the command line, through the packaged JAR, against a running instance. */
@Tag("operate")
class OperatorIT {
    private static final String VIEWER = ApiKeys.generate();
    private static final String SECOND = ApiKeys.generate();

    private static Stack stack;
    private static Cli operator;
    private static Cli viewer;

    @BeforeAll
    static void start() {
        stack = Stack.start("operator-it", settings -> settings.withKey("viewer", Role.VIEWER, VIEWER)
                .withKey("second", Role.OPERATOR, SECOND)
                .with("APPROVAL_ACTIONS", "replay")
                .with("APPROVAL_REPLAY_LETTERS", "4"));
        operator = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
        viewer = Cli.of(stack.caravan(), VIEWER);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void trace_tells_a_products_journey_by_id_handle_or_sku() {
        var record = records(generated(Options.of("shein", 1, 61))).get(0);
        var id = record.at("/info/productInfo/goods_id").asText();
        var sku = record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0/sku_code")
                .asText();
        stack.delivered("products/shein/traced.json", Json.bytes(record));

        var byId = viewer.run("trace", id);
        var bySku = viewer.run("trace", sku);
        var unknown = viewer.run("trace", "nobody-knows-me");

        assertThat(byId.code()).isZero();
        assertThat(byId.out())
                .startsWith("shein/" + id)
                .containsSubsequence(
                        "products-normalise",
                        "products-pimcore",
                        "written to Pimcore and published",
                        "products-medusa",
                        "created in Medusa: on sale");
        assertThat(bySku.out()).isEqualTo(byId.out());
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("nothing is known of \"nobody-knows-me\"");
    }

    @Test
    void ledger_gives_the_balance_of_an_upload() {
        var key = "products/shein/balanced file.json";
        stack.delivered(key, generated(Options.of("shein", 3, 62)));

        var ended = viewer.run("ledger", "--upload", key);
        var other = viewer.run("ledger", "--upload", "products/shein/none.json");

        assertThat(ended.code()).isZero();
        assertThat(ended.out()).isEqualToIgnoringNewLines("products " + key + ": received 3 = 3 delivered");
        assertThat(other.out()).isEqualToIgnoringNewLines("no uploads");
    }

    @Test
    void a_poisonous_product_is_parked_with_its_cause_while_the_rest_flows_and_goes_through_when_replayed() {
        var file = generated(Options.of("shein", 3, 63));
        var id = records(file).get(1).at("/info/productInfo/goods_id").asText();
        stack.sandbox().pimcore().faults().reject("shein:" + id, "the price list is closed");

        var balance = stack.delivered("products/shein/poison.json", file);

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 2L, "parked", 1L));
        var listed = viewer.run("dead-letters", "list", "--lane", "shein/" + id);
        assertThat(listed.code()).isEqualTo(1);
        assertThat(listed.out())
                .contains("shein/" + id)
                .contains("the price list is closed")
                .contains("1 open");
        var letter = listed.out().substring(0, 36);
        assertThat(viewer.run("trace", letter).out()).startsWith("shein/" + id);
        var shown = Json.read(viewer.run("dead-letters", "show", letter).out());
        assertThat(shown.path("route").asText()).isEqualTo("products-pimcore");
        assertThat(shown.path("body").asText()).contains("\"ProductIngested\"").contains(id);
        var groups = viewer.run("dead-letters", "groups", "--lane", "shein/" + id);
        assertThat(groups.code()).isEqualTo(1);
        assertThat(groups.out())
                .startsWith(shown.path("group").asText() + "  1 letters, 1 in the last hour")
                .contains("products-pimcore  such as " + letter + ": ")
                .contains("the price list is closed")
                .contains("1 groups");
        var forbidden = viewer.run("dead-letters", "replay", "--id", letter);
        assertThat(forbidden.code()).isEqualTo(2);
        assertThat(forbidden.err()).contains("CARAVAN_API_KEY is not a key that may do this");

        stack.sandbox().pimcore().faults().accept("shein:" + id);
        var replayed = operator.run("dead-letters", "replay", "--id", letter);

        assertThat(replayed.code()).isZero();
        assertThat(replayed.out()).isEqualToIgnoringNewLines("replayed 1");
        patiently().untilAsserted(() -> assertThat(
                        states(stack.balances("products/shein/poison.json").get(0)))
                .isEqualTo(Map.of("delivered", 3L)));
        assertThat(stack.onSale("sar")).containsKey("shein-" + id);
        assertThat(viewer.run("dead-letters", "list", "--lane", "shein/" + id).code())
                .isZero();
    }

    @Test
    void a_ramp_goes_on_while_letters_come_through_and_pauses_when_one_fails_again() {
        var file = generated(Options.of("shein", 4, 71));
        var ids = new ArrayList<String>();
        records(file)
                .forEach(record ->
                        ids.add(record.at("/info/productInfo/goods_id").asText()));
        var faults = stack.sandbox().pimcore().faults();
        ids.forEach(id -> faults.reject("shein:" + id, "the ramp is closed"));
        stack.delivered("products/shein/ramp.json", file);
        var group = viewer.run("dead-letters", "groups", "--lane", "shein/" + ids.get(0))
                .out()
                .substring(0, 12);

        var begun = operator.run("dead-letters", "replay", "--group", group, "--ramp");

        assertThat(begun.out()).contains("running  0 of 4 passed").contains("4 waiting");
        var replay = begun.out().substring(0, 36);
        patiently().untilAsserted(() -> assertThat(
                        viewer.run("dead-letters", "replays").out())
                .contains(replay + "  paused (1 of the last 1 failed again)  0 of 4 passed, 1 failed again"));
        ids.forEach(id -> faults.accept("shein:" + id));
        assertThat(operator.run("dead-letters", "resume", replay).code()).isZero();
        patiently().untilAsserted(() -> assertThat(
                        viewer.run("dead-letters", "replays").out())
                .contains(replay + "  done  3 of 4 passed, 1 failed again"));
        assertThat(operator.run("dead-letters", "pause", replay).err())
                .contains("no replay " + replay + " that is running");

        operator.run("dead-letters", "replay", "--group", group, "--rate", "50");
        patiently().untilAsserted(() -> assertThat(
                        states(stack.balances("products/shein/ramp.json").get(0)))
                .isEqualTo(Map.of("delivered", 4L)));
        assertThat(operator.run("dead-letters", "replay", "--rate", "0").err()).contains("\"rate\" above 0");
    }

    @Test
    void a_replay_of_many_waits_for_a_second_operator() {
        var file = generated(Options.of("shein", 5, 72));
        var faults = stack.sandbox().pimcore().faults();
        records(file)
                .forEach(record -> faults.reject(
                        "shein:" + record.at("/info/productInfo/goods_id").asText(), "many are closed"));
        stack.delivered("products/shein/many.json", file);
        faults.clear();
        var second = Cli.of(stack.caravan(), SECOND);

        var asked = operator.run("dead-letters", "replay", "--text", "many are closed");

        assertThat(asked.code()).isZero();
        assertThat(asked.out())
                .startsWith("the replay of 5 dead letters (")
                .contains("waits for another operator: caravan change-requests approve ");
        var id = asked.out().strip().replaceAll(".* ", "");
        var listed = second.run("change-requests", "list");
        assertThat(listed.code()).isEqualTo(1);
        assertThat(listed.out()).contains(id + "  waiting  replay of 5 dead letters", "asked for by demo at ");
        assertThat(operator.run("change-requests", "approve", id).err()).contains("you asked for this yourself");
        assertThat(second.run("change-requests", "approve", id).out()).contains("\"state\" : \"running\"");
        patiently().untilAsserted(() -> assertThat(
                        states(stack.balances("products/shein/many.json").get(0)))
                .isEqualTo(Map.of("delivered", 5L)));
        assertThat(second.run("change-requests", "decline", id, "--why", "too late")
                        .err())
                .contains("no change request " + id + " that waits");
        assertThat(viewer.run("change-requests", "list").code()).isEqualTo(2);
    }

    @Test
    void what_sqs_gave_up_is_a_dead_letter_like_any_other_and_comes_through_when_replayed() {
        var key = "products/elsewhere/given-up.json";
        stack.giveUp("another-inbox", key, "1", Instant.now());

        patiently().until(() -> letterOf("SQS gave it up").isPresent());
        var letter = letterOf("SQS gave it up").orElseThrow();
        assertThat(Json.read(viewer.run("dead-letters", "show", letter).out())
                        .path("queue")
                        .asText())
                .isEqualTo(stack.sandbox().aws().resources().uploads());
        operator.run("dead-letters", "replay", "--id", letter);

        patiently().untilAsserted(() -> assertThat(stack.quarantined(key)).hasSize(1));
        assertThat(letterOf("SQS gave it up")).isEmpty();
    }

    private static Optional<String> letterOf(String cause) {
        var listed = viewer.run("dead-letters", "list").out();
        return listed.lines()
                .filter(line -> line.contains(cause))
                .map(line -> line.substring(0, 36))
                .findFirst();
    }

    @Test
    void a_dead_letter_is_discarded_with_a_reason_only() {
        var file = generated(Options.of("shein", 1, 64));
        var id = records(file).get(0).at("/info/productInfo/goods_id").asText();
        stack.sandbox().pimcore().faults().reject("shein:" + id, "never");
        stack.delivered("products/shein/hopeless.json", file);

        var without = operator.run("dead-letters", "discard", "--lane", "shein/" + id);
        var with =
                operator.run("dead-letters", "discard", "--lane", "shein/" + id, "--why", "the supplier withdrew it");

        assertThat(without.code()).isEqualTo(2);
        assertThat(without.err()).contains("--why");
        assertThat(with.out()).isEqualToIgnoringNewLines("discarded 1");
        assertThat(states(stack.balances("products/shein/hopeless.json").get(0)))
                .isEqualTo(Map.of("discarded", 1L));
    }

    @Test
    void quarantined_records_are_listed_shown_refused_again_and_discarded() {
        var key = "products/shein/refused.json";
        stack.delivered(key, generated(Options.of("shein", 2, 65).withDefects(1, EnumSet.of(Defect.ZERO_PRICE))));

        var listed = viewer.run("quarantine", "list", "--upload", key, "--format", "ndjson");

        assertThat(listed.code()).isEqualTo(1);
        var lines = listed.out().lines().map(Json::read).toList();
        assertThat(lines).hasSize(2).allSatisfy(line -> {
            assertThat(line.path("key").asText()).isEqualTo(key);
            assertThat(line.at("/reasons/0/rule").asText()).isEqualTo("price-not-positive");
            assertThat(line.at("/reasons/0/value").asText()).isEqualTo("0.00");
            assertThat(line.path("raw").asText()).startsWith("{").contains("goods_id");
        });
        assertThat(viewer.run("quarantine", "groups", "--upload", key).out())
                .startsWith("shein  price-not-positive at \"")
                .contains("  2 records  ")
                .contains("1 groups");
        var id = lines.get(0).path("id").asText();
        assertThat(Json.read(viewer.run("quarantine", "show", id).out())
                        .path("id")
                        .asText())
                .isEqualTo(id);
        assertThat(viewer.run("quarantine", "release", "--upload", key).code()).isEqualTo(2);
        var again = operator.run("quarantine", "release", "--upload", key);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.out()).isEqualToIgnoringNewLines("released 0, still refused 2");

        var discarded = operator.run("quarantine", "discard", "--upload", key, "--why", "free of charge is a mistake");

        assertThat(discarded.out()).isEqualToIgnoringNewLines("discarded 2");
        assertThat(states(stack.balances(key).get(0))).isEqualTo(Map.of("discarded", 2L));
    }

    @Test
    void ingest_starts_an_upload_by_hand() {
        var archive = stack.sandbox().aws().resources().archive();
        var key = "products/shein/by hand.json";
        stack.sandbox()
                .aws()
                .clients()
                .s3()
                .putObject(
                        request -> request.bucket(archive).key(key),
                        software.amazon.awssdk.core.sync.RequestBody.fromBytes(generated(Options.of("shein", 2, 66))));

        var ended = operator.run("ingest", "s3://" + archive + "/" + key);
        var none = operator.run("ingest", "s3://" + archive + "/products/shein/none.json");

        assertThat(ended.code()).isZero();
        patiently().untilAsserted(() -> assertThat(stack.balances(key))
                .singleElement()
                .satisfies(balance -> assertThat(states(balance)).isEqualTo(Map.of("delivered", 2L))));
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("no object products/shein/none.json").doesNotContain("\tat ");
    }

    @Test
    void an_unknown_key_and_an_instance_that_is_not_there_are_said_in_one_sentence() {
        var stranger = Cli.of(stack.caravan(), "ck_guessed").run("ledger");
        var nobody = new Cli(Map.of("CARAVAN_URL", "http://127.0.0.1:1", "CARAVAN_API_KEY", "ck_any")).run("ledger");

        assertThat(stranger.code()).isEqualTo(2);
        assertThat(stranger.err().lines()).hasSize(1);
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err().lines())
                .singleElement()
                .asString()
                .contains("no instance answers at http://127.0.0.1:1");
    }

    @Test
    void a_restart_forgets_nothing() {
        var key = "products/shein/before.json";
        var options = Options.of("shein", 3, 67);
        var version = stack.upload(key, generated(options));
        stack.atRest(key, version);
        stack.quiet();

        var writes = stack.writesOf(() -> {
            stack.restart(settings -> settings);
            stack.announce(stack.sandbox().aws().resources().inbox(), key, version, Instant.now());
            var again = stack.delivered("products/shein/after.json", generated(options.withOtherOrderAndSpacing()));
            assertThat(states(again)).isEqualTo(Map.of("unchanged", 3L));
        });

        assertThat(writes).isEqualTo(Writes.NONE);
        assertThat(stack.balances(key)).hasSize(1);
    }
}
