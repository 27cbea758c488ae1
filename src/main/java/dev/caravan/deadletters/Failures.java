package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.Refused;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.observe.Correlation;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.infinispan.persistence.spi.PersistenceException;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * Decides what becomes of a message that failed: what can heal comes again after a growing wait, the rest (and what did not heal in all
 * its attempts) is parked with its cause.
 */
public final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
    /** Attribute of a letter: the digest of what its target refused. */
    static final String REFUSED = "refused";

    private static final List<State> OPEN = List.of(State.IN_FLIGHT, State.HELD);

    private final Database database;
    private final DeadLetters deadLetters;
    private final Ledger ledger;
    private final Journey journey;
    private final RetryRules rules;
    private final WhenParked whenParked;
    private final Supplier<? extends RandomGenerator> random;
    private final Outcomes outcomes;

    /** Is told of each message that is parked, in the same transaction. */
    @FunctionalInterface
    public interface WhenParked {
        void parked(Handle db, String queue, byte[] body);
    }

    /** Why SQS has put a message into a dead-letter queue: nobody lived to say what became of it. */
    private static final class GivenUpBySqs extends RuntimeException {
        GivenUpBySqs(BatchMessage message) {
            super(
                    message.messageAttributes().containsKey("ERROR_MESSAGE")
                            ? "EventBridge could not deliver it: "
                                    + message.messageAttributes().get("ERROR_MESSAGE")
                            : "SQS gave it up: it was received again and again, and each time the process ended before the work did");
        }
    }

    /**
     * How often and how soon what can heal is tried again.
     *
     * @param attempts attempts in all, the first included
     * @param first    longest wait before the second attempt; it doubles from there
     * @param max      longest wait between any two
     */
    public record RetryRules(int attempts, Duration first, Duration max) {}

    public Failures(
            Database database,
            DeadLetters deadLetters,
            Ledger ledger,
            Journey journey,
            RetryRules rules,
            WhenParked whenParked,
            Supplier<? extends RandomGenerator> random,
            Outcomes outcomes) {
        this.database = database;
        this.deadLetters = deadLetters;
        this.ledger = ledger;
        this.journey = journey;
        this.rules = rules;
        this.whenParked = whenParked;
        this.random = random;
        this.outcomes = outcomes;
    }

    /** What is known of a failed message: its flow and route, the thing it is about, the record it carries. Any but the first two may be null. */
    public record Subject(String flow, String route, String thing, RecordId record) {}

    /**
     * Takes over one failed message, in the transaction that writes its neighbours' success: sends it back to wait, or parks it. The
     * message is told once that is committed, so that none is deleted whose letter was rolled back.
     *
     * @param target the system that refused, or null
     */
    public void failed(Handle db, String queue, BatchMessage message, Subject subject, Throwable cause) {
        var body = message.body().getBytes(StandardCharsets.UTF_8);
        var parking = new Parking(
                subject.flow(),
                subject.route(),
                queue,
                subject.thing(),
                subject.record(),
                body,
                attributes(message, cause),
                target(cause),
                cause);
        int attempts = deadLetters.countAttempt(db, parking.id(), String.valueOf(cause.getMessage()));
        if (cause instanceof TargetUnavailable unavailable && attempts < rules.attempts()) {
            var wait = wait(attempts, unavailable);
            outcomes.count(db, subject.flow(), subject.route(), target(cause), "retried", 1);
            db.afterCommit(() -> {
                message.failed(cause);
                message.retry(wait);
            });
            return;
        }
        try (var ended = subject.record() == null
                ? Correlation.begin()
                : Correlation.of(subject.record().upload())) {
            LOG.warn(
                    "parked {} from {}: {}",
                    subject.thing() == null ? message : subject.thing(),
                    queue,
                    cause.toString());
        }
        outcomes.count(db, subject.flow(), subject.route(), target(cause), "parked", 1);
        deadLetters.park(db, parking);
        whenParked.parked(db, queue, body);
        if (subject.record() != null) {
            ledger.move(db, subject.flow(), List.of(subject.record()), OPEN, State.PARKED, brief(cause));
            if (subject.thing() != null) {
                journey.add(
                        db,
                        subject.flow(),
                        subject.route(),
                        List.of(new Hop(subject.thing(), subject.record(), "parked: " + brief(cause), null)));
            }
        }
        // Not before: were the transaction rolled back, the message would be gone from its queue and parked nowhere.
        db.afterCommit(() -> {
            message.failed(cause);
            message.done();
        });
    }

    /** Parks messages of a page that cannot be read at all, each with what is wrong with it. */
    public void unreadable(String queue, String flow, String route, Map<BatchMessage, BadMessage> causes) {
        if (causes.isEmpty()) return;
        var subject = new Subject(flow, route, null, null);
        database.write(db -> causes.forEach((message, cause) -> failed(db, queue, message, subject, cause)));
    }

    /**
     * Parks what SQS or EventBridge put into a dead-letter queue, as letters of the queue and route that it was meant for, before SQS
     * forgets it after 14 days.
     *
     * @param route the route that the messages were meant for
     */
    public void drain(@Body Batch batch, @ExchangeProperty("route") String route) {
        var queue = batch.queue().replaceFirst("-dead(?=$|\\.fifo$)", "");
        database.write(db -> batch.forEach(
                message -> failed(db, queue, message, subject(route, message), new GivenUpBySqs(message))));
    }

    /** A route's last step: nothing failed, so the batch is done and its attempts are forgotten. */
    public void none(@ExchangeProperty("batch") Batch batch, Exchange exchange) {
        var route = exchange.getFromRouteId();
        database.write(db -> {
            succeeded(db, batch.queue(), batch.messages());
            outcomes.count(db, flow(route), route, null, "done", batch.size());
        });
        batch.done();
    }

    /** Forgets the attempts of messages that came through, and closes letters of theirs that are still open. */
    public void succeeded(Handle db, String queue, List<BatchMessage> messages) {
        var ids = messages.stream()
                .map(message -> DeadLetters.identity(queue, message.body().getBytes(StandardCharsets.UTF_8)))
                .toList();
        deadLetters.forgetAttempts(db, ids);
        deadLetters.settle(db, ids);
    }

    /**
     * Works on a page in one go; when something unforeseen stops it, on each item alone, so that the one that caused it fails alone.
     *
     * @param work writes what it was given and returns an outage it met, or null; it is safe to do again
     * @return an outage met on the way, or null
     * @throws TargetUnavailable when the page as a whole could not be worked on: nothing was said about its messages
     */
    public <T> TargetUnavailable together(
            String queue,
            String route,
            List<T> page,
            Function<T, BatchMessage> message,
            Function<List<T>, TargetUnavailable> work) {
        if (page.isEmpty()) return null;
        try {
            var outage = work.apply(page);
            page.stream().map(message).filter(BatchMessage::isUndecided).forEach(BatchMessage::done);
            return outage;
        } catch (RuntimeException e) {
            if (healing(e) instanceof TargetUnavailable outage) throw outage;
            if (page.size() == 1) throw e;
            LOG.warn("a page of {} failed as a whole, each alone now: {}", page.size(), e.toString());
        }
        TargetUnavailable outage = null;
        for (var item : page) {
            try {
                var met = together(queue, route, List.of(item), message, work);
                if (met != null) outage = met;
            } catch (RuntimeException e) {
                if (e instanceof TargetUnavailable unavailable) outage = unavailable;
                database.write(db -> failed(db, queue, message.apply(item), subject(route, message.apply(item)), e));
            }
        }
        return outage;
    }

    /**
     * The error net's last step: what is still undecided of the exchange's batch failed for the exchange's cause. When not even that can be
     * written down, the messages wait in the queue, the longer the more often they came: SQS gives up on what is received too often.
     */
    public void net(Exchange exchange) {
        var batch = exchange.getProperty("batch", exchange.getMessage().getBody(), Batch.class);
        var cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        if (batch == null) {
            LOG.warn("{} failed: {}", exchange.getFromRouteId(), String.valueOf(cause));
            return;
        }
        var route = exchange.getFromRouteId();
        var healing = healing(cause);
        try {
            database.write(db -> batch.undecided()
                    .forEach(message -> failed(db, batch.queue(), message, subject(route, message), healing)));
        } catch (RuntimeException e) {
            LOG.warn(
                    "{} wait in the queue: {}; and the failure cannot be written down: {}",
                    batch,
                    cause.toString(),
                    e.toString());
            for (var message : batch.undecided()) {
                message.retry(DeadLetters.backoff(message.receiveCount(), rules.first(), rules.max(), random.get()));
            }
        }
    }

    /** A lost connection, caches without their database, or an answer of AWS that may be another one next time, is an outage by whatever name it comes. */
    public static Throwable healing(Throwable cause) {
        for (var e = cause; e != null; e = e.getCause()) {
            if (e instanceof TargetUnavailable || e instanceof BadMessage) return e;
            if (e instanceof SdkException sdk
                    && (sdk.retryable() || sdk instanceof SdkServiceException service && service.statusCode() >= 500)) {
                return new TargetUnavailable("aws", "AWS: " + sdk.getMessage(), null, cause);
            }
            if (e instanceof PersistenceException)
                return new TargetUnavailable("postgresql", "caches: " + e.getMessage(), null, cause);
            if (e instanceof java.io.IOException) return new TargetUnavailable("network", e.toString(), null, cause);
        }
        return cause;
    }

    /** What a message of ours says of itself; as much as can be read. */
    private static Subject subject(String route, BatchMessage message) {
        var flow = flow(route);
        try {
            var detail = Json.read(message.body()).path("detail");
            var thing = detail.hasNonNull("supplier") && detail.hasNonNull("id")
                    ? detail.path("supplier").asText() + "/" + detail.path("id").asText()
                    : null;
            var record = detail.hasNonNull("correlationId") && detail.hasNonNull("index")
                    ? new RecordId(
                            UUID.fromString(detail.path("correlationId").asText()),
                            detail.path("index").asLong())
                    : null;
            return new Subject(flow, route, thing, record);
        } catch (RuntimeException e) {
            return new Subject(flow, route, null, null);
        }
    }

    /** Routes are named {@code <flow>-<step>}. */
    private static String flow(String route) {
        return route.contains("-") ? route.substring(0, route.indexOf('-')) : route;
    }

    private Duration wait(int attempts, TargetUnavailable unavailable) {
        var backoff = DeadLetters.backoff(attempts, rules.first(), rules.max(), random.get());
        return unavailable
                .retryAfter()
                .filter(asked -> asked.compareTo(backoff) > 0)
                .orElse(backoff);
    }

    private static ObjectNode attributes(BatchMessage message, Throwable cause) {
        var attributes = Json.object();
        message.messageAttributes().forEach(attributes::put);
        if (message.trace() != null) attributes.put(Tracing.TRACEPARENT, message.trace());
        attributes.put("messageId", message.id());
        if (cause instanceof Refused refused) attributes.put(REFUSED, refused.digest());
        return attributes;
    }

    private static String target(Throwable cause) {
        if (cause instanceof Refused refused) return refused.target();
        return cause instanceof TargetUnavailable unavailable ? unavailable.target() : null;
    }

    private static String brief(Throwable cause) {
        var message = String.valueOf(cause.getMessage());
        return message.length() <= 300 ? message : message.substring(0, 300) + "…";
    }
}
