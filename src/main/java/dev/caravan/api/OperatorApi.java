package dev.caravan.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.customers.CustomersModule;
import dev.caravan.deadletters.ChangeRequest;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Edits;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.Ledger.Gap;
import dev.caravan.orders.OrdersModule;
import dev.caravan.products.ProductDesk;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.QuarantineDesk;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.tasks.TasksModule;
import dev.caravan.uploads.Uploads;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** What operators ask and do under {@code /api}: the command line and the console are its users. */
public final class OperatorApi {
    private static final int DEFAULT_LIMIT = 1000;
    private static final int MOST_REHEARSED = 20_000;

    private final Database database;
    private final Ledger ledger;
    private final DeadLetters deadLetters;
    private final Replay replay;
    private final Replays replays;
    private final Rehearsals rehearsals;
    private final Edits edits;
    private final Repairs repairs;
    private final Audit audit;
    private final Quarantine quarantine;
    private final QuarantineDesk quarantineDesk;
    private final ProductDesk products;
    private final TasksModule tasks;
    private final OrdersModule orders;
    private final CustomersModule customers;
    private final Uploads uploads;

    public OperatorApi(
            Database database,
            Ledger ledger,
            DeadLetters deadLetters,
            Replay replay,
            Replays replays,
            Rehearsals rehearsals,
            Edits edits,
            Repairs repairs,
            Audit audit,
            Quarantine quarantine,
            QuarantineDesk quarantineDesk,
            ProductDesk products,
            TasksModule tasks,
            OrdersModule orders,
            CustomersModule customers,
            Uploads uploads) {
        this.database = database;
        this.ledger = ledger;
        this.deadLetters = deadLetters;
        this.replay = replay;
        this.replays = replays;
        this.rehearsals = rehearsals;
        this.edits = edits;
        this.repairs = repairs;
        this.audit = audit;
        this.quarantine = quarantine;
        this.quarantineDesk = quarantineDesk;
        this.products = products;
        this.tasks = tasks;
        this.orders = orders;
        this.customers = customers;
        this.uploads = uploads;
    }

    /** Adds the endpoints. */
    public void addTo(Api api) {
        api.on("GET", "/api/ledger", Role.VIEWER, this::ledger)
                .on("GET", "/api/journeys", Role.VIEWER, this::journeys)
                .on("GET", "/api/products", Role.VIEWER, this::products)
                .on("GET", "/api/dead-letters", Role.VIEWER, this::letters)
                .on("GET", "/api/dead-letters/{id}", Role.VIEWER, this::letter)
                .on("GET", "/api/dead-letter-groups", Role.VIEWER, this::letterGroups)
                .on("POST", "/api/dead-letters/replay", Role.OPERATOR, this::replay)
                .on("POST", "/api/dead-letters/rehearse", Role.OPERATOR, this::rehearse)
                .on("POST", "/api/dead-letters/edit", Role.OPERATOR, this::editAll)
                .on("POST", "/api/dead-letters/{id}/edit", Role.OPERATOR, this::edit)
                .on("POST", "/api/dead-letters/{id}/undo", Role.OPERATOR, this::undo)
                .on("GET", "/api/change-requests", Role.OPERATOR, this::changeRequests)
                .on("POST", "/api/change-requests/{id}/approve", Role.OPERATOR, this::approve)
                .on("POST", "/api/change-requests/{id}/decline", Role.OPERATOR, this::decline)
                .on("GET", "/api/audit", Role.VIEWER, this::audit)
                .on("GET", "/api/replays", Role.VIEWER, this::replays)
                .on("POST", "/api/replays/{id}/pause", Role.OPERATOR, request -> pause(request, true))
                .on("POST", "/api/replays/{id}/resume", Role.OPERATOR, request -> pause(request, false))
                .on("POST", "/api/dead-letters/discard", Role.OPERATOR, this::discardLetters)
                .on("GET", "/api/quarantine", Role.VIEWER, this::quarantined)
                .on("GET", "/api/quarantine-groups", Role.VIEWER, this::quarantineGroups)
                .on("POST", "/api/quarantine/release", Role.OPERATOR, this::release)
                .on("POST", "/api/quarantine/discard", Role.OPERATOR, this::discardRecords)
                .on("POST", "/api/uploads", Role.OPERATOR, this::ingest);
    }

