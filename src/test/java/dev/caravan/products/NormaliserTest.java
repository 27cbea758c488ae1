package dev.caravan.products;

import static dev.caravan.products.Fixtures.SHEIN;
import static dev.caravan.products.Fixtures.accepted;
import static dev.caravan.products.Fixtures.normalise;
import static dev.caravan.products.Fixtures.record;
import static dev.caravan.products.Fixtures.rejected;
import static dev.caravan.products.Fixtures.shirt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.records.CoreRule;
import dev.caravan.records.Reason;
import dev.caravan.records.read.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class NormaliserTest {
    @Test
    void the_sample_gives_ten_skus_at_the_prices_and_stocks_of_the_source() {
        var products = Fixtures.records("samples/shein_products.json").stream()
                .map(record -> ((Decision.Accepted) normalise(record)).product())
                .toList();

        assertThat(products)
                .extracting(product -> product.get("variants").size())
                .containsExactly(5, 1, 4);
        assertThat(sold(products.get(0))).containsOnly("23.80 SAR was 28.00, 6.35 USD was 7.47, 20 pieces");
        assertThat(sold(products.get(1))).containsOnly("17.00 SAR was 17.00, 4.53 USD was 4.53, 1 pieces");
        assertThat(sold(products.get(2))).containsOnly("51.85 SAR was 61.00, 13.82 USD was 16.26, 20 pieces");
        assertThat(products).extracting(product -> product.get("images").size()).containsExactly(3, 7, 9);
        assertThat(products).extracting(product -> addresses(product).size()).containsExactly(13, 7, 31);
        assertThat(products)
                .extracting(product -> product.get("options").toString())
                .containsExactly("[\"Color\",\"Size\"]", "[\"Scent Type\"]", "[\"Color\",\"Size\"]");
    }

    @Test
    void category_trees_have_four_levels_root_first() {
        for (var record : Fixtures.records("samples/shein_products.json")) {
            var categories = ((Decision.Accepted) normalise(record)).product().get("categories");

            assertThat(categories)
                    .extracting(category -> category.get("level").asInt())
                    .containsExactly(0, 1, 2, 3);
            assertThat(categories)
                    .extracting(category -> category.get("leaf").asBoolean())
                    .containsExactly(false, false, false, true);
            assertThat(categories.get(0).get("parentId").isNull()).isTrue();
            for (int i = 1; i < 4; i++)
                assertThat(categories.get(i).get("parentId"))
                        .isEqualTo(categories.get(i - 1).get("id"));
        }
    }

    @Test
    void the_second_suppliers_sample_is_accepted_without_stock_and_without_what_is_no_image() {
        var decisions = Fixtures.records("samples/shein_us.csv").stream()
                .map(record ->
                        (Decision.Accepted) new Normaliser().normalise(Fixtures.SHEIN_US, Fixtures.ORIGIN, record))
                .toList();

        assertThat(decisions).hasSize(5);
        assertThat(decisions)
                .allMatch(decision -> decision.product().at("/variants/0/stock").isNull());
        assertThat(decisions.get(2).product().get("images")).hasSize(2);
        assertThat(decisions.get(2).warnings()).extracting(Reason::rule).containsExactly("image-is-a-page");
    }

    @Test
    void the_origin_is_in_the_product_and_not_in_its_hash() {
        var here = new Normaliser()
                .normalise(
                        SHEIN,
                        new Origin("inbox", "a b.json", "v1", 3, "1".repeat(64)),
                        SourceRecord.ofJson(Json.bytes(shirt())));
        var there = accepted(shirt());

        assertThat(((Decision.Accepted) here).product().get("origin"))
                .hasToString("{\"bucket\":\"inbox\",\"key\":\"a b.json\",\"version\":\"v1\",\"index\":3,\"sha256\":\""
                        + "1".repeat(64) + "\"}");
        assertThat(((Decision.Accepted) here).contentHash()).isEqualTo(there.contentHash());
    }

    @Test
    void the_content_hash_is_that_of_the_product_without_origin_and_warnings() {
        var decision = accepted(shirt());

        var content = decision.product().deepCopy().without(List.of("origin", "warnings"));

        assertThat(decision.contentHash()).isEqualTo(Json.hash(content));
        assertThat(decision.key()).isEqualTo(new ProductKey("shein", "7001"));
    }

    @Test
    void other_spacing_and_key_order_and_fields_nobody_reads_do_not_change_the_content() {
        var reversed = (ObjectNode) reversed(shirt());
        reversed.put("traceId", "xyz");
        ((ObjectNode) reversed.at("/info/productInfo")).put("videoSort", "1");

        var decision = (Decision.Accepted) normalise(record(reversed.toPrettyString()));

        assertThat(decision.contentHash()).isEqualTo(accepted(shirt()).contentHash());
        assertThat(Json.bytes(decision.product().without("origin")))
                .isEqualTo(Json.bytes(accepted(shirt()).product().without("origin")));
    }

    @Test
    void a_changed_price_changes_the_content() {
        var changed = shirt();
        ((ObjectNode) changed.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0/price/salePrice"))
                .put("amount", "40.01");

        assertThat(accepted(changed).contentHash())
                .isNotEqualTo(accepted(shirt()).contentHash());
    }

    @Test
    void money_keeps_the_digits_of_the_source_even_when_it_is_a_number() {
        var text = Json.mapper()
                .createObjectNode()
                .set("a", shirt())
                .get("a")
                .toString()
                .replaceFirst("\"amount\":\"40.00\"", "\"amount\":40.10");

        var product = ((Decision.Accepted) normalise(record(text))).product();

        assertThat(product.findValuesAsText("amount")).contains("40.10");
    }

    @Test
    void bytes_that_are_not_utf_8_are_refused() {
        var bytes = shirt().toString().getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length / 2] = (byte) 0xff;

        assertThat(rejected(SourceRecord.ofJson(bytes)))
                .extracting(Reason::rule)
                .containsExactly("record-not-utf8");
    }

    @Test
    void a_key_given_twice_is_refused_even_where_nobody_reads_it() {
        assertThat(rejected(record("{\"code\":\"0\",\"code\":\"1\"}")).get(0))
                .extracting(Reason::rule, Reason::pointer)
                .containsExactly("record-duplicate-key", "/code");
        assertThat(rejected(record("{\"code\":\"0\",\"unread\":{\"deep\":[{\"x\":1,\"x\":2}]}}"))
                        .get(0)
                        .pointer())
                .isEqualTo("/unread/deep/0/x");
        var many = new StringBuilder("{");
        IntStream.range(0, 200).forEach(i -> many.append("\"k").append(i).append("\":{\"a\":1},"));
        assertThat(rejected(record(many + "\"k150\":1}")).get(0).pointer()).isEqualTo("/k150");
        assertThat(rejected(record(many + "\"k\":1}")).get(0).rule()).isEqualTo("code-not-0");
    }

    @Test
    void nesting_over_sixty_four_levels_is_refused() {
        assertThat(rejected(record("[".repeat(64) + "]".repeat(64))).get(0).rule())
                .isEqualTo("not-an-object");
        assertThat(rejected(record("[".repeat(65) + "]".repeat(65))).get(0).rule())
                .isEqualTo("record-too-deep");
        assertThat(rejected(record("{\"x\":".repeat(100_000))).get(0).rule()).isEqualTo("record-too-deep");
    }

    @Test
    void what_is_no_single_json_value_is_refused() {
        for (var text : List.of(
                "",
                " ",
                "{",
                "{} {}",
                "{\"a\":01}",
                "{'a':1}",
                "nul",
                "\u0000{}",
                "{\u0000}",
                "{\"a\":\"\t\"}",
                "{\"a\":" + "1".repeat(2_000) + "}")) {
            assertThat(rejected(record(text))).as(text).extracting(Reason::rule).containsExactly("record-malformed");
        }
    }

    @Test
    void a_defect_of_the_file_is_the_reason() {
        var defect = CoreRule.FILE_TRUNCATED.reason("the file ends");

        assertThat(rejected(new SourceRecord(0, 1, new byte[0], defect, SourceRecord.Format.JSON, null)))
                .containsExactly(defect);
    }

    @Test
    void a_wrong_result_is_traced_to_its_source() {
        var record = shirt();
        var sku = (ObjectNode) record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/1");
        ((ObjectNode) sku.at("/sku_sale_attr/0")).put("attr_value_name_en", "M").put("attr_name_en", "Size");
        sku.put("sku_code", "Ia\\nb");

        var reasons = rejected(SourceRecord.ofJson(Json.bytes(record)));

        assertThat(reasons).extracting(Reason::rule).containsExactly("options-repeated");
        assertThat(reasons.get(0).pointer()).startsWith("/info/saleAttr/multiLevelSaleAttribute/sku_list/");
    }

    @Test
    void it_can_be_used_by_many_threads() throws Exception {
        var expected = accepted(shirt()).contentHash();
        var threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> jobs = new ArrayList<>();
            for (int i = 0; i < 200; i++) jobs.add(() -> accepted(shirt()).contentHash());

            for (var result : threads.invokeAll(jobs)) assertThat(result.get()).isEqualTo(expected);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_rejection_has_a_reason() {
        assertThatThrownBy(() -> new Decision.Rejected(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<String> sold(JsonNode product) {
        return StreamSupport.stream(product.get("variants").spliterator(), false)
                .map(variant -> variant.at("/prices/0/amount").asText() + " "
                        + variant.at("/prices/0/currency").asText() + " was "
                        + variant.at("/prices/0/was").asText() + ", "
                        + variant.at("/prices/1/amount").asText() + " "
                        + variant.at("/prices/1/currency").asText() + " was "
                        + variant.at("/prices/1/was").asText() + ", "
                        + variant.get("stock") + " pieces")
                .toList();
    }

    private static Set<String> addresses(JsonNode product) {
        var addresses = new TreeSet<>(product.get("images").findValuesAsText("url"));
        product.get("siblings")
                .forEach(sibling -> sibling.get("images").forEach(image -> addresses.add(image.asText())));
        return addresses;
    }

    private static JsonNode reversed(JsonNode value) {
        if (value.isObject()) {
            var names = new ArrayList<String>();
            value.fieldNames().forEachRemaining(name -> names.add(0, name));
            var object = Json.object();
            names.forEach(name -> object.set(name, reversed(value.get(name))));
            return object;
        }
        if (value.isArray()) {
            ArrayNode array = Json.array();
            value.forEach(item -> array.add(reversed(item)));
            return array;
        }
        return value;
    }
}
