package dev.caravan.orders;

import java.util.Optional;

/** What comes in, by its prefix in the inbox. */
enum Kind {
    ORDER("orders", "order"),
    CATALOGUE("catalog", "catalogue-product"),
    STOCK("inventory", "stock");

    static final String STEP = "orders/1-receive/";

    private final String area;
    private final String shape;

    Kind(String area, String shape) {
        this.area = area;
        this.shape = shape;
    }

    static Optional<Kind> of(String area) {
        for (var kind : values()) if (kind.area.equals(area)) return Optional.of(kind);
        return Optional.empty();
    }

    /** Its prefix in the inbox. */
    String area() {
        return area;
    }

    /** What a mapping makes of a record: {@code order} for {@code order.jslt}. */
    String shape() {
        return shape;
    }
}
