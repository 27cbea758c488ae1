package dev.caravan.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that traces are not taken, and once that they are again. What could not be sent meanwhile is dropped; the work goes on. */
final class PatientExporter implements SpanExporter {
    private static final Logger LOG = LoggerFactory.getLogger(PatientExporter.class);

    private final SpanExporter exporter;
    private final String endpoint;
    private final AtomicLong dropped = new AtomicLong();

    /** @param endpoint as it was set, for the log */
    PatientExporter(SpanExporter exporter, String endpoint) {
        this.exporter = exporter;
        this.endpoint = endpoint;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        var result = exporter.export(spans);
        int size = spans.size();
        result.whenComplete(() -> sent(result.isSuccess(), size));
        return result;
    }

    private void sent(boolean taken, int spans) {
        if (!taken) {
            if (dropped.getAndAdd(spans) == 0)
                LOG.warn("{} takes no traces; they are dropped until it does, and the work goes on", endpoint);
            return;
        }
        long lost = dropped.getAndSet(0);
        if (lost > 0) LOG.info("{} takes traces again; {} spans were dropped", endpoint, lost);
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
