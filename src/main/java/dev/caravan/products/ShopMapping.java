package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.Expression;
import com.schibsted.spt.data.jslt.JsltException;
import com.schibsted.spt.data.jslt.Parser;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.routes.RouteFiles;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;

/** {@code routes/products/4-medusa/shop-product.jslt}: how a product in Pimcore looks in the shop. */
final class ShopMapping {
    static final String FILE = "products/4-medusa/shop-product.jslt";

    private final Expression mapping;
    private final Sellability sellability;

    /** @throws BadSettings when the mapping does not compile: file, line and what */
    ShopMapping(RouteFiles files, Sellability sellability) {
        try {
            var source = new String(files.bytes(FILE), StandardCharsets.UTF_8);
            mapping = new Parser(new StringReader(source)).withSource(FILE).compile();
        } catch (JsltException e) {
            throw new BadSettings(FILE + ": " + e.getMessage());
        }
        this.sellability = sellability;
    }

    /**
     * The product for the shop, with a stock decision for each variant whose stock the supplier does not tell.
     *
     * @param document a product as read from Pimcore
     * @throws BadMessage when the mapping fails on it
     */
    ObjectNode shopProduct(String supplier, ObjectNode document) {
        try {
            return sellability.decided(supplier, (ObjectNode) mapping.apply(document));
        } catch (JsltException | ClassCastException e) {
            throw new BadMessage(FILE + " fails on " + document.path("key").asText() + ": " + e.getMessage(), e);
        }
    }
}
