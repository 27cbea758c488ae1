package dev.caravan;

import static dev.caravan.testing.Acme.article;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.products.Page;
import dev.caravan.products.Suppliers;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.testing.Acme;
import dev.caravan.testing.HeldObjects;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShadowTest {
    private static TestState state;

    @TempDir
    Path folder;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private Acme inForce;
    private Acme changed;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void copy() {
        state.clear();
        inForce = Acme.in(folder.resolve("in-force"));
        changed = Acme.in(folder.resolve("changed"));
    }

    @Test
    void exactly_the_planted_differences_are_shown_and_the_live_tables_know_nothing_of_it() {
        changed.edited(Acme.MAPPING, "{\"en\": .title}", "{\"en\": if (.title == \"Chair\") \"Seat\" else .title}")
                .edited(Acme.MAPPING, "[.price]", "[if (.title == \"Table\") \"0\" else .price]");

        try (var shadow = shadow(100)) {
            shadow.offer(page("a.json", article("1", "Lamp", "9.90"), article("2", "Chair", "25")));
            shadow.offer(page("b.json", article("2", "Chair", "25"), article("3", "Table", "40")));
            var seen = seen(shadow, 4);

            assertThat(seen.path("different").asInt()).isEqualTo(3);
            assertThat(seen.path("decisions")).hasToString("{\"delivered → quarantined\":1}");
            assertThat(seen.at("/fields/~1product~1name~1en").asInt()).isEqualTo(2);
            assertThat(seen.path("examples")).hasSize(3);
            var chair = seen.at("/examples/0");
            assertThat(chair.path("key").asText()).isEqualTo("products/acme/a.json");
            assertThat(chair.path("index").asInt()).isEqualTo(1);
            assertThat(chair.path("diff"))
                    .anySatisfy(
                            operation -> assertThat(operation)
                                    .hasToString(
                                            "{\"op\":\"replace\",\"fromValue\":\"Chair\",\"path\":\"/medusa/title\",\"value\":\"Seat\"}"));
            assertThat(chair.at("/before/decision").asText()).isEqualTo("delivered");
            assertThat(counted("same")).isEqualTo(1);
            assertThat(counted("different")).isEqualTo(3);
        }

        for (var table :
                List.of("ledger.upload", "ledger.entry", "products.product", "journey.hop", "quarantine.record"))
            assertThat(state.column("select count(*)::text from " + table)).containsExactly("0");
        assertThat(scratches()).isEmpty();
    }

    @Test
    void a_share_is_the_same_records_each_time() {
        changed.edited(Acme.MAPPING, ".title}", "\"Other\"}");
        var records = IntStream.range(0, 40)
                .mapToObj(i -> article("n" + i, "Thing " + i, "5"))
                .toArray(ObjectNode[]::new);
        var taken = new ArrayList<List<String>>();

        for (int i = 0; i < 2; i++) {
            try (var shadow = shadow(50)) {
                shadow.offer(page("a.json", records));
                await().until(() -> shadow.json().path("records").asInt() > 0);
                var things = new ArrayList<String>();
                shadow.json()
                        .path("examples")
                        .forEach(
                                example -> things.add(example.at("/after/thing").asText()));
                taken.add(things);
            }
        }

        assertThat(taken.get(0)).hasSizeBetween(8, 32).isEqualTo(taken.get(1));
    }

    @Test
    void a_broken_folder_is_refused_by_file_and_line_until_it_is_mended() {
        changed.edited(Acme.MAPPING, "\"sku\": .number,\n  \"name\"", "\"sku\": .number\n  \"name\"");

        try (var shadow = shadow(100)) {
            shadow.offer(page("a.json", article("1", "Lamp", "9.90")));
            await().until(() -> shadow.json().path("passedOver").asInt() == 1);
            assertThat(shadow.json().path("problem").asText()).startsWith("routes/" + Acme.MAPPING + ":3:");
            assertThat(scratches()).isEmpty();

            changed.edited(Acme.MAPPING, "\"sku\": .number\n  \"name\"", "\"sku\": .number,\n  \"name\"");
            await().until(() -> !scratches().isEmpty());
            shadow.offer(page("b.json", article("1", "Lamp", "9.90")));

            var seen = seen(shadow, 1);
            assertThat(seen.path("problem").isNull()).isTrue();
            assertThat(seen.path("different").asInt()).isZero();
        }
    }

    @Test
    void routes_that_fail_are_told_and_stop_nobody() {
        changed.edited(
                "products/3-pimcore/pimcore.camel.yaml",
                "      steps:\n        - bean:",
                "      steps:\n        - stop: {}\n        - bean:");

        try (var shadow = shadow(100)) {
            shadow.offer(page("a.json", article("1", "Lamp", "9.90")));
            await().until(() -> shadow.json().path("failed").asInt() == 1);

            assertThat(shadow.json().path("problem").asText()).startsWith("the shadow routes fail: ");
        }
    }

    @Test
    void none_of_a_hundred_costs_nothing_and_a_worker_that_is_behind_passes_over() {
        try (var off = shadow(0)) {
            off.offer(page("a.json", article("1", "Lamp", "9.90")));

            assertThat(off.json()).hasToString("{\"percent\":0}");
            assertThat(scratches()).isEmpty();
        }
        try (var shadow = shadow(100)) {
            for (int i = 0; i < 100; i++) shadow.offer(page(i + ".json", article("1", "Lamp", "9.90")));

            assertThat(counted("passed over")).isGreaterThan(50);
        }
    }

    private Shadow shadow(int percent) {
        var environment = new HashMap<>(Map.of(
                "DATABASE_URL", state.jdbcUrl(),
                "PIMCORE_URL", "http://127.0.0.1:1",
                "PIMCORE_API_KEY", "k",
                "PIMCORE_WEBHOOK_SECRET", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
                "MEDUSA_URL", "http://127.0.0.1:1",
                "MEDUSA_API_KEY", "sk_1",
                "CARAVAN_ROUTES", "file:" + inForce.folder(),
                "SHADOW_ROUTES", "file:" + changed.folder(),
                "SHADOW_PERCENT", String.valueOf(percent)));
        return new Shadow(Settings.of(environment), new HeldObjects(), metrics, state.clock());
    }

    private static ObjectNode seen(Shadow shadow, int records) {
        await().until(() -> shadow.json().path("records").asInt() == records);
        return shadow.json();
    }

    private double counted(String outcome) {
        return metrics.counter("caravan.shadow.records", "outcome", outcome).count();
    }

    private Page page(String name, ObjectNode... records) {
        var upload = TestState.upload("products/acme/" + name, state.clock().instant(), "01");
        var array = Json.array();
        for (var record : records) array.add(record);
        var reader = new RecordReader(new ByteArrayInputStream(Json.bytes(array)), ReaderLimits.DEFAULT);
        var items = new ArrayList<Page.Item>();
        while (reader.hasNext()) {
            var record = reader.next();
            items.add(new Page.Item(new RecordId(upload.id(), record.index()), record, null));
        }
        var supplier = Suppliers.load(RouteFiles.at("file:" + inForce.folder())).find("acme");
        return new Page(upload, supplier.orElseThrow(), items);
    }

    private List<String> scratches() {
        return state.column(
                "select datname from pg_database where starts_with(datname, current_database() || '_scratch_')");
    }
}
