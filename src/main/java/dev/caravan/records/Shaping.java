package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.json.Json;
import dev.caravan.records.read.Csv;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.records.read.SourceRecord.Format;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings source records of one kind to one shape, or says why not: parses strictly, finds the variant, maps, brings values to their one
 * form and checks the result against the kind's schema. Whatever the bytes, there is an answer and never an exception. Thread-safe.
 */
public final class Shaping {
    /** What no schema can say. */
    @FunctionalInterface
    public interface Form {
        /**
         * Brings what a mapping made to the one form.
         *
         * @param mapped not changed
         * @param found  told of each thing that is wrong
         */
        ObjectNode canonical(ObjectNode mapped, Found found);
    }

    /** Takes what is wrong with a value. */
    @FunctionalInterface
    public interface Found {
        /** @param pointer into the canonical value */
        void problem(Rule rule, String pointer, JsonNode value);
    }

    private final Variants variants;
    private volatile RuleSchema schema;
    private final Form form;

    public Shaping(Variants variants, RuleSchema schema, Form form) {
        this.variants = variants;
        this.schema = schema;
        this.form = form;
    }

    /** Checks against another schema from the next record on. */
    public void becomes(RuleSchema other) {
        schema = other;
    }

    /** What becomes of a record. */
    public Shaped shape(SourceRecord record) {
        if (record.defect() != null) return new Shaped.Rejected(List.of(record.defect()), null);
        try {
            if (record.format() == Format.CSV) return rows(record);
            return shape(RecordParser.parse(record, Projection.ALL));
        } catch (RecordParser.Unreadable e) {
            return new Shaped.Rejected(List.of(e.reason()), null);
        }
    }

    /** As {@link #shape(SourceRecord)}, for a record that is read already. */
    public Shaped shape(JsonNode source) {
        if (!source.isObject())
            return new Shaped.Rejected(
                    List.of(CoreRule.RECORD_SHAPE.reason("", "the record is no object", source)), null);
        var variant = variants.of(source);
        return variant.isPresent() ? shape(variant.get(), source) : nobodys(source);
    }

    /**
     * The column by which rows of a CSV file belong together.
     *
     * @param header the header row's text
     * @return null when each row is a record of its own
     */
    public String groupBy(String header) {
        var row = Json.object();
        for (var column : Csv.cells(header)) row.put(column.strip(), "");
        return variants.of(row).map(Variant::groupBy).orElse(null);
    }

    private Shaped rows(SourceRecord record) throws RecordParser.Unreadable {
        if (groupBy(record.header()) == null) return shape(RecordParser.parse(record, Projection.ALL));
        var rows = Json.array();
        for (var row : split(record)) {
            if (row.defect() != null) return new Shaped.Rejected(List.of(row.defect()), null);
            rows.add(RecordParser.parse(row, Projection.ALL));
        }
        var variant = variants.of(rows.path(0));
        if (variant.isEmpty()) return nobodys(rows.path(0));
        return shape(
                variant.get(),
                variant.get().groupBy() == null ? rows.get(0) : Json.object().set("rows", rows));
    }

    /** The rows of a record: one, or those that belong together. */
    private static List<SourceRecord> split(SourceRecord record) {
        var text = record.header() + "\n" + new String(record.bytes(), StandardCharsets.UTF_8);
        if (record.bytes().length == 0 || Utf8.firstBadByte(record.bytes()) >= 0) return List.of(record);
        var rows = new ArrayList<SourceRecord>();
        try (var reader = new RecordReader(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ReaderLimits.DEFAULT)) {
            reader.forEachRemaining(rows::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private Shaped shape(Variant variant, JsonNode source) {
        ObjectNode mapped;
        try {
            if (!(variant.mapping().apply(source) instanceof ObjectNode object))
                throw new JsltException("it made no object");
            mapped = object;
        } catch (JsltException e) {
            return new Shaped.Rejected(
                    List.of(CoreRule.MAPPING_FAILED.reason(
                            Shown.storable("the mapping of " + variant.name() + " failed: " + e.getMessage()))),
                    variant);
        }
        var rejections = new ArrayList<Reason>();
        var warnings = new ArrayList<Reason>();
        var canonical = form.canonical(mapped, (rule, pointer, value) -> {
            var at = variant.sources().pointerFor(pointer, source);
            (rule.warning() ? warnings : rejections)
                    .add(new Reason(at, rule.id(), Shown.storable(rule.messageFor(value)), Shown.value(value)));
        });
        for (var violation : schema.violations(canonical)) {
            var at = variant.sources().pointerFor(violation.pointer(), source);
            var value = at.isEmpty() ? violation.value() : source.at(at);
            (violation.rule().warning() ? warnings : rejections)
                    .add(new Reason(at, violation.rule().id(), violation.message(), Shown.value(value)));
        }
        if (rejections.isEmpty())
            return new Shaped.Accepted(
                    canonical, source, variant, variant.extras().of(source), warnings);
        rejections.addAll(warnings);
        return new Shaped.Rejected(rejections, variant, canonical, source);
    }

    private static Shaped nobodys(JsonNode source) {
        return new Shaped.Rejected(
                List.of(CoreRule.RECORD_SHAPE.reason("", "no variant takes such a record", source)), null);
    }
}
