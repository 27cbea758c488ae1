package dev.caravan.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PatientExporterTest {
    private final Logger log = (Logger) LoggerFactory.getLogger(PatientExporter.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private boolean taken;
    private final SpanExporter exporter = new PatientExporter(
            new SpanExporter() {
                @Override
                public CompletableResultCode export(Collection<SpanData> spans) {
                    return taken ? CompletableResultCode.ofSuccess() : CompletableResultCode.ofFailure();
                }

                @Override
                public CompletableResultCode flush() {
                    return CompletableResultCode.ofSuccess();
                }

                @Override
                public CompletableResultCode shutdown() {
                    return CompletableResultCode.ofSuccess();
                }
            },
            "http://collector:4318");

    @BeforeEach
    void listen() {
        log.setLevel(Level.INFO);
        said.start();
        log.addAppender(said);
    }

    @AfterEach
    void leave() {
        log.detachAppender(said);
        log.setLevel(null);
    }

    @Test
    void an_outage_is_one_line_at_its_beginning_and_one_at_its_end() {
        export(3);
        export(4);
        export(5);
        taken = true;
        export(1);
        export(1);
        taken = false;
        export(2);

        assertThat(said.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "http://collector:4318 takes no traces; they are dropped until it does, and the work goes on",
                        "http://collector:4318 takes traces again; 12 spans were dropped",
                        "http://collector:4318 takes no traces; they are dropped until it does, and the work goes on");
        assertThat(exporter.flush().isSuccess()).isTrue();
        assertThat(exporter.shutdown().isSuccess()).isTrue();
    }

    private void export(int spans) {
        exporter.export(Collections.nCopies(spans, null));
    }
}
