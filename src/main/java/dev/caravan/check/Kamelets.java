package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The Kamelets: what each declares, and whether it keeps to it. */
final class Kamelets {
    static final String SUFFIX = ".kamelet.yaml";

    /** A parameter of the call itself, whatever the Kamelet. */
    private static final String OF_CAMEL = "noErrorHandler";

    private static final String PROPERTIES = "/spec/definition/properties";

    private final Map<String, YamlFile> byName = new TreeMap<>();

    void add(YamlFile file) {
        byName.put(name(file), file);
    }

    private static String name(YamlFile file) {
        return file.path().substring(file.path().lastIndexOf('/') + 1).replace(SUFFIX, "");
    }

    Collection<YamlFile> files() {
        return byName.values();
    }

    /** What is wrong with the Kamelets themselves. */
    List<Problem> problems(DslSchema schema) {
        var problems = new ArrayList<Problem>();
        byName.forEach((name, file) -> problems.addAll(problems(schema, name, file)));
        return problems;
    }

    private static List<Problem> problems(DslSchema schema, String name, YamlFile file) {
        var problems = new ArrayList<Problem>();
        var kamelet = file.content();
        var stated = kamelet.at("/metadata/name").asText();
        if (!stated.equals(name))
            problems.add(file.problem(
                    "/metadata/name",
                    "the name is \"" + stated + "\", the file's is \"" + name + "\": make them the same"));
        var type = kamelet.at("/metadata/labels")
                .path("camel.apache.org/kamelet.type")
                .asText();
        if (!type.matches("source|sink|action") || !name.endsWith("-" + type)) {
            problems.add(file.problem(
                    "/metadata/labels",
                    "the type is \"" + type + "\": write source, sink or action, as the name ends"));
        }
        var template = kamelet.at("/spec/template");
        if (!template.has("from")) {
            problems.add(file.problem(
                    "/spec/template",
                    "there is no template.from: write what it begins with, such as uri: kamelet:source"));
            return problems;
        }
        problems.addAll(schema.problems(
                file, Json.array().add(Json.object().set("from", template.get("from"))), "/0", "/spec/template"));
        var declared = declared(file);
        var used = new TreeSet<String>();
        for (var text : file.texts()) {
            if (!text.getKey().startsWith("/spec/template")) continue;
            for (var placeholder : Placeholders.in(text.getValue())) {
                used.add(placeholder);
                if (!declared.contains(placeholder)) {
                    problems.add(file.problem(
                            text.getKey(),
                            "{{" + placeholder
                                    + "}} is used and not declared: add it to spec.definition.properties, or "
                                    + Names.advice(placeholder, declared)));
                }
            }
        }
        for (var property : declared) {
            var at = PROPERTIES + "/" + YamlFile.escaped(property);
            if (!used.contains(property))
                problems.add(file.problem(
                        at,
                        "property \"" + property + "\" is declared and not used: use {{" + property
                                + "}} in the template, or take it out"));
            for (var needed : List.of("title", "description", "type")) {
                if (!kamelet.at(at).has(needed))
                    problems.add(file.problem(at, "property \"" + property + "\" has no " + needed + ": add one"));
            }
            if (!kamelet.at(at).has("default") && !required(file).contains(property)) {
                problems.add(file.problem(
                        at,
                        "property \"" + property
                                + "\" has neither a default nor a place in required: give it one of them"));
            }
        }
        for (var property : required(file)) {
            if (!declared.contains(property))
                problems.add(file.problem(
                        "/spec/definition/required",
                        "\"" + property + "\" is required and not declared: " + Names.advice(property, declared)));
        }
        return problems;
    }

    /** What is wrong with a use of a Kamelet. */
    List<Problem> use(YamlFile file, String pointer, String name, JsonNode parameters) {
        var kamelet = byName.get(name);
        if (kamelet == null)
            return List.of(file.problem(
                    pointer, "there is no Kamelet \"" + name + "\": " + Names.advice(name, byName.keySet())));
        var problems = new ArrayList<Problem>();
        var declared = declared(kamelet);
        for (var property : required(kamelet)) {
            if (!parameters.has(property))
                problems.add(file.problem(
                        pointer, "Kamelet " + name + " needs \"" + property + "\": add it to the parameters"));
        }
        parameters.fieldNames().forEachRemaining(given -> {
            if (!declared.contains(given) && !given.equals(OF_CAMEL)) {
                problems.add(file.problem(
                        pointer + "/parameters/" + YamlFile.escaped(given),
                        "Kamelet " + name + " has no property \"" + given + "\": " + Names.advice(given, declared)));
            }
        });
        return problems;
    }

    private static TreeSet<String> declared(YamlFile file) {
        var names = new TreeSet<String>();
        file.content().at(PROPERTIES).fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static TreeSet<String> required(YamlFile file) {
        var names = new TreeSet<String>();
        file.content().at("/spec/definition/required").forEach(name -> names.add(name.asText()));
        return names;
    }
}
