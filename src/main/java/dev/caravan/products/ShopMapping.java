package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.records.Mapping;
import dev.caravan.routes.RouteFiles;
import java.util.function.UnaryOperator;

/** {@code routes/products/4-medusa/shop-product.jslt}: how a product in Pimcore looks in the shop. */
final class ShopMapping {
    static final String FILE = "products/4-medusa/shop-product.jslt";

    private volatile Mapping mapping;
    private final Sellability sellability;
    private final UnaryOperator<ObjectNode> images;

    /**
     * @param images says where the shop finds a product's images
     * @throws BadSettings when the mapping does not compile: file, line and what
     */
    ShopMapping(RouteFiles files, Sellability sellability, UnaryOperator<ObjectNode> images) {
        this.mapping = Mapping.of(files, FILE);
        this.sellability = sellability;
        this.images = images;
    }

    /** Maps like this from the next product on. */
    void becomes(Mapping other) {
        mapping = other;
    }

    /**
     * The product for the shop, with a stock decision for each variant whose stock the supplier does not tell.
     *
     * @param document a product as read from Pimcore
     * @throws BadMessage when the mapping fails on it
     */
    ObjectNode shopProduct(String supplier, ObjectNode document) {
        try {
            return images.apply(sellability.decided(supplier, (ObjectNode) mapping.apply(document)));
        } catch (JsltException | ClassCastException e) {
            throw new BadMessage(FILE + " fails on " + document.path("key").asText() + ": " + e.getMessage(), e);
        }
    }
}
