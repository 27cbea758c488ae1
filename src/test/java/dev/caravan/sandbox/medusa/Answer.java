package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What goes back to the client.
 *
 * @param body null when the connection is to be closed without an answer
 */
record Answer(int status, String contentType, Map<String, String> headers, byte[] body) {
    private static final String JSON = "application/json; charset=utf-8";

    static Answer of(int status, JsonNode body) {
        try {
            return new Answer(status, JSON, Map.of(), Request.MAPPER.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static Answer html(int status, String text) {
        var page =
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>"
                        + text.replace("&", "&amp;").replace("<", "&lt;") + "</pre>\n</body>\n</html>\n";
        return new Answer(status, "text/html; charset=utf-8", Map.of(), page.getBytes(StandardCharsets.UTF_8));
    }

    static Answer empty(int status) {
        return new Answer(status, "text/plain", Map.of(), new byte[0]);
    }

    static Answer silence() {
        return new Answer(0, null, Map.of(), null);
    }

    Answer with(String header, String value) {
        return new Answer(status, contentType, Map.of(header, value), body);
    }

    boolean silent() {
        return body == null;
    }
}
