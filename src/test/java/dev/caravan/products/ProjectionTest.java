package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.cases.Cases;
import dev.caravan.json.Json;
import dev.caravan.records.Projection;
import dev.caravan.records.RecordParser;
import dev.caravan.records.read.SourceRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ProjectionTest {
    /** Otherwise the mapping reads a field its schema does not describe, and never sees it. */
    @TestFactory
    Stream<DynamicTest> a_mapping_makes_the_same_of_what_the_schema_describes_as_of_the_whole_record() {
        return new Cases(Fixtures.ROUTES)
                .all().stream()
                        .filter(one -> one.folder().startsWith("products/2-normalise/"))
                        .map(one -> DynamicTest.dynamicTest(one.toString(), () -> {
                            var supplier = Fixtures.SUPPLIERS
                                    .find(one.folder().substring("products/2-normalise/".length()))
                                    .orElseThrow();
                            for (var record : Fixtures.records(Fixtures.ROUTES.bytes(one.input()))) {
                                if (!(new Normaliser().normalise(supplier, Fixtures.ORIGIN, record)
                                        instanceof Decision.Accepted)) continue;
                                var whole = supplier.mapping().apply(RecordParser.parse(record, Projection.ALL));

                                assertThat(supplier.mapping().apply(RecordParser.parse(record, supplier.projection())))
                                        .isEqualTo(whole);
                            }
                        }));
    }

    @Test
    void only_what_is_described_is_kept_and_what_is_described_no_further_is_kept_whole()
            throws RecordParser.Unreadable {
        var projection = Projection.of(Json.read("""
                {"x-keep": "described",
                 "properties": {"a": {"properties": {"b": {}}}, "list": {"items": {"properties": {"c": {}}}}, "map": {"additionalProperties": {"properties": {"d": {}}}}},
                 "if": {"properties": {"kind": {}}}, "then": {"$ref": "#/$defs/more"},
                 "$defs": {"more": {"properties": {"e": {}}}}}"""));
        var record =
                "{\"a\":{\"b\":{\"x\":[1]},\"y\":2},\"list\":[{\"c\":1,\"z\":[{}]},3],\"map\":{\"k\":{\"d\":1,\"z\":2}},\"kind\":4,\"e\":{\"f\":5},\"z\":{\"z\":[[]]}}";

        var kept = RecordParser.parse(Fixtures.record(record), projection);

        assertThat(kept)
                .hasToString(
                        "{\"a\":{\"b\":{\"x\":[1]}},\"list\":[{\"c\":1},3],\"map\":{\"k\":{\"d\":1}},\"kind\":4,\"e\":{\"f\":5}}");
    }

    @Test
    void without_the_annotation_everything_is_kept() throws RecordParser.Unreadable {
        var record = SourceRecord.ofJson("{\"a\":[1,2.50,12345678901,true,null,123456789012345678901]}".getBytes());

        assertThat(RecordParser.parse(record, Projection.of(Json.object())))
                .hasToString("{\"a\":[1,2.50,12345678901,true,null,123456789012345678901]}");
    }
}
