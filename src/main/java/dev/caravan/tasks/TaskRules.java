package dev.caravan.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.caravan.api.Problem;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.records.Reason;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a task has to look like: the schema {@code NewTask} of the OpenAPI document, and what no schema can say. Texts are judged, and
 * kept, in NFC and without blanks around them.
 */
public final class TaskRules {
    /** The part of the contract that is about tasks. */
    public static final String FILE = "tasks/1-accept/openapi.json";

    private static final String SCHEMA = "/components/schemas/NewTask";
    private static final List<String> TEXTS = List.of("title", "description");
    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .pathType(PathType.JSON_POINTER)
            .locale(Locale.ENGLISH)
            .build();

    /** What follows the value is looked for apart: Jackson's own complaint about it speaks of Jackson. */
    private static final ObjectReader VALUE =
            Json.mapper().reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonSchema handedIn;
    private final JsonSchema edited;
    private final Predicate<String> kinds;

    private TaskRules(ObjectNode schema, Predicate<String> kinds) {
        this.kinds = kinds;
        handedIn = compiled(schema);
        var content = schema.deepCopy();
        ((ObjectNode) content.path("properties")).remove("lane");
        edited = compiled(content);
    }

    /**
     * @param kinds whether there is a handler for tasks of a kind
     * @throws BadSettings when the document is missing, no JSON, or its schema has a mistake
     */
    public static TaskRules of(RouteFiles files, Predicate<String> kinds) {
        if (!files.has(FILE)) throw new BadSettings(FILE + ": it is missing, and without it nothing can be handed in");
        try {
            var document = Json.read(files.bytes(FILE));
            if (!(document.at(SCHEMA) instanceof ObjectNode schema)
                    || !schema.path("properties").isObject())
                throw new BadSettings(
                        FILE + ": there is no schema at " + SCHEMA + " with \"properties\": tasks are checked by it");
            return new TaskRules(schema, kinds);
        } catch (BadMessage | JsonSchemaException e) {
            throw new BadSettings(FILE + ": " + e.getMessage());
        }
    }

    /**
     * Reads what was handed in.
     *
     * @throws Problem 400 with everything that is wrong, by JSON Pointer
     */
    NewTask read(byte[] body) {
        var json = parsed(body);
        var clean = json.deepCopy();
        var violations = violations(clean, handedIn);
        if (!violations.isEmpty()) throw problem("Invalid task", violations);
        return new NewTask(clean.path("lane").asText(NewTask.DEFAULT_LANE), TaskContent.of(clean), Json.hash(json));
    }

    /** What is wrong with the content of a task, without its lane, as an operator edited it; empty when nothing is. Its texts are cleaned. */
    public List<Reason> check(JsonNode content) {
        return violations(content, edited);
    }

