package dev.caravan.orders;

/** Names of the orders flow that more than one step uses. */
final class OrderFlow {
    /** As in the ledger, the journey and the settings. */
    static final String NAME = "orders";

    private OrderFlow() {}
}
