package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.aws.ClaimCheck;
import dev.caravan.aws.EventPublisher;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** An event bus that keeps what was put on it, or does not answer. */
final class TestBus {
    final List<PutEventsRequestEntry> entries = new CopyOnWriteArrayList<>();
    /** The trace contexts the events were made in, in order. */
    final List<String> causes = new CopyOnWriteArrayList<>();

    volatile boolean fails;

    EventPublisher publisher() {
        return new EventPublisher(
                this::put,
                new ClaimCheck(null, "archive"),
                new EventPublisher.Settings("bus", 262_144, 262_144, 1, Duration.ofMillis(1)),
                new Tracing() {
                    @Override
                    public String created(String what, String destination, JsonNode detail, String cause) {
                        if (cause != null) causes.add(cause);
                        return null;
                    }
                });
    }

    private PutEventsResponse put(PutEventsRequest request) {
        if (fails) throw SdkClientException.create("no answer");
        entries.addAll(request.entries());
        return PutEventsResponse.builder()
                .failedEntryCount(0)
                .entries(request.entries().stream()
                        .map(entry ->
                                PutEventsResultEntry.builder().eventId("e").build())
                        .toList())
                .build();
    }

    /** Type and what it is about, in order. */
    List<String> sent() {
        return entries.stream()
                .map(entry -> {
                    var detail = Json.read(entry.detail());
                    return entry.detailType() + " "
                            + detail.path("fullpath")
                                    .asText(detail.path("supplier").asText() + "/"
                                            + detail.path("id").asText());
                })
                .toList();
    }
}
