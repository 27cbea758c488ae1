package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.products.ProductGenerator.Defect;
import dev.caravan.products.ProductGenerator.Layout;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.products.ProductGenerator.Planted;
import dev.caravan.records.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProductGeneratorTest {
    @ParameterizedTest
    @ValueSource(strings = {"shein", "shein-us"})
    void the_same_seed_gives_the_same_bytes_and_all_are_accepted_with_ids_of_their_own(String supplier)
            throws IOException {
        var options = Options.of(supplier, 60, 7);

        var file = file(options);

        assertThat(file).isEqualTo(file(options)).isNotEqualTo(file(Options.of(supplier, 60, 8)));
        assertThat(hashes(supplier, file)).hasSize(60);
    }

    @Test
    void a_record_is_about_forty_kilobytes() throws IOException {
        assertThat(file(Options.of("shein", 100, 1)).length / 100).isBetween(30_000, 50_000);
    }

    @Test
    void sku_codes_are_unique_in_the_file() throws IOException {
        var skus = new ArrayList<String>();
        for (var record : Fixtures.records(file(Options.of("shein", 50, 3)))) {
            ((Decision.Accepted) Fixtures.normalise(record))
                    .product()
                    .get("variants")
                    .forEach(variant -> skus.add(variant.get("sku").asText()));
        }

        assertThat(new HashSet<>(skus)).hasSameSizeAs(skus);
    }

    @Test
    void products_have_as_many_skus_as_asked_for_each_in_a_size_of_its_own() throws IOException {
        var records = Fixtures.records(file(Options.of("shein", 2, 3).withSkus(40)));

        assertThat(records).allSatisfy(record -> assertThat(((Decision.Accepted) Fixtures.normalise(record))
                        .product()
                        .get("variants"))
                .hasSize(40));
    }

    @Test
    void ndjson_has_the_same_records() throws IOException {
        var options = Options.of("shein", 5, 7);

        assertThat(hashes("shein", file(options.withLayout(Layout.NDJSON)))).isEqualTo(hashes("shein", file(options)));
    }

    @Test
    void other_order_and_spacing_is_the_same_content_in_other_bytes() throws IOException {
        var options = Options.of("shein", 10, 7);

        var other = file(options.withOtherOrderAndSpacing());

        assertThat(other).isNotEqualTo(file(options));
        assertThat(hashes("shein", other)).isEqualTo(hashes("shein", file(options)));
        assertThat(Fixtures.records(other).get(0).sha256())
                .isNotIn(Fixtures.records(file(options)).stream()
                        .map(record -> record.sha256())
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"shein", "shein-us"})
    void one_changed_price_changes_one_product(String supplier) throws IOException {
        var before = hashes(supplier, file(Options.of(supplier, 10, 7)));

        var after = hashes(supplier, file(Options.of(supplier, 10, 7).withPriceChangeOf(4)));

        assertThat(after.keySet()).isEqualTo(before.keySet());
        assertThat(after.entrySet().stream().filter(entry -> !entry.getValue().equals(before.get(entry.getKey()))))
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Defect.class)
    void every_defect_is_found_by_its_rule_and_costs_only_its_record(Defect defect) throws IOException {
        for (var layout : Layout.values()) {
            var planted = new ArrayList<Planted>();
            var options = Options.of("shein", 12, 7).withLayout(layout).withDefects(0.5, EnumSet.of(defect));
            var file = new ByteArrayOutputStream();

            new ProductGenerator(options).write(file, planted::add);

            assertThat(planted).isNotEmpty().hasSizeLessThan(12);
            assertThat(refused("shein", file.toByteArray())).isEqualTo(expected(planted));
        }
    }

    @Test
    void the_flat_file_has_the_defects_a_row_can_have() throws IOException {
        var planted = new ArrayList<Planted>();
        var file = new ByteArrayOutputStream();

        new ProductGenerator(Options.of("shein-us", 200, 7).withDefects(0.3, EnumSet.allOf(Defect.class)))
                .write(file, planted::add);

        assertThat(planted)
                .extracting(Planted::defect)
                .contains(
                        Defect.NOT_UTF8,
                        Defect.BLANK_ID,
                        Defect.NO_NAME,
                        Defect.SKU_WITHOUT_CODE,
                        Defect.UNREADABLE_PRICE);
        assertThat(refused("shein-us", file.toByteArray())).isEqualTo(expected(planted));
        assertThat(Fixtures.records(file.toByteArray())).hasSize(200);
    }

    @Test
    void defects_leave_the_other_records_as_they_are() throws IOException {
        var clean = hashes("shein", file(Options.of("shein", 20, 7)));

        var rest = hashes("shein", file(Options.of("shein", 20, 7).withDefects(0.4, EnumSet.of(Defect.ZERO_PRICE))));

        assertThat(rest).hasSizeBetween(5, 19);
        assertThat(clean).containsAllEntriesOf(rest);
    }

    @Test
    void wrong_options_are_told() {
        assertThatThrownBy(() -> new ProductGenerator(Options.of("nobody", 1, 1)))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("\"nobody\": known are shein and shein-us");
        assertThatThrownBy(() -> Options.of("shein", -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Options.of("shein", 1, 1).withSkus(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Options.of("shein", 1, 1).withDefects(2, EnumSet.allOf(Defect.class)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] file(Options options) throws IOException {
        var file = new ByteArrayOutputStream();
        new ProductGenerator(options).write(file);
        return file.toByteArray();
    }

    private static Map<String, String> hashes(String supplier, byte[] file) {
        var hashes = new HashMap<String, String>();
        for (var record : Fixtures.records(file)) {
            if (decision(supplier, record) instanceof Decision.Accepted accepted)
                hashes.put(accepted.key().id(), accepted.contentHash());
        }
        return hashes;
    }

    private static Map<Long, List<String>> refused(String supplier, byte[] file) {
        var refused = new HashMap<Long, List<String>>();
        for (var record : Fixtures.records(file)) {
            if (decision(supplier, record) instanceof Decision.Rejected rejected)
                refused.put(
                        record.index(),
                        rejected.reasons().stream().map(Reason::rule).toList());
        }
        return refused;
    }

    private static Map<Long, List<String>> expected(List<Planted> planted) {
        var expected = new HashMap<Long, List<String>>();
        planted.forEach(one -> expected.put(one.index(), List.of(one.defect().rule())));
        return expected;
    }

    private static Decision decision(String supplier, dev.caravan.records.read.SourceRecord record) {
        return new Normaliser().normalise(Fixtures.SUPPLIERS.find(supplier).orElseThrow(), Fixtures.ORIGIN, record);
    }
}
