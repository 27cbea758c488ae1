package dev.caravan.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;

/** A request that cannot be served: becomes an {@code application/problem+json} answer (RFC 9457). */
public final class Problem extends RuntimeException {
    private final int status;
    private final String title;

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

    /** The answer's body. */
    public ObjectNode json() {
        return Json.object()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", status)
                .put("detail", getMessage());
    }
}
