package dev.caravan.tracing;

import dev.caravan.aws.Batch;
import dev.caravan.observe.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.telemetry.Op;
import org.apache.camel.telemetry.SpanStorageManager;
import org.apache.camel.telemetry.SpanStorageManagerExchange;
import org.apache.camel.telemetry.decorators.AbstractSpanDecorator;
import org.apache.camel.util.StringHelper;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;

/**
 * A span for each route an exchange passes, and for each call that leaves the process. When one begins and ends is Camel's to say; what it
 * is called, of which kind it is and what it points at is said here, because Camel's own spans know neither kinds nor links.
 *
 * <p>What begins by a clock, or only looks, is nobody's trace: calls that it makes begin one each.
 */
final class CamelSpans extends org.apache.camel.telemetry.Tracer {
    /** What stays in the process; a call of one is told of by the route behind it, if there is one. */
    private static final Set<String> INSIDE =
            Set.of("bean", "class", "controlbus", "direct", "kamelet", "language", "log", "mock", "seda");

    private static final Pattern LOOKS = Pattern.compile("[?&]httpMethodRestrict=[^&]*(GET|HEAD)");
    private static final Pattern OPERATION = Pattern.compile("[?&]operation=([A-Za-z]+)");
    /** Put there last by whoever sends events; what they carry is not read for it. */
    private static final Pattern OF_AN_EVENT = Pattern.compile("\"" + Tracing.TRACEPARENT + "\":\"([^\"]+)\"}$");

    private static final int LONGEST = 80;

    private final SpanStorageManager opened = new SpanStorageManagerExchange();
    private final Tracer tracer;

    CamelSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    /** Camel's own way to begin and end spans is not used. */
    @Override
    protected void initTracer() {}

    @Override
    public boolean exclude(String endpointUri, CamelContext context) {
        var scheme = scheme(endpointUri);
        return scheme.equals("timer")
                || scheme.equals("platform-http") && LOOKS.matcher(endpointUri).find();
    }

    @Override
    protected void beginEventSpan(Exchange exchange, Endpoint endpoint, Op op) {
        var around = opened.peek(exchange) instanceof Opened outer ? outer.context() : Context.current();
        opened.push(
                exchange,
                op == Op.EVENT_RECEIVED ? entered(exchange, endpoint, around) : called(exchange, endpoint, around));
    }

    @Override
    protected void endEventSpan(Exchange exchange, Endpoint endpoint) {
        if (opened.pull(exchange) instanceof Opened ended) ended.end(exchange);
    }

    private Opened entered(Exchange exchange, Endpoint endpoint, Context around) {
        if (exchange.getMessage().getBody() instanceof Batch batch
                && scheme(endpoint).equals("sqs-batch")) return Page.open(tracer, batch);
        return switch (scheme(endpoint)) {
            case "kamelet" -> Opened.nothing(around);
            case "platform-http" -> served(exchange, endpoint);
            default ->
                INSIDE.contains(scheme(endpoint))
                        ? Opened.with(begun(name(endpoint), SpanKind.INTERNAL, around), around)
                        : taken(exchange, endpoint);
        };
    }

    /** Who calls from outside is not trusted with our traces: what is done for a caller begins one, and points at the caller's. */
    private Opened served(Exchange exchange, Endpoint endpoint) {
        var method = exchange.getMessage().getHeader(Exchange.HTTP_METHOD, String.class);
        var route = "/" + URLDecoder.decode(name(endpoint), StandardCharsets.UTF_8);
        var builder = builder(method + " " + route, SpanKind.SERVER, Context.root())
                .setAttribute(Conventions.HTTP_METHOD, method)
                .setAttribute(Conventions.HTTP_ROUTE, route);
        var callers = Contexts.span(exchange.getMessage().getHeader(Tracing.TRACEPARENT, String.class));
        if (callers.isValid()) builder.addLink(callers);
        var span = builder.startSpan();
        return Opened.with(span, Context.root(), answered -> status(span, answered, 500));
    }

    /** What comes in some other way than these, on a route somebody has added. */
    private Opened taken(Exchange exchange, Endpoint endpoint) {
        var from = Contexts.context(exchange.getMessage().getHeader(Tracing.TRACEPARENT, String.class));
        return Opened.with(begun(scheme(endpoint) + " " + name(endpoint), SpanKind.CONSUMER, from), from);
    }

