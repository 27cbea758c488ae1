package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.Values;
import dev.caravan.records.Variant;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** What the catalogue knows of products: that there are such, and how many there were when. */
public final class Listing {
    private final Map<String, List<Count>> byProduct = new HashMap<>();

    /** How many there were of a product. */
    private record Count(Instant asOf, long stock) {}

    /** The product is known. */
    public void learn(String product) {
        byProduct.computeIfAbsent(product, any -> new ArrayList<>());
    }

    /** There were so many of a product at that time. */
    public void learn(String product, Instant asOf, long stock) {
        learn(product);
        byProduct.get(product).add(new Count(asOf, stock));
    }

    /** What it knows of the products that these records name. */
    static Listing of(Handle db, Collection<Shaped> records) {
        var products = new HashSet<String>();
        for (var shaped : records) {
            var value =
                    shaped instanceof Shaped.Accepted accepted ? accepted.value() : ((Shaped.Rejected) shaped).value();
            if (value == null) continue;
            for (var item : value.path("items"))
                if (item.path("product").isTextual())
                    products.add(item.get("product").textValue());
        }
        var listing = new Listing();
        if (products.isEmpty()) return listing;
        db.createQuery("""
                select p.product_id, s.as_of, s.stock from orders.product p left join orders.listed_stock s using (product_id)
                where p.product_id = any(:products)""")
                .bindArray("products", String.class, products)
                .map((row, context) -> {
                    var asOf = row.getTimestamp(2);
                    if (asOf == null) listing.learn(row.getString(1));
                    else listing.learn(row.getString(1), asOf.toInstant(), row.getLong(3));
                    return listing;
                })
                .list();
        return listing;
    }

    /** How many there were at a time: what was said last before, or else what was said first; null when nothing was. */
    private Long stock(String product, Instant at) {
        return byProduct.getOrDefault(product, List.of()).stream()
                .min(Comparator.comparing((Count count) -> count.asOf().isAfter(at))
                        .thenComparing(
                                count -> Duration.between(count.asOf(), at).abs()))
                .map(Count::stock)
                .orElse(null);
    }

    /** What becomes of a record, now that the catalogue is looked at: rules it breaks are added to what is known of it. */
    Shaped judge(Shaped shaped, TransactionRules rules) {
        if (shaped instanceof Shaped.Accepted accepted) {
            var found = found(accepted.value(), accepted.source(), accepted.variant(), rules);
            var warnings = Stream.concat(
                            accepted.warnings().stream(), found.stream().filter(rules::warns))
                    .toList();
            var refusals = found.stream().filter(reason -> !rules.warns(reason)).toList();
            return refusals.isEmpty()
                    ? new Shaped.Accepted(
                            accepted.value(), accepted.source(), accepted.variant(), accepted.extras(), warnings)
                    : new Shaped.Rejected(
                            Stream.concat(refusals.stream(), warnings.stream()).toList(),
                            accepted.variant(),
                            accepted.value(),
                            accepted.source());
        }
        var rejected = (Shaped.Rejected) shaped;
        if (rejected.value() == null) return rejected;
        var found = found(rejected.value(), rejected.source(), rejected.variant(), rules);
        return new Shaped.Rejected(
                Stream.concat(rejected.reasons().stream(), found.stream()).toList(),
                rejected.variant(),
                rejected.value(),
                rejected.source());
    }

    /** What the catalogue says against what may be no sound transaction; nothing of what is none. */
    private List<Reason> found(ObjectNode transaction, JsonNode source, Variant variant, TransactionRules rules) {
        var found = new ArrayList<Reason>();
        if (!variant.catalogued()) return found;
        var at = transaction.path("occurredAt");
        bought(transaction.path("items")).forEach((product, bought) -> {
            var item = "/items/" + bought.position();
            if (!byProduct.containsKey(product))
                found.add(rules.reason(
                        TransactionRule.PRODUCT_UNKNOWN,
                        variant.pointerFor(item + "/product", source),
                        TextNode.valueOf(product)));
            var stock = Values.isInstant(at) ? stock(product, Instant.parse(at.textValue())) : null;
            if (stock != null && bought.quantity() > stock)
                found.add(rules.reason(
                        TransactionRule.QUANTITY_ABOVE_STOCK,
                        variant.pointerFor(item + "/quantity", source),
                        TextNode.valueOf(bought.quantity() + " of " + product)));
        });
        return found;
    }

    /**
     * How much of a product is bought.
     *
     * @param position of the first item that names it
     */
    private record Bought(int position, long quantity) {}

    private static Map<String, Bought> bought(JsonNode items) {
        var bought = new LinkedHashMap<String, Bought>();
        for (int i = 0; i < items.size(); i++) {
            var item = items.path(i);
            var product = item.path("product").textValue();
            if (product == null) continue;
            bought.merge(
                    product,
                    new Bought(i, item.path("quantity").asLong()),
                    (first, next) -> new Bought(first.position(), first.quantity() + next.quantity()));
        }
        return bought;
    }
}
