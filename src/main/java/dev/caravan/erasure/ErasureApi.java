package dev.caravan.erasure;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.deadletters.ChangeRequest;
import dev.caravan.deadletters.Repairs;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Erasures over HTTP. Where {@code approval.actions} says so, a second operator has to approve one before it begins. */
public final class ErasureApi {
    /** In {@code approval.actions}. */
    private static final String ACTION = "erase";

    private static final int MOST = 1000;

    private final Database database;
    private final Erasures erasures;
    private final Repairs repairs;

    public ErasureApi(Database database, Erasures erasures, Repairs repairs) {
        this.database = database;
        this.erasures = erasures;
        this.repairs = repairs;
        repairs.also(ACTION, this::perform);
    }

    /** Adds the endpoints. */
    public void addTo(Api api) {
        api.on("DELETE", "/api/customers/{id}", Role.OPERATOR, this::erase)
                .on("GET", "/api/erasures", Role.VIEWER, this::list)
                .on("GET", "/api/erasures/{id}", Role.VIEWER, this::erasure)
                .on("POST", "/api/erasures/again", Role.OPERATOR, this::again);
    }

    private Answer erase(Request request) {
        var id = request.parameters().get("id");
        var why = request.parameter("why")
                .orElseThrow(() ->
                        new Problem(400, "Invalid parameter", "say why: it is written down with the erasure: ?why=…"));
        var by = request.parameter("by")
                .map(name -> name + ", by the key " + request.caller().name())
                .orElse(request.caller().name());
        try {
            if (!repairs.needsApproval(ACTION)) return begun(database.transaction(db -> begin(db, id, by, why)));
            var detail = Json.object().put("customer", id).put("by", by);
            return new Answer(
                    202,
                    repairs.ask(
                                    ACTION,
                                    "erasure of a customer",
                                    detail,
                                    request.caller().name(),
                                    why)
                            .json()
                            .put("waits", true));
        } catch (BadMessage e) {
            throw new Problem(400, "Invalid parameter", e.getMessage());
        }
    }

    private UUID begin(Handle db, String id, String by, String why) {
        return erasures.begin(db, id, by, why);
    }

    private Answer begun(UUID erasure) {
        return new Answer(202, erasures.find(erasure).orElseThrow());
    }

    private JsonNode perform(Handle db, ChangeRequest request) {
        var detail = request.detail();
        var erasure = erasures.begin(
                db, detail.path("customer").asText(), detail.path("by").asText(), request.why());
        return Json.object().put("erasure", erasure.toString());
    }

    private Answer list(Request request) {
        var list = Json.array();
        erasures.list(MOST).forEach(list::add);
        return Answer.ok(list);
    }

    private Answer erasure(Request request) {
        var id = Request.uuid("id", request.parameters().get("id"));
        return Answer.ok(
                erasures.find(id).orElseThrow(() -> new Problem(404, "Not found", "there is no erasure " + id)));
    }

    private Answer again(Request request) {
        var answer = Json.object();
        var under = answer.putArray("erasures");
        erasures.again(request.caller().name()).forEach(id -> under.add(id.toString()));
        return new Answer(202, answer);
    }
}
