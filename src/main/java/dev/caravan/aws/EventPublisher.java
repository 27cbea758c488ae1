package dev.caravan.aws;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/**
 * Puts events on a bus: as many a request as EventBridge takes, each entry's result checked, those that failed sent again after a pause
 * that doubles, with jitter. Events may arrive twice; receivers bear that.
 *
 * <p>How a request is sent is injected: a route with {@code aws2-eventbridge} and {@code pojoRequest: true}, or a client's
 * {@code putEvents}.
 */
public final class EventPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

    private static final int MOST_ENTRIES = 10;
    private static final int TIME_BYTES = 14;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /**
     * Codes with which an event is refused for what it is. All others heal: throttling and internal failures by themselves, a missing
     * permission by an operator's hand; none of these is the event's fault.
     */
    private static final Set<String> REFUSALS =
            Set.of("MalformedDetail", "InvalidArgument", "ValidationException", "ValidationError");

    /** Sends one request and returns its answer; throws the SDK's exceptions, perhaps as causes of others. */
    @FunctionalInterface
    public interface Sender {
        PutEventsResponse send(PutEventsRequest request);
    }

    /**
     * @param bus             the bus's name or ARN
     * @param maxRequestBytes EventBridge's limit for a request, counted as EventBridge counts
     * @param maxEventBytes   a larger event's detail is put into the claim store; at most the request's limit
     * @param attempts        how often an entry is sent before giving up
     * @param firstPause      before the second attempt
     */
    public record Settings(String bus, int maxRequestBytes, int maxEventBytes, int attempts, Duration firstPause) {
        public Settings {
            if (attempts < 1) throw new BadSettings("events on " + bus + ": " + attempts + " attempts, set at least 1");
            if (maxEventBytes > maxRequestBytes) {
                throw new BadSettings(
                        "max-event-bytes " + maxEventBytes + " is more than a request takes, " + maxRequestBytes);
            }
        }

        /** 256 KiB a request and an event, six attempts over about half a minute. */
        public static Settings of(String bus) {
            return new Settings(bus, 256 << 10, 256 << 10, 6, Duration.ofMillis(500));
        }
    }

    /**
     * What became of an event.
     *
     * @param eventId EventBridge's id; null when it was refused
     * @param refusal why EventBridge will never take it; null when it is on the bus
     */
    public record Outcome(BusEvent event, String eventId, BadMessage refusal) {
        public boolean sent() {
            return refusal == null;
        }
    }

    private final Sender sender;
    private final ClaimCheck claims;
    private final Settings settings;
    private final Tracing tracing;

    public EventPublisher(Sender sender, ClaimCheck claims, Settings settings, Tracing tracing) {
        this.sender = sender;
        this.claims = claims;
        this.settings = settings;
        this.tracing = tracing;
    }

    /** Without traces. */
    public EventPublisher(Sender sender, ClaimCheck claims, Settings settings) {
        this(sender, claims, settings, Tracing.OFF);
    }

    /**
     * Publishes events and waits until each is on the bus or refused.
     *
     * @return an outcome per event, in order
     * @throws TargetUnavailable when some could be neither sent nor refused after all attempts, or claims could not be stored; others may
     *     be on the bus already. Publish the list again later.
     */
    public List<Outcome> publish(List<BusEvent> events) {
        var outcomes = new Outcome[events.size()];
        var left = new ArrayList<Entry>();
        for (int i = 0; i < events.size(); i++) {
            var entry = entry(i, events.get(i));
            if (entry.bytes > settings.maxRequestBytes)
                outcomes[i] = refused(entry, "it has " + entry.bytes + " bytes even without its detail");
            else left.add(entry);
        }
        for (int attempt = 1; !left.isEmpty(); attempt++) {
            var failures = new ArrayList<String>();
            RuntimeException cause = null;
            var again = new ArrayList<Entry>();
            for (var request : requests(left)) {
                try {
                    again.addAll(send(request, outcomes, failures));
                } catch (RuntimeException e) {
                    cause = e;
                    failures.add(String.valueOf(e.getMessage()));
                    again.addAll(request);
                }
            }
            left = again;
            if (left.isEmpty()) break;
            if (attempt == settings.attempts) throw unavailable(left.size(), events.size(), failures, cause);
            LOG.debug(
                    "{}: {} of {} events not taken in attempt {}: {}",
                    settings.bus,
                    left.size(),
                    events.size(),
                    attempt,
                    failures);
            pause(attempt);
        }
        return Arrays.asList(outcomes);
    }

    /** Returns the entries to send again. */
    private List<Entry> send(List<Entry> request, Outcome[] outcomes, List<String> failures) {
        PutEventsResponse response;
        try {
            response = sender.send(PutEventsRequest.builder()
                    .entries(request.stream().map(entry -> entry.request).toList())
                    .build());
        } catch (RuntimeException e) {
            if (!refusedForContent(e)) throw e;
            if (request.size() == 1) {
                outcomes[request.get(0).index] = refused(request.get(0), e.getMessage());
                return List.of();
            }
            // One of them is to blame: each alone shows which.
            return request.stream()
                    .flatMap(entry -> send(List.of(entry), outcomes, failures).stream())
                    .toList();
        }
        if (response.entries().size() != request.size()) {
            throw new IllegalStateException("asked for " + request.size() + " events, told of "
                    + response.entries().size());
        }
        var again = new ArrayList<Entry>();
        IntStream.range(0, request.size()).forEach(i -> {
            var entry = request.get(i);
            var result = response.entries().get(i);
            if (result.errorCode() == null) outcomes[entry.index] = new Outcome(entry.event, result.eventId(), null);
            else if (refusesContent(result.errorCode())) outcomes[entry.index] = refused(entry, said(result));
            else {
                failures.add(said(result));
                again.add(entry);
            }
        });
        return again;
    }

    /**
     * As {@link #publish}, where no event can do without the others: for a route's {@code bean} step.
     *
     * @throws BadMessage when EventBridge refused one for what it is; the others are on the bus
     */
    public void publishAll(@Body List<BusEvent> events) {
        for (var outcome : publish(events)) {
            if (!outcome.sent()) throw outcome.refusal();
        }
    }

    private record Entry(int index, BusEvent event, PutEventsRequestEntry request, int bytes) {}

    private Entry entry(int index, BusEvent event) {
        var trace = tracing.created(event.detailType(), settings.bus, event.detail(), event.cause());
        var detail = text(event.detail(), trace);
        int bytes = bytes(event, detail);
        if (bytes > settings.maxEventBytes) {
            // Beside the claim and not within: what is put away is the same in every trace, and is put away once.
            detail = text(claims.deposit(event.detail()), trace);
            bytes = bytes(event, detail);
        }
        var request = PutEventsRequestEntry.builder()
                .eventBusName(settings.bus)
                .source(event.source())
                .detailType(event.detailType())
                .detail(detail)
                .resources(event.resources())
                .time(event.time())
                .build();
        return new Entry(index, event, request, bytes);
    }

    private static String text(ObjectNode detail, String trace) {
        var sent = detail;
        if (trace != null) {
            sent = Json.object();
            sent.setAll(detail);
            sent.put(Tracing.TRACEPARENT, trace);
        }
        return new String(Json.bytes(sent), StandardCharsets.UTF_8);
    }

    /** As EventBridge counts: 14 for the time, and the UTF-8 bytes of source, detail type, detail and resources. */
    private static int bytes(BusEvent event, String detail) {
        return TIME_BYTES
                + utf8(event.source())
                + utf8(event.detailType())
                + utf8(detail)
                + event.resources().stream().mapToInt(EventPublisher::utf8).sum();
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private List<List<Entry>> requests(List<Entry> entries) {
        var requests = new ArrayList<List<Entry>>();
        int bytes = 0;
        for (var entry : entries) {
            var last = requests.isEmpty() ? null : requests.get(requests.size() - 1);
            if (last == null || last.size() == MOST_ENTRIES || bytes + entry.bytes > settings.maxRequestBytes) {
                last = new ArrayList<>();
                requests.add(last);
                bytes = 0;
            }
            last.add(entry);
            bytes += entry.bytes;
        }
        return requests;
    }

    private static boolean refusesContent(String code) {
        return REFUSALS.contains(code);
    }

    private static boolean refusedForContent(Throwable e) {
        for (var cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof AwsServiceException answered && answered.awsErrorDetails() != null) {
                return refusesContent(answered.awsErrorDetails().errorCode());
            }
        }
        return false;
    }

    private static String said(PutEventsResultEntry result) {
        return result.errorCode() + ": " + result.errorMessage();
    }

    private static Outcome refused(Entry entry, String why) {
        return new Outcome(entry.event, null, new BadMessage("EventBridge refuses " + entry.event + ": " + why));
    }

    private TargetUnavailable unavailable(int left, int all, List<String> failures, RuntimeException cause) {
        return new TargetUnavailable(
                "eventbridge",
                settings.bus + " did not take " + left + " of " + all + " events in " + settings.attempts
                        + " attempts, at last: "
                        + failures.stream().distinct().limit(3).toList(),
                null,
                cause);
    }

    private void pause(int attempt) {
        long most = Math.min(LONGEST_PAUSE.toNanos(), settings.firstPause.toNanos() << Math.min(attempt - 1, 16));
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
    }
}
