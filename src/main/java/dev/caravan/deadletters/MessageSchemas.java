package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.records.Reason;
import dev.caravan.records.StepSchema;
import dev.caravan.routes.RouteFiles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the steps promise one another: the schemas of the events, by the event's name ({@code detail-type}). A part of the detail that has
 * a schema of its own beside the event's, such as {@code product.schema.json} for {@code product}, must fit that one too.
 */
public final class MessageSchemas {
    private static final String EVENT = ".event.schema.json";

    private record Schemas(StepSchema event, Map<String, StepSchema> parts) {}

    private final Map<String, Schemas> byName = new HashMap<>();

    /** @throws dev.caravan.failure.BadSettings when a schema has a mistake */
    public MessageSchemas(RouteFiles files) {
        for (var path : files.endingWith(EVENT)) {
            var folder = path.substring(0, path.lastIndexOf('/') + 1);
            var parts = new HashMap<String, StepSchema>();
            for (var part : files.endingWith(".schema.json")) {
                if (!part.endsWith(EVENT) && part.startsWith(folder) && part.indexOf('/', folder.length()) < 0)
                    parts.put(
                            part.substring(folder.length(), part.length() - ".schema.json".length()),
                            StepSchema.of(files, part));
            }
            var name = Json.read(files.bytes(path)).path("title").asText();
            byName.put(name, new Schemas(StepSchema.of(files, path), parts));
        }
    }

    /**
     * Why a message is not what the step that reads it was promised, with pointers into the message; empty when it is, or when nothing is
     * promised about it (S3's announcements are not ours).
     */
    public List<Reason> check(JsonNode message) {
        var schemas = byName.get(message.path("detail-type").asText());
        if (schemas == null) return List.of();
        var reasons = new ArrayList<>(schemas.event().check(message));
        schemas.parts().forEach((name, schema) -> {
            var part = message.path("detail").path(name);
            if (!part.isObject()) return;
            for (var reason : schema.check(part))
                reasons.add(new Reason(
                        "/detail/" + name + reason.pointer(), reason.rule(), reason.message(), reason.value()));
        });
        return reasons;
    }
}
