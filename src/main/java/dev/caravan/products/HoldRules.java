package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.records.Reason;
import java.util.Optional;

/**
 * Whether Caravan publishes, and what it holds back.
 *
 * @param publishes   false when a person publishes in Pimcore ({@code products.publish: manual})
 * @param sellability what keeps a product from being sold
 */
record HoldRules(boolean publishes, Sellability sellability) {
    /** Why a product must not be on sale, as one sentence; empty when it may. Takes the canonical product or the shop's. */
    Optional<String> reason(String supplier, ObjectNode product) {
        return sellability.hold(supplier, product).map(Reason::message);
    }
}
