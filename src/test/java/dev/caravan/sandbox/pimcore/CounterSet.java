package dev.caravan.sandbox.pimcore;

import java.util.concurrent.atomic.LongAdder;

/** The counters while they count. */
final class CounterSet {
    final LongAdder requests = new LongAdder();
    final LongAdder failedOnPurpose = new LongAdder();
    final LongAdder mutations = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder created = new LongAdder();
    final LongAdder updated = new LongAdder();
    final LongAdder deleted = new LongAdder();
    final LongAdder objectsWritten = new LongAdder();
    final LongAdder webhooksSent = new LongAdder();
    final LongAdder webhooksFailed = new LongAdder();
    final LongAdder webhooksDropped = new LongAdder();

    Counters now() {
        return new Counters(
                requests.sum(),
                failedOnPurpose.sum(),
                mutations.sum(),
                refused.sum(),
                created.sum(),
                updated.sum(),
                deleted.sum(),
                objectsWritten.sum(),
                webhooksSent.sum(),
                webhooksFailed.sum(),
                webhooksDropped.sum());
    }

    void reset() {
        for (var counter : new LongAdder[] {
            requests,
            failedOnPurpose,
            mutations,
            refused,
            created,
            updated,
            deleted,
            objectsWritten,
            webhooksSent,
            webhooksFailed,
            webhooksDropped
        }) counter.reset();
    }
}
