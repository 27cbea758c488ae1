package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Map;

/**
 * A variant's price in major units.
 *
 * @param minQuantity null when it holds from the first one
 * @param maxQuantity null when it holds for any number
 * @param rules       such as {@code region_id}; empty for a price of the currency
 */
record Price(
        String id,
        String currency,
        BigDecimal amount,
        JsonNode minQuantity,
        JsonNode maxQuantity,
        Map<String, String> rules,
        String createdAt) {
    Price {
        rules = Map.copyOf(rules);
    }
}
