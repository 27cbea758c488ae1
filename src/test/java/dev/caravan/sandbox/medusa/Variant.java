package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is sold: one combination of option values with its SKU, prices and the inventory items it takes. */
final class Variant {
    final ObjectNode columns;
    /** Option id to value id. */
    Map<String, String> options = new LinkedHashMap<>();

    List<Price> prices = new ArrayList<>();
    List<Link> links = new ArrayList<>();

    Variant(ObjectNode columns) {
        this.columns = columns;
    }

    /** That the variant takes so many of an inventory item when sold once. */
    record Link(String id, String itemId, int required, String createdAt) {}

    String id() {
        return columns.get("id").textValue();
    }

    String text(String column) {
        var value = columns.get(column);
        return value == null || value.isNull() ? null : value.textValue();
    }

    boolean flag(String column) {
        return Columns.VARIANT.value(columns, column).booleanValue();
    }

    boolean takes(String itemId) {
        return links.stream().anyMatch(link -> link.itemId().equals(itemId));
    }

    Variant copy() {
        var copy = new Variant(columns.deepCopy());
        copy.options = new LinkedHashMap<>(options);
        copy.prices = new ArrayList<>(prices);
        copy.links = new ArrayList<>(links);
        return copy;
    }
}
