package dev.caravan.products;

/** Names of the products flow that more than one step uses. */
final class ProductFlow {
    /** As in the ledger, the journey and the settings. */
    static final String NAME = "products";

    /** {@code source} of the flow's events. */
    static final String SOURCE = "caravan.products";

    private ProductFlow() {}
}
