package dev.caravan.orders;

import static dev.caravan.orders.Changes.What.CATALOGUE;
import static dev.caravan.orders.Changes.What.ORDERS;
import static dev.caravan.orders.Changes.What.REFUSED;

import dev.caravan.orders.Changes.What;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What there is a report about. Each is a query in {@code src/main/resources/orders/reports}. */
enum Subject {
    DAILY_REVENUE(Period.PLACED, ORDERS),
    TOP_PRODUCTS(Period.PLACED, ORDERS, CATALOGUE),
    CUSTOMERS(Period.PLACED, ORDERS),
    STOCK(Period.NONE, ORDERS, CATALOGUE, What.STOCK),
    LOW_STOCK(Period.NONE, ORDERS, CATALOGUE, What.STOCK),
    INVENTORY_TURNOVER(Period.PLACED, ORDERS, CATALOGUE, What.STOCK),
    BOUGHT_TOGETHER(Period.PLACED, ORDERS),
    OPERATIONS(Period.RECEIVED),
    QUALITY(Period.PLACED, ORDERS, REFUSED);

    /** What the days of a report are those of. */
    enum Period {
        /** The orders. */
        PLACED,
        /** The pages that were taken in. */
        RECEIVED,
        /** There are none: it tells how things stand. */
        NONE
    }

    private final Period period;
    private final Set<What> about;

    Subject(Period period, What... about) {
        this.period = period;
        this.about = Set.of(about);
    }

    /** The one of that name, such as {@code daily-revenue}; empty when there is none. */
    static Optional<Subject> of(String name) {
        return Arrays.stream(values())
                .filter(subject -> subject.text().equals(name))
                .findFirst();
    }

    /** Names of all. */
    static List<String> names() {
        return Arrays.stream(values()).map(Subject::text).toList();
    }

    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Name of the query. */
    String query() {
        return this == LOW_STOCK ? STOCK.text() : text();
    }

    /** Whether it can be asked of a moment other than now. */
    boolean isOfAMoment() {
        return this == STOCK || this == LOW_STOCK;
    }

    Period period() {
        return period;
    }

    /** What can restate it; refusals can restate any, because its quality score tells of them. */
    Set<String> about() {
        if (period == Period.RECEIVED) return Set.of("pages");
        return Stream.concat(about.stream(), Stream.of(REFUSED)).map(What::text).collect(Collectors.toSet());
    }
}
