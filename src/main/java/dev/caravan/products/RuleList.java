package dev.caravan.products;

import dev.caravan.routes.RouteFiles;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes {@code docs/rules.md}: every rule by which a record is refused or warned about, collected from where they are stated. */
public final class RuleList {
    private RuleList() {}

    private record Entry(boolean warning, String meaning, TreeSet<String> places) {}

    /** The page, for the suppliers below {@code routes/}. */
    public static String markdown(RouteFiles files) {
        var entries = new TreeMap<String, Entry>();
        for (var rule : CoreRule.values()) {
            entries.put(rule.id(), new Entry(rule.isWarning(), rule.meaning(), new TreeSet<>(java.util.Set.of("every supplier"))));
        }
        for (var supplier : Suppliers.load(files).all()) {
            add(entries, supplier.productSchema().rules(), "every supplier");
            add(entries, supplier.recordSchema().rules(), supplier.name());
        }
        var page = new ArrayList<String>();
        page.add("# Rules");
        page.add("");
        page.add("Generated from the schemas below `routes/products/2-normalise` and from `CoreRule.java`; do not edit.");
        page.add("A rule's id is stable: it is in every reason, in the quarantine and in what `try` prints.");
        page.add("`reject` sends the record to quarantine, `warn` accepts it and notes what is missing.");
        page.add("");
        page.add("| rule | level | stated for | what is wrong |");
        page.add("|---|---|---|---|");
        entries.forEach((id, entry) -> page.add("| `%s` | %s | %s | %s |"
                .formatted(id, entry.warning() ? "warn" : "reject", places(entry), entry.meaning().replace("|", "\\|").replace("{value}", "*value*"))));
        return String.join("\n", page) + "\n";
    }

    private static String places(Entry entry) {
        return entry.places().contains("every supplier") ? "every supplier" : String.join(", ", entry.places());
    }

    private static void add(Map<String, Entry> entries, Map<String, Rule> rules, String place) {
        rules.forEach((id, rule) ->
                entries.computeIfAbsent(id, any -> new Entry(rule.warning(), rule.message(), new TreeSet<>())).places().add(place));
    }
}