    private Answer ledger(Request request) {
        var balances = database.transaction(db -> ledger.balances(
                db,
                request.parameter("upload").orElse(null),
                request.parameter("flow").orElse(null)));
        var gaps = gaps(balances);
        var uploads = Json.array();
        var adding = true;
        for (var balance : balances) {
            var json = balance.json();
            gaps.getOrDefault(balance.upload(), List.of())
                    .forEach(gap -> json.withArray("gaps").add(gap.range()));
            uploads.add(json);
            adding &= balance.missing() == 0;
        }
        var answer = Json.object().put("balanced", adding);
        answer.set("uploads", uploads);
        return Answer.ok(answer);
    }

    /** Indexes of the records that are missing, by upload. */
    private Map<UUID, List<Gap>> gaps(List<Balance> balances) {
        var unbalanced = balances.stream()
                .filter(balance -> balance.missing() > 0)
                .map(Balance::upload)
                .toList();
        if (unbalanced.isEmpty()) return Map.of();
        return database.transaction(db -> ledger.gaps(db, Instant.now(), unbalanced)).stream()
                .collect(Collectors.groupingBy(Gap::upload));
    }

    private Answer journeys(Request request) {
        var id = request.parameter("id")
                .orElseThrow(() -> new Problem(
                        400,
                        "Invalid parameter",
                        "say which: ?id=SKU, product id, handle, order, customer, task, upload or dead letter"));
        return Answer.ok(tasks.journey(id)
                .or(() -> orders.journey(id))
                .or(() -> customers.journey(id))
                .<JsonNode>map(one -> Json.array().add(one))
                .orElseGet(() -> products.journeys(id)));
    }

    private Answer products(Request request) {
        return Answer.ok(products.list(limit(request)));
    }

    private Answer letters(Request request) {
        var list = Json.array();
        database.transaction(db -> deadLetters.list(db, letterFilter(request), limit(request)))
                .forEach(letter -> list.add(letter.json()));
        return Answer.ok(list);
    }

    private Answer letterGroups(Request request) {
        var list = Json.array();
        database.transaction(db -> deadLetters.groups(db, letterFilter(request), limit(request)))
                .forEach(group -> list.add(group.json()));
        return Answer.ok(list);
    }

    private static DeadLetters.Filter letterFilter(Request request) {
        return new DeadLetters.Filter(
                request.parameter("flow").orElse(null),
                request.parameter("group").orElse(null),
                Request.uuid("id", request.parameter("id").orElse(null)),
                request.parameter("lane").orElse(null),
                Request.instant("since", request.parameter("since").orElse(null)),
                request.parameter("state").orElse("open"),
                request.parameter("text").orElse(null));
    }

    private Answer letter(Request request) {
        var id = Request.uuid("id", request.parameters().get("id"));
        var filter = new DeadLetters.Filter(null, null, id, null, null, null);
        var letters = database.transaction(db -> deadLetters.list(db, filter, 1));
        if (letters.isEmpty()) throw new Problem(404, "Not found", "no dead letter " + id);
        var json = letters.get(0).json();
        json.put("body", new String(letters.get(0).body(), StandardCharsets.UTF_8));
        if (letters.get(0).edited() != null)
            json.put("edit", new String(letters.get(0).edited(), StandardCharsets.UTF_8));
        json.set("attributes", letters.get(0).attributes());
        json.set("history", actions(id.toString(), DEFAULT_LIMIT));
        return Answer.ok(json);
    }

    /** {@code {"message":"…","why":"…"}}: another message for one letter, as text. Answers with what changed against the original. */
    private Answer edit(Request request) {
        var id = Request.uuid("id", request.parameters().get("id"));
        var message = text(request.json(), "message");
        if (message == null) throw new Problem(400, "Invalid body", "say what to send instead: {\"message\": \"…\"}");
        try {
            return repairs.edit(
                            id,
                            message.getBytes(StandardCharsets.UTF_8),
                            request.caller().name(),
                            why(request))
                    .orElseThrow(() -> new Problem(404, "Not found", "no open dead letter " + id))
                    .either(
                            diff -> Answer.ok(
                                    Json.object().put("edited", id.toString()).set("diff", diff)),
                            OperatorApi::asked);
        } catch (BadMessage e) {
            throw new Problem(422, "Refused", e.getMessage());
        }
    }

