package dev.caravan.alerts;

import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.json.Json;
import java.util.Set;

/** Alerts over HTTP. */
public final class AlertsApi {
    private static final Set<String> PARAMETERS = Set.of("state", "rule", "limit");
    private static final String DEFAULT_LIMIT = "100";

    private final Alerts alerts;

    public AlertsApi(Alerts alerts) {
        this.alerts = alerts;
    }

    public void addTo(Api api) {
        api.on("GET", "/api/alerts", Role.VIEWER, this::list);
    }

    private Answer list(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw wrong("there is no parameter " + name + ": state, rule and limit are known");
        var json = Json.object();
        var list = json.putArray("alerts");
        alerts.list(open(request), request.parameter("rule").orElse(null), limit(request))
                .forEach(alert -> list.add(alert.json()));
        return Answer.ok(json);
    }

    private static Boolean open(Request request) {
        return request.parameter("state")
                .map(state -> switch (state) {
                    case "open" -> true;
                    case "cleared" -> false;
                    default -> throw wrong("state must be open or cleared, not \"" + state + "\"");
                })
                .orElse(null);
    }

    private static int limit(Request request) {
        var text = request.parameter("limit").orElse(DEFAULT_LIMIT);
        if (text.matches("[0-9]{1,4}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= Alerts.MOST) return limit;
        }
        throw wrong("limit must be a whole number from 1 to " + Alerts.MOST);
    }

    private static Problem wrong(String detail) {
        return new Problem(400, "Invalid parameter", detail);
    }
}
