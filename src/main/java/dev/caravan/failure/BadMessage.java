package dev.caravan.failure;

/** A failure that trying again cannot heal: the message itself has to be fixed, or the mapping that made it. It is parked with this cause. */
public class BadMessage extends RuntimeException {
    public BadMessage(String message) {
        super(message);
    }

    public BadMessage(String message, Throwable cause) {
        super(message, cause);
    }
}
