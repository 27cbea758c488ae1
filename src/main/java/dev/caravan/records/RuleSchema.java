package dev.caravan.records;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A JSON Schema (2020-12) whose constraints carry the rules they stand for. Beside a constraint:
 *
 * <ul>
 *   <li>{@code x-rule}: the rule's id; {@code x-message}: what is wrong, in a sentence; {@code x-level}: {@code warning} when that does
 *       not keep the record from being accepted
 *   <li>{@code x-missing}: the rule for the member being absent or null, as {@code {"rule", "message", "level"}}; without it, that of
 *       {@code x-rule} on the member
 *   <li>{@code x-unique}: see {@link UniqueKeyword}
 *   <li>{@code x-keep}: see {@link Projection}
 * </ul>
 *
 * Two constraints with different rules on one value are two members of {@code allOf}.
 */
public final class RuleSchema {
    private static final List<String> ANNOTATIONS = List.of("x-rule", "x-message", "x-level", "x-missing", "x-keep");
    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .pathType(PathType.JSON_POINTER)
            .locale(Locale.ENGLISH)
            .build();
    private static final JsonSchemaFactory FACTORY = factory();

    /**
     * A constraint that does not hold.
     *
     * @param pointer to the value, or to where it is missing
     * @param value   what stands there, null when nothing does
     */
    public record Violation(String pointer, Rule rule, String message, JsonNode value) {
        /** As it is told to people. */
        public Reason reason() {
            return new Reason(pointer, rule.id(), message, Shown.value(value));
        }
    }

    /**
     * A constraint about one place that only warns.
     *
     * @param missing the member it wants to be there, null when it wants something else
     */
    private record Warning(JsonPointer pointer, String missing, Acceptance holds, Rule rule) {}

    private final String file;
    private final JsonNode document;
    private final JsonSchema schema;
    private final CoreRule unnamed;
    private final Acceptance acceptance;
    private final List<Warning> warnings = new ArrayList<>();

    private RuleSchema(String file, JsonNode document, JsonSchema schema, CoreRule unnamed) {
        this.file = file;
        this.document = document;
        this.schema = schema;
        this.unnamed = unnamed;
        var strict = document.deepCopy();
        takeOutWarnings(strict, "");
        this.acceptance = Acceptance.of(strict);
    }

    /**
     * Takes constraints that only warn out of a schema and keeps them aside: those that stand alone in an {@code allOf} and are about one
     * place. Products without a brand or a size are many, and need no full validation for that.
     */
    private void takeOutWarnings(JsonNode schema, String pointer) {
        schema.path("properties")
                .properties()
                .forEach(property -> takeOutWarnings(property.getValue(), pointer + "/" + escaped(property.getKey())));
        for (var parts = schema.path("allOf").elements(); parts.hasNext(); ) {
            var part = parts.next();
            if (!part.path("x-level").asText().equals("warning") || !Acceptance.Compiler.isExact(part)) continue;
            if (part.path("required").size() > 1) continue;
            var missing = part.has("required") ? part.at("/required/0").asText() : null;
            warnings.add(new Warning(JsonPointer.compile(pointer), missing, Acceptance.of(part), rule(part, false)));
            parts.remove();
        }
    }

    /**
     * @param file    for messages
     * @param unnamed the rule of constraints that name none
     * @throws BadSettings when it is no JSON, no schema, or an annotation is wrong
     */
    public static RuleSchema of(String file, byte[] bytes, CoreRule unnamed) {
        JsonNode document;
        try {
            document = Json.read(bytes);
        } catch (BadMessage e) {
            throw new BadSettings(file + ": " + e.getMessage() + ": a schema is one JSON object, without comments");
        }
        var meta = FACTORY.getSchema(SchemaLocation.of(SpecVersion.VersionFlag.V202012.getId()), CONFIG);
        for (var problem : meta.validate(document)) {
            throw wrong(
                    file,
                    bytes,
                    pointer(problem.getInstanceLocation()),
                    problem.getMessage(),
                    "see json-schema.org/draft/2020-12");
        }
        checkAnnotations(file, bytes, "", document);
        try {
            var schema = FACTORY.getSchema(document, CONFIG);
            schema.initializeValidators();
            return new RuleSchema(file, document, schema, unnamed);
        } catch (JsonSchemaException | IllegalArgumentException e) {
            throw new BadSettings(file + ":1: " + e.getMessage() + ": look for a wrong $ref or regular expression");
        }
    }

