package dev.caravan.observe;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * A system Caravan leans on, as a health check by its name and as the metric {@code caravan.dependency.up}. Without one that is needed the
 * instance is not ready; of the others the check of all tells, and their circuits suspend the queues that need them. Whether the process is
 * alive has nothing to do with any of them: starting it again would not bring them back.
 */
public final class Dependency extends AbstractHealthCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final boolean needed;
    private final Probe probe;
    private final Executor threads;
    private final Clock clock;
    private CompletableFuture<String> looking;
    private volatile Seen seen;

    /** Asks the system for the least it can answer. */
    @FunctionalInterface
    public interface Probe {
        /** @throws Exception when it does not answer; its message says why */
        void look() throws Exception;
    }

    /** @param trouble null when it answered */
    private record Seen(Instant at, String trouble) {}

    /**
     * @param needed  whether nothing can be done without it
     * @param threads where it is looked at, so that one that hangs holds up nobody
     */
    public Dependency(String name, boolean needed, Probe probe, Executor threads, MeterRegistry metrics, Clock clock) {
        super("dependency", name);
        this.needed = needed;
        this.probe = probe;
        this.threads = threads;
        this.clock = clock;
        Gauge.builder("caravan.dependency.up", this, Dependency::up)
                .tag("dependency", name)
                .register(metrics);
    }

    /** Looks, unless somebody just has, and waits for the answer, though not for long. */
    public void look() {
        var last = seen;
        if (last != null && last.at().plus(FRESH).isAfter(clock.instant())) return;
        seen = new Seen(clock.instant(), trouble());
    }

    private String trouble() {
        try {
            return underWay().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return "no answer within " + PATIENCE.toSeconds() + " s";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "not waited for";
        } catch (Exception e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** One look at a time: who comes while it takes long waits for the same. */
    private synchronized CompletableFuture<String> underWay() {
        if (looking == null || looking.isDone())
            looking = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            probe.look();
                            return null;
                        } catch (Exception e) {
                            throw new CompletionException(e);
                        }
                    },
                    threads);
        return looking;
    }

    private double up() {
        var last = seen;
        return last == null ? Double.NaN : last.trouble() == null ? 1 : 0;
    }

    @Override
    public boolean isReadiness() {
        return needed;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        look();
        var trouble = seen.trouble();
        if (trouble == null) builder.up();
        else builder.down().message(getId() + " does not answer: " + trouble);
    }
}
