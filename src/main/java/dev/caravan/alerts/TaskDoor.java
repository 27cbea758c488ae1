package dev.caravan.alerts;

import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Where an alert becomes a task. */
@FunctionalInterface
public interface TaskDoor {
    /**
     * Accepts a task as part of a transaction: it is there if and only if that commits.
     *
     * @param lane        what has to keep its order among itself
     * @param title       cut off when it is too long for a task
     * @param description cut off when it is too long for a task
     * @param priority    {@code low}, {@code medium} or {@code high}
     * @return the task's id
     */
    UUID handIn(Handle db, String lane, String title, String description, String priority);
}
