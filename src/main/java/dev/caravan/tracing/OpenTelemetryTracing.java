package dev.caravan.tracing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.observe.Tracing;
import dev.caravan.settings.Settings;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.camel.CamelContext;

/** Tells OpenTelemetry's SDK, which sends what it is told to where the settings say. */
public final class OpenTelemetryTracing implements Tracing {
    /** OpenTelemetry logs past our log, and each failure again and again; held, lest the level be forgotten. */
    private static final Logger ITS_OWN_LOG = Logger.getLogger("io.opentelemetry");

    private static final long LAST_WORDS_SECONDS = 3;

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;

    OpenTelemetryTracing(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
        tracer = sdk.getTracer("caravan");
    }

    /**
     * As the settings {@code otel.…} say, and for all else OpenTelemetry's own variables.
     *
     * @throws BadSettings when that does not go together
     */
    public static Tracing start(Settings settings) {
        ITS_OWN_LOG.setLevel(Level.OFF);
        var endpoint = settings.text("otel.exporter.otlp.endpoint");
        try {
            return new OpenTelemetryTracing(AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook()
                    .addPropertiesCustomizer(given -> properties(settings))
                    .addSpanExporterCustomizer((exporter, given) -> new PatientExporter(exporter, endpoint))
                    .build()
                    .getOpenTelemetrySdk());
        } catch (ConfigurationException e) {
            throw new BadSettings("traces cannot be sent to " + endpoint + ": " + e.getMessage());
        }
    }

    private static Map<String, String> properties(Settings settings) {
        var properties = new HashMap<String, String>();
        for (var key : Settings.keys()) {
            if (key.startsWith("otel.") && !settings.text(key).isEmpty()) properties.put(key, settings.text(key));
        }
        // Of metrics and logs is told elsewhere.
        properties.put("otel.metrics.exporter", "none");
        properties.put("otel.logs.exporter", "none");
        return properties;
    }

    @Override
    public String current() {
        return Contexts.text(Context.current());
    }

    @Override
    public String created(String what, String destination, JsonNode detail, String cause) {
        var parent = cause == null ? Context.current() : Contexts.context(cause);
        var span = tracer.spanBuilder("create " + what)
                .setSpanKind(SpanKind.PRODUCER)
                .setParent(parent)
                .setAttribute(Conventions.MESSAGING_SYSTEM, Conventions.EVENTBRIDGE)
                .setAttribute(Conventions.DESTINATION, destination)
                .setAttribute(Conventions.OPERATION, "create")
                .setAttribute(Conventions.OPERATION_TYPE, "create")
                .startSpan();
        Subject.of(detail).tell(span);
        span.end();
        return Contexts.text(parent.with(span));
    }

    @Override
    public void again(String name, String earlier, Runnable work) {
        var builder = tracer.spanBuilder(name).setSpanKind(SpanKind.PRODUCER).setNoParent();
        var begun = Contexts.span(earlier);
        if (begun.isValid()) builder.addLink(begun);
        within(Opened.with(builder.startSpan(), Context.root()), work);
    }

    @Override
    public void goOn(String name, String from, Runnable work) {
        var parent = Contexts.context(from);
        var span = tracer.spanBuilder(name)
                .setSpanKind(SpanKind.CONSUMER)
                .setParent(parent)
                .startSpan();
        within(Opened.with(span, parent), work);
    }

    private static void within(Opened opened, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            opened.failed(e);
            throw e;
        } finally {
            opened.end();
        }
    }

    @Override
    public void watch(CamelContext context) {
        var spans = new CamelSpans(tracer);
        spans.setCamelContext(context);
        spans.init(context);
    }

    @Override
    public void close() {
        sdk.shutdown().join(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
    }
}
