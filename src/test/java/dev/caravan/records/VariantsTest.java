package dev.caravan.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariantsTest {
    @Test
    void a_record_is_of_the_first_variant_by_rank_that_takes_it() {
        var variants = load(Map.of(
                "step/any/thing.jslt", ".",
                "step/any/variant.yaml", "rank: 1000",
                "step/early/thing.jslt", ".",
                "step/early/variant.yaml", "rank: 1\nwhen:\n  required: [a]"));

        assertThat(variants.of(Json.read("{\"a\":1}")).orElseThrow()).hasToString("early");
        assertThat(variants.of(Json.read("{\"b\":1}")).orElseThrow()).hasToString("any");
        assertThat(variants.all()).extracting(Variant::title).containsExactly("early", "any");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rang: 1 | step/any/variant.yaml:1: unknown setting \"rang\"",
                "rank: first | rank is \"first\": write a whole number",
                "when: always | when is no condition",
                "when: {requird: [a]} | when is no condition",
                "when: {required: a} | when is no JSON Schema",
                "catalogue: maybe | catalogue is \"maybe\": write none, or nothing",
                "sources: {/id: order_id} | \"order_id\" is no JSON Pointer",
                "sources: {/id: []} | no source",
                "ignored: [x] | \"x\" is no JSON Pointer",
            })
    void a_wrong_setting_is_refused_with_its_place_and_what_would_be_right(String yaml, String message) {
        var files = Map.of("step/any/thing.jslt", ".", "step/any/variant.yaml", yaml);

        assertThatThrownBy(() -> load(files)).isInstanceOf(BadSettings.class).hasMessageContaining(message);
    }

    @Test
    void a_folder_whose_name_is_no_name_is_refused() {
        assertThatThrownBy(() -> load(Map.of("step/Any Thing/thing.jslt", ".")))
                .hasMessageContaining("\"Any Thing\" cannot name a variant");
    }

    @Test
    void of_several_sources_the_pointer_leads_to_the_one_that_is_there() {
        var variant = load(Map.of(
                        "step/any/thing.jslt",
                        ".",
                        "step/any/variant.yaml",
                        "sources:\n  /lines/*/quantity: [/items/*/quantity, /items/*/qty]"))
                .all()
                .get(0);
        var record = Json.read("{\"items\":[{},{\"qty\":0}]}");

        assertThat(variant.sources().pointerFor("/lines/1/quantity", record)).isEqualTo("/items/1/qty");
        assertThat(variant.sources().pointerFor("/lines/0/quantity", record)).isEqualTo("/items/0/quantity");
        assertThat(variant.sources().pointerFor("/total", record)).isEmpty();
    }

    private static Variants load(Map<String, String> files) {
        var bytes = new TreeMap<String, byte[]>();
        files.forEach((path, text) -> bytes.put(path, text.getBytes(StandardCharsets.UTF_8)));
        return RouteFiles.reading(bytes, routes -> Variants.load(routes, "step/", "thing", "step/thing.schema.json"));
    }
}
