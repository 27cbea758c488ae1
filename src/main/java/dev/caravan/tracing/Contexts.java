package dev.caravan.tracing;

import dev.caravan.observe.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Contexts as they travel: W3C's {@code traceparent}, without {@code tracestate}, for nobody here writes one. */
final class Contexts {
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
    private static final TextMapGetter<String> HEADER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String traceparent) {
            return List.of(Tracing.TRACEPARENT);
        }

        @Override
        public String get(String traceparent, String key) {
            return key.equals(Tracing.TRACEPARENT) ? traceparent : null;
        }
    };

    private Contexts() {}

    /** @return as {@code traceparent}; null when nothing is traced there */
    static String text(Context context) {
        var carrier = new HashMap<String, String>();
        W3C.inject(context, carrier, Map::put);
        return carrier.get(Tracing.TRACEPARENT);
    }

    /** @return invalid when the text is null or no {@code traceparent} */
    static SpanContext span(String traceparent) {
        return Span.fromContext(context(traceparent)).getSpanContext();
    }

    /** @return the root when the text is null or no {@code traceparent} */
    static Context context(String traceparent) {
        return W3C.extract(Context.root(), traceparent, HEADER);
    }
}
