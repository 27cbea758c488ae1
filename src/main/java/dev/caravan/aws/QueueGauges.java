package dev.caravan.aws;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What every queue that a route of this instance reads has waiting, as metrics: {@code caravan.queue.messages} by state, {@code caravan.queue.oldest.seconds},
 * and {@code caravan.queue.loss.seconds}, the time until SQS forgets the oldest message. Each is NaN while SQS does not answer.
 */
public final class QueueGauges {
    private static final Logger LOG = LoggerFactory.getLogger(QueueGauges.class);

    private final Queues queues;
    private final MessageAges ages;
    private final MeterRegistry metrics;
    private final Map<String, Measured> measured = new ConcurrentHashMap<>();

    /**
     * What was last measured of a queue.
     *
     * @param oldest age of the oldest message in seconds, 0 when there is none
     * @param loss   seconds until it is forgotten
     */
    private record Measured(double visible, double inWork, double delayed, double oldest, double loss) {
        static final Measured UNKNOWN = new Measured(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }

    public QueueGauges(Queues queues, MessageAges ages, MeterRegistry metrics) {
        this.queues = queues;
        this.ages = ages;
        this.metrics = metrics;
    }

    /** Asks SQS, one call a queue. */
    public void measure() {
        queues.here().forEach(this::measure);
    }

    private void measure(SqsBatchEndpoint endpoint) {
        var name = endpoint.name();
        if (measured.put(name, now(endpoint)) != null) return;
        gauge(name, "caravan.queue.messages", "visible", Measured::visible);
        gauge(name, "caravan.queue.messages", "in work", Measured::inWork);
        gauge(name, "caravan.queue.messages", "delayed", Measured::delayed);
        gauge(name, "caravan.queue.oldest.seconds", null, Measured::oldest);
        gauge(name, "caravan.queue.loss.seconds", null, Measured::loss);
    }

    private Measured now(SqsBatchEndpoint endpoint) {
        try {
            var depth = queues.depth(endpoint.queue());
            double oldest = ages.oldest(endpoint.name(), depth.messages())
                    .map(age -> age.toMillis() / 1000.0)
                    .orElse(0.0);
            double loss = depth.kept().toSeconds() - oldest;
            return new Measured(depth.visible(), depth.inWork(), depth.delayed(), oldest, loss);
        } catch (SdkException e) {
            LOG.debug("{} cannot be measured", endpoint, e);
            return Measured.UNKNOWN;
        }
    }

    private void gauge(String queue, String name, String state, ToDoubleFunction<Measured> value) {
        var gauge = Gauge.builder(name, () -> value.applyAsDouble(measured.get(queue)))
                .tag("queue", queue);
        if (state != null) gauge.tag("state", state);
        gauge.register(metrics);
    }
}
