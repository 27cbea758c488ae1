package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** One GraphQL request to Pimcore's Data Hub, and what its answer says. */
final class DataHub {
    /**
     * @param data   by alias, or null when Pimcore rejected the request as a whole and did nothing
     * @param errors in Pimcore's order
     */
    record Answer(JsonNode data, List<Problem> errors) {
        /** What Pimcore said about an alias that has no data. */
        String error(String alias) {
            return errors.stream()
                    .filter(error -> alias.equals(error.alias))
                    .map(Problem::message)
                    .findFirst()
                    .orElse("no answer for " + alias);
        }
    }

    /** @param alias what it is about, or null when it is about the request */
    record Problem(String message, String alias) {}

    private final Port port;
    private final Clock clock;

    DataHub(Port port, Clock clock) {
        this.port = port;
        this.clock = clock;
    }

    /**
     * Sends a request as it is; errors inside its answer are the caller's business.
     *
     * @throws TargetUnavailable when there was no GraphQL answer and waiting may help
     * @throws BadSettings       when the key or the endpoint is wrong
     */
    Answer ask(String query, ObjectNode variables) {
        var request = Json.object();
        request.put("query", query);
        request.set("variables", variables);
        var reply = port.send(Call.post("", Json.bytes(request)));
        JsonNode body;
        try {
            body = Json.read(reply.body());
        } catch (BadMessage e) {
            throw PimcoreErrors.failure(reply, clock);
        }
        var errors = new ArrayList<Problem>();
        for (var error : body.path("errors")) {
            errors.add(new Problem(
                    error.path("message").asText(), error.path("path").path(0).textValue()));
        }
        if (!reply.ok() && (errors.isEmpty() || reply.status() >= 429)) throw PimcoreErrors.failure(reply, clock);
        var data = body.path("data").isObject() ? body.get("data") : null;
        if (data == null && errors.isEmpty()) throw PimcoreErrors.failure(reply, clock);
        return new Answer(data, errors);
    }

    /**
     * Reads: any error fails the whole.
     *
     * @return the data by alias
     * @throws TargetUnavailable when waiting may help
     * @throws BadSettings       when the endpoint lacks something the query asks for
     */
    JsonNode read(String query, ObjectNode variables) {
        var answer = ask(query, variables);
        if (answer.errors.isEmpty()) return answer.data;
        var message = answer.errors.get(0).message;
        if (PimcoreErrors.remedy(message) == PimcoreErrors.Remedy.SETTINGS)
            throw new BadSettings(PimcoreErrors.explained(message));
        throw new TargetUnavailable("pimcore", PimcoreErrors.explained(message));
    }
}
