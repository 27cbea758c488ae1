package dev.caravan.alerts;

import dev.caravan.alerts.Alerts.Change;
import dev.caravan.alerts.Alerts.Mark;
import dev.caravan.api.Problem;
import dev.caravan.failure.TargetUnavailable;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.RoutePolicySupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alerts as they are raised and clear, as server-sent events. Each has an id to go on from ({@code Last-Event-ID}). An instance looks a few
 * times a second while somebody listens. A transaction may commit later than one that began after it, so what is a little older is looked
 * at, too; who goes on from an id may therefore be told again of the last moments before it, and misses nothing.
 */
public final class AlertStream extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(AlertStream.class);

    private static final int LOOK_MILLISECONDS = 250;
    private static final int AT_ONCE = 500;

    /** By so much a transaction may commit later than one that began after it, and clocks of instances may differ. */
    private static final Duration OVERLAP = Duration.ofSeconds(10);

    /** Nobody is told of what is older. */
    private static final Duration LONGEST_AWAY = Duration.ofDays(1);

    /** So that what lies between does not take the connection for dead, and we notice when it is. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final Alerts alerts;
    private final int most;
    private final Clock clock;
    private final Set<Listener> listeners = new LinkedHashSet<>();
    private boolean over;

    /** @param most who may listen at a time */
    public AlertStream(Alerts alerts, int most, Clock clock) {
        this.alerts = alerts;
        this.most = most;
        this.clock = clock;
    }

    /** Somebody who listens, and what they were told lately. */
    private static final class Listener {
        private final HttpServerResponse response;
        private final Set<Mark> told = new HashSet<>();
        private final Instant from;
        private Instant last;
        private Instant heard;

        /** @param from nothing older is told */
        private Listener(HttpServerResponse response, Instant from, Instant now) {
            this.response = response;
            this.from = from;
            this.last = from;
            this.heard = now;
        }

        private Instant lookFrom() {
            var overlapping = last.minus(OVERLAP);
            return overlapping.isBefore(from) ? from : overlapping;
        }

        private void tell(Change change, Instant now) {
            var mark = change.mark();
            if (mark.at().isBefore(lookFrom()) || !told.add(mark)) return;
            if (mark.at().isAfter(last)) last = mark.at();
            write("id: " + mark.at() + "_" + mark.alert() + "_" + mark.what() + "\nevent: " + mark.what() + "\ndata: "
                    + change.alert().json() + "\n\n");
            heard = now;
        }

        private void write(String text) {
            response.write(text);
        }

        private void forget() {
            var before = lookFrom();
            told.removeIf(mark -> mark.at().isBefore(before));
        }
    }

    @Override
    public void configure() {
        from("timer:alerts-stream?delay=0&period=" + LOOK_MILLISECONDS)
                .routeId("api-alerts-stream")
                .routeGroup("api")
                .errorHandler(noErrorHandler())
                .routePolicy(new RoutePolicySupport() {
                    @Override
                    public void onStop(Route route) {
                        end();
                    }
                })
                .process(exchange -> tell());
    }

    /**
     * Tells who asks, from now on or from where they left off.
     *
     * @throws Problem when as many listen as may, or the id is none of ours
     */
    public void open(RoutingContext request) {
        var now = clock.instant();
        var from = from(request.request().getHeader("Last-Event-ID"), now);
        var response = request.response();
        synchronized (this) {
            if (over || listeners.size() >= most)
                throw new Problem(503, "Not available", most + " listen already; try again later")
                        .header("Retry-After", "30");
            response.setChunked(true)
                    .putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Content-Type-Options", "nosniff")
                    // Proxies of the kind of nginx would collect it otherwise.
                    .putHeader("X-Accel-Buffering", "no");
            var listener = new Listener(response, from, now);
            response.closeHandler(closed -> leave(listener));
            listener.write("retry: 3000\n\n");
            listeners.add(listener);
        }
    }

    private static Instant from(String id, Instant now) {
        if (id == null || id.isBlank()) return now;
        try {
            var at = Instant.parse(id.split("_", 2)[0]).minus(OVERLAP);
            var oldest = now.minus(LONGEST_AWAY);
            return at.isBefore(oldest) ? oldest : at;
        } catch (DateTimeException e) {
            throw new Problem(400, "Invalid header", "Last-Event-ID is none of the ids that were sent from here");
        }
    }

    private synchronized void leave(Listener listener) {
        listeners.remove(listener);
    }

    /** How many listen. */
    synchronized int listening() {
        return listeners.size();
    }

    /** Tells all of what has changed, and shows that it is still there. */
    private void tell() {
        Instant from;
        synchronized (this) {
            // Who does not keep up comes again, and goes on where they were.
            for (var listener : List.copyOf(listeners)) if (listener.response.writeQueueFull()) end(listener);
            if (listeners.isEmpty()) return;
            from = listeners.stream()
                    .map(Listener::lookFrom)
                    .min(Instant::compareTo)
                    .orElseThrow();
        }
        try {
            var mark = Mark.of(from);
            for (var changes = alerts.changes(mark, AT_ONCE);
                    !changes.isEmpty();
                    changes = alerts.changes(mark, AT_ONCE)) {
                tell(changes);
                mark = changes.get(changes.size() - 1).mark();
            }
        } catch (TargetUnavailable e) {
            LOG.warn("who listens to alerts waits: {}", e.getMessage());
        }
        var now = clock.instant();
        synchronized (this) {
            for (var listener : listeners) {
                listener.forget();
                if (listener.heard.plus(HEARTBEAT).isAfter(now)) continue;
                listener.write(": still here\n\n");
                listener.heard = now;
            }
        }
    }

    private synchronized void tell(List<Change> changes) {
        var now = clock.instant();
        for (var listener : listeners) for (var change : changes) listener.tell(change, now);
    }

    private synchronized void end() {
        over = true;
        List.copyOf(listeners).forEach(this::end);
    }

    private synchronized void end(Listener listener) {
        listeners.remove(listener);
        listener.response.end();
    }
}
