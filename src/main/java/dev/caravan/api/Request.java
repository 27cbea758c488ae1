package dev.caravan.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A call to the HTTP API.
 *
 * @param parameters of path and query, by name
 * @param headers    by lower-case name
 * @param body       empty when there is none
 * @param caller     whose key it came with; null on endpoints that take none
 */
public record Request(Map<String, String> parameters, Map<String, String> headers, byte[] body, ApiKeys.Caller caller) {
    private static final String NO_NUL = "no text may have a NUL (U+0000) in it";

    /** @throws Problem 400 when a parameter has a character that no text may have */
    public Request {
        for (var value : parameters.values()) if (hasNul(value)) throw new Problem(400, "Invalid parameter", NO_NUL);
    }

    /** A parameter; empty when absent or blank. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isBlank());
    }

    /** The body as a JSON object; an empty body counts as {@code {}}. */
    public JsonNode json() {
        if (body.length == 0) return Json.object();
        try {
            var json = Json.read(body);
            if (hasNul(json)) throw new Problem(400, "Invalid body", NO_NUL);
            if (json.isObject()) return json;
        } catch (BadMessage e) {
            throw new Problem(400, "Malformed JSON", e.getMessage());
        }
        throw new Problem(400, "Malformed JSON", "the body must be a JSON object");
    }

    /** PostgreSQL keeps no such text. */
    private static boolean hasNul(String text) {
        return text.indexOf('\0') >= 0;
    }

    private static boolean hasNul(JsonNode json) {
        if (json.isTextual()) return hasNul(json.textValue());
        for (var child : json) if (hasNul(child)) return true;
        return false;
    }

    /** @throws Problem when it is none; null stays null */
    public static UUID uuid(String field, String text) {
        try {
            return text == null ? null : UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "Invalid parameter", field + " must be a UUID, not \"" + text + "\"");
        }
    }

    /** @throws Problem when it is none; null stays null */
    public static Instant instant(String field, String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new Problem(
                    400,
                    "Invalid parameter",
                    field + " must be an ISO 8601 time such as 2026-11-21T07:00:00Z, not \"" + text + "\"");
        }
    }
}
