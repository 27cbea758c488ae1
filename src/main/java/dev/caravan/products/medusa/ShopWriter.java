package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Brings products into the shop, or tells what that would change. */
public interface ShopWriter {
    /**
     * Brings products into the shop, or up to date there.
     *
     * @param products as in {@code shop-product.schema.json}, each one sellable: see {@link Sellability}
     * @return what became of each, in the order given
     */
    List<Outcome> write(List<ObjectNode> products);

    /**
     * Takes products off sale. They stay in the shop as drafts, with all that belongs to them.
     *
     * @param handles of products
     * @return what became of each, in the order given
     */
    List<Outcome> draft(List<String> handles);
}
