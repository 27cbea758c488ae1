package dev.caravan.customers;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What there is a report about. Each is a query in {@code src/main/resources/customers/reports}. */
enum Subject {
    REVENUE_BY_CATEGORY,
    REVENUE_BY_COUNTRY,
    TOP_CUSTOMERS,
    SUPPORT,
    SESSIONS,
    TRANSACTION_RULES;

    /** The one of that name, such as {@code top-customers}; empty when there is none. */
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
}
