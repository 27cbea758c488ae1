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
import java.util.TreeSet;

/** Camel's own JSON Schema of its YAML DSL, with advice where a name is wrong. */
final class DslSchema {
    /** Large: reading it takes longer than a check. */
    private static final class Once {
        private static final DslSchema SCHEMA = new DslSchema();
    }

    private final JsonNode document;
    private final JsonSchema schema;

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
        schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(document, config);
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

    private Problem problem(YamlFile file, String root, String pointer, ValidationMessage message) {
        if (message.getType().equals("additionalProperties")) {
            var name = message.getProperty();
            var known = new TreeSet<String>();
            document.at(pointer(message.getSchemaLocation().getFragment().getParent()))
                    .path("properties")
                    .fieldNames()
                    .forEachRemaining(known::add);
            return file.problem(
                    root + pointer + "/" + YamlFile.escaped(name),
                    "\"" + name + "\" is not known here: " + Names.advice(name, known));
        }
        if (message.getType().equals("required"))
            return file.problem(root + pointer, "\"" + message.getProperty() + "\" is missing: add it");
        if (message.getType().equals("maxProperties"))
            return file.problem(
                    root + pointer, "more than one thing in one list item: begin each step with its own \"- \"");
        var said = message.getMessage();
        int colon = said.indexOf(": ");
        return file.problem(
                root + pointer,
                (colon < 0 ? said : said.substring(colon + 2)) + ": see Camel's YAML DSL for what can stand there");
    }

    private static String pointer(JsonNodePath path) {
        var pointer = new StringBuilder();
        for (int i = 0; i < path.getNameCount(); i++)
            pointer.append('/').append(YamlFile.escaped(path.getElement(i).toString()));
        return pointer.toString();
    }
}