    private static JsonNode parsed(byte[] body) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("", "the body is not UTF-8");
        }
        if (text.startsWith("\uFEFF")) text = text.substring(1);
        if (text.isBlank()) throw malformed("", "there is no body");
        try (var parser = Json.mapper().createParser(text)) {
            JsonNode json;
            try {
                json = VALUE.readTree(parser);
                if (parser.nextToken() != null) throw malformed("", "something follows the JSON object");
            } catch (JsonProcessingException e) {
                var pointer = parser.getParsingContext().pathAsPointer().toString();
                throw malformed(
                        pointer, e.getOriginalMessage().lines().findFirst().orElse("not readable as JSON"));
            }
            return json;
        } catch (IOException e) {
            throw malformed("", "not readable as JSON");
        }
    }

    private static Problem malformed(String pointer, String message) {
        return problem("Malformed JSON", List.of(new Reason(pointer, "malformed", message, null)));
    }

    private static Problem problem(String title, List<Reason> violations) {
        var errors = Json.array();
        for (var violation : violations)
            errors.addObject()
                    .put("pointer", writable(violation.pointer()))
                    .put("message", writable(violation.message()));
        return new Problem(
                        400,
                        title,
                        violations.size() == 1
                                ? writable("\"" + violations.get(0).pointer() + "\": "
                                        + violations.get(0).message())
                                : violations.size() + " things are wrong; \"errors\" has them")
                .with("errors", errors);
    }

    /** A name made up by a caller may hold half of a character, which no answer can. */
    private static String writable(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private List<Reason> violations(JsonNode json, JsonSchema schema) {
        var violations = new ArrayList<Reason>();
        for (var field : TEXTS) {
            if (json.path(field).isTextual())
                refused(json.get(field).textValue())
                        .ifPresent(why -> violations.add(new Reason("/" + field, "text", why, null)));
        }
        clean(json);
        var broken = schema.validate(json);
        var mistyped = broken.stream()
                .filter(message -> message.getType().equals("type"))
                .map(TaskRules::pointer)
                .collect(Collectors.toSet());
        for (var message : broken) {
            // Of what is no text at all, it need not be said that it is none of the texts allowed.
            if (message.getType().equals("type") || !mistyped.contains(pointer(message)))
                violations.add(new Reason(pointer(message), message.getType(), said(message), null));
        }
        if (json.path("due_date").isTextual() && !isTime(json.get("due_date").textValue()))
            violations.add(new Reason(
                    "/due_date",
                    "time",
                    "must be an ISO 8601 date and time with an offset, such as 2026-11-21T07:00:00+03:00",
                    null));
        var kind = json.path("kind").asText(TaskContent.DEFAULT_KIND);
        if (violations.stream().noneMatch(violation -> violation.pointer().equals("/kind")) && !kinds.test(kind))
            violations.add(new Reason(
                    "/kind",
                    "kind",
                    "there is no handler for this kind: a route tasks-handle-KIND makes one; http needs tasks.http-url",
                    null));
        return violations;
    }

    /** Puts the texts of a task into the form they are kept in; all else is left as it is. */
    static JsonNode clean(JsonNode task) {
        if (task instanceof ObjectNode object) {
            for (var field : TEXTS) {
                if (object.path(field).isTextual())
                    object.put(field, cleaned(object.get(field).textValue()));
            }
        }
        return task;
    }

    private static Optional<String> refused(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isHighSurrogate(unit)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(unit)) {
                return Optional.of("has half of a character (a lone surrogate)");
            } else if (Character.isISOControl(unit) && unit != '\n' && unit != '\r') {
                return Optional.of(
                        "has the control character U+%04X; only line breaks may be in it".formatted((int) unit));
            } else if (unit >= '\u202A' && unit <= '\u202E') {
                return Optional.of("has U+%04X, which overrides the direction of writing".formatted((int) unit));
            }
        }
        return Optional.empty();
    }

    /** In NFC, without blanks of any kind around it; empty when nothing in it can be seen. */
    static String cleaned(String text) {
        var composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        int from = 0;
        int to = composed.length();
        while (from < to && isBlank(composed.charAt(from))) from++;
        while (to > from && isBlank(composed.charAt(to - 1))) to--;
        var trimmed = composed.substring(from, to);
        return trimmed.codePoints().allMatch(point -> Character.getType(point) == Character.FORMAT || isBlank(point))
                ? ""
                : trimmed;
    }

    private static boolean isBlank(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point);
    }

    private static boolean isTime(String text) {
        try {
            var time = OffsetDateTime.parse(text);
            return time.getYear() >= 1 && time.getYear() <= 9999;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static JsonSchema compiled(JsonNode schema) {
        var compiled =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema, CONFIG);
        compiled.initializeValidators();
        return compiled;
    }

    /** To the member that is missing or too much, not to the object it is missing in. */
    private static String pointer(ValidationMessage message) {
        var place = message.getInstanceLocation().toString();
        var member = message.getProperty();
        return member == null ? place : place + "/" + member.replace("~", "~0").replace("/", "~1");
    }

    private static String said(ValidationMessage message) {
        return switch (message.getType()) {
            case "required" -> "is missing";
            case "additionalProperties" -> "is not known here";
            case "minLength" -> "must not be blank";
            default -> message.getError();
        };
    }
}
