package dev.caravan.failure;

/** A setting is missing or wrong. The message is one sentence that says which, and what to set. Stops the start with exit code 2. */
public final class BadSettings extends RuntimeException {
    public BadSettings(String message) {
        super(message);
    }
}
