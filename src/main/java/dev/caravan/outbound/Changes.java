package dev.caravan.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.List;

/** What a rehearsal would have changed in the targets, told instead of done. Safe for use by several threads. */
public final class Changes {
    /**
     * A field that would change.
     *
     * @param target such as {@code medusa}
     * @param object the object by the name the target knows it by
     * @param field  as the target names it; empty when the object as a whole is missing there
     * @param wanted what it would become
     * @param found  what it is; null when it is not known or not there
     */
    public record Change(String target, String object, String field, JsonNode wanted, JsonNode found) {
        /** As the API shows it. */
        public ObjectNode json() {
            var json = Json.object().put("target", target).put("object", object).put("field", field);
            json.set("wanted", wanted);
            json.set("found", found);
            return json;
        }
    }

    /**
     * What would be sent.
     *
     * @param digests of each content that would go to a target, unchanged ones left out
     * @param changes field by field, in the order found
     */
    public record Told(List<String> digests, List<Change> changes) {}

    private final List<String> digests = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();

    /** @param digest of the content that would be sent; see {@link dev.caravan.failure.Refused#digest} */
    public synchronized void add(String digest, List<Change> differences) {
        digests.add(digest);
        changes.addAll(differences);
    }

    /** What was told since the last time. */
    public synchronized Told take() {
        var told = new Told(List.copyOf(digests), List.copyOf(changes));
        digests.clear();
        changes.clear();
        return told;
    }
}
