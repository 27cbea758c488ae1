package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Caravan's own notes on a product, kept in its field {@code syncState}, written with the last step of a write.
 *
 * @param published whether it was published when Caravan last wrote it: if it is not now, a person took it off
 * @param product   the beginning of the hash of what was written to the product itself
 * @param variants  key of each variant that belongs to it, in the source's order, with the beginning of its hash
 */
record SyncState(boolean published, String product, Map<String, String> variants) {
    static final SyncState NONE = new SyncState(false, "", Map.of());

    SyncState {
        variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
    }

    /** Unreadable notes, perhaps edited by a person, are as good as none. */
    static SyncState parse(String text) {
        if (text == null || text.isBlank()) return NONE;
        JsonNode json;
        try {
            json = Json.read(text);
        } catch (BadMessage e) {
            return NONE;
        }
        var variants = new LinkedHashMap<String, String>();
        json.path("variants")
                .properties()
                .forEach(variant ->
                        variants.put(variant.getKey(), variant.getValue().asText()));
        return new SyncState(
                json.path("published").asBoolean(), json.path("product").asText(), variants);
    }

    String text() {
        var json = Json.object().put("published", published).put("product", product);
        var list = json.putObject("variants");
        variants.forEach(list::put);
        return new String(Json.bytes(json), StandardCharsets.UTF_8);
    }

    /** Enough of a hash to tell two versions of one thing apart. */
    static String brief(String hash) {
        return hash.length() <= 16 ? hash : hash.substring(0, 16);
    }
}
