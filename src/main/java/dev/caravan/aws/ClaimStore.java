package dev.caravan.aws;

/** Where the details of events lie that are too large for the bus. */
public interface ClaimStore {
    /**
     * Keeps an object; one that is there already stays as it is, since its key says its content.
     *
     * @throws dev.caravan.failure.TargetUnavailable when that cannot be done for now
     */
    void put(String bucket, String key, byte[] bytes);

    /**
     * Gets an object back.
     *
     * @throws dev.caravan.failure.BadMessage when it is not there
     * @throws dev.caravan.failure.TargetUnavailable when that cannot be told for now
     */
    byte[] get(String bucket, String key);
}