    /** The schema as it stands in its file. */
    public JsonNode document() {
        return document;
    }

    /** The file it stands in, below {@code routes/}. */
    public String file() {
        return file;
    }

    /** What does not hold, in the order of the value's members; empty when all does. Never throws. */
    public List<Violation> violations(JsonNode checked) {
        if (!acceptance.accepts(checked)) return fullyChecked(checked);
        var violations = new ArrayList<Violation>();
        for (var warning : warnings) {
            var found = checked.at(warning.pointer());
            if (found.isMissingNode() || warning.holds().accepts(found)) continue;
            var value = warning.missing() == null ? found : null;
            var at = warning.pointer() + (warning.missing() == null ? "" : "/" + escaped(warning.missing()));
            violations.add(new Violation(
                    at, warning.rule(), Shown.storable(warning.rule().messageFor(value)), value));
        }
        return violations;
    }

    /** As {@link #violations}, without asking for the quick answer first. */
    public List<Violation> fullyChecked(JsonNode value) {
        var messages = schema.validate(value);
        var violations = new ArrayList<Violation>();
        for (var message : messages) {
            var violation = violation(message);
            if (!violations.contains(violation)) violations.add(violation);
        }
        return violations;
    }

    /** The rules this schema states, by id. */
    public Map<String, Rule> rules() {
        var rules = new TreeMap<String, Rule>();
        collect(document, rules);
        return rules;
    }

    private Violation violation(ValidationMessage message) {
        var pointer = pointer(message.getInstanceLocation());
        var value = message.getInstanceNode();
        var location = message.getSchemaLocation().getFragment();
        var constraint = document.at(pointer(location.getParent()));
        if (message.getType().equals("required")) {
            var name = message.getProperty();
            var member = constraint.path("properties").path(name);
            var rule = rule(member.has("x-missing") || member.has("x-rule") ? member : constraint, true);
            return violation(pointer + "/" + escaped(name), rule, message, null);
        }
        boolean missing = value != null && value.isNull();
        return violation(pointer, rule(constraint, missing), message, value);
    }

    private Violation violation(String pointer, Rule rule, ValidationMessage message, JsonNode value) {
        if (rule == null) {
            var constraint = message.getMessage();
            int colon = constraint.indexOf(": ");
            rule = new Rule(
                    unnamed.id(), colon < 0 ? constraint : constraint.substring(colon + 2), unnamed.isWarning());
        }
        return new Violation(Shown.storable(pointer), rule, Shown.storable(rule.messageFor(value)), value);
    }

    private static Rule rule(JsonNode constraint, boolean missing) {
        var stated = missing && constraint.has("x-missing") ? constraint.get("x-missing") : null;
        if (stated != null)
            return new Rule(
                    stated.get("rule").asText(),
                    stated.get("message").asText(),
                    stated.path("level").asText().equals("warning"));
        if (!constraint.has("x-rule")) return null;
        return new Rule(
                constraint.get("x-rule").asText(),
                constraint.get("x-message").asText(),
                constraint.path("x-level").asText().equals("warning"));
    }

    private static void collect(JsonNode schema, Map<String, Rule> rules) {
        for (boolean missing : new boolean[] {false, true}) {
            var rule = schema.isObject() ? rule(schema, missing) : null;
            if (rule != null) rules.putIfAbsent(rule.id(), rule);
        }
        schema.forEach(part -> collect(part, rules));
    }

