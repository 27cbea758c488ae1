package dev.caravan.products;

import dev.caravan.clickstream.ClickShapes;
import dev.caravan.clickstream.IntakeRule;
import dev.caravan.customers.CustomerShapes;
import dev.caravan.orders.OrderRule;
import dev.caravan.orders.Shapes;
import dev.caravan.records.CoreRule;
import dev.caravan.records.Rule;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes {@code docs/rules.md}: every rule by which a record is refused or warned about, collected from where they are stated. */
public final class RuleList {
    /** Rules about what no record says by itself, where they are applied: id, what becomes of it, what is wrong. */
    private static final List<List<String>> BEYOND_RECORDS = List.of(
            List.of(
                    "sku-taken",
                    "quarantined",
                    "Another product, mostly another supplier's, sells one of its SKUs already."),
            List.of(
                    "unknown-supplier",
                    "quarantined whole",
                    "The file lies below `products/`, in a folder no supplier has."),
            List.of(
                    "unknown-prefix",
                    "quarantined whole",
                    "The file lies in a folder of the inbox that no flow takes files from."),
            List.of("unsellable-no-variant", "held", "There is no variant to buy."),
            List.of("unsellable-no-price", "held", "A variant has no price."),
            List.of("unsellable-price", "held", "A variant has a price that is zero, negative or no number."),
            List.of(
                    "unsellable-no-stock",
                    "held",
                    "A variant has no stock figure, and its supplier's `stock-when-absent` is `hold`."),
            List.of("unsellable-no-image", "held", "There is no image, and `products.image-required` is set."));

    private RuleList() {}

    private record Entry(boolean warning, String meaning, TreeSet<String> places) {}

    /** The page, for the suppliers below {@code routes/}. */
    public static String markdown(RouteFiles files) {
        var entries = new TreeMap<String, Entry>();
        for (var rule : CoreRule.values()) {
            entries.put(
                    rule.id(),
                    new Entry(rule.isWarning(), rule.meaning(), new TreeSet<>(java.util.Set.of("every supplier"))));
        }
        for (var supplier : Suppliers.load(files).all()) {
            add(entries, supplier.productSchema().rules(), "every supplier");
            add(entries, supplier.recordSchema().rules(), supplier.name());
        }
        for (var schema :
                Shapes.load(files, Settings.of(Map.of()), Clock.systemUTC()).schemas())
            add(entries, schema.rules(), "orders, catalogue, stock");
        for (var rule : OrderRule.values())
            add(entries, Map.of(rule.rule().id(), rule.rule()), "orders, catalogue, stock");
        var customers = CustomerShapes.load(files, Settings.of(Map.of()), Clock.systemUTC());
        for (var schema : customers.step().schemas()) add(entries, schema.rules(), "transactions, tickets");
        for (var rule : customers.rules()) add(entries, Map.of(rule.id(), rule), "transactions, tickets");
        for (var schema : ClickShapes.load(files, Clock.systemUTC()).schemas()) add(entries, schema.rules(), "clicks");
        for (var rule : IntakeRule.values()) add(entries, Map.of(rule.rule().id(), rule.rule()), "clicks");
        var page = new ArrayList<String>();
        page.add("# Rules");
        page.add("");
        page.add(
                "Generated from the schemas below `routes/products/2-normalise`, `routes/orders/1-receive`, `routes/customers/1-receive` and `routes/clickstream/1-receive`, from `CoreRule.java`, `OrderRule.java`, `TransactionRule.java` and `IntakeRule.java`; do not edit.");
        page.add("A rule's id is stable: it is in every reason, in the quarantine and in what `try` prints.");
        page.add("`reject` sends the record to quarantine, `warn` accepts it and notes what is missing.");
        page.add("");
        page.add("| rule | level | stated for | what is wrong |");
        page.add("|---|---|---|---|");
        entries.forEach((id, entry) -> page.add("| `%s` | %s | %s | %s |"
                .formatted(
                        id,
                        entry.warning() ? "warn" : "reject",
                        places(entry),
                        entry.meaning().replace("|", "\\|").replace("{value}", "*value*"))));
        page.add("");
        page.add("## What one record does not tell");
        page.add("");
        page.add(
                "Found when the product is compared with what is known, or looked at as something to be sold. `held` means: it is in Pimcore, unpublished,");
        page.add(
                "or stays out of the shop, until what is said here is no longer so. Two more reasons to be held are no rules: `taken off by a person in");
        page.add("Pimcore`, and, with `products.publish=manual`, `waits to be published in Pimcore`.");
        page.add("");
        page.add("| rule | becomes | what is wrong |");
        page.add("|---|---|---|");
        BEYOND_RECORDS.forEach(rule -> page.add("| `%s` | %s | %s |".formatted(rule.toArray())));
        return String.join("\n", page) + "\n";
    }

    private static String places(Entry entry) {
        return entry.places().contains("every supplier") ? "every supplier" : String.join(", ", entry.places());
    }

    private static void add(Map<String, Entry> entries, Map<String, Rule> rules, String place) {
        rules.forEach((id, rule) -> entries.computeIfAbsent(
                        id, any -> new Entry(rule.warning(), rule.message(), new TreeSet<>()))
                .places()
                .add(place));
    }
}
