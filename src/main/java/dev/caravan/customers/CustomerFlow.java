package dev.caravan.customers;

/** Names of the customers flow that more than one step uses. */
final class CustomerFlow {
    /** As in the ledger, the journey, the settings and the database. */
    static final String NAME = "customers";

    private CustomerFlow() {}
}
