package dev.caravan;

import static dev.caravan.testing.Acme.article;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.rerun.Comparison;
import dev.caravan.rerun.Past.Span;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.testing.Acme;
import dev.caravan.testing.HeldObjects;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("operate")
class RerunOutcomesIT {
    private static final Span ALL = new Span(TestClock.START, TestClock.START.plus(Duration.ofDays(1)), null);

    private static TestState state;

    @TempDir
    Path folder;

    private final HeldObjects s3 = new HeldObjects();
    private Acme inForce;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        inForce = Acme.in(folder.resolve("in-force"));
    }

    @Test
    void the_same_routes_make_the_same_bytes() {
        received("a.json", article("1", "Lamp", "9.90"), article("2", "Chair", "-1"), article("3", "Table", "40"));
        received("b.json", article("1", "Lamp", "8.90"), article("3", "Table", "40"));

        var once = rerun(ALL);
        var again = rerun(ALL);

        assertThat(bytes(again)).isEqualTo(bytes(once));
        assertThat(once)
                .extracting(line -> line.path("key").asText() + " " + line.path("index") + " "
                        + line.path("decision").asText())
                .containsExactly(
                        "products/acme/a.json 0 delivered",
                        "products/acme/a.json 1 quarantined",
                        "products/acme/a.json 2 delivered",
                        "products/acme/b.json 0 delivered",
                        "products/acme/b.json 1 unchanged");
        var lamp = once.get(3);
        assertThat(lamp.at("/product/variants/0/prices/0/amount").asText()).isEqualTo("8.90");
        assertThat(lamp.at("/pimcore/product/input/name/en").asText()).isEqualTo("Lamp");
        assertThat(lamp.at("/pimcore/published").asBoolean()).isTrue();
        assertThat(lamp.at("/medusa/variants/0/prices/0/amount").asText()).isEqualTo("8.90");
        assertThat(lamp.at("/medusa/variants/0/stock").asInt()).isEqualTo(4);
        assertThat(once.get(1).at("/reasons/0/rule").asText()).isEqualTo("price-not-positive");
    }

    @Test
    void nothing_of_a_run_remains() {
        received("a.json", article("1", "Lamp", "9.90"));
        var before = state.column("select state || received from ledger.upload");

        rerun(ALL);

        assertThat(state.column("select state || received from ledger.upload")).isEqualTo(before);
        for (var table :
                List.of("ledger.entry", "journey.hop", "quarantine.record", "products.product", "audit.action"))
            assertThat(state.column("select count(*)::text from " + table)).containsExactly("0");
        assertThat(scratches()).isEmpty();
    }

    @Test
    void a_changed_mapping_differs_in_exactly_the_records_and_fields_it_changes() {
        received("a.json", article("1", "Lamp", "9.90"), article("2", "Chair", "25"), article("3", "Lamp shade", "5"));
        var changed = Acme.in(folder.resolve("changed"))
                .edited(Acme.MAPPING, "{\"en\": .title}", "{\"en\": if (.title == \"Chair\") \"Seat\" else .title}");

        var comparison = new Comparison();
        var lines = compare(changed, ALL, comparison);

        assertThat(lines).extracting(line -> line.path("same").asBoolean()).containsExactly(true, false, true);
        assertThat(comparison.same()).isFalse();
        assertThat(comparison.summary())
                .hasToString(
                        "{\"records\":3,\"different\":1,\"decisions\":{},"
                                + "\"fields\":{\"/medusa/title\":1,\"/pimcore/product/input/name/en\":1,\"/product/name/en\":1}}");
        assertThat(lines.get(1).path("diff"))
                .anySatisfy(operation -> assertThat(operation).isEqualTo(Json.read("""
                                                {"op":"replace","path":"/product/name/en","fromValue":"Chair","value":"Seat"}""")));
    }

    @Test
    void a_stricter_rule_quarantines_what_came_through() {
        received("a.json", article("1", "Lamp", "9.90"), article("2", "Chair", "25"));
        var changed = Acme.in(folder.resolve("changed"))
                .edited(Acme.MAPPING, "[.price]", "[if (.title == \"Chair\") \"0\" else .price]");

        var comparison = new Comparison();
        var lines = compare(changed, ALL, comparison);

        assertThat(comparison.summary().path("decisions")).hasToString("{\"delivered → quarantined\":1}");
        assertThat(lines.get(1).at("/after/reasons/0/rule").asText()).isEqualTo("price-not-positive");
        assertThat(lines.get(0).path("same").asBoolean()).isTrue();
    }

    @Test
    void what_the_shop_gets_is_compared_too_and_so_is_what_routes_do() {
        received("a.json", article("1", "Lamp", "9.90"));
        var changed = Acme.in(folder.resolve("changed"))
                .edited(
                        "products/4-medusa/shop-product.jslt",
                        "\"manage_inventory\": true",
                        "\"manage_inventory\": false");
        var elsewhere = Acme.in(folder.resolve("elsewhere"))
                .edited(
                        "products/4-medusa/medusa.camel.yaml",
                        "      steps:\n        - bean:",
                        "      steps:\n        - stop: {}\n        - bean:");

        var comparison = new Comparison();
        compare(changed, ALL, comparison);

        assertThat(comparison.summary().path("fields")).hasToString("{\"/medusa/variants/*/manage_inventory\":1}");
        assertThatThrownBy(() -> compare(elsewhere, ALL, new Comparison()))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("says what became of its messages");
        assertThat(scratches()).isEmpty();
    }

    @Test
    void a_supplier_that_is_new_takes_in_what_was_refused_whole() {
        received("a.json", article("1", "Lamp", "9.90"), article("2", "Chair", "25"));
        var changed = Acme.in(folder.resolve("changed"));
        inForce.folder().resolve(Acme.MAPPING).toFile().delete();

        var comparison = new Comparison();
        var lines = compare(changed, ALL, comparison);

        assertThat(lines.get(0).at("/before/reasons/0/rule").asText()).isEqualTo("unknown-supplier");
        assertThat(comparison.summary().path("decisions"))
                .hasToString("{\"nothing → delivered\":1,\"quarantined → delivered\":1}");
    }

    @Test
    void an_object_that_is_gone_is_told_and_the_others_are_run() {
        received("a.json", article("1", "Lamp", "9.90"));
        opened("gone.json");
        received("b.json", article("2", "Chair", "25"));

        var lines = rerun(ALL);

        assertThat(lines)
                .extracting(line -> line.path("decision").asText())
                .containsExactly("delivered", "parked", "delivered");
        assertThat(lines.get(1).path("cause").asText()).isEqualTo("The specified key does not exist.");
        assertThat(lines.get(1).has("index")).isFalse();
        assertThat(bytes(rerun(ALL))).isEqualTo(bytes(lines));
    }

    @Test
    void the_span_ends_before_its_end_and_can_be_of_one_key() {
        received("a.json", article("1", "Lamp", "9.90"));
        received("b.json", article("2", "Chair", "25"));
        var second = TestClock.START.plusSeconds(60);

        assertThat(rerun(new Span(TestClock.START, second, null))).hasSize(1);
        assertThat(rerun(new Span(second, second.plusSeconds(1), null))).hasSize(1);
        assertThat(rerun(new Span(ALL.from(), ALL.to(), "products/acme/b.json")))
                .hasSize(1);
        assertThatThrownBy(() -> new Span(second, second, null))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("must lie before");
    }

    @Test
    void a_broken_folder_is_refused_with_file_and_line() {
        var broken = Acme.in(folder.resolve("changed"))
                .edited(Acme.MAPPING, "\"sku\": .number,\n  \"name\"", "\"sku\": .number\n  \"name\"");

        assertThatThrownBy(() -> compare(broken, ALL, new Comparison()))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith("routes/" + Acme.MAPPING + ":3:11: ");
    }

    private List<ObjectNode> rerun(Span span) {
        var lines = new ArrayList<ObjectNode>();
        rerun().run(files(inForce), span, lines::add);
        return lines;
    }

    private List<ObjectNode> compare(Acme changed, Span span, Comparison comparison) {
        var lines = new ArrayList<ObjectNode>();
        rerun().compare(files(inForce), files(changed), span, comparison, lines::add);
        return lines;
    }

    private Rerun rerun() {
        return new Rerun(Settings.of(Map.of("DATABASE_URL", state.jdbcUrl())), s3);
    }

    private static RouteFiles files(Acme routes) {
        return RouteFiles.at("file:" + routes.folder());
    }

    /** Received a minute after the one before. */
    private void received(String name, ObjectNode... records) {
        var upload = opened(name);
        var array = Json.array();
        for (var record : records) array.add(record);
        s3.put(upload.key(), upload.versionId(), Json.bytes(array));
    }

    private Upload opened(String name) {
        var upload = TestState.upload("products/acme/" + name, state.clock().instant(), "01");
        state.database().write(db -> new Ledger(state.clock()).open(db, upload, "products", "mapping-1"));
        state.clock().pass(Duration.ofMinutes(1));
        return upload;
    }

    private List<String> scratches() {
        return state.column(
                "select datname from pg_database where starts_with(datname, current_database() || '_scratch_')");
    }

    private static byte[] bytes(List<? extends JsonNode> lines) {
        var text = new StringBuilder();
        lines.forEach(line ->
                text.append(new String(Json.canonicalBytes(line), UTF_8)).append('\n'));
        return text.toString().getBytes(UTF_8);
    }
}
