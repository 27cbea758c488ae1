package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.Shaping.Found;
import dev.caravan.records.Values;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Brings a click to its one form: ids as text, the moment in UTC, amounts as decimal text, type and device in lower case, the country in upper case. */
final class ClickForm implements Form {
    /** A clock may be wrong by so much; one event of the year 3000 would otherwise make all others late. */
    static final Duration FUTURE = Duration.ofHours(24);

    private static final String[] TEXTS = {"page", "userAgent", "ip", "referrer", "product", "category"};

    private final Clock clock;

    ClickForm(Clock clock) {
        this.clock = clock;
    }

    @Override
    public ObjectNode canonical(ObjectNode mapped, Found found) {
        var click = Json.object();
        Values.set(click, "id", Values.text(mapped.path("id")));
        Values.set(click, "user", Values.text(mapped.path("user")));
        Values.set(click, "session", Values.text(mapped.path("session")));
        if (!click.has("user") && !click.has("session"))
            found.problem(IntakeRule.VISITOR_MISSING.rule(), "/session", mapped.path("session"));
        Values.set(click, "at", at(mapped.path("at"), found));
        Values.set(click, "type", Values.lowerCase(mapped.path("type")));
        for (var text : TEXTS) Values.set(click, text, Values.text(mapped.path(text)));
        Values.set(click, "device", Values.lowerCase(mapped.path("device")));
        Values.set(click, "country", Values.upperCase(mapped.path("country")));
        Values.set(click, "price", Values.decimal(mapped.path("price")));
        Values.set(click, "quantity", Values.integer(mapped.path("quantity")));
        Values.set(click, "cartValue", Values.decimal(mapped.path("cartValue")));
        return click;
    }

    private JsonNode at(JsonNode given, Found found) {
        var moment = Values.instant(given);
        if (Values.isInstant(moment)
                && moment.textValue().compareTo(Values.text(Instant.now(clock).plus(FUTURE))) > 0)
            found.problem(IntakeRule.TIMESTAMP_FUTURE.rule(), "/at", moment);
        return moment;
    }
}
