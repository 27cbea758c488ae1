package dev.caravan.customers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a customer paid for.
 *
 * @param occurredAt      UTC, such as {@code 2025-08-28T12:28:45.353Z}
 * @param user            null when nobody is known to have paid
 * @param paymentMethod   null when it is not told, as the address and the country
 * @param country         of the bill, ISO 3166 with two letters
 */
record Transaction(
        String id,
        String contentHash,
        String occurredAt,
        Status status,
        String user,
        BigDecimal amount,
        String currency,
        String paymentMethod,
        String shippingAddress,
        String country,
        List<Item> items,
        String document)
        implements Told {
    /** In the order in which a transaction goes through them; what it is called outside is in lower case. */
    enum Status {
        /** One that is not known. */
        OTHER,
        PENDING,
        FLAGGED,
        FAILED,
        COMPLETED,
        CANCELLED,
        REFUNDED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Status of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** What is paid for, at which price. */
    record Item(String product, int quantity, BigDecimal price) {
        BigDecimal total() {
            return price.multiply(BigDecimal.valueOf(quantity));
        }
    }

    /**
     * Of a canonical transaction, which is not changed.
     *
     * @param extras what came beyond it and is part of its content; null when nothing did
     */
    static Transaction of(ObjectNode canonical, ObjectNode extras) {
        var document = Document.of(canonical, extras);
        var items = new ArrayList<Item>();
        for (var item : canonical.get("items"))
            items.add(new Item(
                    item.get("product").textValue(),
                    item.get("quantity").intValue(),
                    new BigDecimal(item.get("price").textValue())));
        return new Transaction(
                canonical.get("id").textValue(),
                document.hash(),
                canonical.get("occurredAt").textValue(),
                Status.of(canonical.get("status").textValue()),
                canonical.path("user").textValue(),
                new BigDecimal(canonical.get("amount").textValue()),
                canonical.get("currency").textValue(),
                canonical.path("paymentMethod").textValue(),
                canonical.path("shippingAddress").textValue(),
                canonical.path("country").textValue(),
                List.copyOf(items),
                document.text());
    }

    @Override
    public String moment() {
        return occurredAt;
    }

    @Override
    public int rank() {
        return status.ordinal();
    }

    @Override
    public String day() {
        return occurredAt.substring(0, Document.DAY);
    }
}
