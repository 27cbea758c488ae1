package dev.caravan.tasks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * What is to be done, as it was handed in: texts in NFC, without blanks around them.
 *
 * @param title       1 to 200 code points
 * @param description up to 5,000 code points; may be empty
 * @param priority    {@code low}, {@code medium} or {@code high}
 * @param dueDate     null when none was given
 * @param kind        which handler does it
 */
record TaskContent(String title, String description, String priority, Instant dueDate, String kind) {
    static final String DEFAULT_KIND = "log";
    static final int LONGEST_TITLE = 200;
    static final int LONGEST_DESCRIPTION = 5_000;

    private static final String CUT_OFF = "…";

    /** Of JSON in which {@link TaskRules} found nothing wrong. */
    static TaskContent of(JsonNode json) {
        return new TaskContent(
                json.path("title").asText(),
                json.path("description").asText(),
                json.path("priority").asText(),
                json.has("due_date")
                        ? OffsetDateTime.parse(json.get("due_date").asText()).toInstant()
                        : null,
                json.path("kind").asText(DEFAULT_KIND));
    }

    /** A text as tasks keep it, at most so many code points long; where it was cut off, an ellipsis stands. */
    static String cut(String text, int longest) {
        var clean = TaskRules.cleaned(text);
        if (clean.codePointCount(0, clean.length()) <= longest) return clean;
        return clean.substring(0, clean.offsetByCodePoints(0, longest - 1)) + CUT_OFF;
    }

    /** As its caller could have handed it in; the lane is left out. What a dead letter holds of a task. */
    ObjectNode json() {
        var json = Json.object()
                .put("title", title)
                .put("description", description)
                .put("priority", priority);
        if (dueDate != null) json.put("due_date", dueDate.toString());
        return json.put("kind", kind);
    }
}
