package dev.caravan.sandbox.pimcore;

/** Pimcore says no, in words a client may read: {@code success: false} with this message, or an error where nothing was to succeed. */
final class Refused extends RuntimeException {
    Refused(String message) {
        super(message, null, false, false);
    }
}
