package dev.caravan.products;

import dev.caravan.outbound.Changes;
import dev.caravan.products.medusa.RehearsedShop;
import dev.caravan.products.medusa.ShopDifferences;
import dev.caravan.products.medusa.ShopWriter;
import dev.caravan.products.pimcore.PimcoreDifferences;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreWriter;
import dev.caravan.products.pimcore.RehearsedPimcore;

/** Who stands in for the targets when routes run and nothing may leave. */
public interface Pretence {
    /** @param mapping as the routes have it, edits to come included */
    PimcoreWriter pimcore(PimcoreDifferences differences, PimcoreMapping mapping);

    ShopWriter shop(ShopDifferences differences);

    /** Is told what was made of the records of a page, before any of it is written. */
    default void normalised(Page page) {}

    /** Compares with what the targets have, and tells what a write would change there. */
    static Pretence rehearsal(Changes changes) {
        return new Pretence() {
            @Override
            public PimcoreWriter pimcore(PimcoreDifferences differences, PimcoreMapping mapping) {
                return new RehearsedPimcore(differences, mapping, changes);
            }

            @Override
            public ShopWriter shop(ShopDifferences differences) {
                return new RehearsedShop(differences, changes);
            }
        };
    }
}
