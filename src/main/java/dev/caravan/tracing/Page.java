package dev.caravan.tracing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The spans of a page of messages. The page has one, under which lies what is done for all of them at a time, with a link to where each
 * message was made. Each message has one too, which goes on with its own trace, so that a product is followed whatever page it came in; it
 * has a link to the page. Of a single message both are the same.
 */
final class Page {
    private final Tracer tracer;
    private final Batch batch;
    private final List<InWork> inWork = new ArrayList<>();
    private final Span span;

    /**
     * A message, and where it comes from.
     *
     * @param contexts where it was sent and where what it carries was made, in this order; those that are known
     */
    private record Received(BatchMessage message, List<SpanContext> contexts, Subject subject) {
        static Received of(BatchMessage message) {
            var detail = detail(message);
            var contexts = Stream.of(
                            message.messageAttributes().get(Tracing.TRACEPARENT),
                            detail.path(Tracing.TRACEPARENT).asText(null))
                    .filter(Objects::nonNull)
                    .map(Contexts::span)
                    .filter(SpanContext::isValid)
                    .distinct()
                    .toList();
            return new Received(message, contexts, Subject.of(detail));
        }

        private static JsonNode detail(BatchMessage message) {
            try {
                return Json.read(message.body()).path("detail");
            } catch (BadMessage e) {
                return MissingNode.getInstance();
            }
        }

        /** What the message goes on with; the root when nobody has traced it so far. */
        Context origin() {
            return contexts.isEmpty() ? Context.root() : Context.root().with(Span.wrap(contexts.get(0)));
        }
    }

    /** A message and its span. */
    private record InWork(BatchMessage message, Span span) {}

    private Page(Tracer tracer, Batch batch) {
        this.tracer = tracer;
        this.batch = batch;
        var received = batch.messages().stream().map(Received::of).toList();
        var builder = process().setParent(parent(received));
        received.forEach(one -> one.contexts().forEach(builder::addLink));
        if (received.size() > 1) builder.setAttribute(Conventions.MESSAGES, (long) received.size());
        span = builder.startSpan();
        if (received.size() == 1) work(received.get(0), span);
        else received.forEach(one -> work(one, begin(one)));
    }

    /** Begins the spans of a page; they end with its exchange. */
    static Opened open(Tracer tracer, Batch batch) {
        var page = new Page(tracer, batch);
        return Opened.with(page.span, Context.root(), exchange -> page.end());
    }

    /** Where all messages are of one trace the page is part of it, below the first; else it begins a trace of its own. */
    private static Context parent(List<Received> received) {
        var traces = received.stream()
                .map(one -> Span.fromContext(one.origin()).getSpanContext().getTraceId())
                .distinct()
                .count();
        return traces == 1 ? received.get(0).origin() : Context.root();
    }

    private Span begin(Received one) {
        var builder = process();
        if (one.contexts().isEmpty()) builder.setParent(Context.root().with(span));
        else builder.setParent(one.origin()).addLink(span.getSpanContext());
        one.contexts().forEach(builder::addLink);
        return builder.startSpan();
    }

    private SpanBuilder process() {
        return tracer.spanBuilder("process " + batch.queue())
                .setSpanKind(SpanKind.CONSUMER)
                .setAttribute(Conventions.MESSAGING_SYSTEM, Conventions.SQS)
                .setAttribute(Conventions.DESTINATION, batch.queue())
                .setAttribute(Conventions.OPERATION, "process")
                .setAttribute(Conventions.OPERATION_TYPE, "process");
    }

    private void work(Received one, Span itsSpan) {
        itsSpan.setAttribute(Conventions.MESSAGE_ID, one.message().id());
        one.subject().tell(itsSpan);
        one.message().traced(Contexts.text(Context.root().with(itsSpan)));
        inWork.add(new InWork(one.message(), itsSpan));
    }

    private void end() {
        for (var one : inWork) {
            var failure = one.message().failure();
            one.span().setAttribute(Conventions.OUTCOME, outcome(one.message()));
            failure.ifPresent(cause -> one.span()
                    .setStatus(StatusCode.ERROR)
                    .setAttribute(Conventions.ERROR_TYPE, cause.getClass().getName()));
            if (one.span() != span) one.span().end();
        }
    }

    private static String outcome(BatchMessage message) {
        if (message.isDone()) return message.failure().isPresent() ? "parked" : "done";
        return message.retryAfter().isPresent() ? "retried" : "left";
    }
}
