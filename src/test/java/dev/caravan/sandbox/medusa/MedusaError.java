package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** A request Medusa refuses. What the request changed is undone, except for what {@link #aftermath()} leaves behind. */
final class MedusaError extends RuntimeException {
    private final int status;
    private final JsonNode body;
    private transient Runnable aftermath = () -> {};

    private MedusaError(int status, JsonNode body, String message) {
        super(message);
        this.status = status;
        this.body = body;
    }

    static MedusaError of(int status, String type, String message) {
        return new MedusaError(
                status, JsonNodeFactory.instance.objectNode().put("type", type).put("message", message), message);
    }

    static MedusaError invalid(String message) {
        return of(400, "invalid_data", message);
    }

    static MedusaError notFound(String message) {
        return of(404, "not_found", message);
    }

    static MedusaError noSuchRelation(String relation, String id) {
        return notFound("You tried to set relationship " + relation + ": " + id + ", but such entity does not exist");
    }

    static MedusaError alreadyExists(String entity, String field, String key) {
        return invalid(entity + " with " + field + ": " + key + ", already exists.");
    }

    /** Medusa's 401 has no type. */
    static MedusaError unauthorized(String message) {
        return new MedusaError(401, JsonNodeFactory.instance.objectNode().put("message", message), message);
    }

    static MedusaError tooLarge() {
        var message = "request entity too large";
        return new MedusaError(
                413,
                JsonNodeFactory.instance.objectNode().put("message", message).put("type", "unknown_error"),
                message);
    }

    /** The same refusal, leaving damage behind: {@code damage} runs once everything else is undone, and stays. */
    MedusaError leaving(Runnable damage) {
        var error = new MedusaError(status, body, getMessage());
        error.aftermath = damage;
        return error;
    }

    Runnable aftermath() {
        return aftermath;
    }

    Answer answer() {
        return Answer.of(status, body);
    }
}
