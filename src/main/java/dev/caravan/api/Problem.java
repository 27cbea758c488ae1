package dev.caravan.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request that cannot be served: becomes an {@code application/problem+json} answer (RFC 9457). */
public final class Problem extends RuntimeException {
    private final int status;
    private final String title;
    private final Map<String, JsonNode> extensions = new LinkedHashMap<>();
    private final Map<String, String> headers = new LinkedHashMap<>();

    public Problem(int status, String title, String detail) {
        super(detail);
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    /** The kind of problem, in a few words; the message tells the rest. */
    public String title() {
        return title;
    }

    /** Adds a member that tells more. */
    public Problem with(String member, JsonNode value) {
        extensions.put(member, value);
        return this;
    }

    /** Adds a header to the answer. */
    public Problem header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** The answer's body. */
    public ObjectNode json() {
        var json = Json.object()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", status)
                .put("detail", getMessage());
        json.setAll(extensions);
        return json;
    }
}
