package dev.caravan;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A named place where a crash would hurt most. Tests set the environment variable {@code CARAVAN_CRASH_AT=name} or {@code name:3} (the
 * third time) and the process ends there at once, as by {@code kill -9}; without it, passing one costs a comparison.
 */
public enum CrashPoint {
    /** The page is in the ledger, its events are not on the bus. */
    PAGE_SAVED,
    /** The events are on the bus, the upload's checkpoint does not know. */
    EVENTS_SENT,
    /** {@code UploadCompleted} is on the bus, the ledger still says the upload is being read. */
    COMPLETION_SENT,
    /** The upload is complete, its message still in the queue. */
    UPLOAD_COMPLETE,
    /** Pimcore has the products, our database does not know. */
    PIMCORE_WRITTEN,
    /** Our database knows what Pimcore has, the messages are still in the queue. */
    PIMCORE_CONFIRMED,
    /** The publication is on the bus, the webhook's answer not sent. */
    PUBLICATION_SENT,
    /** Medusa has the products, our database does not know. */
    MEDUSA_WRITTEN,
    /** Our database knows what Medusa has, the messages are still in the queue. */
    MEDUSA_CONFIRMED,
    /** Wake-ups of lanes are in the queue, our database does not know. */
    TASK_WOKEN,
    /** A task counts as being worked on, its handler was not called. */
    TASK_TAKEN,
    /** The handler has done the task, our database does not know. */
    TASK_HANDLED,
    /** Our database knows that the task is done, the lane's message is still in the queue. */
    TASK_DONE,
    /** Clicks are in the log, who brought them does not know. */
    CLICKS_APPENDED,
    /** What came of clicks is worked out, and nothing of it written. */
    CLICKS_WORKED_OUT,
    /** What came of clicks is written, the ledger does not know. */
    CLICKS_WRITTEN,
    /** Clicks are in the archive as Parquet, our database does not know. */
    CLICKS_ARCHIVED,
    /** Alerts have become tasks, nobody was told of them. */
    ALERTS_HANDED_OVER,
    /** Alerts are on the bus, our database does not know. */
    ALERTS_TOLD;

    private static final String ARMED = System.getenv("CARAVAN_CRASH_AT");
    private static final AtomicInteger PASSES = new AtomicInteger();

    /** Ends the process when this point is armed. Exit code 137, no shutdown hooks. */
    public void pass() {
        if (ARMED == null) return;
        var parts = ARMED.split(":");
        if (name().equals(parts[0])
                && PASSES.incrementAndGet() == (parts.length > 1 ? Integer.parseInt(parts[1]) : 1)) {
            Runtime.getRuntime().halt(137);
        }
    }
}
