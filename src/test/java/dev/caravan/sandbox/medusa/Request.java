package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request, taken apart.
 *
 * @param ids   what stood in the path where the route has {@code :name}
 * @param query by parameter name as sent, decoded, without {@code []} or {@code [0]} at its end
 * @param body  missing when nothing was sent as JSON
 * @param key   the publishable key, or null
 */
record Request(
        String method,
        String path,
        Map<String, String> ids,
        Map<String, List<String>> query,
        JsonNode body,
        String key) {
    static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    static Map<String, List<String>> query(String raw) {
        var query = new LinkedHashMap<String, List<String>>();
        if (raw == null || raw.isEmpty()) return query;
        for (var part : raw.split("&")) {
            var sign = part.indexOf('=');
            var name = decoded(sign < 0 ? part : part.substring(0, sign)).replaceFirst("\\[\\d*]$", "");
            query.computeIfAbsent(name, n -> new ArrayList<>()).add(sign < 0 ? "" : decoded(part.substring(sign + 1)));
        }
        return query;
    }

    Request at(Map<String, String> pathIds) {
        return new Request(method, path, pathIds, query, body, key);
    }

    String id(String name) {
        return ids.get(name);
    }

    boolean asksFor(String parameter) {
        return query.containsKey(parameter);
    }

    List<String> all(String parameter) {
        return query.getOrDefault(parameter, List.of());
    }

    String first(String parameter) {
        var values = all(parameter);
        return values.isEmpty() ? null : values.get(0);
    }

    int number(String parameter, int otherwise) {
        try {
            return asksFor(parameter) ? Integer.parseInt(first(parameter)) : otherwise;
        } catch (NumberFormatException e) {
            throw MedusaError.invalid("Invalid request: Field '" + parameter + "' is required");
        }
    }

    /** The body as an object, empty when it is none. */
    ObjectNode object() {
        return body.isObject() ? (ObjectNode) body : JsonNodeFactory.instance.objectNode();
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
