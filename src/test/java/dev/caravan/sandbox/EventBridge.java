package dev.caravan.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.sandbox.awssdk.ObjectChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.event.ruler.Machine;

/**
 * EventBridge: {@code PutEvents} over HTTP, AWS's own matcher for the rules, SQS queues as targets. It holds the caller to AWS's limits and
 * failure codes. As on AWS, an entry is acknowledged before it is delivered, and one for a bus that does not exist is accepted and lost.
 */
public final class EventBridge implements AutoCloseable {
    public static final String DEFAULT_BUS = "default";
    /** Of one request, with all its entries. */
    public static final int MAX_ENTRIES = 10;
    /** Of the entries of one request together. */
    public static final int MAX_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(EventBridge.class);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final String TARGET_PREFIX = "AWSEvents.";

    static {
        // Without it every answer waits 40 ms for the client's delayed acknowledgement.
        if (System.getProperty("sun.net.httpserver.nodelay") == null)
            System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final Clock clock;
    private final EventDelivery delivery;
    private final Map<String, Bus> buses = new ConcurrentHashMap<>();
    private final EventBridgeFaults faults = new EventBridgeFaults();
    private final LongAdder requests = new LongAdder();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder unmatched = new LongAdder();
    private final HttpServer server;
    private final ExecutorService threads;

    EventBridge(int port, Clock clock, URI sqs) {
        this.clock = clock;
        buses.put(DEFAULT_BUS, new Bus());
        threads = Executors.newCachedThreadPool(work -> {
            var thread = new Thread(work, "sandbox-eventbridge");
            thread.setDaemon(true);
            return thread;
        });
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException("EventBridge does not start on port " + port, e);
        }
        delivery = new EventDelivery(sqs);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public EventBridgeFaults faults() {
        return faults;
    }

    /** Does nothing when there is such a bus. */
    public void createBus(String name) {
        buses.putIfAbsent(name, new Bus());
    }

    /**
     * Adds a rule, or another pattern to a rule of that name.
     *
     * @throws IllegalArgumentException when there is no such bus or AWS would not take the pattern
     */
    public void addRule(EventRule rule) {
        var bus = buses.get(rule.bus());
        if (bus == null)
            throw new IllegalArgumentException("no bus \"" + rule.bus() + "\" for rule \"" + rule.name() + "\"");
        try {
            bus.machine.addRule(rule.name(), rule.pattern());
        } catch (IOException e) {
            throw new IllegalArgumentException("rule \"" + rule.name() + "\": " + e.getMessage(), e);
        }
        bus.rules.put(rule.name(), rule);
    }

    /** Fires the event by which S3 tells the default bus of a change. */
    public void objectChanged(ObjectChange change) {
        var detail = JSON.createObjectNode().put("version", "0");
        detail.putObject("bucket").put("name", change.bucket());
        var object = detail.putObject("object").put("key", change.key());
        if (change.kind() == ObjectChange.Kind.CREATED)
            object.put("size", change.size()).put("etag", change.etag());
        if (change.versionId() != null) object.put("version-id", change.versionId());
        object.put("sequencer", change.sequencer());
        detail.put(
                        "request-id",
                        UUID.randomUUID()
                                .toString()
                                .replace("-", "")
                                .substring(0, 16)
                                .toUpperCase(Locale.ROOT))
                .put("requester", AwsSandbox.ACCOUNT)
                .put("source-ip-address", "127.0.0.1")
                .put("reason", change.reason());
        if (change.kind() == ObjectChange.Kind.HIDDEN) detail.put("deletion-type", "Delete Marker Created");
        if (change.kind() == ObjectChange.Kind.DELETED) detail.put("deletion-type", "Permanently Deleted");
        var type = change.kind() == ObjectChange.Kind.CREATED ? "Object Created" : "Object Deleted";
        publish(
                DEFAULT_BUS,
                new Event(
                        "aws.s3", type, change.time(), List.of("arn:aws:s3:::" + change.bucket()), detail.toString()));
    }

    AwsCalls calls(Map<String, Long> messagesSent) {
        return new AwsCalls(
                requests.sum(),
                accepted.sum(),
                failed.sum(),
                unmatched.sum(),
                delivery.delivered(),
                delivery.deadLettered(),
                delivery.pending(),
                messagesSent);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        delivery.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var reply = reply(exchange);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.getResponseHeaders()
                    .set("x-amzn-RequestId", UUID.randomUUID().toString());
            var bytes = JSON.writeValueAsBytes(reply.body());
            exchange.sendResponseHeaders(reply.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private Reply reply(HttpExchange exchange) throws IOException {
        var bytes = exchange.getRequestBody().readAllBytes();
        var target = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Amz-Target"))
                .orElse("");
        return switch (target) {
            case TARGET_PREFIX + "PutEvents" -> putEvents(bytes);
            case TARGET_PREFIX + "DescribeEventBus" -> describeBus(bytes);
            default -> Reply.error(400, "UnknownOperationException", "the sandbox does not know \"" + target + "\"");
        };
    }

    private Reply describeBus(byte[] bytes) throws IOException {
        var name = JSON.readTree(bytes).path("Name").asText(DEFAULT_BUS);
        if (!buses.containsKey(name)) {
            return Reply.error(400, "ResourceNotFoundException", "Event bus " + name + " does not exist.");
        }
        return new Reply(200, JSON.createObjectNode().put("Name", name).put("Arn", busArn(name)));
    }

    private Reply putEvents(byte[] bytes) {
        requests.increment();
        pause();
        var refusal = faults.nextRefusal();
        if (refusal.isPresent()) {
            return Reply.error(refusal.get().status(), refusal.get().errorCode(), "The sandbox was told to fail.");
        }
        JsonNode entries;
        try {
            entries = JSON.readTree(bytes).path("Entries");
        } catch (IOException e) {
            return Reply.error(400, "SerializationException", e.getMessage());
        }
        if (entries.isEmpty() || entries.size() > MAX_ENTRIES) {
            return Reply.error(
                    400,
                    "ValidationException",
                    "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                            + "Member must have length "
                            + (entries.isEmpty() ? "greater than or equal to 1" : "less than or equal to 10"));
        }
        var size = 0L;
        for (var entry : entries) size += sizeOf(entry);
        if (size > MAX_BYTES) {
            return Reply.error(
                    400, "ValidationException", "Total size of the entries in the request is over the limit.");
        }
        var results = JSON.createArrayNode();
        var failures = 0;
        for (var position = 0; position < entries.size(); position++) {
            var result = put(position, entries.get(position));
            if (result.has("ErrorCode")) failures++;
            results.add(result);
        }
        failed.add(failures);
        accepted.add(entries.size() - failures);
        return new Reply(
                200, JSON.createObjectNode().put("FailedEntryCount", failures).set("Entries", results));
    }

    private ObjectNode put(int position, JsonNode entry) {
        for (var field : List.of("Source", "DetailType", "Detail")) {
            if (entry.path(field).asText("").isBlank()) {
                return failure(
                        "InvalidArgument",
                        "Parameter " + field + " is not valid. Reason: " + field + " is a required argument.");
            }
        }
        var source = entry.get("Source").asText();
        if (source.startsWith("aws.")) {
            return failure("NotAuthorizedForSourceException", "Not authorized for the source.");
        }
        var detail = entry.get("Detail").asText();
        if (!isObject(detail)) return failure("MalformedDetail", "Detail is malformed.");
        var failure = faults.nextFailure(position, entry);
        if (failure.isPresent()) return failure(failure.get(), "The sandbox was told to fail.");
        var time = entry.hasNonNull("Time")
                ? Instant.ofEpochMilli(
                        entry.get("Time").decimalValue().movePointRight(3).longValue())
                : clock.instant();
        var resources = JSON.convertValue(entry.path("Resources"), String[].class);
        var event = new Event(
                source,
                entry.get("DetailType").asText(),
                time,
                resources == null ? List.of() : List.of(resources),
                detail);
        return JSON.createObjectNode()
                .put("EventId", publish(busName(entry.path("EventBusName").asText("")), event));
    }

    /** @return the event's id */
    private String publish(String busName, Event event) {
        var id = UUID.randomUUID().toString();
        var bus = buses.get(busName);
        if (bus == null) {
            LOG.warn("event for bus \"{}\", which does not exist: accepted and lost, as on AWS", busName);
            return id;
        }
        var envelope = envelope(id, event);
        var rules = matching(bus, envelope);
        if (rules.isEmpty()) unmatched.increment();
        var times = faults.nextDeliveries();
        for (var rule : rules) {
            for (var i = 0; i < times; i++) delivery.deliver(bus.rules.get(rule), envelope);
        }
        return id;
    }

    private static List<String> matching(Bus bus, String envelope) {
        try {
            return bus.machine.rulesForJSONEvent(envelope);
        } catch (Exception e) {
            throw new IllegalStateException("the matcher cannot read " + envelope, e);
        }
    }

    private static String envelope(String id, Event event) {
        var envelope = JSON.createObjectNode()
                .put("version", "0")
                .put("id", id)
                .put("detail-type", event.detailType())
                .put("source", event.source())
                .put("account", AwsSandbox.ACCOUNT)
                .put("time", event.time().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("region", AwsSandbox.REGION);
        event.resources().forEach(envelope.putArray("resources")::add);
        envelope.putRawValue("detail", new RawValue(event.detail()));
        try {
            return JSON.writeValueAsString(envelope);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As AWS counts: 14 bytes for a time, and the UTF-8 bytes of the texts. */
    private static long sizeOf(JsonNode entry) {
        var size = entry.hasNonNull("Time") ? 14L : 0L;
        for (var field : List.of("Source", "DetailType", "Detail"))
            size += utf8Length(entry.path(field).asText(""));
        for (var resource : entry.path("Resources")) size += utf8Length(resource.asText());
        return size;
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isObject(String detail) {
        try {
            return JSON.readTree(detail).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static ObjectNode failure(String code, String message) {
        return JSON.createObjectNode().put("ErrorCode", code).put("ErrorMessage", message);
    }

    private static String busName(String nameOrArn) {
        if (nameOrArn.isEmpty()) return DEFAULT_BUS;
        return nameOrArn.startsWith("arn:") ? nameOrArn.substring(nameOrArn.lastIndexOf('/') + 1) : nameOrArn;
    }

    private static String busArn(String name) {
        return "arn:aws:events:" + AwsSandbox.REGION + ":" + AwsSandbox.ACCOUNT + ":event-bus/" + name;
    }

    private void pause() {
        try {
            Thread.sleep(faults.nextDelay().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Event(String source, String detailType, Instant time, List<String> resources, String detail) {}

    private record Reply(int status, JsonNode body) {
        static Reply error(int status, String code, String message) {
            return new Reply(status, JSON.createObjectNode().put("__type", code).put("message", message));
        }
    }

    private static final class Bus {
        private final Machine machine = new Machine();
        private final Map<String, EventRule> rules = new ConcurrentHashMap<>();
    }
}
