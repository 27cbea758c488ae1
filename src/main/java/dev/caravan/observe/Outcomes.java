package dev.caravan.observe;

import io.micrometer.core.instrument.MeterRegistry;
import org.jdbi.v3.core.Handle;

/**
 * How often what came out of a step: the metric {@code caravan.outcomes}, by flow, step (the route's id), target and outcome. Counted once
 * the transaction is committed that made it so.
 */
public final class Outcomes {
    private final MeterRegistry metrics;

    public Outcomes(MeterRegistry metrics) {
        this.metrics = metrics;
    }

    /**
     * Counts what the transaction has decided.
     *
     * @param target  the system that said so; null for none
     * @param outcome one of a few words, never an id
     */
    public void count(Handle db, String flow, String step, String target, String outcome, long times) {
        if (times == 0) return;
        var counter = metrics.counter(
                "caravan.outcomes",
                "flow",
                flow,
                "step",
                step,
                "target",
                target == null ? "" : target,
                "outcome",
                outcome);
        db.afterCommit(() -> counter.increment(times));
    }
}
