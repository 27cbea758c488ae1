package dev.caravan.tasks;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Who does tasks, and who is told of them. */
public interface Handlers {
    /** Whether there is a handler for tasks of a kind. */
    boolean has(String kind);

    /**
     * Has a task done.
     *
     * @param id   the same at each attempt
     * @param task with all its fields
     * @throws dev.caravan.failure.TargetUnavailable when trying again later may help
     * @throws RuntimeException                      when it does not
     */
    void handle(String kind, String id, ObjectNode task);

    /** Sends a webhook; throws as {@link #handle} does. */
    void notify(String id, ObjectNode body);
}
