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
 * @param traceHeader an X-Ray trace header, or null; W3C trace context belongs into the detail
 */
public record BusEvent(
        String source, String detailType, ObjectNode detail, List<String> resources, Instant time, String traceHeader) {
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

    @Override
    public String toString() {
        return detailType + " from " + source;
    }
}
