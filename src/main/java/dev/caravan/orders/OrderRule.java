package dev.caravan.orders;

import dev.caravan.records.Rule;

/** The rules about orders that no schema can express; the others stand in {@code order.schema.json}. */
public enum OrderRule {
    TOTAL_UNREADABLE("total-unreadable", "the total {value} is no decimal number", false),
    TOTAL_MISMATCH("total-mismatch", "the total {value} is not the sum of the lines, by more than 0.005", false),
    CURRENCY_UNKNOWN("currency-unknown", "the currency {value} is not in ISO 4217", false),
    CURRENCY_MIXED("currency-mixed", "a price is in {value}, the order in another currency", false),
    TIMESTAMP_FUTURE("timestamp-future", "the time stamp {value} is more than 24 hours in the future", false),
    PRODUCT_UNKNOWN("product-unknown", "the catalogue does not know product {value} yet", false),
    CHANNEL_UNKNOWN("channel-unknown", "the channel {value} is not known: it counts as other", true);

    private final Rule rule;

    OrderRule(String id, String message, boolean warning) {
        this.rule = new Rule(id, message, warning);
    }

    /** As reasons name it. */
    public Rule rule() {
        return rule;
    }
}
