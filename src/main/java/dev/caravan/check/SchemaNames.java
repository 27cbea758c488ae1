package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The names in a JSON Schema. One that is misspelt forbids nothing, and nobody notices. */
final class SchemaNames {
    private static final Set<String> NAMED_SCHEMAS =
            Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");
    private static final Set<String> LISTED_SCHEMAS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> SCHEMAS = Set.of(
            "items",
            "additionalProperties",
            "unevaluatedProperties",
            "unevaluatedItems",
            "propertyNames",
            "contains",
            "not",
            "if",
            "then",
            "else");
    private static final Set<String> KNOWN = known(
            "$schema $id $ref $comment $anchor title description default examples deprecated readOnly type enum const",
            "format pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf required",
            "minItems maxItems uniqueItems minContains maxContains minProperties maxProperties dependentRequired",
            "x-rule x-message x-level x-missing x-keep x-unique");

    private SchemaNames() {}

    private static Set<String> known(String... lines) {
        var known = new TreeSet<String>();
        for (var line : lines) known.addAll(List.of(line.split(" ")));
        known.addAll(NAMED_SCHEMAS);
        known.addAll(LISTED_SCHEMAS);
        known.addAll(SCHEMAS);
        return known;
    }

    static List<Problem> problems(YamlFile file) {
        var problems = new ArrayList<Problem>();
        walk(file, "", file.content(), problems);
        return problems;
    }

    private static void walk(YamlFile file, String pointer, JsonNode schema, List<Problem> problems) {
        schema.properties().forEach(member -> {
            var name = member.getKey();
            var at = pointer + "/" + YamlFile.escaped(name);
            if (!KNOWN.contains(name))
                problems.add(file.problem(
                        at,
                        "\"" + name + "\" means nothing in a schema, so it forbids nothing: "
                                + Names.advice(name, KNOWN)));
            else if (SCHEMAS.contains(name)) walk(file, at, member.getValue(), problems);
            else if (NAMED_SCHEMAS.contains(name))
                member.getValue()
                        .properties()
                        .forEach(
                                one -> walk(file, at + "/" + YamlFile.escaped(one.getKey()), one.getValue(), problems));
            else if (LISTED_SCHEMAS.contains(name))
                for (int i = 0; i < member.getValue().size(); i++)
                    walk(file, at + "/" + i, member.getValue().get(i), problems);
        });
    }
}
