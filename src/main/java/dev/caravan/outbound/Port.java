package dev.caravan.outbound;

/**
 * The one door through which calls to a target leave. What stands behind it may send them (in production a Kamelet does), or record them
 * instead (a rehearsal).
 */
@FunctionalInterface
public interface Port {
    /**
     * Makes one call and waits for its answer.
     *
     * @param call what to send
     * @return the answer, whatever its status: judging it is the caller's business
     * @throws dev.caravan.failure.TargetUnavailable when no answer came: connection refused, reset or timed out. The target may have done
     *     what was asked all the same.
     */
    Reply send(Call call);
}
