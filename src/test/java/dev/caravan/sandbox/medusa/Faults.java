package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;

/** What is to go wrong. Faults wait in the order they were added; each is used up by the requests it hits, or ends with its time. */
public final class Faults {
    private final Clock clock;
    private final List<Waiting> waiting = new ArrayList<>();
    private final Collection<String> poison = new ConcurrentSkipListSet<>();

    Faults(Clock clock) {
        this.clock = clock;
    }

    /** What a fault does to a request. */
    public enum Kind {
        /** Answers with an error, having done nothing. */
        FAIL,
        /** Answers late. */
        DELAY,
        /** Does what was asked and commits it, but closes the connection instead of answering. Hits writes only. */
        DIE_AFTER_COMMIT,
        /** Stops a products batch half way, leaves what it had written by then, and closes the connection. */
        DIE_IN_MID_BATCH
    }

    /** What a death in mid-batch leaves; the real server, killed 1.5 s and 2.2 s into a batch of 50, left these. */
    public enum Leaving {
        /** Products with channel and shipping profile, but without any variant. */
        PRODUCTS_WITHOUT_VARIANTS,
        /** Products with variants and inventory items, but without any price. Prices of updated variants stay as they were. */
        VARIANTS_WITHOUT_PRICES
    }

    /**
     * One thing to go wrong.
     *
     * @param status     of a {@link Kind#FAIL}
     * @param delay      for 429 the Retry-After in whole seconds, for {@link Kind#DELAY} how much later; otherwise zero
     * @param times      how many requests it hits
     * @param lasting    how long it lasts from being added, or null for no end
     * @param path       hits only requests whose path starts with this
     * @param leaving    of a {@link Kind#DIE_IN_MID_BATCH}, otherwise null
     */
    public record Fault(
            Kind kind, int status, Duration delay, int times, Duration lasting, String path, Leaving leaving) {
        /** The next request fails with this status. */
        public static Fault fail(int status) {
            return new Fault(Kind.FAIL, status, Duration.ZERO, 1, null, "/", null);
        }

        /** The next request is answered 429 with this Retry-After. */
        public static Fault tooManyRequests(Duration retryAfter) {
            return new Fault(Kind.FAIL, 429, retryAfter, 1, null, "/", null);
        }

        /** Every request is answered so much later. */
        public static Fault delay(Duration each) {
            return new Fault(Kind.DELAY, 0, each, Integer.MAX_VALUE, null, "/", null);
        }

        /** The next write is done, but not answered. */
        public static Fault dieAfterCommit() {
            return new Fault(Kind.DIE_AFTER_COMMIT, 0, Duration.ZERO, 1, null, "/", null);
        }

        /** The next products batch is half done and not answered. */
        public static Fault dieInMidBatch(Leaving leaving) {
            return new Fault(Kind.DIE_IN_MID_BATCH, 0, Duration.ZERO, 1, null, "/", leaving);
        }

        public Fault times(int requests) {
            return new Fault(kind, status, delay, requests, lasting, path, leaving);
        }

        /** As often as requests come, until the time has passed. */
        public Fault lasting(Duration time) {
            return new Fault(kind, status, delay, Integer.MAX_VALUE, time, path, leaving);
        }

        public Fault on(String pathPrefix) {
            return new Fault(kind, status, delay, times, lasting, pathPrefix, leaving);
        }
    }

    private static final class Waiting {
        final Fault fault;
        final Instant end;
        int left;

        Waiting(Fault fault, Instant end) {
            this.fault = fault;
            this.end = end;
            this.left = fault.times();
        }
    }

    /** The next requests fail with this status. */
    public void failNext(int requests, int status) {
        add(Fault.fail(status).times(requests));
    }

    /** Every request fails with this status, for that long by the stand-in's clock. */
    public void failFor(Duration time, int status) {
        add(Fault.fail(status).lasting(time));
    }

    /** The next requests are answered 429 with this Retry-After, in whole seconds. */
    public void throttleNext(int requests, Duration retryAfter) {
        add(Fault.tooManyRequests(retryAfter).times(requests));
    }

    /** Every request is answered so much later, until cleared. */
    public void delay(Duration each) {
        add(Fault.delay(each));
    }

