package dev.caravan.aws;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;

/**
 * An event for EventBridge.
 *
 * @param source     {@code caravan.<flow>}
 * @param detailType such as {@code ProductIngested}; its schema lies beside the route that emits it
 * @param detail     with a {@code version} field
 * @param resources  ARNs it is about; usually none
 * @param time       when it happened
 */
public record BusEvent(String source, String detailType, ObjectNode detail, List<String> resources, Instant time) {
    public BusEvent {
        resources = List.copyOf(resources);
    }

    public static BusEvent of(String source, String detailType, ObjectNode detail, Instant time) {
        return new BusEvent(source, detailType, detail, List.of(), time);
    }

    BusEvent withDetail(ObjectNode other) {
        return new BusEvent(source, detailType, other, resources, time);
    }

    /** The size EventBridge counts: 14 bytes for the time, and source, type, detail and resources in UTF-8 (EventBridge user guide, "PutEvents entry size"). */
    int size() {
        int size = 14 + source.length() + detailType.length() + Json.bytes(detail).length;
        for (var resource : resources) size += resource.getBytes(StandardCharsets.UTF_8).length;
        return size;
    }

    PutEventsRequestEntry entry(String bus) {
        return PutEventsRequestEntry.builder()
                .eventBusName(bus)
                .source(source)
                .detailType(detailType)
                .detail(new String(Json.bytes(detail), StandardCharsets.UTF_8))
                .resources(resources)
                .time(time)
                .build();
    }
}
