package dev.caravan.products;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where in a supplier's record the parts of a product come from, as {@code supplier.yaml} tells it under {@code sources}: product pointer
 * to source pointer, with {@code *} for an index that is the same on both sides. It says where a missing thing would have been, which no
 * mapping can.
 */
final class Sources {
    private final Map<String, String> table;

    Sources(Map<String, String> table) {
        this.table = new LinkedHashMap<>(table);
    }

    Map<String, String> table() {
        return table;
    }

    /**
     * Where the part of the product came from, or should have: the pointer leads to what is there, or to the first member that is
     * missing. Empty when the table does not know.
     */
    String pointerFor(String productPointer, JsonNode source) {
        for (var at = productPointer; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            var found = match(at);
            if (found != null) return upToFirstMissing(found, source);
        }
        return "";
    }

    private String match(String pointer) {
        var segments = pointer.split("/");
        next:
        for (var entry : table.entrySet()) {
            var pattern = entry.getKey().split("/");
            if (pattern.length != segments.length) continue;
            var found = entry.getValue();
            for (int i = 1; i < pattern.length; i++) {
                if (pattern[i].equals("*")) {
                    found = found.replaceFirst("\\*", segments[i]);
                } else if (!pattern[i].equals(segments[i])) {
                    continue next;
                }
            }
            return found;
        }
        return null;
    }

    private static String upToFirstMissing(String pointer, JsonNode source) {
        var reached = new StringBuilder();
        var node = source;
        for (var at = JsonPointer.compile(pointer);
                !at.matches() && !node.isMissingNode() && !node.isNull();
                at = at.tail()) {
            reached.append('/')
                    .append(at.getMatchingProperty().replace("~", "~0").replace("/", "~1"));
            node = at.mayMatchElement() && node.isArray()
                    ? node.path(at.getMatchingIndex())
                    : node.path(at.getMatchingProperty());
        }
        return reached.toString();
    }
}