    private static void checkAnnotations(String file, byte[] bytes, String pointer, JsonNode schema) {
        for (var member : schema.properties()) {
            var name = member.getKey();
            var value = member.getValue();
            var at = pointer + "/" + escaped(name);
            if (name.startsWith("x-") && !ANNOTATIONS.contains(name) && !name.equals(UniqueKeyword.NAME)) {
                throw wrong(
                        file,
                        bytes,
                        at,
                        "unknown annotation " + name,
                        "known are " + String.join(", ", ANNOTATIONS) + ", " + UniqueKeyword.NAME);
            }
            var level = name.equals("x-level") ? value : name.equals("x-missing") ? value.path("level") : null;
            if (level != null && !level.isMissingNode() && !level.asText().matches("warning|reject")) {
                throw wrong(
                        file,
                        bytes,
                        at,
                        "level " + level + " is unknown",
                        "write \"warning\", or \"reject\" or nothing");
            }
            var id = name.equals("x-rule") ? value : name.equals("x-missing") ? value.path("rule") : null;
            if (id != null && !id.asText().matches("[a-z][a-z0-9-]*")) {
                throw wrong(
                        file,
                        bytes,
                        at,
                        "rule id " + id + " is not one",
                        "use lower-case letters, digits and hyphens, such as price-missing");
            }
            var message = name.equals("x-rule")
                    ? schema.path("x-message")
                    : name.equals("x-missing") ? value.path("message") : null;
            if (message != null && !message.isTextual()) {
                throw wrong(
                        file,
                        bytes,
                        at,
                        "a rule without a message",
                        "say in a sentence what is wrong, with {value} where the value goes");
            }
            if (name.equals(UniqueKeyword.NAME) && !isPointer(value)) {
                throw wrong(
                        file,
                        bytes,
                        at,
                        value + " is no JSON Pointer",
                        "write where in an item the value stands, such as \"/sku_code\"");
            }
            checkAnnotations(file, bytes, at, value);
        }
        if (schema.isArray()) {
            for (int i = 0; i < schema.size(); i++) checkAnnotations(file, bytes, pointer + "/" + i, schema.get(i));
        }
    }

    private static boolean isPointer(JsonNode value) {
        try {
            return value.isTextual() && JsonPointer.compile(value.asText()) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static BadSettings wrong(String file, byte[] bytes, String pointer, String what, String advice) {
        return new BadSettings(file + ":" + lineOf(bytes, pointer) + ": " + what + " (at "
                + (pointer.isEmpty() ? "the root" : pointer) + "): " + advice);
    }

    /** The line on which the value stands to which a pointer leads. */
    private static int lineOf(byte[] bytes, String pointer) {
        try (var parser = Json.mapper().createParser(bytes)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME) continue;
                if (parser.getParsingContext().pathAsPointer().toString().equals(pointer))
                    return parser.currentTokenLocation().getLineNr();
            }
        } catch (IOException e) {
            throw new IllegalStateException("it was readable before", e);
        }
        return 1;
    }

    private static String pointer(JsonNodePath path) {
        var pointer = new StringBuilder();
        for (int i = 0; i < path.getNameCount(); i++)
            pointer.append('/').append(escaped(path.getElement(i).toString()));
        return pointer.toString();
    }

    /** A name as a segment of a JSON Pointer. */
    static String escaped(String name) {
        return name.indexOf('~') < 0 && name.indexOf('/') < 0
                ? name
                : name.replace("~", "~0").replace("/", "~1");
    }

    private static JsonSchemaFactory factory() {
        var dialect = JsonMetaSchema.builder(JsonMetaSchema.getV202012()).keyword(new UniqueKeyword());
        ANNOTATIONS.forEach(name -> dialect.keyword(new NonValidationKeyword(name)));
        return JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012, factory -> factory.metaSchema(dialect.build()));
    }
}
