package dev.caravan.aws;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * An event for EventBridge.
 *
 * @param source      {@code caravan.<flow>}
 * @param detailType  such as {@code ProductIngested}
 * @param detail      what happened
 * @param resources   ARNs or other names of what it concerns, may be empty
 * @param time        when it happened
 * @param cause       the trace context it happened in, as W3C's {@code traceparent}; null for that of the thread that publishes it
 */
public record BusEvent(
        String source, String detailType, ObjectNode detail, List<String> resources, Instant time, String cause) {
    public BusEvent {
        if (source.isBlank() || detailType.isBlank())
            throw new IllegalArgumentException("event without source or detail type");
        Objects.requireNonNull(detail);
        Objects.requireNonNull(time);
        resources = List.copyOf(resources);
    }

    public BusEvent(String source, String detailType, ObjectNode detail, Instant time) {
        this(source, detailType, detail, List.of(), time, null);
    }

    /** The same, as it happened in another trace context; null for none in particular. */
    public BusEvent causedBy(String traceparent) {
        return new BusEvent(source, detailType, detail, resources, time, traceparent);
    }

    @Override
    public String toString() {
        return detailType + " from " + source;
    }
}
