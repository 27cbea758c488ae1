package dev.caravan.archive;

import static dev.caravan.archive.Column.Kind.BIGINT;
import static dev.caravan.archive.Column.Kind.BOOLEAN;
import static dev.caravan.archive.Column.Kind.DOUBLE;
import static dev.caravan.archive.Column.Kind.INTEGER;
import static dev.caravan.archive.Column.Kind.KEY;
import static dev.caravan.archive.Column.Kind.MOMENT;
import static dev.caravan.archive.Column.Kind.PRICE;
import static dev.caravan.archive.Column.Kind.TEXT;
import static dev.caravan.archive.Column.Kind.TOTAL;
import static dev.caravan.archive.Column.of;
import static dev.caravan.archive.Column.optional;

import java.util.List;

/** The data sets there are, with their columns; their queries are the files below {@code archive/} of the class path. */
public final class Datasets {
    private static final String UNKNOWN = "`unknown` when not told";
    private static final String SILENT = "null when the catalogue does not say";
    private static final String UNTOLD = "null when not told";

    public static final Dataset ORDERS = new Dataset(
            "orders",
            "lines.parquet",
            "A row is a line of an order that counts, with its order and what the catalogue says of its product.",
            "of `placed_at`",
            List.of(
                    of("order_id", TEXT, ""),
                    of("line", INTEGER, "from 1, as the channel names them"),
                    of("placed_at", MOMENT, "UTC, microseconds"),
                    optional("customer", TEXT, "null for a guest"),
                    of("channel", TEXT, ""),
                    of("status", TEXT, "`pending`, `confirmed` or `cancelled`"),
                    of("currency", TEXT, "ISO 4217; never add up two of them"),
                    of("country", TEXT, UNKNOWN),
                    of("state", TEXT, UNKNOWN),
                    of("city", TEXT, UNKNOWN),
                    of("order_lines", INTEGER, "how many the order has"),
                    of("order_total", TOTAL, "the sum of its lines; the same on each of them, so add up `line_total`"),
                    of("product_id", TEXT, ""),
                    optional("category", TEXT, SILENT),
                    optional("brand", TEXT, SILENT),
                    optional("catalogue_price", PRICE, SILENT),
                    optional("launched_at", MOMENT, SILENT),
                    optional("before_launch", BOOLEAN, "whether it was sold before; null without a launch"),
                    optional("price_differs", BOOLEAN, "from the catalogue's; null without one there"),
                    of("quantity", INTEGER, ""),
                    of("unit_price", PRICE, "as sold"),
                    of("line_total", TOTAL, "quantity × unit price")));

    public static final Dataset TRANSACTIONS = new Dataset(
            "transactions",
            "transactions.parquet",
            "A row is an item of a transaction that counts, with its transaction.",
            "of `occurred_at`",
            List.of(
                    of("transaction_id", TEXT, ""),
                    of("item", INTEGER, "from 1"),
                    of("occurred_at", MOMENT, ""),
                    optional("user_id", TEXT, "null when nobody is known to have paid"),
                    of(
                            "amount",
                            TOTAL,
                            "of the transaction; the same on each of its items, so add up `item_total`, or where `item = 1`"),
                    of("currency", TEXT, "ISO 4217; never add up two of them"),
                    of(
                            "status",
                            TEXT,
                            "`completed`, `pending`, `flagged`, `failed`, `cancelled`, `refunded` or `other`"),
                    optional("payment_method", TEXT, UNTOLD),
                    optional("country", TEXT, "of the bill, ISO 3166 with two letters; " + UNTOLD),
                    of("product_id", TEXT, ""),
                    of("quantity", INTEGER, ""),
                    of("price", PRICE, "of one"),
                    of("item_total", TOTAL, "quantity × price")));

    public static final Dataset TICKETS = new Dataset(
            "tickets",
            "tickets.parquet",
            "A row is a ticket, as it was told last.",
            "of `created_at`",
            List.of(
                    of("ticket_id", TEXT, ""),
                    of("created_at", MOMENT, ""),
                    of("changed_at", MOMENT, "last"),
                    of("user_id", TEXT, ""),
                    optional("category", TEXT, UNTOLD),
                    optional("priority", TEXT, UNTOLD),
                    of("status", TEXT, "such as `open`, `escalated` or `resolved`"),
                    optional("sentiment", DOUBLE, "from -1, angry, to 1, glad; " + UNTOLD),
                    optional("satisfaction", DOUBLE, "from 1, bad, to 5, good; " + UNTOLD),
                    optional("resolution_hours", DOUBLE, "from creation to resolution; " + UNTOLD)));

    public static final Dataset PROFILE_HISTORY = new Dataset(
            "profile-history",
            "history.parquet",
            "A row is a period in which what is tracked of a customer stayed as it was (SCD type 2).",
            "of `valid_from`",
            List.of(
                    of("user_id", TEXT, ""),
                    of("valid_from", MOMENT, "inclusive"),
                    optional("valid_to", MOMENT, "exclusive; null for the period that is current"),
                    optional("country", TEXT, "null when not known, as what follows"),
                    optional("device_type", TEXT, ""),
                    optional("shipping_address", TEXT, ""),
                    optional("payment_method", TEXT, ""),
                    optional("support_status", TEXT, "of the ticket that presses most")));

    public static final Dataset SESSIONS = new Dataset(
            "sessions",
            "sessions.parquet",
            "A row is a visit: clicks of one visitor with no pause longer than `clickstream.session-gap-seconds`.",
            "of `started`",
            List.of(
                    of("visitor", TEXT, "the user, or the tracker's session when nobody is known"),
                    of("anonymous", BOOLEAN, "whether nobody is known"),
                    of("started", MOMENT, "its first click"),
                    of("ended", MOMENT, "its last"),
                    of("clicks", INTEGER, ""),
                    of("types", TEXT, "how many of each type, as a JSON object"),
                    of("devices", TEXT, "a JSON list of texts, as what follows"),
                    of("countries", TEXT, ""),
                    of("sources", TEXT, ""),
                    optional("cart_value", DOUBLE, "the highest; " + UNTOLD)));

    public static final Dataset CLICKS = new Dataset(
            "clicks",
            null,
            "A row is a click, as the tracker told it. Repeated ones are left out.",
            "of `at`",
            List.of(
                    of("event_id", KEY, ""),
                    optional("user_id", TEXT, "null when nobody was logged in"),
                    optional("session_id", TEXT, "the tracker's; " + UNTOLD),
                    of("at", MOMENT, ""),
                    of("type", TEXT, "such as `page_view`"),
                    optional("page", TEXT, UNTOLD + ", as what follows"),
                    optional("referrer", TEXT, ""),
                    optional("user_agent", TEXT, ""),
                    optional("ip_address", TEXT, ""),
                    optional("device", TEXT, ""),
                    optional("country", TEXT, ""),
                    optional("product_id", TEXT, ""),
                    optional("category", TEXT, ""),
                    optional("quantity", DOUBLE, ""),
                    optional("price", DOUBLE, ""),
                    optional("cart_value", DOUBLE, "of the cart after it"),
                    optional("extra", TEXT, "members that nobody asked for, as a JSON object"),
                    of("source", TEXT, "whose event time it shares"),
                    of("late", BOOLEAN, "whether it came too late for sessions and minutes"),
                    of("upload", TEXT, "that brought it"),
                    of("index", BIGINT, "of its record there, from 0")));

    public static final List<Dataset> ALL = List.of(ORDERS, CLICKS, SESSIONS, TRANSACTIONS, TICKETS, PROFILE_HISTORY);

    private Datasets() {}
}
