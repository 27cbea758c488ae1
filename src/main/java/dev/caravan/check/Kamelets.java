package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The Kamelets: what each declares, and whether it keeps to it. */
final class Kamelets {
    static final String SUFFIX = ".kamelet.yaml";

    /** A parameter of the call itself, whatever the Kamelet. */
    private static final String OF_CAMEL = "noErrorHandler";

    private static final String PROPERTIES = "/spec/definition/properties";

    /** What a Kamelet is made of: the names that may stand below each of its parts. */
    private static final Map<String, Set<String>> PARTS = Map.of(
            "",
            Set.of("apiVersion", "kind", "metadata", "spec"),
            "/metadata",
            Set.of("name", "labels", "annotations"),
            "/metadata/labels",
            Set.of("camel.apache.org/kamelet.type"),
            "/spec",
            Set.of("definition", "types", "dependencies", "template"),
            "/spec/definition",
            Set.of("title", "description", "required", "type", "properties"),
            "/spec/template",
            Set.of("beans", "from"));

    private static final Set<String> OF_A_PROPERTY = Set.of(
            "title", "description", "type", "format", "default", "enum", "example", "pattern", "minimum", "maximum");

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
        PARTS.forEach((part, names) -> unknown(file, part, names, problems));
        for (var needed : List.of("title", "description", "type")) {
            if (!kamelet.at("/spec/definition").has(needed))
                problems.add(file.problem("/spec/definition", "the Kamelet has no " + needed + ": add one"));
        }
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
        var undeclared = new TreeSet<String>();
        var used = new TreeSet<String>();
        for (var text : file.texts()) {
            if (!text.getKey().startsWith("/spec/template")) continue;
            for (var placeholder : Placeholders.in(text.getValue())) {
                used.add(placeholder);
                if (!declared.contains(placeholder)) {
                    undeclared.add(placeholder);
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
                                + "}} in the template, or " + Names.advice(property, undeclared)));
            unknown(file, at, OF_A_PROPERTY, problems);
            var kind = kamelet.at(at).path("type").asText();
            var standard = kamelet.at(at).path("default").asText();
            if (kind.equals("integer") && !standard.matches("-?\\d*"))
                problems.add(file.problem(
                        at + "/default", "the default \"" + standard + "\" is no integer: write a whole number"));
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
        for (var property : undeclared) {
            problems.add(file.problem(
                    PROPERTIES, "property \"" + property + "\" is used below and not declared: declare it here"));
        }
        for (var property : required(file)) {
            if (!declared.contains(property))
                problems.add(file.problem(
                        "/spec/definition/required",
                        "\"" + property + "\" is required and not declared: " + Names.advice(property, declared)));
        }
        return problems;
    }

    private static void unknown(YamlFile file, String part, Set<String> known, List<Problem> problems) {
        file.content().at(part).fieldNames().forEachRemaining(name -> {
            if (!known.contains(name))
                problems.add(file.problem(
                        part + "/" + YamlFile.escaped(name),
                        "\"" + name + "\" is not known here: " + Names.advice(name, known)));
        });
    }

    /** Whether a property of a Kamelet is a secret. */
    boolean isSecret(String kamelet, String property) {
        var file = byName.get(kamelet);
        return file != null
                && file.content()
                        .at(PROPERTIES + "/" + YamlFile.escaped(property))
                        .path("format")
                        .asText()
                        .equals("password");
    }

    /** What is wrong with a use of a Kamelet. */
    List<Problem> use(YamlFile file, String pointer, String name, JsonNode parameters) {
        var kamelet = byName.get(name);
        if (kamelet == null)
            return List.of(file.problem(
                    pointer + "/name", "there is no Kamelet \"" + name + "\": " + Names.advice(name, byName.keySet())));
        var problems = new ArrayList<Problem>();
        var declared = declared(kamelet);
        for (var property : required(kamelet)) {
            if (!parameters.has(property))
                problems.add(file.problem(
                        pointer + "/parameters",
                        "Kamelet " + name + " needs \"" + property + "\": add it to the parameters"));
        }
        if (!parameters.path(OF_CAMEL).asBoolean())
            problems.add(
                    file.problem(
                            pointer + "/parameters" + (parameters.has(OF_CAMEL) ? "/" + OF_CAMEL : ""),
                            "Kamelet " + name
                                    + " would handle its failures itself, unseen by this route: add noErrorHandler: true to the parameters"));
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
