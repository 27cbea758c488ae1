package dev.caravan.orders;

/** Names of the orders flow that more than one step uses. */
final class OrderFlow {
    /** As in the ledger, the journey and the settings. */
    static final String NAME = "orders";

    /** {@code source} of the flow's events. */
    static final String SOURCE = "caravan.orders";

    private OrderFlow() {}
}
