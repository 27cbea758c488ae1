package dev.caravan.records;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where in a source record the parts of what a mapping makes of it come from, as the YAML file beside the mapping tells it under
 * {@code sources}: our pointer to one or several source pointers, with {@code *} for an index that is the same on both sides. It says where
 * a missing thing would have been, which no mapping can.
 */
public final class Sources {
    private final Map<String, List<String>> table;

    public Sources(Map<String, List<String>> table) {
        this.table = new LinkedHashMap<>(table);
    }

    /** Source pointers by ours; the first of several is the usual one. */
    public Map<String, List<String>> table() {
        return table;
    }

    /**
     * Where the part came from, or should have: the pointer leads to what is there, or to the first member that is missing. Of several
     * places, the first at which something stands. Empty when the table does not know.
     */
    public String pointerFor(String pointer, JsonNode source) {
        for (var at = pointer; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            for (var entry : table.entrySet()) {
                var indexes = indexes(entry.getKey(), at);
                if (indexes == null) continue;
                var places = entry.getValue().stream()
                        .map(place -> filledIn(place, indexes))
                        .toList();
                return upToFirstMissing(
                        places.stream()
                                .filter(place -> !source.at(place).isMissingNode())
                                .findFirst()
                                .orElse(places.get(0)),
                        source);
            }
        }
        return "";
    }

    /** What stands for each {@code *}; null when the pattern is another one. */
    private static List<String> indexes(String pattern, String pointer) {
        var wanted = pattern.split("/");
        var segments = pointer.split("/");
        if (wanted.length != segments.length) return null;
        var indexes = new java.util.ArrayList<String>();
        for (int i = 1; i < wanted.length; i++) {
            if (wanted[i].equals("*")) indexes.add(segments[i]);
            else if (!wanted[i].equals(segments[i])) return null;
        }
        return indexes;
    }

    private static String filledIn(String place, List<String> indexes) {
        for (var index : indexes) place = place.replaceFirst("\\*", index);
        return place;
    }

    private static String upToFirstMissing(String pointer, JsonNode source) {
        var reached = new StringBuilder();
        var node = source;
        for (var at = JsonPointer.compile(pointer);
                !at.matches() && !node.isMissingNode() && !node.isNull();
                at = at.tail()) {
            reached.append('/').append(RuleSchema.escaped(at.getMatchingProperty()));
            node = at.mayMatchElement() && node.isArray()
                    ? node.path(at.getMatchingIndex())
                    : node.path(at.getMatchingProperty());
        }
        return reached.toString();
    }
}
