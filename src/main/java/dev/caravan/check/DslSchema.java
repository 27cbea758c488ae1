package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Camel's own JSON Schema of its YAML DSL, with advice where a name is wrong. */
final class DslSchema {
    /** Large: reading it takes longer than a check. */
    private static final class Once {
        private static final DslSchema SCHEMA = new DslSchema();
    }

    /** What people write, and what they mean. */
    private static final Map<String, String> INSTEAD = Map.of(
            "bean",
            "a bean that makes a value is written \"method:\", with ref: and method: below it; one that is a step begins with its own \"- \"",
            "steps",
            "only a route and what holds other steps, such as a split or a filter, has them: move what stands below one level up",
            "noErrorHandler",
            "write \"errorHandler:\", and \"noErrorHandler: {}\" below it");

    private static final Pattern TYPES = Pattern.compile("(\\w+) found, (\\w+) expected");
    private static final Set<String> SCALARS = Set.of("boolean", "integer", "number");
    private static final Map<String, String> ARTICLES = Map.of(
            "array",
            "a list",
            "object",
            "a group of \"name: value\" lines",
            "boolean",
            "true or false",
            "string",
            "a text",
            "integer",
            "a whole number",
            "number",
            "a number",
            "null",
            "empty");

    private final JsonNode document;
    private final JsonSchema schema;
    private final Set<String> languages = new TreeSet<>();

    static DslSchema get() {
        return Once.SCHEMA;
    }

    private DslSchema() {
        try (var in = DslSchema.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
            document = new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("no YAML schema in Camel", e);
        }
        var config = SchemaValidatorsConfig.builder()
                .pathType(PathType.JSON_POINTER)
                .locale(Locale.ENGLISH)
                .build();
        document.at("/items/definitions/org.apache.camel.model.language.ExpressionDefinition/properties")
                .fieldNames()
                .forEachRemaining(languages::add);
        schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(document, config);
    }

    /** The names of all languages an expression can be written in. */
    Set<String> languages() {
        return languages;
    }

    /** What does not fit in a file of routes. */
    List<Problem> problems(YamlFile file) {
        return problems(file, file.content(), "", "");
    }

    /**
     * What does not fit, at most one problem a place; where alternatives all fail, what was wrong deepest inside them.
     *
     * @param inside where in {@code content} the part of the file is that is looked at
     * @param root   where that part is in the file
     */
    List<Problem> problems(YamlFile file, JsonNode content, String inside, String root) {
        var messages = new ArrayList<>(schema.validate(content));
        messages.removeIf(message -> List.of("oneOf", "anyOf", "not", "allOf").contains(message.getType()));
        // Said of every language there is; whether there is an expression, and only one, is looked at elsewhere.
        messages.removeIf(message -> message.getType().equals("required") && languages.contains(message.getProperty()));
        messages.removeIf(message -> message.getType().equals("type") && isSetting(message));
        // The deepest first: what is said of the places above it follows from it.
        messages.sort(Comparator.<ValidationMessage>comparingInt(
                        message -> -message.getInstanceLocation().getNameCount())
                .thenComparingInt(message -> message.getType().equals("additionalProperties") ? 0 : 1));
        var told = new ArrayList<String>();
        var problems = new TreeSet<Problem>();
        for (var message : messages) {
            var pointer = pointer(message.getInstanceLocation());
            if (told.stream().anyMatch(deeper -> deeper.equals(pointer) || deeper.startsWith(pointer + "/"))) continue;
            told.add(pointer);
            problems.add(
                    problem(file, root, pointer.startsWith(inside) ? pointer.substring(inside.length()) : "", message));
        }
        return List.copyOf(problems);
    }

    /** Camel puts the setting's value in before it looks for a number or a truth; which settings there are is looked at elsewhere. */
    private static boolean isSetting(ValidationMessage message) {
        var types = TYPES.matcher(message.getMessage());
        return types.find()
                && SCALARS.contains(types.group(2))
                && message.getInstanceNode().asText().matches("\\{\\{[^{}]+}}");
    }

