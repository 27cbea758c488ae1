package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import java.util.List;
import java.util.Map;

/** The reports of all flows over HTTP. */
public final class ReportsApi {
    private final List<Desk> desks;

    public ReportsApi(List<Desk> desks) {
        this.desks = List.copyOf(desks);
    }

    /** Where the reports of a flow are asked for. */
    public interface Desk {
        /** Of the reports there are, such as {@code daily-revenue}. */
        List<String> names();

        /**
         * The report that the parameter {@code name} names.
         *
         * @throws Problem when a parameter is wrong
         */
        JsonNode report(Request request);
    }

    public void addTo(Api api) {
        api.on("GET", "/api/reports/{name}", Role.VIEWER, request -> Answer.ok(report(request)));
    }

    /** Of all reports. */
    public List<String> names() {
        return desks.stream().flatMap(desk -> desk.names().stream()).toList();
    }

    /**
     * A report as the API answers it.
     *
     * @param parameters of the API, {@code name} among them
     * @throws Problem when there is none, or a parameter is wrong
     */
    public JsonNode report(Map<String, String> parameters) {
        return report(new Request(parameters, Map.of(), new byte[0], null));
    }

    private JsonNode report(Request request) {
        var name = request.parameters().get("name");
        return desks.stream()
                .filter(desk -> desk.names().contains(name))
                .findFirst()
                .orElseThrow(() -> new Problem(
                        404, "Not found", "no report " + name + ": there are " + String.join(", ", names())))
                .report(request);
    }
}
