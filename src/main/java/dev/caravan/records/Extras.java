package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds the members of a record that its mapping does not read: those that neither {@code sources} nor {@code ignored} names. */
public final class Extras {
    /** More are counted as one: a record is no place to keep another. */
    private static final int MOST = 100;

    private final Map<String, Extras> known = new HashMap<>();

    private Extras() {}

    /** @param ignored pointers of what is not read, and known */
    static Extras beyond(Sources sources, List<String> ignored) {
        var root = new Extras();
        sources.table().values().forEach(places -> places.forEach(root::add));
        ignored.forEach(root::add);
        return root;
    }

    private void add(String place) {
        var at = this;
        for (var name : place.substring(1).split("/")) at = at.known.computeIfAbsent(name, any -> new Extras());
    }

    /** What is there beyond what is read, by JSON Pointer, sorted; what is null or blank is not there. Null when there is nothing. */
    ObjectNode of(JsonNode record) {
        var found = new TreeMap<String, JsonNode>();
        collect(record, "", found);
        if (found.isEmpty()) return null;
        var extras = Json.object();
        found.forEach(extras::set);
        return extras;
    }

    private void collect(JsonNode value, String pointer, Map<String, JsonNode> found) {
        if (known.isEmpty()) return;
        if (value.isObject()) {
            for (var member : value.properties()) {
                var inside = known.get(member.getKey());
                if (inside != null) inside.collect(member.getValue(), pointer + "/" + member.getKey(), found);
                else note(pointer, member.getKey(), member.getValue(), found);
            }
        } else if (value.isArray() && known.containsKey("*")) {
            for (int i = 0; i < value.size(); i++) known.get("*").collect(value.get(i), pointer + "/" + i, found);
        }
    }

    /**
     * Notes a member that is not read, unless it is null, blank, or one too many.
     *
     * @param pointer to the object it stands in; empty for the record
     * @param found   by JSON Pointer
     */
    public static void note(String pointer, String name, JsonNode value, Map<String, JsonNode> found) {
        if (isTold(value) && found.size() < MOST)
            found.put(Shown.storable(pointer + "/" + RuleSchema.escaped(name)), storable(value));
    }

    private static boolean isTold(JsonNode value) {
        return !value.isNull() && !(value.isTextual() && value.textValue().isBlank());
    }

    /** Texts are cleaned; a large value is kept as its beginning. */
    private static JsonNode storable(JsonNode value) {
        return value.isNumber() || value.isBoolean() ? value : Shown.value(value);
    }
}
