package dev.caravan.tracing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/** Takes traces as a collector does: OTLP over HTTP, Protocol Buffers. */
public final class Collector implements AutoCloseable {
    private final List<Told> told = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    /**
     * A span as it arrived.
     *
     * @param parent     its parent's id; empty for the beginning of a trace
     * @param links      ids of the spans it points at
     * @param attributes by name, as text
     * @param bytes      all of it, to look for what must not be in it
     */
    public record Told(
            String trace,
            String id,
            String parent,
            String name,
            String kind,
            boolean failed,
            List<String> links,
            Map<String, String> attributes,
            int events,
            String service,
            String bytes) {}

    private Collector(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    public static Collector start() {
        return new Collector(0);
    }

    /** One that listens where another did. */
    public static Collector start(int port) {
        return new Collector(port);
    }

    /** What {@code OTEL_EXPORTER_OTLP_ENDPOINT} is to be. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public List<Told> spans() {
        return List.copyOf(told);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            var zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            var body = exchange.getRequestBody();
            var request = ExportTraceServiceRequest.parseFrom(zipped ? new GZIPInputStream(body) : body);
            request.getResourceSpansList().forEach(resource -> {
                var service = text(resource.getResource().getAttributesList(), "service.name");
                resource.getScopeSpansList()
                        .forEach(scope -> scope.getSpansList().forEach(span -> told.add(told(span, service))));
            });
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private static Told told(Span span, String service) {
        var attributes = new TreeMap<String, String>();
        span.getAttributesList().forEach(one -> attributes.put(one.getKey(), text(one.getValue())));
        return new Told(
                hex(span.getTraceId().toByteArray()),
                hex(span.getSpanId().toByteArray()),
                hex(span.getParentSpanId().toByteArray()),
                span.getName(),
                span.getKind().name().replace("SPAN_KIND_", ""),
                span.getStatus().getCode() == StatusCode.STATUS_CODE_ERROR,
                span.getLinksList().stream()
                        .map(link -> hex(link.getSpanId().toByteArray()))
                        .toList(),
                attributes,
                span.getEventsCount(),
                service,
                span.toString());
    }

    private static String text(List<KeyValue> attributes, String key) {
        return attributes.stream()
                .filter(one -> one.getKey().equals(key))
                .map(one -> text(one.getValue()))
                .findFirst()
                .orElse("");
    }

    private static String text(AnyValue value) {
        return value.hasIntValue() ? String.valueOf(value.getIntValue()) : value.getStringValue();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
