package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * What a reply is to contain: the {@code fields} parameter as a tree. Plain names replace the route's defaults; {@code +name},
 * {@code *relation} and {@code -name} only change them. A name that an entity does not have is ignored.
 */
final class Fields {
    private static final String EVERYTHING = "*";

    private final Map<String, Fields> children = new LinkedHashMap<>();
    private final Set<String> dropped = new HashSet<>();

    private Fields() {}

    /** @param defaults what the route replies unasked, in the same notation */
    static Fields of(String asked, String defaults) {
        var paths = new ArrayList<String>();
        var removed = new ArrayList<String>();
        var names = asked == null
                ? List.<String>of()
                : Arrays.stream(asked.split(",")).filter(n -> !n.isBlank()).toList();
        if (names.stream().allMatch(Fields::modifies)) paths.addAll(List.of(defaults.split(",")));
        for (var name : names) {
            if (name.startsWith("-")) removed.add(name.substring(1));
            else paths.add(name.startsWith("+") ? name.substring(1) : name.strip());
        }
        var tree = new Fields();
        paths.forEach(tree::add);
        removed.forEach(tree::drop);
        return tree;
    }

    /** Whether the entity's own column is wanted; its id always is. */
    boolean has(String column) {
        var wanted = children.containsKey(column) || children.containsKey(EVERYTHING) && !dropped.contains(column);
        return wanted || column.equals("id");
    }

    /** Whether the relation is wanted. Unlike columns, no relation comes along with {@code *}. */
    boolean follows(String relation) {
        return children.containsKey(relation);
    }

    <T> void one(ObjectNode into, String relation, T row, BiFunction<T, Fields, ObjectNode> view) {
        if (follows(relation))
            into.set(relation, row == null ? JsonNodeFactory.instance.nullNode() : view.apply(row, inside(relation)));
    }

    <T> void many(ObjectNode into, String relation, Collection<T> rows, BiFunction<T, Fields, ObjectNode> view) {
        if (!follows(relation)) return;
        var inside = inside(relation);
        var array = into.putArray(relation);
        rows.forEach(row -> array.add(row == null ? null : view.apply(row, inside)));
    }

    /** The wanted part of a whole entity; objects and arrays in it count as relations, but for metadata and price rules. */
    ObjectNode project(ObjectNode whole) {
        var part = JsonNodeFactory.instance.objectNode();
        whole.properties().forEach(field -> {
            var name = field.getKey();
            if (!isRelation(name, field.getValue())) {
                if (has(name)) part.set(name, field.getValue());
            } else if (follows(name)) {
                part.set(name, projectRelation(field.getValue(), inside(name)));
            }
        });
        return part;
    }

    private static JsonNode projectRelation(JsonNode value, Fields inside) {
        if (value instanceof ObjectNode object) return inside.project(object);
        var array = JsonNodeFactory.instance.arrayNode();
        ((ArrayNode) value).forEach(item -> array.add(inside.project((ObjectNode) item)));
        return array;
    }

    private static boolean isRelation(String name, JsonNode value) {
        return (value.isObject() || value.isArray()) && !name.equals("metadata") && !name.equals("rules");
    }

    /** A relation named without saying which of its columns gives all of them. */
    Fields inside(String relation) {
        var inside = children.get(relation);
        if (inside.children.isEmpty()) inside.children.put(EVERYTHING, new Fields());
        return inside;
    }

    private static boolean modifies(String name) {
        return "+-* ".indexOf(name.charAt(0)) >= 0 || name.endsWith(".*");
    }

    private void add(String path) {
        var node = this;
        for (var name : (path.startsWith("*") && path.length() > 1 ? path.substring(1) + ".*" : path).split("\\.")) {
            node = node.children.computeIfAbsent(name, n -> new Fields());
        }
    }

    private void drop(String path) {
        var names = path.split("\\.");
        var node = this;
        for (int i = 0; i < names.length - 1 && node != null; i++) node = node.children.get(names[i]);
        if (node == null) return;
        node.children.remove(names[names.length - 1]);
        node.dropped.add(names[names.length - 1]);
    }
}
