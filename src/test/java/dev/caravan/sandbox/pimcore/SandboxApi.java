package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * What {@link PimcoreStandIn} can be told and asked, over HTTP and in JSON. No key: it is on loopback only.
 *
 * <pre>
 * GET    /_sandbox/objects             all objects, as {@link PimcoreObject} with "fullpath"
 * DELETE /_sandbox/objects             forgets them all
 * POST   /_sandbox/publish             {"fullpath": "/products/x"}
 * POST   /_sandbox/unpublish           {"fullpath": "/products/x"}
 * POST   /_sandbox/edit                {"fullpath": "/products/x", "input": {"brand": "Acme"}}
 * POST   /_sandbox/delete              {"fullpath": "/products/x"}
 * GET    /_sandbox/counters            {@link Counters}
 * DELETE /_sandbox/counters            back to zero
 * POST   /_sandbox/faults              one of:
 *            {"kind": "fail", "status": 500, "count": 3}         the next three requests
 *            {"kind": "fail", "status": 500, "seconds": 60}      all for a minute
 *            {"kind": "throttle", "count": 3, "retryAfterSeconds": 2}
 *            {"kind": "delay", "millis": 200}
 *            {"kind": "die-after-commit", "count": 1}
 *            {"kind": "die-after-objects", "count": 4}
 *            {"kind": "subscriber", "count": 1}
 *            {"kind": "reject", "externalId": "x", "reason": "colour is unknown"}
 *            {"kind": "accept", "externalId": "x"}
 * DELETE /_sandbox/faults              ends them all
 * GET    /_sandbox/webhook             {"url": "http://…", "on": true}
 * POST   /_sandbox/webhook             the same, either or both
 * </pre>
 *
 * Answers 200 with the object or an empty one, 400 with {@code {"message": …}} when it cannot be done, 404 for another path.
 */
final class SandboxApi {
    private final PimcoreStandIn pimcore;

    SandboxApi(PimcoreStandIn pimcore) {
        this.pimcore = pimcore;
    }

    void handle(HttpExchange exchange) throws IOException {
        var bytes = exchange.getRequestBody().readAllBytes();
        int status = 200;
        JsonNode answer;
        try {
            var call =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            answer = answer(call, bytes.length == 0 ? Json.object() : Json.read(bytes));
            if (answer == null) {
                status = 404;
                answer = Json.object().put("message", "no such path, see SandboxApi");
            }
        } catch (IllegalArgumentException | BadMessage e) {
            status = 400;
            answer = Json.object().put("message", e.getMessage());
        }
        PimcoreStandIn.send(exchange, status, "application/json", Json.bytes(answer));
    }

    private JsonNode answer(String call, JsonNode body) {
        var fullpath = body.path("fullpath").asText();
        return switch (call) {
            case "GET /_sandbox/objects" -> {
                var all = Json.array();
                pimcore.objects().forEach(object -> all.add(json(object)));
                yield all;
            }
            case "DELETE /_sandbox/objects" -> done(pimcore::clear);
            case "POST /_sandbox/publish" -> json(pimcore.publish(fullpath));
            case "POST /_sandbox/unpublish" -> json(pimcore.unpublish(fullpath));
            case "POST /_sandbox/edit" ->
                json(pimcore.edit(
                        fullpath,
                        Json.mapper().convertValue(body.path("input"), new TypeReference<Map<String, Object>>() {})));
            case "POST /_sandbox/delete" -> done(() -> pimcore.delete(fullpath));
            case "GET /_sandbox/counters" -> Json.mapper().valueToTree(pimcore.counters());
            case "DELETE /_sandbox/counters" -> done(pimcore::resetCounters);
            case "POST /_sandbox/faults" -> done(() -> fault(body));
            case "DELETE /_sandbox/faults" -> done(() -> pimcore.faults().clear());
            case "GET /_sandbox/webhook" -> webhook();
            case "POST /_sandbox/webhook" -> {
                if (body.has("url"))
                    pimcore.webhookUrl(
                            body.path("url").isNull()
                                    ? null
                                    : URI.create(body.path("url").asText()));
                if (body.has("on")) pimcore.webhooks(body.path("on").asBoolean());
                yield webhook();
            }
            default -> null;
        };
    }

    private void fault(JsonNode body) {
        var faults = pimcore.faults();
        int count = body.path("count").asInt(1);
        switch (body.path("kind").asText()) {
            case "fail" -> {
                if (body.has("seconds")) {
                    faults.failFor(
                            Duration.ofSeconds(body.path("seconds").asLong()),
                            body.path("status").asInt(500));
                } else {
                    faults.failNext(count, body.path("status").asInt(500));
                }
            }
            case "throttle" ->
                faults.throttleNext(
                        count, Duration.ofSeconds(body.path("retryAfterSeconds").asLong(1)));
            case "delay" -> faults.delay(Duration.ofMillis(body.path("millis").asLong()));
            case "die-after-commit" -> faults.dieAfterCommitting(count);
            case "die-after-objects" -> faults.dieAfterObjects(count);
            case "subscriber" -> faults.throwInSubscriber(count);
            case "reject" ->
                faults.reject(
                        body.path("externalId").asText(), body.path("reason").asText("rejected on purpose"));
            case "accept" -> faults.accept(body.path("externalId").asText());
            default ->
                throw new IllegalArgumentException(
                        "no fault of kind \"" + body.path("kind").asText() + "\", see SandboxApi");
        }
    }

    private JsonNode webhook() {
        var url = pimcore.webhookUrl();
        return Json.object().put("url", url == null ? null : url.toString()).put("on", pimcore.webhooksOn());
    }

    private static JsonNode json(PimcoreObject object) {
        return Json.object().put("fullpath", object.fullpath()).setAll((ObjectNode)
                Json.mapper().valueToTree(object));
    }

    private static JsonNode done(Runnable action) {
        action.run();
        return Json.object();
    }
}
