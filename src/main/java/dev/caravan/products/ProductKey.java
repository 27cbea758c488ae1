package dev.caravan.products;

import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Who a product is, in every system: its supplier and the supplier's id for it. Never a name, because names change.
 *
 * @param supplier the inbox prefix, lower-case letters, digits and hyphens
 * @param id       the supplier's own id, never blank
 */
public record ProductKey(String supplier, String id) implements Comparable<ProductKey> {
    public ProductKey {
        if (supplier.isBlank() || id.isBlank())
            throw new IllegalArgumentException("product key with a blank part: \"" + supplier + "\", \"" + id + "\"");
    }

    /**
     * {@code <supplier>-<id>}, safe as a Pimcore key and as a Medusa handle. An id with characters that are not safe in both (a hyphen
     * too: {@code shein} + {@code us-1} and {@code shein-us} + {@code 1} must stay two) gets them replaced and a short hash appended.
     */
    public String handle() {
        return handle(supplier, id);
    }

    /** The handle of anything else the supplier has an id for, such as a category. */
    public static String handle(String supplier, String id) {
        if (id.matches("[a-z0-9_]+")) return supplier + "-" + id;
        var safe = id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]+", "-");
        if (safe.length() > 80) safe = safe.substring(0, 80);
        safe = safe.replaceAll("^-|-$", "");
        return supplier + (safe.isEmpty() ? "" : "-" + safe) + "-"
                + Json.sha256(id.getBytes(StandardCharsets.UTF_8)).substring(0, 8);
    }

    @Override
    public int compareTo(ProductKey other) {
        int bySupplier = supplier.compareTo(other.supplier);
        return bySupplier != 0 ? bySupplier : id.compareTo(other.id);
    }

    @Override
    public String toString() {
        return supplier + "/" + id;
    }
}
