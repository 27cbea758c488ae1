package dev.caravan.customers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;

/** A canonical record as it is kept: JSON with its keys sorted, and the SHA-256 of that in lower-case hex. */
record Document(String text, String hash) {
    /** Characters of a moment that are its day. */
    static final int DAY = 10;

    /**
     * Of a canonical record, which is not changed.
     *
     * @param extras what came beyond it, to be kept under {@code extra}; null when nothing did
     */
    static Document of(ObjectNode canonical, ObjectNode extras) {
        var document = canonical;
        if (extras != null) {
            document = canonical.deepCopy();
            document.set("extra", extras);
        }
        var bytes = Json.canonicalBytes(document);
        return new Document(new String(bytes, StandardCharsets.UTF_8), Json.sha256(bytes));
    }
}
