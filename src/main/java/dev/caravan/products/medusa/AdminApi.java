package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;

/** Medusa's Admin API: JSON out, JSON in, and answers other than success as one of three exceptions. */
final class AdminApi {
    private final Port port;
    private final Clock clock;

    AdminApi(Port port, Clock clock) {
        this.port = port;
        this.clock = clock;
    }

    /**
     * @param path with its query, percent-encoded
     * @throws TargetUnavailable when Medusa cannot answer now
     * @throws BadSettings       when it will not answer us at all
     * @throws Refusal           when it refuses this call
     */
    JsonNode get(String path) {
        return send(Call.get(path));
    }

    /** As {@link #get}, with a body. */
    JsonNode post(String path, JsonNode body) {
        return send(Call.post(path, Json.bytes(body)));
    }

    /** As {@link #get}. */
    JsonNode delete(String path) {
        return send(Call.delete(path));
    }

    /** {@code name[]=a&name[]=b}, encoded. Medusa ignores parameters it does not know, so what comes back has to be checked. */
    static String query(String name, Collection<String> values) {
        var query = new StringBuilder();
        for (var value : values) {
            if (!query.isEmpty()) query.append('&');
            query.append(name).append("%5B%5D=").append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
        return query.toString();
    }

    private JsonNode send(Call call) {
        var reply = port.send(call);
        if (reply.ok()) return json(call, reply);
        var said = said(reply);
        var refusal = new Refusal(call, reply.status(), said);
        switch (refusal.verdict()) {
            case RETRY -> throw new TargetUnavailable("medusa", refusal.getMessage(), retryAfter(reply), refusal);
            case SETTINGS -> throw new BadSettings(refusal.getMessage() + ". " + remedy(reply.status()));
            default -> throw refusal;
        }
    }

    private static String remedy(int status) {
        return status == 401 || status == 403
                ? "Set MEDUSA_API_KEY to a secret API key of the shop (sk_...)"
                : "Set MEDUSA_URL to the address of a Medusa 2 server";
    }

    private static JsonNode json(Call call, Reply reply) {
        try {
            return Json.read(reply.body());
        } catch (BadMessage e) {
            throw new BadSettings(
                    "Medusa answered " + call + " with something that is not JSON. " + remedy(reply.status()));
        }
    }

    private static String said(Reply reply) {
        try {
            var message = Json.read(reply.body()).path("message").asText("");
            if (!message.isBlank()) return message;
        } catch (BadMessage e) {
            // Not JSON: the text itself is all there is.
        }
        var text = new String(reply.body(), StandardCharsets.UTF_8).strip();
        return text.length() > 300 ? text.substring(0, 300) + "…" : text;
    }

    private Duration retryAfter(Reply reply) {
        var text = reply.header("Retry-After").map(String::strip).orElse("");
        if (text.matches("\\d{1,7}")) return Duration.ofSeconds(Long.parseLong(text));
        try {
            var wait = Duration.between(
                    clock.instant(),
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return null;
        }
    }
}
