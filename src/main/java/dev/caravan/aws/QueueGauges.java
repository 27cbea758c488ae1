package dev.caravan.aws;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * What every queue that a route reads has waiting, as metrics: {@code caravan.queue.messages} by state, {@code caravan.queue.oldest.seconds},
 * and {@code caravan.queue.loss.seconds}, the time until SQS forgets the oldest message. Each is NaN while SQS does not answer.
 */
public final class QueueGauges {
    private static final Logger LOG = LoggerFactory.getLogger(QueueGauges.class);
    private static final List<QueueAttributeName> ATTRIBUTES = List.of(
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED,
            QueueAttributeName.MESSAGE_RETENTION_PERIOD);

    /** How long our queues keep a message, for stand-ins of SQS that do not say. */
    private static final Duration KEPT = Duration.ofDays(14);

    private final Supplier<CamelContext> context;
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

    /** @param context asked at each measurement: its routes are started later than this is made */
    public QueueGauges(Supplier<CamelContext> context, MessageAges ages, MeterRegistry metrics) {
        this.context = context;
        this.ages = ages;
        this.metrics = metrics;
    }

    /** Asks SQS, one call a queue. */
    public void measure() {
        for (var endpoint : context.get().getEndpoints()) {
            if (endpoint instanceof SqsBatchEndpoint queue) measure(queue);
        }
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
            var queue = endpoint.queue();
            var said = queue.client()
                    .getQueueAttributes(request -> request.queueUrl(queue.url()).attributeNames(ATTRIBUTES))
                    .attributes();
            long visible = number(said, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES);
            long inWork = number(said, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
            long delayed = number(said, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED);
            double oldest = ages.oldest(queue.name(), visible + inWork + delayed)
                    .map(age -> age.toMillis() / 1000.0)
                    .orElse(0.0);
            double kept = said.containsKey(QueueAttributeName.MESSAGE_RETENTION_PERIOD)
                    ? number(said, QueueAttributeName.MESSAGE_RETENTION_PERIOD)
                    : KEPT.toSeconds();
            return new Measured(visible, inWork, delayed, oldest, kept - oldest);
        } catch (SdkException e) {
            LOG.debug("{} cannot be measured", endpoint, e);
            return Measured.UNKNOWN;
        }
    }

    private static long number(Map<QueueAttributeName, String> attributes, QueueAttributeName name) {
        return Long.parseLong(attributes.getOrDefault(name, "0"));
    }

    private void gauge(String queue, String name, String state, ToDoubleFunction<Measured> value) {
        var gauge = Gauge.builder(name, () -> value.applyAsDouble(measured.get(queue)))
                .tag("queue", queue);
        if (state != null) gauge.tag("state", state);
        gauge.register(metrics);
    }
}
