package dev.caravan.sandbox.pimcore;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What goes wrong in the stand-in, told by a test. Everything is off at first; safe to call from any thread while requests run. */
public final class Faults {
    /** How a request fails before Pimcore sees it. {@code retryAfter} is null when the answer does not say. */
    record Failure(int status, Duration retryAfter) {}

    private final Clock clock;
    private final Map<String, String> rejections = new ConcurrentHashMap<>();
    private int failures;
    private Failure failure;
    private Instant failingUntil = Instant.MIN;
    private Failure outage;
    private Duration delay = Duration.ZERO;
    private int deaths;
    private int objectsBeforeDeath;
    private int subscriberFailures;

    Faults(Clock clock) {
        this.clock = clock;
    }

    /** The next requests are answered with this status and an HTML page, and do nothing. */
    public synchronized void failNext(int requests, int status) {
        failures = requests;
        failure = new Failure(status, null);
    }

    /** Every request from now on for this long is answered with this status and an HTML page, and does nothing. */
    public synchronized void failFor(Duration howLong, int status) {
        failingUntil = clock.instant().plus(howLong);
        outage = new Failure(status, null);
    }

    /** The next requests are answered 429 with {@code Retry-After} in whole seconds, and do nothing. */
    public synchronized void throttleNext(int requests, Duration retryAfter) {
        failures = requests;
        failure = new Failure(429, retryAfter);
    }

    /** Every request waits this long before it is looked at; zero to stop. */
    public synchronized void delay(Duration each) {
        delay = each;
    }

    /** The next requests that change something are carried out, but the connection is closed without an answer and no webhook is sent. */
    public synchronized void dieAfterCommitting(int requests) {
        deaths = requests;
    }

    /** The request that saves the n-th object from now dies right after saving it: what follows in it is not done, nothing is answered. */
    public synchronized void dieAfterObjects(int objects) {
        objectsBeforeDeath = objects;
    }

    /** A post-save subscriber throws in the next mutations: saved, but answered {@code success: false}. */
    public synchronized void throwInSubscriber(int mutations) {
        subscriberFailures = mutations;
    }

    /** Saving the object with this externalId fails with {@code Validation failed: <reason>} until {@link #accept}. */
    public void reject(String externalId, String reason) {
        rejections.put(externalId, reason);
    }

    /** Ends {@link #reject} for this object. */
    public void accept(String externalId) {
        rejections.remove(externalId);
    }

    /** Nothing goes wrong any more. */
    public synchronized void clear() {
        failures = 0;
        failingUntil = Instant.MIN;
        delay = Duration.ZERO;
        deaths = 0;
        objectsBeforeDeath = 0;
        subscriberFailures = 0;
        rejections.clear();
    }

    synchronized Optional<Failure> nextFailure() {
        if (clock.instant().isBefore(failingUntil)) return Optional.of(outage);
        if (failures == 0) return Optional.empty();
        failures--;
        return Optional.of(failure);
    }

    synchronized Duration delay() {
        return delay;
    }

    synchronized boolean diesAfterCommit() {
        if (deaths == 0) return false;
        deaths--;
        return true;
    }

    synchronized boolean diesAfterObject() {
        return objectsBeforeDeath > 0 && --objectsBeforeDeath == 0;
    }

    synchronized boolean subscriberThrows() {
        if (subscriberFailures == 0) return false;
        subscriberFailures--;
        return true;
    }

    Optional<String> rejection(String externalId) {
        return externalId == null ? Optional.empty() : Optional.ofNullable(rejections.get(externalId));
    }
}
