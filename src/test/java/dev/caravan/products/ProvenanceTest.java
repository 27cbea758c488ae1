package dev.caravan.products;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.ledger.Upload;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.records.Pages;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.TestState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
    private static final String DRESS = sample("dress-in-five-sizes");
    private static final String OIL = sample("oil-with-a-scent-and-no-size");
    private static TestState state;
    private static Intake intake;

    private byte[] file = ("[\n" + DRESS + ",\n" + OIL + "\n]").getBytes(UTF_8);
    private Port medusa = call -> new Reply(
            200,
            Map.of(),
            "{\"product\":{\"variants\":[{\"sku\":\"Iqtdqrho3ofbk8\",\"prices\":[{\"amount\":17,\"currency_code\":\"sar\"}]}]}}"
                    .getBytes(UTF_8));

    @BeforeAll
    static void start() {
        state = new TestState();
        intake = new Intake(state);
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void a_price_is_followed_from_the_shop_to_its_line_in_the_file() {
        received(Intake.SUPPLIERS.find("shein").orElseThrow());
        sold("710002021");

        var found = provenance(Intake.SUPPLIERS).of("Iqtdqrho3ofbk8", "price");

        assertThat(found).hasSize(1);
        var product = found.get(0);
        assertThat(product.path("record").path("index").asInt()).isEqualTo(1);
        assertThat(product.path("mapping").path("hash").asText()).hasSize(64);
        var amount = value(product, "/variants/0/prices/0/amount");
        assertThat(amount.path("value").asText()).isEqualTo("17.00");
        assertThat(amount.path("shop").asText()).isEqualTo("17");
        assertThat(amount.path("source").asText()).isEqualTo("17.00");
        assertThat(amount.path("from").asText()).contains("salePrice");
        assertThat(amount.path("rule").asText()).matches("products/2-normalise/shein/product.jslt:[0-9]+");
        assertThat(lines()[amount.path("line").asInt() - 1]).contains("\"17.00\"");
    }

    @Test
    void a_text_of_the_product_and_a_pointer_are_explained_as_well() {
        received(Intake.SUPPLIERS.find("shein").orElseThrow());

        var name = provenance(Intake.SUPPLIERS).of("710002021", "name").get(0);
        var sku = provenance(Intake.SUPPLIERS).of("710002021", "/sku").get(0);
        var none = provenance(Intake.SUPPLIERS).of("710002021", "colour").get(0);

        assertThat(name.path("values").findValuesAsText("pointer")).contains("/name/en", "/name/ar");
        assertThat(value(sku, "/sku").path("from").asText()).endsWith("goods_sn");
        assertThat(value(sku, "/sku").has("shop")).isFalse();
        assertThat(none.has("values")).isFalse();
        assertThat(provenance(Intake.SUPPLIERS).of("unknown", "price")).isEmpty();
    }

    @Test
    void the_mapping_that_made_the_product_is_asked_and_not_todays() {
        var then = Intake.SUPPLIERS.find("shein").orElseThrow();
        received(then);
        var today = edited(then);

        var found = provenance(today).of("Iqtdqrho3ofbk8", "sku").get(0);

        assertThat(today.find("shein").orElseThrow().mappingHash()).isNotEqualTo(then.mappingHash());
        assertThat(found.path("mapping").path("hash").asText()).isEqualTo(then.mappingHash());
    }

    @Test
    void a_shop_that_does_not_answer_costs_its_value_alone() {
        received(Intake.SUPPLIERS.find("shein").orElseThrow());
        sold("710002021");
        medusa = call -> {
            throw new TargetUnavailable("medusa", "gone");
        };

        var product = provenance(Intake.SUPPLIERS).of("Iqtdqrho3ofbk8", "price").get(0);

        assertThat(value(product, "/variants/0/prices/0/amount").has("shop")).isFalse();
    }

    @Test
    void a_file_that_has_the_record_no_more_is_said() {
        received(Intake.SUPPLIERS.find("shein").orElseThrow());
        file = "[]".getBytes(UTF_8);

        assertThatThrownBy(() -> provenance(Intake.SUPPLIERS).of("710002021", "price"))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("has no record 1");
    }

    private Provenance provenance(Suppliers suppliers) {
        return new Provenance(
                state.database(),
                intake.products,
                intake.ledger,
                intake.journey,
                suppliers,
                ReaderLimits.DEFAULT,
                upload -> new ByteArrayInputStream(file),
                call -> medusa.send(call));
    }

    private void received(Supplier supplier) {
        Upload upload = intake.upload(1);
        state.database().write(db -> intake.products.archiveMapping(db, supplier));
        var object = new ByteArrayInputStream(file);
        try (var pages = new Pages<>(
                object,
                new RecordReader(object, ReaderLimits.DEFAULT),
                10,
                0,
                records -> Page.of(upload, supplier, records))) {
            intake.normalise.save(intake.normalise.map(pages.next()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void sold(String id) {
        var row = intake.row(id);
        state.database().write(db -> intake.products.confirmMedusa(db, row.key(), "prod_1", row.contentHash()));
    }

    private static Suppliers edited(Supplier supplier) {
        var files = new java.util.TreeMap<>(supplier.files());
        files.replaceAll((path, content) ->
                path.endsWith("product.jslt") ? ("// today\n" + new String(content, UTF_8)).getBytes(UTF_8) : content);
        return RouteFiles.reading(files, Suppliers::load);
    }

    private static JsonNode value(JsonNode product, String pointer) {
        for (var value : product.path("values")) {
            if (value.path("pointer").asText().equals(pointer)) return value;
        }
        throw new AssertionError("no " + pointer + " in " + product);
    }

    private String[] lines() {
        return new String(file, UTF_8).split("\n", -1);
    }

    private static String sample(String name) {
        var cases = RouteFiles.at("classpath:routes");
        return new String(cases.bytes("products/2-normalise/shein/cases/" + name + ".in.json"), UTF_8).strip();
    }
}