    private Problem problem(YamlFile file, String root, String pointer, ValidationMessage message) {
        if (message.getType().equals("additionalProperties")) {
            var name = message.getProperty();
            var known = new TreeSet<String>();
            document.at(pointer(message.getSchemaLocation().getFragment().getParent()))
                    .path("properties")
                    .fieldNames()
                    .forEachRemaining(known::add);
            var advice = INSTEAD.containsKey(name) ? INSTEAD.get(name) : Names.advice(name, known);
            return file.problem(
                    root + pointer + "/" + YamlFile.escaped(name), "\"" + name + "\" is not known here: " + advice);
        }
        if (message.getType().equals("required")) return missing(file, root + pointer, message.getProperty());
        if (message.getType().equals("maxProperties")) return crowded(file, root + pointer);
        if (message.getType().equals("type")) return mistyped(file, root + pointer, message.getMessage());
        var said = message.getMessage();
        int colon = said.indexOf(": ");
        return file.problem(
                root + pointer,
                (colon < 0 ? said : said.substring(colon + 2)) + ": see Camel's YAML DSL for what can stand there");
    }

    private static Problem missing(YamlFile file, String pointer, String name) {
        for (var there : (Iterable<String>) () -> file.content().at(pointer).fieldNames()) {
            if (Names.distance(there, name) <= 2)
                return file.problem(
                        pointer + "/" + YamlFile.escaped(there),
                        "\"" + there + "\" is not known here: did you mean \"" + name + "\"?");
        }
        var beside = pointer.substring(0, pointer.lastIndexOf('/')) + "/" + name;
        return pointer.endsWith("/from") && !file.content().at(beside).isMissingNode()
                ? file.problem(beside, "\"" + name + "\" stands beside from: indent it, it belongs into from")
                : file.problem(pointer, "\"" + name + "\" is missing: add it");
    }

    /** A list item with two names: either the second is a step without its dash, or the first has lost what belongs to it. */
    private static Problem crowded(YamlFile file, String pointer) {
        var names = new ArrayList<String>();
        file.content().at(pointer).fieldNames().forEachRemaining(names::add);
        var first = pointer + "/" + YamlFile.escaped(names.get(0));
        return file.content().at(first).isNull()
                ? file.problem(
                        first,
                        "nothing belongs to \"" + names.get(0) + "\": indent what follows below it, or begin \""
                                + names.get(1) + "\" with its own \"- \"")
                : file.problem(
                        pointer + "/" + YamlFile.escaped(names.get(1)),
                        "\"" + names.get(1)
                                + "\" is a second thing in one list item: begin each step with its own \"- \"");
    }

    private static Problem mistyped(YamlFile file, String pointer, String said) {
        var name = pointer.substring(pointer.lastIndexOf('/') + 1);
        var types = TYPES.matcher(said);
        if (!types.find()) return file.problem(pointer, "\"" + name + "\": " + said);
        var found = types.group(1);
        var expected = types.group(2);
        var advice =
                switch (expected) {
                    case "array" -> "begin each of its items with \"- \"";
                    case "boolean" -> "write true or false";
                    case "object" ->
                        found.equals("null")
                                ? "indent what belongs to it, or take it out"
                                : "an expression has its language as its name, such as simple: or constant:";
                    default -> "write it on the same line, in quotes when it is a text";
                };
        return file.problem(
                pointer,
                (name.matches("\\d*") ? "this" : "\"" + name + "\"") + " is " + ARTICLES.getOrDefault(found, found)
                        + " and has to be " + ARTICLES.getOrDefault(expected, expected) + ": " + advice);
    }

    private static String pointer(JsonNodePath path) {
        var pointer = new StringBuilder();
        for (int i = 0; i < path.getNameCount(); i++)
            pointer.append('/').append(YamlFile.escaped(path.getElement(i).toString()));
        return pointer.toString();
    }
}
