package dev.caravan.tracing;

import dev.caravan.observe.Correlation;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.slf4j.MDC;

/**
 * A span that was begun, and what its end has to put back: until then this thread's work is part of it, and its log lines name it. Camel
 * keeps it with the exchange; of what Camel would have it note, among that whole log lines and messages of exceptions, it takes nothing.
 */
final class Opened implements org.apache.camel.telemetry.Span {
    /** In the diagnostic context and in log lines. */
    private static final String SPAN_KEY = "spanId";

    private final Span span;
    private final Context context;
    private final Scope scope;
    private final Consumer<Exchange> ending;
    private final String traceBefore;
    private final String spanBefore;

    @SuppressWarnings("MustBeClosedChecker") // Closed at the end of the exchange, which no block of code encloses.
    private Opened(Span span, Context context, Consumer<Exchange> ending) {
        this.span = span;
        this.context = context;
        this.ending = ending;
        scope = span == null ? Scope.noop() : context.makeCurrent();
        traceBefore = MDC.get(Correlation.TRACE_KEY);
        spanBefore = MDC.get(SPAN_KEY);
        if (span != null)
            name(span.getSpanContext().getTraceId(), span.getSpanContext().getSpanId());
    }

    /** @param ending is told of the exchange at the end, before the span ends */
    static Opened with(Span span, Context around, Consumer<Exchange> ending) {
        return new Opened(span, around.with(span), ending);
    }

    static Opened with(Span span, Context around) {
        return with(span, around, exchange -> {});
    }

    /** Nothing begins here: what is inside is part of what is around. */
    static Opened nothing(Context around) {
        return new Opened(null, around, exchange -> {});
    }

    /** What goes on inside is part of this. */
    Context context() {
        return context;
    }

    /** Ends it as the exchange ends, in the thread it was begun in. */
    void end(Exchange exchange) {
        ending.accept(exchange);
        if (exchange.isFailed()) failed(exchange.getException());
        end();
    }

    /** Notes what kind of failure it was; what the failure says may hold what nobody is to be told. */
    void failed(Throwable cause) {
        if (span == null) return;
        span.setStatus(StatusCode.ERROR);
        if (cause != null)
            span.setAttribute(Conventions.ERROR_TYPE, cause.getClass().getName());
    }

    void end() {
        if (span == null) return;
        var uploads = MDC.get(Correlation.KEY);
        if (uploads != null && uploads.indexOf(' ') < 0) span.setAttribute(Subject.CORRELATION, uploads);
        name(traceBefore, spanBefore);
        scope.close();
        span.end();
    }

    private static void name(String traceId, String spanId) {
        if (traceId == null) {
            MDC.remove(Correlation.TRACE_KEY);
            MDC.remove(SPAN_KEY);
        } else {
            MDC.put(Correlation.TRACE_KEY, traceId);
            MDC.put(SPAN_KEY, spanId);
        }
    }

    @Override
    public void log(Map<String, String> fields) {}

    @Override
    public void setComponent(String component) {}

    @Override
    public void setError(boolean isError) {}

    @Override
    public void setTag(String key, String value) {}
}
