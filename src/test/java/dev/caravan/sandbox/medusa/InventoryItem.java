package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/** What lies in stock, with its levels by location. Once saved in the table it is not changed any more. */
final class InventoryItem {
    final ObjectNode columns;
    final Map<String, Level> levels = new LinkedHashMap<>();

    InventoryItem(ObjectNode columns) {
        this.columns = columns;
    }

    /** How much of the item a location has. */
    record Level(
            String id, String locationId, BigDecimal stocked, BigDecimal reserved, String createdAt, String updatedAt) {
        BigDecimal available() {
            return stocked.subtract(reserved);
        }
    }

    String id() {
        return columns.get("id").textValue();
    }

    String sku() {
        var sku = columns.get("sku");
        return sku == null || sku.isNull() ? null : sku.textValue();
    }

    boolean reserved() {
        return levels.values().stream().anyMatch(level -> level.reserved().signum() > 0);
    }

    /** A copy with the location's level set, or with none there when {@code level} is null. */
    InventoryItem with(String locationId, Level level) {
        var copy = new InventoryItem(columns.deepCopy());
        copy.levels.putAll(levels);
        if (level == null) copy.levels.remove(locationId);
        else copy.levels.put(locationId, level);
        return copy;
    }
}
