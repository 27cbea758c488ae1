package dev.caravan.products.pimcore;

import java.util.List;

/** Brings products into Pimcore, or tells what that would change. */
public interface PimcoreWriter {
    /**
     * Makes Pimcore have these products. Never throws for what Pimcore does or says: that is in the outcomes.
     *
     * @param writes in the order they were made; of one product there may be several, the last one stays
     * @return one outcome for each, in the same order
     */
    List<Outcome> upsert(List<PimcoreWrite> writes);

    /** Of what would be sent for a product: another mapping, another digest. */
    String digest(PimcoreWrite write);
}
