package dev.caravan.products.pimcore;

import java.time.Instant;

/**
 * A product that changed in Pimcore, itself or one of its variants.
 *
 * @param fullpath         of the product
 * @param id               Pimcore's id of it
 * @param published        whether the product is published now
 * @param contentHash      what Caravan wrote to it last, or null when it never finished a write
 * @param modificationDate when the latest of these changes was made, to the second
 */
public record ChangedProduct(
        String fullpath, String id, boolean published, String contentHash, Instant modificationDate) {}
