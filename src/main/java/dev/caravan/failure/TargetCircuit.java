package dev.caravan.failure;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.support.RoutePolicySupport;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves the target of a route alone while it is down, so that messages do not use up their attempts on it: a Circuit Breaker whose open
 * state suspends the route's consumer. Pages that failed with {@link TargetUnavailable} open it, so many in a row; after a pause the
 * consumer goes on, and the first page that ends tells whether the target is back. Any other failure says nothing about the target.
 *
 * <p>Camel's ThrottlingExceptionRoutePolicy does the same for one consumer at a time. Where two fail together it can stay open for ever
 * (it opens twice, and the first opening's timer cancels the second's), and it opens again after a page that succeeded, as long as the
 * last failure is recent.
 */
public final class TargetCircuit extends RoutePolicySupport {
    private static final Logger LOG = LoggerFactory.getLogger(TargetCircuit.class);

    private final int threshold;
    private final Duration pause;
    private State state = State.CLOSED;
    private int failures;
    private ScheduledExecutorService timer;

    /** Whether work flows, waits, or is tried. */
    public enum State {
        CLOSED,
        OPEN,
        HALF_OPEN;

        @Override
        public String toString() {
            return this == CLOSED ? "closed" : this == OPEN ? "open" : "half open";
        }
    }

    /**
     * @param threshold failed pages in a row that open it, 1 or more
     * @param pause     how long it stays open before the next try
     */
    public TargetCircuit(int threshold, Duration pause) {
        this.threshold = threshold;
        this.pause = pause;
    }

    public synchronized State state() {
        return state;
    }

    public boolean isClosed() {
        return state() == State.CLOSED;
    }

    /** Pages that have failed since the last one that succeeded. */
    public synchronized int failures() {
        return failures;
    }

    /** A route that starts reads its queue, also one that takes the place of another whose circuit was open. */
    @Override
    public synchronized void onStart(Route route) {
        timer = Executors.newSingleThreadScheduledExecutor(
                new CamelThreadFactory("#name#", "circuit-" + route.getRouteId(), true));
        state = State.CLOSED;
        failures = 0;
    }

    @Override
    public synchronized void onStop(Route route) {
        // A route that could not be started is stopped, too.
        if (timer != null) timer.shutdownNow();
    }

    /** While it is open, a page that began before tells nothing new. */
    @Override
    public synchronized void onExchangeDone(Route route, Exchange exchange) {
        if (exchange.getException() == null) {
            if (state == State.OPEN) return;
            if (state == State.HALF_OPEN) LOG.info("{} goes on: its target answers", route.getRouteId());
            state = State.CLOSED;
            failures = 0;
        } else if (exchange.getException(TargetUnavailable.class) != null) {
            failures++;
            if (state == State.HALF_OPEN || state == State.CLOSED && failures >= threshold) open(route);
        }
    }

    private void open(Route route) {
        if (state == State.CLOSED)
            LOG.warn("{} waits: {} pages in a row found its target away", route.getRouteId(), failures);
        state = State.OPEN;
        suspend(route);
        tryLater(route);
    }

    private void tryLater(Route route) {
        if (!timer.isShutdown()) timer.schedule(() -> tryAgain(route), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void suspend(Route route) {
        try {
            suspendOrStopConsumer(route.getConsumer());
        } catch (Exception e) {
            LOG.warn("{} cannot be suspended and tries on: {}", route.getRouteId(), e.toString());
        }
    }

    private synchronized void tryAgain(Route route) {
        if (state != State.OPEN) return;
        try {
            resumeOrStartConsumer(route.getConsumer());
            state = State.HALF_OPEN;
        } catch (Exception e) {
            LOG.warn("{} cannot be resumed yet: {}", route.getRouteId(), e.toString());
            tryLater(route);
        }
    }
}
