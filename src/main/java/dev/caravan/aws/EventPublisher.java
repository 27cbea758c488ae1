package dev.caravan.aws;

import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.apache.camel.Body;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;

/**
 * Puts events on the bus in requests of at most ten and within the size limit, and looks at the answer for each: only what failed is sent
 * again. When {@link #publish} returns, EventBridge has them all.
 */
public final class EventPublisher {
    /** Most entries of one PutEvents request (EventBridge API reference). */
    static final int MAX_ENTRIES = 10;

    /** Faults of the entry itself: sending it again gives the same answer. */
    private static final Set<String> FINAL = Set.of("MalformedDetail", "InvalidArgument", "InvalidEventPatternException", "NotAuthorizedForSourceException", "ValidationException");

    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final Function<PutEventsRequest, PutEventsResponse> send;
    private final ClaimCheck claims;
    private final String bus;
    private final int maxBytes;
    private final int attempts;

    /**
     * @param send     sends one request; in production a route does
     * @param claims   takes details that are too large
     * @param bus      the bus's name
     * @param maxBytes largest request, and so the largest event that is not claim-checked
     * @param attempts how often an entry is sent before giving up, at least 1
     */
    public EventPublisher(
            Function<PutEventsRequest, PutEventsResponse> send, ClaimCheck claims, String bus, int maxBytes, int attempts) {
        this.send = send;
        this.claims = claims;
        this.bus = bus;
        this.maxBytes = maxBytes;
        this.attempts = attempts;
    }

    /**
     * Sends events, in order as far as failures allow.
     *
     * @throws TargetUnavailable when some could not be sent in all attempts; others may be on the bus: sending all again does no harm
     * @throws BadMessage        when EventBridge refuses an event for what it is
     */
    public void publish(@Body List<BusEvent> events) {
        var request = new ArrayList<BusEvent>();
        int size = 0;
        for (var event : events) {
            var fitting = event.size() > maxBytes ? event.withDetail(claims.check(event.detail())) : event;
            if (request.size() == MAX_ENTRIES || size + fitting.size() > maxBytes) {
                send(request);
                request.clear();
                size = 0;
            }
            request.add(fitting);
            size += fitting.size();
        }
        send(request);
    }

    private void send(List<BusEvent> events) {
        var left = List.copyOf(events);
        var problem = "";
        for (int attempt = 1; !left.isEmpty(); attempt++) {
            if (attempt > attempts) throw new TargetUnavailable("eventbridge", left.size() + " events not taken in " + attempts + " attempts: " + problem);
            if (attempt > 1) pause(attempt);
            var failed = new ArrayList<BusEvent>();
            try {
                var entries = left.stream().map(event -> event.entry(bus)).toList();
                var results = send.apply(PutEventsRequest.builder().entries(entries).build()).entries();
                for (int i = 0; i < left.size(); i++) {
                    var code = results.get(i).errorCode();
                    if (code == null) continue;
                    problem = code + ": " + results.get(i).errorMessage();
                    if (FINAL.contains(code)) throw new BadMessage("EventBridge refuses a " + left.get(i).detailType() + ": " + problem);
                    failed.add(left.get(i));
                }
            } catch (SdkException e) {
                problem = String.valueOf(e.getMessage());
                failed.addAll(left);
            }
            left = failed;
        }
    }

    private static void pause(int attempt) {
        long ceiling = Math.min(LONGEST_WAIT.toMillis(), FIRST_WAIT.toMillis() << (attempt - 2));
        try {
            Thread.sleep(1 + ThreadLocalRandom.current().nextLong(ceiling));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TargetUnavailable("eventbridge", "stopped while waiting to send again", null, e);
        }
    }
}