    /** The next writes are done, but not answered. */
    public void dieAfterCommitting(int requests) {
        add(Fault.dieAfterCommit().times(requests));
    }

    /** The next products batch is half done and not answered. */
    public void dieInMidBatch(Leaving leaving) {
        add(Fault.dieInMidBatch(leaving));
    }

    /** For what the other methods cannot say, such as a fault on one path only. */
    public synchronized void add(Fault fault) {
        waiting.add(new Waiting(
                fault, fault.lasting() == null ? Instant.MAX : clock.instant().plus(fault.lasting())));
    }

    /** From now on, every write of a product with this handle or SKU, or of its stock, is refused with 400. */
    public void poison(String handleOrSku) {
        poison.add(handleOrSku);
    }

    public void cure(String handleOrSku) {
        poison.remove(handleOrSku);
    }

    /** Everything goes well again. */
    public synchronized void clear() {
        waiting.clear();
        poison.clear();
    }

    Collection<String> poison() {
        return poison;
    }

    /** The next fault of the kind that hits the request, used up by one. */
    synchronized Optional<Fault> next(Kind kind, String path) {
        waiting.removeIf(fault -> fault.left <= 0 || !clock.instant().isBefore(fault.end));
        var hit = waiting.stream()
                .filter(fault -> fault.fault.kind() == kind && path.startsWith(fault.fault.path()))
                .findFirst();
        hit.ifPresent(fault -> fault.left--);
        return hit.map(fault -> fault.fault);
    }

    Optional<Leaving> nextDeathInMidBatch(Request request) {
        return next(Kind.DIE_IN_MID_BATCH, request.path()).map(Fault::leaving);
    }

    /** Adds what a JSON object describes; {@link MedusaStandIn} lists its fields. */
    void add(ObjectNode body) {
        var kind = body.path("kind").asText();
        switch (kind) {
            case "poison" -> poison(body.path("key").asText());
            case "cure" -> cure(body.path("key").asText());
            case "fail" -> add(limited(Fault.fail(body.path("status").asInt(500)), body));
            case "throttle" ->
                add(limited(
                        Fault.tooManyRequests(Duration.ofSeconds(
                                body.path("retryAfterSeconds").asInt(1))),
                        body));
            case "delay" ->
                add(limited(Fault.delay(Duration.ofMillis(body.path("millis").asInt(1000))), body));
            case "die-after-commit" -> add(limited(Fault.dieAfterCommit(), body));
            case "die-in-mid-batch" ->
                add(limited(Fault.dieInMidBatch(leaving(body.path("leaving").asText())), body));
            default -> throw MedusaError.invalid("no fault of kind '" + kind + "'");
        }
    }

    private static Fault limited(Fault fault, ObjectNode body) {
        var limited = body.has("seconds")
                ? fault.lasting(Duration.ofSeconds(body.get("seconds").asInt()))
                : fault;
        limited = body.has("count") ? limited.times(body.get("count").asInt()) : limited;
        return body.has("path") ? limited.on(body.get("path").asText()) : limited;
    }

    private static Leaving leaving(String name) {
        return Arrays.stream(Leaving.values())
                .filter(leaving -> hyphenated(leaving).equals(name))
                .findFirst()
                .orElseThrow(() -> MedusaError.invalid(
                        "leaving '" + name + "' is none of products-without-variants, variants-without-prices"));
    }

    synchronized JsonNode json() {
        var json = JsonNodeFactory.instance.objectNode();
        ArrayNode list = json.putArray("faults");
        for (var entry : waiting) {
            var fault = entry.fault;
            var node = list.addObject()
                    .put("kind", hyphenated(fault.kind()))
                    .put("path", fault.path())
                    .put("left", entry.left);
            if (fault.kind() == Kind.FAIL) node.put("status", fault.status());
            if (!fault.delay().isZero()) node.put("delayMillis", fault.delay().toMillis());
            if (fault.leaving() != null) node.put("leaving", hyphenated(fault.leaving()));
            if (fault.lasting() != null) node.put("until", entry.end.toString());
        }
        poison.forEach(json.putArray("poison")::add);
        return json;
    }

    private static String hyphenated(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
