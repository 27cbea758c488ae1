package dev.caravan.products.pimcore;

import java.time.Instant;

/**
 * What a webhook of Pimcore tells of a product.
 *
 * @param fullpath  of the product, also when it was one of its variants that changed
 * @param id        of the object that changed, which may be a variant
 * @param variant   whether it was a variant; the rest then tells of the variant, not of the product
 * @param published whether that object is published now
 * @param deleted   whether it is gone
 * @param at        when, to the second, or null when not told
 */
public record ProductChange(
        String fullpath, String id, boolean variant, boolean published, boolean deleted, Instant at) {}
