package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.products.StockWhenAbsent.Mode;
import dev.caravan.records.Reason;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuppliersTest {
    private static final String STEP = "products/2-normalise/";
    private static final String MAPPING = """
            {"id": .id, "name": {"en": .name}, "variants": [{"sku": .id, "options": {"Size": "one"}, "prices": [{"currency": "EUR", "amount": .price}], "stock": 1}]}""";

    @TempDir
    Path routes;

    @BeforeEach
    void shipped_product_schema() throws IOException {
        write("product.schema.json", Files.readString(Path.of("routes", STEP, "product.schema.json")));
    }

    @Test
    void a_supplier_exists_when_its_mapping_does_and_needs_no_java() throws IOException {
        write("acme/product.jslt", MAPPING);
        write("acme/notes.txt", "not a supplier of its own");

        var suppliers = Suppliers.load(files());
        var acme = suppliers.find("acme").orElseThrow();
        var decision = new Normaliser()
                .normalise(
                        acme,
                        Fixtures.ORIGIN,
                        SourceRecord.ofJson("{\"id\":\"a/1\",\"name\":\"Hat\",\"price\":\"5.00\"}"
                                .getBytes(StandardCharsets.UTF_8)));

        assertThat(suppliers.all())
                .containsExactly(acme)
                .extracting(Supplier::title)
                .containsExactly("acme");
        assertThat(suppliers.find("other")).isEmpty();
        assertThat(acme.stockWhenAbsent()).isEqualTo(StockWhenAbsent.HOLD);
        assertThat(acme).hasToString("acme");
        assertThat(((Decision.Accepted) decision).product().get("handle").asText())
                .isEqualTo(ProductKey.handle("acme", "a/1"));
    }

    @Test
    void a_mapping_that_makes_a_wrong_product_is_told_with_the_place_in_the_source() throws IOException {
        write("acme/product.jslt", MAPPING);
        write("acme/supplier.yaml", "sources:\n  /name: /name\n");
        var acme = Suppliers.load(files()).find("acme").orElseThrow();

        var decision = new Normaliser()
                .normalise(
                        acme,
                        Fixtures.ORIGIN,
                        SourceRecord.ofJson("{\"id\":\"1\",\"more\":[\"0.00\"],\"price\":\"0.00\"}"
                                .getBytes(StandardCharsets.UTF_8)));

        assertThat(((Decision.Rejected) decision).reasons())
                .extracting(Reason::rule, Reason::pointer)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("no-name", "/name"),
                        org.assertj.core.groups.Tuple.tuple("price-not-positive", "/price"));
    }

    @ParameterizedTest
    @CsvSource({"'\"text\"'", "'[1]'", "'error(\"no\")'", "'null'"})
    void a_mapping_that_fails_refuses_the_record_and_throws_nothing(String mapping) throws IOException {
        write("acme/product.jslt", mapping);
        var acme = Suppliers.load(files()).find("acme").orElseThrow();

        var decision = new Normaliser()
                .normalise(acme, Fixtures.ORIGIN, SourceRecord.ofJson("{}".getBytes(StandardCharsets.UTF_8)));

        assertThat(((Decision.Rejected) decision).reasons())
                .extracting(Reason::rule)
                .containsExactly("mapping-failed");
    }

    @Test
    void a_mapping_that_makes_nonsense_is_refused_by_the_product_schema() throws IOException {
        write("acme/product.jslt", """
                {"id": 1, "name": "x", "categories": {}, "attributes": "x", "variants": [1], "images": "x", "siblings": [{"images": 1}], "extra": 1}""");
        var acme = Suppliers.load(files()).find("acme").orElseThrow();

        var decision = new Normaliser()
                .normalise(acme, Fixtures.ORIGIN, SourceRecord.ofJson("{}".getBytes(StandardCharsets.UTF_8)));

        assertThat(((Decision.Rejected) decision).reasons())
                .extracting(Reason::rule)
                .contains("id-missing", "product-shape");
    }

    @Test
    void the_hash_names_the_version_of_mapping_schemas_and_settings_but_not_the_cases() throws IOException {
        write("acme/product.jslt", MAPPING);
        var before = Suppliers.load(files()).find("acme").orElseThrow();

        write("acme/cases/a.in.json", "{}");
        var sameFiles = Suppliers.load(files()).find("acme").orElseThrow();
        write("acme/product.jslt", MAPPING + " // changed");
        var after = Suppliers.load(files()).find("acme").orElseThrow();

        assertThat(sameFiles.mappingHash()).isEqualTo(before.mappingHash()).matches("[0-9a-f]{64}");
        assertThat(after.mappingHash()).isNotEqualTo(before.mappingHash());
        assertThat(after.files()).containsOnlyKeys(STEP + "product.schema.json", STEP + "acme/product.jslt");
    }

    @Test
    void a_mapping_may_import_another_file() throws IOException {
        write("acme/words.jslt", "def name(x) {\"en\": $x.name}");
        write("acme/product.jslt", "import \"" + STEP + "acme/words.jslt\" as w\n{\"name\": w:name(.)}");

        assertThat(Suppliers.load(files()).find("acme")).isPresent();

        write("acme/product.jslt", "import \"" + STEP + "acme/gone.jslt\" as w\n{}");
        assertThatThrownBy(() -> Suppliers.load(files()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("acme/product.jslt:1: cannot read")
                .hasMessageContaining("gone.jslt");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "product.jslt | {\\n\"id\": .id | product.jslt:2:8: Parse error",
                "product.jslt | {\\n\\n\"id\": nonsense(.id)} | product.jslt:3:7: No such function: 'nonsense'",
                "record.schema.json | {\"type\": | record.schema.json: not readable as JSON",
                "record.schema.json | {\\n\"properties\": {\\n\"a\": {\"type\": \"strin\"}}} | record.schema.json:3: ",
                "record.schema.json | {\"pattern\": \"(\"} | record.schema.json:1: ",
                "record.schema.json | {\\n\"x-rul\": \"a\"} | record.schema.json:2: unknown annotation x-rul",
                "record.schema.json | {\\n\"x-rule\": \"No Price\",\"x-message\":\"a\"} | record.schema.json:2: rule id \"No Price\" is not one",
                "record.schema.json | {\\n\"x-rule\": \"no-price\"} | record.schema.json:2: a rule without a message",
                "record.schema.json | {\"properties\":{\\n\"a\":{\"x-missing\":{\"rule\":\"no-a\"}}}} | record.schema.json:2: a rule without a message",
                "record.schema.json | {\\n\\n\"x-level\": \"warn\"} | record.schema.json:3: level \"warn\" is unknown",
                "record.schema.json | {\"allOf\":[\\n{\"x-unique\": \"sku\"}]} | record.schema.json:2: \"sku\" is no JSON Pointer",
                "supplier.yaml | title: A\\nstock: 5 | supplier.yaml:2: unknown setting \"stock\"",
                "supplier.yaml | title: A\\nstock-when-absent: lots | supplier.yaml:2: stock-when-absent is \"lots\": write hold, unmanaged or a whole number",
                "supplier.yaml | - a | supplier.yaml:1: not a list of settings",
                "supplier.yaml | a: [ | supplier.yaml: not YAML",
                "supplier.yaml | sources:\\n  /id: id | supplier.yaml:2: \"id\" is no JSON Pointer",
            })
    void a_mistake_is_told_with_file_line_and_advice(String file, String content, String told) throws IOException {
        write("acme/product.jslt", "{}");
        write("acme/" + file, content.replace("\\n", "\n"));

        assertThatThrownBy(() -> Suppliers.load(files()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining(STEP + "acme/" + told);
    }

    @Test
    void a_folder_name_that_cannot_be_a_prefix_is_refused() throws IOException {
        write("Acme Ltd/product.jslt", "{}");

        assertThatThrownBy(() -> Suppliers.load(files()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("\"Acme Ltd\" cannot name a supplier");
    }

    @Test
    void without_the_schema_of_a_product_nothing_starts() throws IOException {
        Files.delete(routes.resolve(STEP + "product.schema.json"));

        assertThatThrownBy(() -> Suppliers.load(files()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("product.schema.json:1: missing");
    }

    @Test
    void what_to_do_without_stock_is_a_setting() throws IOException {
        write("acme/product.jslt", "{}");
        write("acme/supplier.yaml", "title: Acme Ltd\nstock-when-absent: 25\n");

        var acme = Suppliers.load(files()).find("acme").orElseThrow();

        assertThat(acme.stockWhenAbsent()).isEqualTo(new StockWhenAbsent(Mode.AMOUNT, 25));
        assertThat(acme.title()).isEqualTo("Acme Ltd");
        assertThat(StockWhenAbsent.parse("unmanaged")).contains(new StockWhenAbsent(Mode.UNMANAGED, 0));
        assertThat(StockWhenAbsent.parse("-1")).isEmpty();
    }

    private RouteFiles files() {
        return RouteFiles.at("file:" + routes);
    }

    private void write(String path, String content) throws IOException {
        var file = routes.resolve(STEP + path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
