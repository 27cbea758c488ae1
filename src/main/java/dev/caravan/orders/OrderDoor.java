package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Media;
import dev.caravan.api.Problem;
import dev.caravan.api.RateLimits;
import dev.caravan.api.Request;
import dev.caravan.json.Json;
import dev.caravan.orders.Deliveries.Source;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Database;
import java.util.List;
import java.util.Set;

/**
 * {@code POST /orders}: one order, an array, or NDJSON. A body is an upload of its own in the ledger, decided about and written in one
 * transaction before it is answered: 202 with what became of each order, or nothing has happened.
 */
final class OrderDoor {
    private final Database database;
    private final Deliveries deliveries;
    private final RateLimits rates;

    OrderDoor(Database database, Deliveries deliveries, RateLimits rates) {
        this.database = database;
        this.deliveries = deliveries;
        this.rates = rates;
    }

    void addTo(Api api) {
        api.onAny("POST", "/orders", Set.of(Role.PRODUCER), this::accept);
    }

    private Answer accept(Request request) {
        rates.count(request.caller().name());
        Media.mustBeJsonOrLines(request, "an order");
        var delivery = deliveries.read(Kind.ORDER, request.body());
        var items = delivery.items();
        if (items.isEmpty()) throw new Problem(400, "Invalid body", "there is no order in it");
        if (items.stream().allMatch(item -> item.shaped() instanceof Shaped.Rejected)) throw refused(items);
        return new Answer(202, receipt(database.transaction(db -> deliveries.take(db, Source.API, delivery))));
    }

    /** Nothing of it can become an order: the caller has to mend it, and nothing is kept. */
    private static Problem refused(List<OrderPage.Item> items) {
        var list = Json.array();
        items.forEach(item -> list.add(line(item.record(), ((Shaped.Rejected) item.shaped()).reasons())));
        return new Problem(400, "Invalid orders", "no order in it can be taken; nothing was kept").with("orders", list);
    }

    private static JsonNode receipt(Deliveries.Taken taken) {
        var outcomes = taken.outcomes();
        var receipt =
                Json.object().put("receipt", taken.upload().id().toString()).put("received", outcomes.size());
        var list = receipt.putArray("orders");
        for (var outcome : outcomes)
            list.add(line(outcome.record(), outcome.reasons())
                    .put("state", outcome.state().text()));
        return receipt;
    }

    private static ObjectNode line(SourceRecord record, List<Reason> reasons) {
        var line = Json.object().put("index", record.index()).put("line", record.line());
        if (!reasons.isEmpty()) line.set("reasons", Quarantine.json(reasons));
        return line;
    }
}
