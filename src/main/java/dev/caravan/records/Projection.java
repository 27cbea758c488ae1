package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/**
 * Which parts of a record are worth a tree. With {@code "x-keep": "described"} at its root, a record schema is also the list of what the
 * mapping reads: the rest is checked for being well-formed and passed over, which is most of a SHEIN record.
 */
public final class Projection {
    /** Keeps everything. */
    public static final Projection ALL = new Projection();

    private final Map<String, Projection> members = new HashMap<>();
    private Projection otherMembers;
    private Projection items;

    private Projection() {}

    /** @param schema a record schema */
    public static Projection of(JsonNode schema) {
        if (!schema.path("x-keep").asText().equals("described")) return ALL;
        var projection = new Projection();
        projection.add(schema, schema);
        return projection.simplified();
    }

    /** How much to keep of a member; null when it is passed over. */
    public Projection member(String name) {
        if (this == ALL) return ALL;
        var member = members.get(name);
        return member == null ? otherMembers : member;
    }

    /** How much to keep of an array's items. */
    public Projection item() {
        return this == ALL || items == null ? ALL : items;
    }

    private void add(JsonNode schema, JsonNode root) {
        if (schema.has("$ref")) add(root.at(schema.get("$ref").asText().substring(1)), root);
        for (var keyword : new String[] {"if", "then", "else"}) {
            if (schema.has(keyword)) add(schema.get(keyword), root);
        }
        schema.path("allOf").forEach(part -> add(part, root));
        schema.path("properties").properties().forEach(property -> members.computeIfAbsent(
                        property.getKey(), name -> new Projection())
                .add(property.getValue(), root));
        if (schema.path("additionalProperties").isObject()) {
            if (otherMembers == null) otherMembers = new Projection();
            otherMembers.add(schema.get("additionalProperties"), root);
        }
        if (schema.path("items").isObject()) {
            if (items == null) items = new Projection();
            items.add(schema.get("items"), root);
        }
    }

    /** What is described no further is kept whole. */
    private Projection simplified() {
        if (members.isEmpty() && otherMembers == null && items == null) return ALL;
        members.replaceAll((name, member) -> member.simplified());
        if (otherMembers != null) otherMembers = otherMembers.simplified();
        if (items != null) items = items.simplified();
        return this;
    }
}
