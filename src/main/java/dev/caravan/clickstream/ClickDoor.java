package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Media;
import dev.caravan.api.Problem;
import dev.caravan.api.RateLimits;
import dev.caravan.api.Request;
import dev.caravan.clickstream.ClickDeliveries.Delivery;
import dev.caravan.json.Json;
import dev.caravan.quarantine.Quarantine;
import java.util.List;
import java.util.Set;

/** {@code POST /clicks}: one event, an array, or NDJSON, also packed by gzip. It is answered with 202 once it is safe; or nothing has happened. */
final class ClickDoor {
    private final ClickLog log;
    private final ClickDeliveries deliveries;
    private final RateLimits rates;

    ClickDoor(ClickLog log, ClickDeliveries deliveries, RateLimits rates) {
        this.log = log;
        this.deliveries = deliveries;
        this.rates = rates;
    }

    void addTo(Api api) {
        api.onAny("POST", "/clicks", Set.of(Role.PRODUCER), this::accept);
    }

    private Answer accept(Request request) {
        rates.count(request.caller().name());
        Media.mustBeJsonOrLinesPerhapsPacked(request, "an event");
        var delivery = deliveries.requested(request.caller().name(), request.body());
        if (delivery.page() == null) throw new Problem(400, "Invalid body", "there is no event in it");
        if (delivery.page().clicks().isEmpty())
            throw new Problem(400, "Invalid events", "no event in it can be taken; nothing was kept")
                    .with("refused", refused(delivery.page()));
        log.append(List.of(deliveries.entry(delivery, db -> {})));
        return new Answer(202, receipt(delivery));
    }

    private static JsonNode receipt(Delivery delivery) {
        var page = delivery.page();
        var receipt = Json.object()
                .put("receipt", delivery.upload().id().toString())
                .put("received", page.records())
                .put("taken", page.clicks().size());
        receipt.set("refused", refused(page));
        return receipt;
    }

    private static ArrayNode refused(ClickPage page) {
        var list = Json.array();
        for (var refusal : page.refusals())
            list.addObject()
                    .put("index", refusal.record().index())
                    .put("line", refusal.line())
                    .set("reasons", Quarantine.json(refusal.reasons()));
        return list;
    }
}
