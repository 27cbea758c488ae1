package dev.caravan.tasks;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Rung when there is something to do; who waits for it looks now and then all the same, because other instances ring their own. */
final class Bell {
    private final Semaphore rung = new Semaphore(0);
    private final Duration patience;

    /** @param patience how long one waits without hearing it */
    Bell(Duration patience) {
        this.patience = patience;
    }

    void ring() {
        rung.release();
    }

    /** Until it was rung since the last time, or patience is over. */
    void await() {
        try {
            if (rung.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) rung.drainPermits();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
