package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.json.Json;
import dev.caravan.records.CoreRule;
import dev.caravan.records.Reason;
import dev.caravan.records.RecordParser;
import dev.caravan.records.RuleSchema;
import dev.caravan.records.Shown;
import dev.caravan.records.read.SourceRecord;
import java.util.ArrayList;

/**
 * Makes a canonical product of a source record, or says why not: parses it strictly, checks what the supplier may send, maps it, cleans the
 * result and checks that it is a product. Whatever the bytes, there is a decision and never an exception. Thread-safe.
 */
public final class Normaliser {
    /** @param origin goes into the product; its index and hash are the record's */
    public Decision normalise(Supplier supplier, Origin origin, SourceRecord record) {
        if (record.defect() != null) return new Decision.Rejected(record.defect());
        JsonNode source;
        try {
            source = RecordParser.parse(record, supplier.projection());
        } catch (RecordParser.Unreadable e) {
            return new Decision.Rejected(e.reason());
        }
        var rejections = new ArrayList<Reason>();
        var warnings = new ArrayList<Reason>();
        for (var violation : supplier.recordSchema().violations(source)) {
            (violation.rule().warning() ? warnings : rejections).add(violation.reason());
        }
        if (!rejections.isEmpty()) return new Decision.Rejected(rejections);

        Canonical canonical;
        try {
            canonical = mapped(supplier, source);
        } catch (JsltException e) {
            return new Decision.Rejected(CoreRule.MAPPING_FAILED.reason(
                    Shown.storable(supplier.name() + "'s mapping failed: " + e.getMessage())));
        }
        var product = canonical.product();
        var tracer = new Tracer(supplier, source, product);
        for (var problem : canonical.problems()) {
            var pointer = problem.raw() == null
                    ? tracer.pointerOf(problem.pointer())
                    : tracer.pointerOfText(problem.raw(), problem.pointer());
            (problem.rule().isWarning() ? warnings : rejections)
                    .add(problem.rule().reason(Shown.storable(pointer), problem.message(), source.at(pointer)));
        }
        for (var violation : supplier.productSchema().violations(product)) {
            (violation.rule().warning() ? warnings : rejections).add(inSource(violation, tracer, source));
        }
        if (!rejections.isEmpty()) return new Decision.Rejected(rejections);

        var contentHash = Json.hash(product);
        var listed = product.putArray("warnings");
        for (var warning : warnings) {
            listed.addObject()
                    .put("pointer", warning.pointer())
                    .put("rule", warning.rule())
                    .put("message", warning.message());
        }
        product.set("origin", origin.toJson());
        return new Decision.Accepted(
                product, new ProductKey(supplier.name(), product.get("id").textValue()), contentHash, warnings);
    }

    /** A reason found in the product, told about the record. */
    private static Reason inSource(RuleSchema.Violation violation, Tracer tracer, JsonNode source) {
        var pointer = tracer.pointerOf(violation.pointer());
        var value = pointer.isEmpty() ? violation.value() : source.at(pointer);
        return new Reason(Shown.storable(pointer), violation.rule().id(), violation.message(), Shown.value(value));
    }

    /** @throws JsltException when the mapping cannot cope with the record */
    static Canonical mapped(Supplier supplier, JsonNode source) {
        var mapped = supplier.mapping().apply(source);
        if (!(mapped instanceof ObjectNode object)) throw new JsltException("it made no object");
        return new Canonical(supplier.name(), object);
    }
}
