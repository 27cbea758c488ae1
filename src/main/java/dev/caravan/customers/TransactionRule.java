package dev.caravan.customers;

import java.util.Locale;

/** The rules about transactions that a setting makes refuse or warn; the others stand in {@code transaction.schema.json}. */
public enum TransactionRule {
    USER_MISSING("the transaction is nobody's"),
    AMOUNT_MISMATCH("the amount {value} is not the sum of the items, by more than 0.005"),
    AMOUNT_NOT_POSITIVE("the amount {value} is not above zero"),
    CURRENCY_UNKNOWN("the currency {value} is not in ISO 4217"),
    STATUS_UNKNOWN("the status {value} is none of pending, flagged, failed, completed, cancelled, refunded"),
    COUNTRY_UNKNOWN("the country {value} is not in ISO 3166"),
    COUNTRY_MISSING("the transaction has no country"),
    COUNTRY_ALIAS("the country {value} is not what ISO 3166 calls it: it counts as GB"),
    ADDRESS_INVALID("the address {value} has no number in it, of a house or a place"),
    ADDRESS_MISSING("the transaction has no address"),
    CONTACT_INVALID("the contact {value} is no name, e-mail address, phone number or address"),
    TIMESTAMP_FUTURE("the time stamp {value} is more than 24 hours in the future"),
    PRODUCT_UNKNOWN("the catalogue does not know product {value}"),
    QUANTITY_ABOVE_STOCK("more are bought than the catalogue says were there: {value}");

    private final String message;

    TransactionRule(String message) {
        this.message = message;
    }

    /** As reasons name it, such as {@code transaction-user-missing}; its setting is {@code customers.} and this. */
    public String id() {
        return "transaction-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String message() {
        return message;
    }
}