    private Opened called(Exchange exchange, Endpoint endpoint, Context around) {
        var scheme = scheme(endpoint);
        if (INSIDE.contains(scheme)) return Opened.nothing(around);
        var call = scheme.startsWith("http")
                ? requested(exchange, endpoint, around)
                : Opened.with(outside(exchange, endpoint, around), around);
        exchange.getIn().setHeader(Tracing.TRACEPARENT, Contexts.text(call.context()));
        return call;
    }

    private Opened requested(Exchange exchange, Endpoint endpoint, Context around) {
        var method = exchange.getIn().getHeader(Exchange.HTTP_METHOD, "POST", String.class);
        var base = exchange.getIn().getHeader(Exchange.HTTP_URI, endpoint.getEndpointUri(), String.class);
        var path = exchange.getIn().getHeader(Exchange.HTTP_PATH, "", String.class);
        // Neither user nor query: both may hold what nobody is to be told.
        var url = URI.create(StringHelper.before(base, "?", base).replaceFirst("//[^/@]*@", "//"));
        var builder = builder(method, SpanKind.CLIENT, around)
                .setAttribute(Conventions.HTTP_METHOD, method)
                .setAttribute(Conventions.URL, url + path);
        if (url.getHost() != null) builder.setAttribute(Conventions.SERVER_ADDRESS, url.getHost());
        if (url.getPort() > 0) builder.setAttribute(Conventions.SERVER_PORT, (long) url.getPort());
        var span = builder.startSpan();
        return Opened.with(span, around, answered -> status(span, answered, 400));
    }

    private Span outside(Exchange exchange, Endpoint endpoint, Context around) {
        var scheme = scheme(endpoint);
        if (scheme.equals("aws2-eventbridge")) return sent(exchange, endpoint, around);
        var operation = OPERATION.matcher(endpoint.getEndpointUri());
        if (!scheme.startsWith("aws2-") || !operation.find())
            return begun(scheme + " " + name(endpoint), SpanKind.CLIENT, around);
        var service = scheme.substring("aws2-".length());
        return builder(service + "/" + operation.group(1), SpanKind.CLIENT, around)
                .setAttribute(Conventions.RPC_SYSTEM, "aws-api")
                .setAttribute(Conventions.RPC_SERVICE, service)
                .setAttribute(Conventions.RPC_METHOD, operation.group(1))
                .startSpan();
    }

    /** With a link to where each of the events was made. */
    private Span sent(Exchange exchange, Endpoint endpoint, Context around) {
        var builder = builder("send " + name(endpoint), SpanKind.CLIENT, around)
                .setAttribute(Conventions.MESSAGING_SYSTEM, Conventions.EVENTBRIDGE)
                .setAttribute(Conventions.DESTINATION, name(endpoint))
                .setAttribute(Conventions.OPERATION, "send")
                .setAttribute(Conventions.OPERATION_TYPE, "send");
        if (exchange.getIn().getBody() instanceof PutEventsRequest request) {
            builder.setAttribute(Conventions.MESSAGES, (long) request.entries().size());
            for (var entry : request.entries()) {
                var end = entry.detail().substring(Math.max(0, entry.detail().length() - LONGEST));
                var found = OF_AN_EVENT.matcher(end);
                if (found.find()) builder.addLink(Contexts.span(found.group(1)));
            }
        }
        return builder.startSpan();
    }

    private static void status(Span span, Exchange answered, int failureFrom) {
        var status = answered.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        if (status == null) return;
        span.setAttribute(Conventions.HTTP_STATUS, (long) status);
        if (status >= failureFrom)
            span.setStatus(StatusCode.ERROR).setAttribute(Conventions.ERROR_TYPE, String.valueOf(status));
    }

    private Span begun(String name, SpanKind kind, Context around) {
        return builder(name, kind, around).startSpan();
    }

    private SpanBuilder builder(String name, SpanKind kind, Context around) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(around);
    }

    private static String scheme(Endpoint endpoint) {
        return scheme(endpoint.getEndpointUri());
    }

    private static String scheme(String uri) {
        return StringHelper.before(uri, ":", uri);
    }

    /** What stands behind the scheme; of a direct: that is the route's id. */
    private static String name(Endpoint endpoint) {
        return AbstractSpanDecorator.stripSchemeAndOptions(endpoint);
    }
}
