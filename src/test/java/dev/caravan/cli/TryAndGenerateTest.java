package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TryAndGenerateTest {
    @TempDir
    Path folder;

    private record Said(int code, String out, String err) {}

    @Test
    void a_good_record_is_shown_as_the_product_it_becomes() {
        var said = caravan("try", "samples/shein_products.json");

        assertThat(said.code()).isZero();
        assertThat(said.out().lines()).hasSize(3).allSatisfy(line -> assertThat(
                        Json.read(line).path("decision").asText())
                .isEqualTo("accept"));
        assertThat(Json.read(said.out().lines().findFirst().orElseThrow())
                        .at("/result/supplier")
                        .asText())
                .isEqualTo("shein");
    }

    @Test
    void a_bad_record_is_shown_with_its_reasons_and_ends_in_code_1() throws IOException {
        var file = Files.writeString(folder.resolve("bad.ndjson"), "{\"code\": \"0\", \"info\": {}}\n{\"code\": \n");

        var said = caravan("try", "products/shein/=" + file);

        assertThat(said.code()).isEqualTo(Caravan.FOUND);
        var first = Json.read(said.out().lines().findFirst().orElseThrow());
        assertThat(first.path("decision").asText()).isEqualTo("reject");
        assertThat(first.at("/reasons/0/rule").asText()).isEqualTo("no-product-info");
    }

    @Test
    void a_file_under_a_prefix_that_nobody_knows_is_rejected_whole() {
        var supplier = caravan("try", "products/nobody/=samples/shein_products.json");
        var area = caravan("try", "weather/=samples/shein_products.json");

        assertThat(supplier.code()).isEqualTo(Caravan.FOUND);
        assertThat(Json.read(supplier.out().strip()).at("/reasons/0/rule").asText())
                .isEqualTo("unknown-supplier");
        assertThat(Json.read(area.out().strip()).at("/reasons/0/rule").asText()).isEqualTo("unknown-prefix");
    }

    @Test
    void orders_are_tried_with_the_catalogue_that_would_be_known() throws IOException {
        var all = caravan("try", "orders/=samples/orders.jsonl", "--with", "catalog/=samples/product_catalog.json");
        var one = Files.writeString(folder.resolve("one.json"), "[{\"product_id\": \"ITEM-001\"}]");
        var order = Files.writeString(folder.resolve("order.jsonl"), """
                {"order_id":"O-1","customer_id":"C-1","timestamp":"2025-08-28T10:00:00Z","channel":"web","status":"confirmed",\
                "items":[{"product_id":"ITEM-001","quantity":1,"unit_price":1},{"product_id":"ITEM-002","quantity":1,"unit_price":1}]}
                """);
        var without = caravan("try", "orders/=" + order);
        var with = caravan("try", "orders/=" + order, "--with", "catalog/=" + one);

        assertThat(all.code()).as(all.err()).isZero();
        assertThat(all.out().lines()).isNotEmpty().allMatch(line -> line.contains("\"decision\":\"accept\""));
        assertThat(without.code()).isZero();
        assertThat(with.code()).isEqualTo(Caravan.FOUND);
        assertThat(Json.read(with.out().strip()).path("reasons"))
                .hasToString(
                        "[{\"pointer\":\"/items/1/product_id\",\"rule\":\"product-unknown\",\"message\":\"the catalogue does not know product \\\"ITEM-002\\\" yet\",\"value\":\"ITEM-002\"}]");
    }

    @Test
    void transactions_are_tried_with_the_catalogue_that_would_be_known() {
        var all = caravan(
                "try", "transactions/=samples/transactions.csv", "--with", "catalog/=samples/listed_catalog.json");

        assertThat(all.code()).isEqualTo(Caravan.FOUND);
        var lines = all.out().lines().map(Json::read).toList();
        assertThat(lines).hasSize(10);
        assertThat(lines.get(3).path("decision").asText()).isEqualTo("accept");
        assertThat(lines.get(3).at("/result/warnings").findValuesAsText("rule"))
                .containsExactly("transaction-quantity-above-stock", "transaction-product-unknown");
        assertThat(lines.get(7).path("reasons").findValuesAsText("rule"))
                .containsExactly("transaction-country-unknown", "transaction-quantity-above-stock");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "orders/=samples/orders.jsonl | inventory/=samples/inventory.csv | is nothing that orders or transactions need: give catalog/=FILE",
                "orders/=samples/orders.jsonl | catalog/=samples/orders.jsonl | line 1 of the catalogue is refused: try catalog/=FILE says why",
                "products/shein/=samples/shein_products.json | catalog/=samples/product_catalog.json | --with is for orders/=FILE",
            })
    void what_cannot_be_known_before_is_a_wrong_usage(String file, String with, String message) {
        var said = caravan("try", file, "--with", with);

        assertThat(said.code()).isEqualTo(Caravan.USAGE);
        assertThat(said.err()).contains(message);
    }

    @Test
    void a_file_that_is_not_there_is_a_wrong_usage() {
        var said = caravan("try", "nothing.json");

        assertThat(said.code()).isEqualTo(Caravan.USAGE);
        assertThat(said.err()).contains("no file nothing.json");
    }

    @Test
    void accepting_a_case_that_is_right_changes_nothing() {
        var said = caravan("try", "--accept", "routes/products/2-normalise/shein/cases/no-brand.in.json");

        assertThat(said.out()).isEqualToIgnoringNewLines("nothing changed");
        assertThat(said.code()).isZero();
    }

    @Test
    void accepting_what_is_no_case_says_where_cases_lie() {
        assertThat(caravan("try", "--accept", "samples/shein_products.json").err())
                .contains("is no case");
    }

    @Test
    void checking_what_is_shipped_finds_nothing() {
        assertThat(caravan("check").out().strip()).isEqualTo("nothing wrong");
    }

    @Test
    void an_unknown_defect_is_answered_with_the_known_ones() {
        var said = caravan("generate", "products", "--count", "1", "--defects", "ugly");

        assertThat(said.code()).isEqualTo(Caravan.USAGE);
        assertThat(said.err()).contains("unknown defect \"ugly\"", "negative-price");
    }

    @Test
    void planted_defects_are_listed_in_the_manifest() throws IOException {
        var manifest = folder.resolve("manifest.txt");

        caravan(
                "generate",
                "products",
                "--count",
                "3",
                "--seed",
                "7",
                "--defects",
                "negative-price",
                "--defect-rate",
                "1",
                "--manifest",
                manifest.toString());

        assertThat(manifest)
                .content()
                .isEqualToIgnoringNewLines(
                        "0 negative-price price-not-positive\n1 negative-price price-not-positive\n2 negative-price price-not-positive\n");
    }

    @Test
    void planted_defects_of_orders_are_told_as_json_lines() throws IOException {
        var manifest = folder.resolve("manifest.jsonl");

        var said = caravan(
                "generate",
                "orders",
                "--count",
                "2",
                "--seed",
                "7",
                "--defects",
                "no-status",
                "--defect-rate",
                "1",
                "--variants",
                "envelope",
                "--manifest",
                manifest.toString());

        assertThat(said.code()).isZero();
        assertThat(manifest).content().isEqualToIgnoringNewLines("""
                        {"index":0,"line":1,"order":"G7-000000000","kind":"no-status","rule":"status-missing","pointer":"/status"}
                        {"index":1,"line":2,"order":"G7-000000001","kind":"no-status","rule":"status-missing","pointer":"/status"}
                        """);
    }

    @ParameterizedTest
    @CsvSource({
        "--defects=ugly, unknown defect \"ugly\"",
        "--variants=odd, unknown variant \"odd\"",
        "--defect-rate=2, --defect-rate is not between 0 and 1",
        "--variant-rate=-1, --variant-rate is not between 0 and 1",
        "--count=-1, --count is below zero"
    })
    void orders_that_cannot_be_generated_are_wrong_usage(String option, String message) {
        var said = caravan("generate", "orders", option, option.startsWith("--count") ? "--seed=1" : "--count=1");

        assertThat(said.code()).isEqualTo(Caravan.USAGE);
        assertThat(said.err()).contains(message);
    }

    private static Said caravan(String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var standardOut = System.out;
        var standardErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int code = Caravan.execute(arguments);
            return new Said(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(standardOut);
            System.setErr(standardErr);
        }
    }
}
