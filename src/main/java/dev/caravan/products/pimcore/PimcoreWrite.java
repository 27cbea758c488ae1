package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.products.ProductKey;
import java.util.Objects;

/**
 * A product that Pimcore is to have.
 *
 * @param key           who it is
 * @param product       the canonical product
 * @param contentHash   of its content, at most 64 characters; Pimcore keeps it, so that the same content is not written twice
 * @param sourceVersion which version of the source this is, at most 190 characters
 * @param publish       whether to publish it once it is complete. It is never published again after a person took it off, and never taken
 *     off when this is false.
 */
public record PimcoreWrite(
        ProductKey key, ObjectNode product, String contentHash, String sourceVersion, boolean publish) {
    public PimcoreWrite {
        Objects.requireNonNull(key);
        Objects.requireNonNull(product);
        Objects.requireNonNull(contentHash);
        Objects.requireNonNull(sourceVersion);
    }
}