    /** {@code {filter…, "mapping":"JSLT", "try":false, "why":"…"}}: what a mapping makes of each letter's message. */
    private Answer editAll(Request request) {
        var json = request.json();
        var mapping = text(json, "mapping");
        if (mapping == null) throw new Problem(400, "Invalid body", "say what to do: {\"mapping\": \"JSLT\"}");
        try {
            var by = request.caller().name();
            if (json.path("try").asBoolean())
                return Answer.ok(edits.edit(letterFilter(json), mapping, true, by, why(request))
                        .json());
            return repairs.edit(letterFilter(json), mapping, by, why(request))
                    .either(bulk -> Answer.ok(bulk.json()), OperatorApi::asked);
        } catch (BadMessage e) {
            throw new Problem(422, "Refused", e.getMessage());
        }
    }

    private Answer undo(Request request) {
        var id = Request.uuid("id", request.parameters().get("id"));
        if (!edits.undo(id, request.caller().name()))
            throw new Problem(404, "Not found", "no open dead letter " + id + " with an edit");
        return Answer.ok(Json.object().put("undone", id.toString()));
    }

    private Answer audit(Request request) {
        return Answer.ok(actions(request.parameter("subject").orElse(null), limit(request)));
    }

    private JsonNode actions(String subject, int limit) {
        var list = Json.array();
        database.transaction(db -> audit.list(db, subject, limit)).forEach(action -> list.add(action.json()));
        return list;
    }

    /** At once, or with {@code rate} (letters a second) or {@code ramp} as a replay that takes its time. */
    private Answer replay(Request request) {
        var json = request.json();
        var filter = letterFilter(json);
        var by = request.caller().name();
        boolean ramp = json.path("ramp").asBoolean();
        if (!ramp && !json.has("rate"))
            return repairs.replay(filter, by)
                    .either(count -> Answer.ok(Json.object().put("replayed", count)), OperatorApi::asked);
        double rate = json.path("rate").asDouble(0);
        if (ramp == json.has("rate") || !ramp && !Replays.canKeep(rate))
            throw new Problem(
                    400, "Invalid body", "say either \"ramp\": true or a \"rate\" above 0 and up to 1000 a second");
        return repairs.begin(filter, ramp ? null : rate, by)
                .either(progress -> new Answer(202, progress.json()), OperatorApi::asked);
    }

    /** It waits for a second operator. */
    private static Answer asked(ChangeRequest request) {
        return new Answer(202, Json.object().set("changeRequest", request.json()));
    }

    private Answer changeRequests(Request request) {
        var list = Json.array();
        repairs.requests(limit(request)).forEach(one -> list.add(one.json()));
        return Answer.ok(list);
    }

    private Answer approve(Request request) {
        var id = Request.uuid("id", request.parameters().get("id"));
        try {
            return Answer.ok(repairs.approve(id, request.caller().name()).orElseThrow(() -> notWaiting(id)));
        } catch (BadMessage e) {
            throw new Problem(422, "Refused", e.getMessage());
        }
    }

    private Answer decline(Request request) {
        var id = Request.uuid("id", request.parameters().get("id"));
        if (!repairs.decline(id, request.caller().name(), why(request))) throw notWaiting(id);
        return Answer.ok(Json.object().put("declined", id.toString()));
    }

    private static Problem notWaiting(UUID id) {
        return new Problem(404, "Not found", "no change request " + id + " that waits");
    }

    /** {@code limit} letters at most. */
    private Answer rehearse(Request request) {
        var json = request.json();
        int most = json.path("limit").asInt(DEFAULT_LIMIT);
        if (most < 1 || most > MOST_REHEARSED)
            throw new Problem(400, "Invalid body", "\"limit\" must be between 1 and " + MOST_REHEARSED);
        try {
            return rehearsals
                    .alone(letterFilter(json), most, request.caller().name())
                    .map(rehearsed -> Answer.ok(Rehearsals.json(rehearsed)))
                    .orElseThrow(() -> new Problem(409, "Conflict", "a rehearsal is running already"));
        } catch (BadSettings e) {
            throw new Problem(409, "Conflict", e.getMessage());
        }
    }

