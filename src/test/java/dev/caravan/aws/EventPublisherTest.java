package dev.caravan.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;

class EventPublisherTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final String CAUSE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String CREATED = "00-11111111111111111111111111111111-2222222222222222-01";

    private final LocalBus bus;
    private final Map<String, byte[]> stored = new HashMap<>();
    private final ClaimCheck claims = new ClaimCheck(new MemoryStore(stored), "archive");

    EventPublisherTest() throws IOException {
        bus = new LocalBus();
    }

    @AfterEach
    void close() {
        bus.close();
    }

    @Test
    void events_go_out_ten_a_request_in_order_with_all_they_say() {
        var events = IntStream.range(0, 25).mapToObj(i -> event(i, 10)).toList();

        var outcomes = publisher().publish(events);

        assertThat(bus.requests).extracting(List::size).containsExactly(10, 10, 5);
        assertThat(outcomes).hasSize(25).allMatch(EventPublisher.Outcome::sent);
        assertThat(outcomes).extracting(EventPublisher.Outcome::event).containsExactlyElementsOf(events);
        assertThat(outcomes.get(24).eventId()).isEqualTo("event-25");
        var fourth = bus.taken.get(3);
        assertThat(fourth.path("Time").longValue()).isEqualTo(NOON.getEpochSecond());
        assertThat(fourth.path("Source").asText()).isEqualTo("caravan.products");
        assertThat(fourth.path("DetailType").asText()).isEqualTo("ProductIngested");
        assertThat(fourth.path("Detail").asText()).isEqualTo("{\"n\":3,\"text\":\"xxxxxxxxxx\"}");
        assertThat(fourth.path("EventBusName").asText()).isEqualTo("caravan");
        assertThat(fourth.path("Resources")).isEqualTo(Json.array().add("s3://inbox/a"));
    }

    @Test
    void a_request_keeps_within_its_size_counted_as_eventbridge_counts() {
        // 14 for the time, 16 source, 15 detail type, 12 resource, and the detail.
        int each = 14 + 16 + 15 + 12 + "{\"n\":0,\"text\":\"\"}".length() + 100;
        var events = IntStream.range(0, 7).mapToObj(i -> event(i, 100)).toList();

        publisher(3 * each, each).publish(events);
        publisher(3 * each - 1, each).publish(events);

        assertThat(bus.requests).extracting(List::size).containsExactly(3, 3, 1, 2, 2, 2, 1);
        assertThat(stored).isEmpty();
    }

    @Test
    void only_failed_entries_are_sent_again() {
        var throttled = new AtomicInteger();
        bus.failing = entry -> number(entry) % 4 == 0 && throttled.incrementAndGet() <= 3
                ? (throttled.get() % 2 == 0 ? "InternalFailure" : "ThrottlingException")
                : null;

        var outcomes = publisher()
                .publish(IntStream.range(0, 10).mapToObj(i -> event(i, 1)).toList());

        assertThat(bus.requests).hasSize(2);
        assertThat(bus.requests.get(1)).extracting(EventPublisherTest::number).containsExactly(0, 4, 8);
        assertThat(outcomes).allMatch(EventPublisher.Outcome::sent);
        assertThat(bus.taken).hasSize(10);
    }

    @Test
    void a_malformed_entry_is_refused_and_costs_its_neighbours_nothing() {
        bus.failing = entry -> number(entry) == 1 ? "MalformedDetail" : null;

        var outcomes = publisher().publish(List.of(event(0, 1), event(1, 1), event(2, 1)));

        assertThat(outcomes).extracting(EventPublisher.Outcome::sent).containsExactly(true, false, true);
        assertThat(outcomes.get(1).refusal())
                .isInstanceOf(BadMessage.class)
                .hasMessage("EventBridge refuses ProductIngested from caravan.products: MalformedDetail: as told");
        assertThat(bus.requests).hasSize(1);
    }

    @Test
    void a_request_refused_as_invalid_is_tried_event_by_event() {
        bus.failingAll =
                entries -> entries.stream().anyMatch(entry -> number(entry) == 2) ? "400 ValidationException" : null;

        var outcomes = publisher()
                .publish(IntStream.range(0, 4).mapToObj(i -> event(i, 1)).toList());

        assertThat(outcomes).extracting(EventPublisher.Outcome::sent).containsExactly(true, true, false, true);
        assertThat(bus.requests).extracting(List::size).containsExactly(4, 1, 1, 1, 1);
    }

    @Test
    void entries_that_stay_throttled_are_unavailable_in_the_end_with_the_reason() {
        bus.failing = entry -> number(entry) == 1 ? "ThrottlingException" : null;

        assertThatThrownBy(() -> publisher().publish(List.of(event(0, 1), event(1, 1))))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessage(
                        "caravan did not take 1 of 2 events in 3 attempts, at last: [ThrottlingException: as told]");
        assertThat(bus.requests).extracting(List::size).containsExactly(2, 1, 1);
    }

    @Test
    void a_missing_permission_is_no_fault_of_the_event() {
        bus.failing = entry -> "NotAuthorizedForSourceException";
        assertThatThrownBy(() -> publisher().publish(List.of(event(0, 1)))).isInstanceOf(TargetUnavailable.class);

        bus.failingAll = entries -> "400 AccessDeniedException";
        assertThatThrownBy(() -> publisher().publish(List.of(event(0, 1)))).isInstanceOf(TargetUnavailable.class);
    }

    @Test
    void a_request_that_fails_as_a_whole_is_sent_again() {
        bus.failingAll = entries -> bus.requests.size() < 3 ? "500 InternalException" : null;

        assertThat(publisher().publish(List.of(event(0, 1), event(1, 1)))).allMatch(EventPublisher.Outcome::sent);

        assertThat(bus.requests).hasSize(3);
    }

    @Test
    void a_bus_that_is_away_is_unavailable_after_the_attempts() {
        bus.failingAll = entries -> "503 ServiceUnavailable";
        assertThatThrownBy(() -> publisher().publish(List.of(event(0, 1))))
                .isInstanceOfSatisfying(
                        TargetUnavailable.class, e -> assertThat(e.target()).isEqualTo("eventbridge"))
                .hasMessageContaining("did not take 1 of 1 events");
        assertThat(bus.requests).hasSize(3);

        bus.close();
        assertThatThrownBy(() -> publisher().publish(List.of(event(0, 1)))).isInstanceOf(TargetUnavailable.class);
    }

    @Test
    void an_answer_that_does_not_tell_of_every_event_is_not_believed() {
        var publisher = new EventPublisher(
                request -> PutEventsResponse.builder().failedEntryCount(0).build(), claims, settings(1_000, 1_000));

        assertThatThrownBy(() -> publisher.publish(List.of(event(0, 1))))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("told of 0");
    }

    @Test
    void a_detail_too_large_for_the_bus_waits_in_the_store() {
        var large = event(0, 5_000);

        publisher(1_000, 1_000).publish(List.of(large, event(1, 10)));

        var sent = (com.fasterxml.jackson.databind.node.ObjectNode)
                Json.read(bus.taken.get(0).path("Detail").asText());
        assertThat(sent.path("claim").path("key").asText()).matches("claims/[0-9a-f]{64}\\.json");
        assertThat(sent.path("claim").path("size").asInt()).isEqualTo(Json.bytes(large.detail()).length);
        assertThat(claims.resolve(sent)).isEqualTo(large.detail());
        assertThat(bus.taken.get(1).path("Detail").asText()).startsWith("{\"n\":1");
    }

    @Test
    void a_traced_event_carries_where_it_was_made_and_what_is_put_away_does_not() {
        var told = new ArrayList<String>();
        var tracing = new Tracing() {
            @Override
            public String created(String what, String destination, JsonNode detail, String cause) {
                told.add(what + " for " + destination + " in " + cause);
                return CREATED;
            }
        };
        var large = event(0, 5_000);
        var publisher = new EventPublisher(bus.client()::putEvents, claims, settings(1_000, 1_000), tracing);

        publisher.publish(List.of(large, event(1, 10)));

        assertThat(told).hasSize(2).containsOnly("ProductIngested for caravan in " + CAUSE);
        var claimed = (com.fasterxml.jackson.databind.node.ObjectNode)
                Json.read(bus.taken.get(0).path("Detail").asText());
        assertThat(claimed.path("traceparent").asText()).isEqualTo(CREATED);
        assertThat(claims.resolve(claimed)).isEqualTo(large.detail());
        assertThat(bus.taken.get(1).path("Detail").asText())
                .isEqualTo("{\"n\":1,\"text\":\"xxxxxxxxxx\",\"traceparent\":\"" + CREATED + "\"}");
        assertThat(large.detail().has("traceparent"))
                .as("the sender's own detail")
                .isFalse();
    }

    @Test
    void an_event_too_large_even_without_its_detail_is_refused_here() {
        var event = new BusEvent(
                "caravan.products", "ProductIngested", Json.object(), List.of("r".repeat(2_000)), NOON, null);

        var outcome = publisher(1_000, 1_000).publish(List.of(event)).get(0);

        assertThat(outcome.refusal()).hasMessageContaining("bytes even without its detail");
        assertThat(bus.requests).isEmpty();
    }

    @Test
    void sizes_are_counted_in_bytes_of_utf8() {
        var arabic = new BusEvent(
                "caravan.products", "ProductIngested", Json.object().put("name", "فستان".repeat(50)), NOON);

        publisher(400, 400).publish(List.of(arabic));

        assertThat(stored).hasSize(1);
    }

    @Test
    void a_route_can_do_the_sending() throws Exception {
        try (var context = new DefaultCamelContext()) {
            context.getRegistry().bind("events", bus.client());
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("bus.camel.yaml", """
                    - route:
                        from:
                          uri: direct
                          parameters:
                            name: bus
                          steps:
                            - to:
                                uri: aws2-eventbridge
                                parameters:
                                  eventbusNameOrArn: caravan
                                  operation: putEvent
                                  pojoRequest: true
                    """));
            context.start();
            var template = context.createProducerTemplate();
            var publisher = new EventPublisher(
                    request -> template.requestBody("direct:bus", request, PutEventsResponse.class),
                    claims,
                    settings(256 << 10, 256 << 10));
            bus.failingAll = entries -> bus.requests.size() < 2
                    ? "500 InternalException"
                    : entries.size() == 2 ? "400 ValidationException" : null;

            var outcomes = publisher.publish(List.of(event(0, 1), event(1, 1)));

            assertThat(outcomes).allMatch(EventPublisher.Outcome::sent);
            assertThat(bus.requests).extracting(List::size).containsExactly(2, 2, 1, 1);
        }
    }

    @Test
    void nothing_to_publish_is_nothing_to_send() {
        assertThat(publisher().publish(List.of())).isEmpty();
        assertThat(bus.requests).isEmpty();
    }

    @Test
    void settings_that_cannot_work_are_named() {
        assertThatThrownBy(() -> settings(100, 200))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("max-event-bytes 200");
        assertThatThrownBy(() -> new EventPublisher.Settings("caravan", 1, 1, 0, Duration.ZERO))
                .isInstanceOf(BadSettings.class);
        assertThatThrownBy(() -> new BusEvent(" ", "x", Json.object(), NOON))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(EventPublisher.Settings.of("caravan").maxRequestBytes()).isEqualTo(262_144);
    }

    private EventPublisher publisher() {
        return publisher(256 << 10, 256 << 10);
    }

    private EventPublisher publisher(int maxRequestBytes, int maxEventBytes) {
        return new EventPublisher(bus.client()::putEvents, claims, settings(maxRequestBytes, maxEventBytes));
    }

    private static EventPublisher.Settings settings(int maxRequestBytes, int maxEventBytes) {
        return new EventPublisher.Settings("caravan", maxRequestBytes, maxEventBytes, 3, Duration.ofMillis(20));
    }

    private static BusEvent event(int number, int length) {
        return new BusEvent(
                "caravan.products",
                "ProductIngested",
                Json.object().put("n", number).put("text", "x".repeat(length)),
                List.of("s3://inbox/a"),
                NOON,
                CAUSE);
    }

    private static int number(JsonNode entry) {
        return Json.read(entry.path("Detail").asText()).path("n").asInt();
    }

    private record MemoryStore(Map<String, byte[]> objects) implements ClaimStore {
        @Override
        public void put(String bucket, String key, byte[] bytes) {
            objects.put(bucket + "/" + key, bytes);
        }

        @Override
        public byte[] get(String bucket, String key) {
            return objects.get(bucket + "/" + key);
        }
    }
}
