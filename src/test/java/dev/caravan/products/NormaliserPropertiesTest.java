package dev.caravan.products;

import static dev.caravan.products.Fixtures.ORIGIN;
import static dev.caravan.products.Fixtures.SHEIN;
import static dev.caravan.products.Fixtures.SHEIN_US;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.records.Projection;
import dev.caravan.records.Reason;
import dev.caravan.records.RecordParser;
import dev.caravan.records.Texts;
import dev.caravan.records.read.SourceRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever happens to the fields of a record that looks like the real ones, it is accepted, or refused with a pointer into it. */
class NormaliserPropertiesTest {
    private static final String[] INSTEAD = {
        "null",
        "true",
        "\"\"",
        "\" \"",
        "\"text\"",
        "\"-1\"",
        "\"0\"",
        "0",
        "-1",
        "12.50",
        "1e400",
        "1E-999999",
        "123456789012345678901234567890",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "{\"a\":{}}",
        "[1,\"a\"]",
        "\"\\ud800\"",
        "\"a\\u0000b\"",
        "\"e\\u0301\"",
        "\"//x\"",
        "\"ق\"",
        "\"~/\""
    };

    private final Normaliser normaliser = new Normaliser();
    private final List<SourceRecord> samples = Fixtures.records("samples/shein_products.json");

    @Property(tries = 600)
    void any_subset_of_fields_deleted_or_nulled_gives_a_decision(
            @ForAll @IntRange(max = 2) int sample,
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 60) int perMille) {
        var record = (ObjectNode) Json.read(samples.get(sample).bytes());
        change(record, new SplittableRandom(seed), perMille / 1000.0, false);

        assertDecided(SHEIN, record);
    }

    @Property(tries = 600)
    void any_subset_of_fields_of_another_type_gives_a_decision(
            @ForAll @IntRange(max = 2) int sample,
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 30) int perMille) {
        var record = (ObjectNode) Json.read(samples.get(sample).bytes());
        change(record, new SplittableRandom(seed), perMille / 1000.0, true);

        assertDecided(SHEIN, record);
    }

    @Property(tries = 800)
    void a_small_record_with_many_changes_gives_a_decision(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 150) int perMille) {
        var record = Fixtures.shirt();
        change(record, new SplittableRandom(seed), perMille / 1000.0, true);

        assertDecided(SHEIN, record);
    }

    @Property(tries = 300)
    void another_suppliers_record_gives_a_decision(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int perMille) throws RecordParser.Unreadable {
        var row = (ObjectNode)
                RecordParser.parse(Fixtures.records("samples/shein_us.csv").get(0), Projection.ALL);
        change(row, new SplittableRandom(seed), perMille / 1000.0, true);

        assertDecided(SHEIN_US, row);
        assertDecided(SHEIN, row);
        assertDecided(SHEIN_US, Fixtures.shirt());
    }

    @Property(tries = 500)
    void any_bytes_give_a_decision(@ForAll byte[] bytes) {
        assertThat(normaliser.normalise(SHEIN, ORIGIN, SourceRecord.ofJson(bytes)))
                .isNotNull();
        assertThat(normaliser.normalise(
                        SHEIN_US, ORIGIN, new SourceRecord(0, 1, bytes, null, SourceRecord.Format.CSV, "a,b")))
                .isNotNull();
    }

    @Property(tries = 500)
    void a_damaged_record_gives_a_decision(@ForAll long seed) {
        var random = new SplittableRandom(seed);
        var bytes = Json.bytes(Fixtures.shirt());
        for (int i = random.nextInt(1, 4); i > 0; i--) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);

        var decision = normaliser.normalise(SHEIN, ORIGIN, SourceRecord.ofJson(bytes));

        if (decision instanceof Decision.Rejected rejected)
            rejected.reasons().forEach(NormaliserPropertiesTest::assertStorable);
    }

    @Property(tries = 300)
    void the_quick_answer_and_the_full_validator_agree(@ForAll long seed, @ForAll @IntRange(max = 60) int perMille) {
        var record = Fixtures.shirt();
        change(record, new SplittableRandom(seed), perMille / 1000.0, true);

        for (var supplier : List.of(SHEIN, SHEIN_US)) {
            assertThat(supplier.recordSchema().violations(record))
                    .containsExactlyInAnyOrderElementsOf(supplier.recordSchema().fullyChecked(record));
        }
    }

    @Property(tries = 300)
    void quick_and_full_agree_about_products_too(@ForAll long seed, @ForAll @IntRange(max = 60) int perMille) {
        var product = Fixtures.accepted(Fixtures.shirt()).product();
        change(product, new SplittableRandom(seed), perMille / 1000.0, true);

        assertThat(SHEIN.productSchema().violations(product))
                .containsExactlyInAnyOrderElementsOf(SHEIN.productSchema().fullyChecked(product));
    }

    private void assertDecided(Supplier supplier, ObjectNode source) {
        var record = SourceRecord.ofJson(Json.bytes(source));

        var decision = normaliser.normalise(supplier, ORIGIN, record);

        assertThat(Json.bytes(json(normaliser.normalise(supplier, ORIGIN, record))))
                .as("the second time")
                .isEqualTo(Json.bytes(json(decision)));
        if (decision instanceof Decision.Accepted accepted) {
            assertThat(supplier.productSchema().fullyChecked(accepted.product()))
                    .noneMatch(violation -> !violation.rule().warning());
            accepted.warnings().forEach(NormaliserPropertiesTest::assertStorable);
        } else {
            for (var reason : ((Decision.Rejected) decision).reasons()) {
                assertStorable(reason);
                assertThat(reason.rule()).as(reason.toString()).isNotIn("product-shape", "mapping-failed");
                assertLeadsInto(source, reason.pointer());
            }
        }
    }

    private static JsonNode json(Decision decision) {
        return decision instanceof Decision.Accepted accepted
                ? accepted.product()
                : Json.mapper().valueToTree(((Decision.Rejected) decision).reasons());
    }

    /** To something that is there, or to a member that is missing from an object that is. */
    private static void assertLeadsInto(JsonNode source, String pointer) {
        var compiled = JsonPointer.compile(pointer);
        assertThat(source.at(compiled.matches() ? compiled : compiled.head()).isMissingNode())
                .as("pointer " + pointer)
                .isFalse();
    }

    private static void assertStorable(Reason reason) {
        for (var text :
                List.of(reason.pointer(), reason.message(), reason.value().asText())) {
            assertThat(text).doesNotContain("\u0000");
            assertThat(Texts.isBroken(text)).as(text).isFalse();
        }
    }

    private static void change(JsonNode node, SplittableRandom random, double rate, boolean retype) {
        if (node instanceof ObjectNode object) {
            var names = new ArrayList<String>();
            object.fieldNames().forEachRemaining(names::add);
            for (var name : names) {
                if (random.nextDouble() >= rate) {
                    change(object.get(name), random, rate, retype);
                } else if (retype) {
                    object.set(name, Json.read(INSTEAD[random.nextInt(INSTEAD.length)]));
                } else if (random.nextBoolean()) {
                    object.remove(name);
                } else {
                    object.putNull(name);
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = array.size() - 1; i >= 0; i--) {
                if (random.nextDouble() >= rate) {
                    change(array.get(i), random, rate, retype);
                } else if (retype) {
                    array.set(i, Json.read(INSTEAD[random.nextInt(INSTEAD.length)]));
                } else if (random.nextBoolean()) {
                    array.remove(i);
                } else {
                    array.setNull(i);
                }
            }
        }
    }
}
