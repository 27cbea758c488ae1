package dev.caravan.tasks;

/**
 * A task about to be accepted.
 *
 * @param hash of the JSON it came as, whatever the order of its keys
 */
record NewTask(String lane, TaskContent content, String hash) {
    static final String DEFAULT_LANE = "default";
}
