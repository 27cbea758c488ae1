package dev.caravan.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import dev.caravan.settings.Settings;
import dev.caravan.testing.PublicPort;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class TracingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String OTHER_TRACE = "11111111111111111111111111111111";

    private final InMemorySpanExporter exported = InMemorySpanExporter.create();
    private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(exported))
                    .build())
            .build();
    private final Tracing tracing = new OpenTelemetryTracing(sdk);
    private final List<String> traceparents = new ArrayList<>();
    private HttpServer target;
    private int targetAnswers = 200;

    @BeforeEach
    void start() throws IOException {
        target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.createContext("/", exchange -> {
            traceparents.add(exchange.getRequestHeaders().getFirst("traceparent"));
            exchange.sendResponseHeaders(targetAnswers, -1);
            exchange.close();
        });
        target.start();
    }

    @AfterEach
    void stop() {
        target.stop(0);
        sdk.close();
        assertThat(Context.current()).as("nothing is left on the thread").isEqualTo(Context.root());
        assertThat(MDC.get("traceId")).isNull();
    }

    @Test
    void switched_off_nothing_is_known_and_the_work_is_done() {
        var done = new ArrayList<String>();

        Tracing.OFF.again("replay", null, () -> done.add("work"));

        Tracing.OFF.goOn("do task", null, () -> done.add("more"));

        assertThat(done).containsExactly("work", "more");
        assertThat(Tracing.OFF.current()).isNull();
        assertThat(Tracing.OFF.created("ProductIngested", "bus", Json.object(), null))
                .isNull();
    }

    @Test
    void a_message_goes_on_with_what_caused_it_and_tells_whom_it_is_about_and_nothing_else() {
        var detail = Json.object().put("correlationId", "upload-1").put("secret", "a canary");
        detail.putObject("product").put("handle", "shein-1").put("name", "a canary");

        var made = tracing.created("ProductIngested", "caravan", detail, traceparent(TRACE, 7));

        var span = only("create ProductIngested");
        assertThat(made).isEqualTo("00-" + TRACE + "-" + span.getSpanId() + "-01");
        assertThat(span.getParentSpanId()).isEqualTo("%016x".formatted(7));
        assertThat(span.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(attributes(span))
                .containsEntry("caravan.correlation.id", "upload-1")
                .containsEntry("caravan.product.handle", "shein-1")
                .containsEntry("messaging.destination.name", "caravan");
        assertThat(span.toString()).doesNotContain("canary");
    }

    @Test
    void what_is_done_again_begins_a_trace_that_points_at_the_earlier_one() {
        tracing.again("replay", traceparent(TRACE, 7), () -> {
            assertThat(tracing.current())
                    .contains(Span.current().getSpanContext().getTraceId());
            assertThat(MDC.get("traceId"))
                    .isEqualTo(Span.current().getSpanContext().getTraceId());
        });
        assertThatThrownBy(() -> tracing.again("replay", "no traceparent", () -> {
                    throw new IllegalStateException("a canary");
                }))
                .hasMessage("a canary");

        var spans = exported.getFinishedSpanItems();
        assertThat(spans.get(0).getTraceId()).isNotEqualTo(TRACE);
        assertThat(links(spans.get(0))).containsExactly("%016x".formatted(7));
        assertThat(links(spans.get(1))).isEmpty();
        assertThat(spans.get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(spans.get(1).toString()).doesNotContain("canary");
    }

    @Test
    void what_is_done_later_goes_on_with_the_trace_it_was_asked_for_in() {
        tracing.goOn("do task", traceparent(TRACE, 7), () -> assertThat(MDC.get("traceId"))
                .isEqualTo(TRACE));
        tracing.goOn("do task", null, () -> {});
        assertThatThrownBy(() -> tracing.goOn("do task", traceparent(TRACE, 7), () -> {
                    throw new IllegalStateException("a canary");
                }))
                .hasMessage("a canary");

        var spans = exported.getFinishedSpanItems();
        assertThat(spans.get(0).getTraceId()).isEqualTo(TRACE);
        assertThat(spans.get(0).getParentSpanId()).isEqualTo("%016x".formatted(7));
        assertThat(spans.get(0).getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(spans.get(1).getParentSpanContext().isValid()).isFalse();
        assertThat(spans.get(2).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(spans.get(2).toString()).doesNotContain("canary");
    }

    @Test
    void a_route_and_the_call_it_makes_are_spans_and_the_call_says_in_which_trace_it_is() throws Exception {
        var url = "http://127.0.0.1:" + target.getAddress().getPort() + "/graphql?apikey=canary";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:outer").log("${body}").to("direct:door");
                from("direct:door").to(url);
            }
        });

        var outer = only("outer");
        var door = only("door");
        var call = only("POST");
        assertThat(outer.getParentSpanContext().isValid()).isFalse();
        assertThat(door.getParentSpanId()).isEqualTo(outer.getSpanId());
        assertThat(call.getParentSpanId()).isEqualTo(door.getSpanId());
        assertThat(call.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(attributes(call))
                .containsEntry("http.request.method", "POST")
                .containsEntry("http.response.status_code", "200")
                .containsEntry("server.address", "127.0.0.1")
                .containsEntry(
                        "url.full", "http://127.0.0.1:" + target.getAddress().getPort() + "/graphql");
        assertThat(traceparents).containsExactly("00-" + call.getTraceId() + "-" + call.getSpanId() + "-01");
        assertThat(exported.getFinishedSpanItems()).hasSize(3);
        assertThat(exported.getFinishedSpanItems().toString()).doesNotContain("canary");
    }

    @Test
    void a_call_that_is_refused_and_a_route_that_fails_are_errors_by_kind_alone() throws Exception {
        targetAnswers = 503;
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:outer")
                        .to("http://127.0.0.1:" + target.getAddress().getPort() + "?throwExceptionOnFailure=false")
                        .process(exchange -> {
                            throw new BadMessage("a canary");
                        });
            }
        });

        var call = only("POST");
        assertThat(call.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(attributes(call)).containsEntry("error.type", "503");
        var route = only("outer");
        assertThat(route.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(route.getStatus().getDescription()).isEmpty();
        assertThat(attributes(route)).containsEntry("error.type", BadMessage.class.getName());
        assertThat(route.getEvents()).isEmpty();
    }

    @Test
    void a_name_and_a_password_in_an_address_are_not_told() throws Exception {
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:outer")
                        .to("http://canary:canary@127.0.0.1:"
                                + target.getAddress().getPort());
            }
        });

        assertThat(attributes(only("POST")))
                .containsEntry(
                        "url.full", "http://127.0.0.1:" + target.getAddress().getPort());
        assertThat(exported.getFinishedSpanItems().toString()).doesNotContain("canary");
    }

    @Test
    void who_calls_from_outside_gets_a_trace_of_its_own_that_points_at_the_callers() throws Exception {
        try (var port = new PublicPort(1_000, new RouteBuilder() {
            @Override
            public void configure() {
                tracing.watch(getContext());
                from("platform-http:/tasks/{id}?httpMethodRestrict=POST")
                        .setBody(constant(""))
                        .setHeader("CamelHttpResponseCode", constant(500));
                from("platform-http:/look?httpMethodRestrict=GET").setBody(constant(""));
            }
        })) {
            var http = HttpClient.newHttpClient();
            http.send(
                    HttpRequest.newBuilder(port.url("/tasks/7?name=canary"))
                            .header("traceparent", traceparent(TRACE, 7))
                            .POST(BodyPublishers.ofString("canary"))
                            .build(),
                    BodyHandlers.discarding());
            http.send(HttpRequest.newBuilder(port.url("/look")).build(), BodyHandlers.discarding());
        }

        var span = exported.getFinishedSpanItems().get(0);
        assertThat(exported.getFinishedSpanItems()).hasSize(1);
        assertThat(span.getName()).isEqualTo("POST /tasks/{id}");
        assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(span.getTraceId()).isNotEqualTo(TRACE);
        assertThat(links(span)).containsExactly("%016x".formatted(7));
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(attributes(span)).containsEntry("http.response.status_code", "500");
        assertThat(span.toString()).doesNotContain("canary");
    }

    @Test
    void what_a_clock_begins_is_no_trace() throws Exception {
        var ticked = new CountDownLatch(1);
        try (var context = new DefaultCamelContext()) {
            tracing.watch(context);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("timer:tick?repeatCount=1&delay=0").process(exchange -> ticked.countDown());
                }
            });
            context.start();
            assertThat(ticked.await(20, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(exported.getFinishedSpanItems()).isEmpty();
    }

    @Test
    void messages_of_one_trace_make_a_page_in_it_and_each_goes_on_from_where_it_was_made() {
        var first = message("m-1", event("shein-1", TRACE, 1), Map.of());
        var second = message("m-2", event("shein-2", TRACE, 2), Map.of());

        page(new Batch("products", List.of(first, second)), () -> {
            first.done();
            second.failed(new TargetUnavailable("pimcore", "a canary"));
            second.retry(Duration.ofSeconds(1));
        });

        var spans = exported.getFinishedSpanItems();
        assertThat(spans).hasSize(3).allMatch(span -> span.getTraceId().equals(TRACE));
        assertThat(spans).allMatch(span -> span.getName().equals("process products"));
        assertThat(spans).allMatch(span -> span.getKind() == SpanKind.CONSUMER);
        var page = spans.get(2);
        assertThat(links(page)).containsExactly("%016x".formatted(1), "%016x".formatted(2));
        assertThat(attributes(page)).containsEntry("messaging.batch.message_count", "2");
        var done = spans.get(0);
        assertThat(done.getParentSpanId()).isEqualTo("%016x".formatted(1));
        assertThat(links(done)).contains(page.getSpanId());
        assertThat(first.trace()).isEqualTo("00-" + TRACE + "-" + done.getSpanId() + "-01");
        assertThat(attributes(done))
                .containsEntry("messaging.message.id", "m-1")
                .containsEntry("caravan.product.handle", "shein-1")
                .containsEntry("caravan.message.outcome", "done");
        var failed = spans.get(1);
        assertThat(failed.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(attributes(failed))
                .containsEntry("caravan.message.outcome", "retried")
                .containsEntry("error.type", TargetUnavailable.class.getName());
        assertThat(spans.toString()).doesNotContain("canary");
    }

    @Test
    void a_page_of_several_traces_is_one_of_its_own_that_points_at_them() {
        var ours = message("m-1", event("shein-1", TRACE, 1), Map.of());
        var others = message("m-2", event("shein-2", OTHER_TRACE, 2), Map.of());
        var nobodys = message("m-3", "no event", Map.of());

        page(new Batch("products", List.of(ours, others, nobodys)), () -> {
            ours.failed(new BadMessage("a canary"));
            ours.done();
        });

        var spans = exported.getFinishedSpanItems();
        var page = spans.get(3);
        assertThat(page.getParentSpanContext().isValid()).isFalse();
        assertThat(page.getTraceId()).isNotIn(TRACE, OTHER_TRACE);
        assertThat(links(page)).containsExactly("%016x".formatted(1), "%016x".formatted(2));
        assertThat(spans)
                .extracting(SpanData::getTraceId)
                .containsExactly(TRACE, OTHER_TRACE, page.getTraceId(), page.getTraceId());
        assertThat(spans)
                .extracting(span -> attributes(span).get("caravan.message.outcome"))
                .containsExactly("parked", "left", "left", null);
    }

    @Test
    void a_single_message_is_its_page_and_one_sent_again_goes_on_with_who_sent_it() {
        var message = message("m-1", event("shein-1", TRACE, 1), Map.of("traceparent", traceparent(OTHER_TRACE, 9)));

        page(new Batch("products", List.of(message)), message::done);

        var span = only("process products");
        assertThat(span.getTraceId()).isEqualTo(OTHER_TRACE);
        assertThat(span.getParentSpanId()).isEqualTo("%016x".formatted(9));
        assertThat(links(span)).containsExactly("%016x".formatted(9), "%016x".formatted(1));
        assertThat(message.trace()).isEqualTo("00-" + OTHER_TRACE + "-" + span.getSpanId() + "-01");
    }

    @Test
    void as_the_settings_say_traces_arrive_at_the_collector() {
        try (var collector = Collector.start()) {
            try (var started = OpenTelemetryTracing.start(Settings.of(Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().toString(), "OTEL_SERVICE_NAME", "caravan-7")))) {
                started.created("ProductIngested", "caravan", Json.object(), null);
            }

            assertThat(collector.spans()).singleElement().satisfies(span -> {
                assertThat(span.name()).isEqualTo("create ProductIngested");
                assertThat(span.service()).isEqualTo("caravan-7");
            });
        }
    }

    @Test
    void a_sampler_that_tells_of_none_is_obeyed() {
        try (var collector = Collector.start()) {
            try (var started = OpenTelemetryTracing.start(Settings.of(Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().toString(), "OTEL_TRACES_SAMPLER", "always_off")))) {
                assertThat(started.created("ProductIngested", "caravan", Json.object(), null))
                        .endsWith("-00");
            }

            assertThat(collector.spans()).isEmpty();
        }
    }

    @Test
    void settings_of_opentelemetry_that_do_not_go_together_are_told_in_a_sentence() {
        System.setProperty("otel.traces.exporter", "pigeon");
        try {
            assertThatThrownBy(() -> OpenTelemetryTracing.start(
                            Settings.of(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"))))
                    .isInstanceOf(BadSettings.class)
                    .hasMessageStartingWith("traces cannot be sent to http://127.0.0.1:4318: ")
                    .hasMessageContaining("pigeon");
        } finally {
            System.clearProperty("otel.traces.exporter");
        }
    }

    private void routes(RouteBuilder routes) throws Exception {
        try (var context = new DefaultCamelContext()) {
            tracing.watch(context);
            context.addRoutes(routes);
            context.start();
            context.createProducerTemplate()
                    .send("direct:outer", exchange -> exchange.getMessage().setBody("a canary"));
        }
    }

    private void page(Batch batch, Runnable work) {
        try (var context = new DefaultCamelContext()) {
            var opened = Page.open(sdk.getTracer("test"), batch);
            work.run();
            opened.end(new org.apache.camel.support.DefaultExchange(context));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BatchMessage message(String id, String body, Map<String, String> attributes) {
        return new BatchMessage(id, "r", body, Map.of(), attributes);
    }

    private static String event(String handle, String trace, long span) {
        var event = Json.object();
        event.putObject("detail").put("fullpath", "/products/" + handle).put("traceparent", traceparent(trace, span));
        return event.toString();
    }

    private static String traceparent(String trace, long span) {
        return "00-" + trace + "-%016x-01".formatted(span);
    }

    private SpanData only(String name) {
        var found = exported.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
        assertThat(found).as(name).hasSize(1);
        return found.get(0);
    }

    private static List<String> links(SpanData span) {
        return span.getLinks().stream()
                .map(LinkData::getSpanContext)
                .map(context -> context.getSpanId())
                .toList();
    }

    private static Map<String, String> attributes(SpanData span) {
        var attributes = new java.util.TreeMap<String, String>();
        span.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), String.valueOf(value)));
        return attributes;
    }
}
