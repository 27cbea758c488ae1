package dev.caravan.failure;

import java.time.Duration;
import java.util.Optional;

/**
 * A failure that can heal: a timeout, a refused connection, a 5xx or a 429. What was being done is tried again later; nothing about the
 * message or the settings needs to change.
 */
public final class TargetUnavailable extends RuntimeException {
    private final String target;
    private final Duration retryAfter;

    /**
     * @param target     the system that did not answer as it should, such as {@code medusa}
     * @param message    what it answered, with the call
     * @param retryAfter how long it asked us to wait, or null when it did not say
     * @param cause      the failure below, or null
     */
    public TargetUnavailable(String target, String message, Duration retryAfter, Throwable cause) {
        super(message, cause);
        this.target = target;
        this.retryAfter = retryAfter;
    }

    public TargetUnavailable(String target, String message) {
        this(target, message, null, null);
    }

    public String target() {
        return target;
    }

    /** How long the target asked us to wait; empty when it did not say. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
