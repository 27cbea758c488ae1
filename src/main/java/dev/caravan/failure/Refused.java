package dev.caravan.failure;

/** A target looked at the message and said no: sent again as it is, it would say so again. */
public final class Refused extends BadMessage {
    private final String target;
    private final String digest;

    /**
     * @param target the system that refused, such as {@code pimcore}
     * @param digest of what was sent: the same digest means the same content
     */
    public Refused(String target, String message, String digest) {
        super(message);
        this.target = target;
        this.digest = digest;
    }

    public String target() {
        return target;
    }

    public String digest() {
        return digest;
    }
}
