package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.time.Instant;
import java.util.UUID;

/**
 * Something an operator asked for that a second one has to approve.
 *
 * @param action     {@code edit}, {@code replay} or {@code erase}
 * @param subject    id of the letter or replay it is about; its own id when it is about many letters
 * @param summary    what would be done, for people
 * @param detail     what is carried out once it is approved
 * @param why        null when no reason was asked for
 * @param state      {@code waiting}, {@code approved} or {@code declined}
 * @param decidedBy  null while it waits, as is the time
 * @param decidedWhy null when no reason was given
 */
public record ChangeRequest(
        UUID id,
        String action,
        String subject,
        String summary,
        JsonNode detail,
        String askedBy,
        Instant askedAt,
        String why,
        String state,
        String decidedBy,
        Instant decidedAt,
        String decidedWhy) {
    public boolean waiting() {
        return state.equals("waiting");
    }

    /** As the API shows it. */
    public ObjectNode json() {
        var json = Json.object()
                .put("id", id.toString())
                .put("action", action)
                .put("subject", subject)
                .put("summary", summary)
                .put("askedBy", askedBy)
                .put("askedAt", askedAt.toString())
                .put("why", why)
                .put("state", state)
                .put("decidedBy", decidedBy)
                .put("decidedAt", decidedAt == null ? null : decidedAt.toString())
                .put("decidedWhy", decidedWhy);
        json.set("detail", detail);
        return json;
    }
}
