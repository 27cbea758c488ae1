package dev.caravan.customers;

import java.util.Locale;

/** What can be tracked of a customer; each is a column of {@code customers.history}. */
enum Attribute {
    COUNTRY,
    /** Told by clicks only. */
    DEVICE_TYPE,
    SHIPPING_ADDRESS,
    PAYMENT_METHOD,
    /** Of the most pressing of the customer's tickets. */
    SUPPORT_STATUS;

    /** As the setting and the column name it: {@code device_type}. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Attribute of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
