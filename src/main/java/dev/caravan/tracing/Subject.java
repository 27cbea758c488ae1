package dev.caravan.tracing;

import com.fasterxml.jackson.databind.JsonNode;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;

/**
 * Whom an event is about, as far as a trace is told: ids, and nothing of what it carries.
 *
 * @param correlation id of the upload it comes from, or of the task; null when it does not say
 * @param product     handle of the product it is about; null when it is about none
 */
record Subject(String correlation, String product) {
    static final AttributeKey<String> CORRELATION = AttributeKey.stringKey("caravan.correlation.id");
    static final AttributeKey<String> PRODUCT = AttributeKey.stringKey("caravan.product.handle");

    /** By an event's detail; missing is no one. */
    static Subject of(JsonNode detail) {
        var fullpath = detail.path("fullpath").asText("");
        return new Subject(
                text(detail.path("correlationId")),
                fullpath.isEmpty()
                        ? text(detail.at("/product/handle"))
                        : fullpath.substring(fullpath.lastIndexOf('/') + 1));
    }

    /** Says so of a span. */
    void tell(Span span) {
        if (correlation != null) span.setAttribute(CORRELATION, correlation);
        if (product != null) span.setAttribute(PRODUCT, product);
    }

    private static String text(JsonNode node) {
        return node.isTextual() && !node.asText().isBlank() ? node.asText() : null;
    }
}
