package dev.caravan.clickstream;

/** Names of the clickstream flow that more than one step uses. */
final class ClickFlow {
    /** As in the ledger and the settings. */
    static final String NAME = "clickstream";

    /** {@code source} of the flow's events. */
    static final String SOURCE = "caravan.clickstream";

    /** Inbox prefix of files of clicks. */
    static final String AREA = "clicks";

    private ClickFlow() {}
}