    private Answer replays(Request request) {
        var list = Json.array();
        replays.list().forEach(progress -> list.add(progress.json()));
        return Answer.ok(list);
    }

    private Answer pause(Request request, boolean paused) {
        var id = Request.uuid("id", request.parameters().get("id"));
        if (!replays.pause(id, paused, request.caller().name()))
            throw new Problem(404, "Not found", "no replay " + id + " that is " + (paused ? "running" : "paused"));
        return Answer.ok(Json.object().put("replay", id.toString()).put("state", paused ? "paused" : "running"));
    }

    private Answer discardLetters(Request request) {
        return Answer.ok(Json.object()
                .put(
                        "discarded",
                        replay.discard(
                                letterFilter(request.json()), request.caller().name(), why(request))));
    }

    private Answer quarantined(Request request) {
        var list = Json.array();
        database.transaction(db -> quarantine.list(db, recordFilter(request), limit(request)))
                .forEach(record -> list.add(record.json()));
        return Answer.ok(list);
    }

    private Answer quarantineGroups(Request request) {
        var list = Json.array();
        database.transaction(db -> quarantine.groups(db, recordFilter(request), limit(request)))
                .forEach(group -> list.add(group.json()));
        return Answer.ok(list);
    }

    private static Quarantine.Filter recordFilter(Request request) {
        return new Quarantine.Filter(
                request.parameter("flow").orElse(null),
                Request.uuid("id", request.parameter("id").orElse(null)),
                request.parameter("upload").orElse(null),
                request.parameter("rule").orElse(null),
                Request.instant("since", request.parameter("since").orElse(null)),
                request.parameter("state").orElse("open"),
                request.parameter("text").orElse(null));
    }

    private Answer release(Request request) {
        return Answer.ok(quarantineDesk.release(
                recordFilter(request.json()), request.caller().name()));
    }

    private Answer discardRecords(Request request) {
        return Answer.ok(Json.object()
                .put(
                        "discarded",
                        quarantineDesk.discard(
                                recordFilter(request.json()), request.caller().name(), why(request))));
    }

    private Answer ingest(Request request) {
        var json = request.json();
        var key = json.path("key").asText("");
        if (key.isBlank()) throw new Problem(400, "Invalid body", "say which object: {\"bucket\": …, \"key\": …}");
        try {
            uploads.announce(json.path("bucket").asText(""), key);
        } catch (BadMessage e) {
            throw new Problem(404, "Not found", e.getMessage());
        }
        return new Answer(202, Json.object().put("announced", key));
    }

    private static DeadLetters.Filter letterFilter(JsonNode json) {
        return new DeadLetters.Filter(
                text(json, "flow"),
                text(json, "group"),
                uuid(json),
                text(json, "lane"),
                Request.instant("since", text(json, "since")),
                "open",
                text(json, "text"));
    }

    private static Quarantine.Filter recordFilter(JsonNode json) {
        return new Quarantine.Filter(
                text(json, "flow"),
                uuid(json),
                text(json, "upload"),
                text(json, "rule"),
                Request.instant("since", text(json, "since")),
                "open",
                text(json, "text"));
    }

    private static UUID uuid(JsonNode json) {
        return Request.uuid("id", text(json, "id"));
    }

    private static String text(JsonNode json, String field) {
        return json.path(field).isTextual() && !json.path(field).asText().isBlank()
                ? json.path(field).asText()
                : null;
    }

    private static String why(Request request) {
        var why = text(request.json(), "why");
        if (why == null)
            throw new Problem(400, "Invalid body", "say why: it is written down with the reason: {\"why\": \"…\"}");
        return why;
    }

    private static int limit(Request request) {
        try {
            return Math.min(
                    100_000,
                    Math.max(1, Integer.parseInt(request.parameter("limit").orElse(String.valueOf(DEFAULT_LIMIT)))));
        } catch (NumberFormatException e) {
            throw new Problem(400, "Invalid parameter", "limit must be a whole number");
        }
    }
}
