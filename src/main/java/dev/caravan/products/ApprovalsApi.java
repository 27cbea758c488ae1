package dev.caravan.products;

import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;

/** {@link Approvals} under {@code /api}. */
final class ApprovalsApi {
    private static final int MOST = 1_000;

    private final Approvals approvals;

    ApprovalsApi(Approvals approvals) {
        this.approvals = approvals;
    }

    void addTo(Api api) {
        api.on("GET", "/api/approvals", Role.VIEWER, request -> list())
                .on("GET", "/api/approvals/{handle}", Role.VIEWER, this::preview)
                .on("POST", "/api/approvals/{handle}/approve", Role.OPERATOR, this::approve)
                .on("POST", "/api/approvals/{handle}/reject", Role.OPERATOR, this::reject);
    }

    private Answer list() {
        var list = Json.array();
        approvals.list(MOST).forEach(waiting -> list.add(waiting.json()));
        return Answer.ok(list);
    }

    private Answer preview(Request request) {
        try {
            return Answer.ok(approvals.preview(handle(request)).orElseThrow(() -> unknown(request)));
        } catch (BadMessage e) {
            throw new Problem(422, "Not to be sold", e.getMessage());
        }
    }

    private Answer approve(Request request) {
        try {
            if (!approvals.approve(handle(request), request.caller().name())) throw unknown(request);
        } catch (BadMessage e) {
            throw new Problem(422, "Refused by Pimcore", e.getMessage());
        }
        return Answer.ok(Json.object().put("approved", handle(request)));
    }

    private Answer reject(Request request) {
        var why = request.json().path("why").asText("").strip();
        if (why.isEmpty()) throw new Problem(400, "Invalid body", "say why: {\"why\": …}");
        if (!approvals.reject(handle(request), request.caller().name(), why)) throw unknown(request);
        return Answer.ok(Json.object().put("rejected", handle(request)));
    }

    private static String handle(Request request) {
        return request.parameters().get("handle");
    }

    private static Problem unknown(Request request) {
        return new Problem(404, "Not found", "no product " + handle(request) + " waits to be published");
    }
}
