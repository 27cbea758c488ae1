package dev.caravan.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How times, numbers and bodies look on a page. */
final class Words {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Words() {}

    /** To the second, in UTC. */
    static String time(Instant at) {
        return TIME.format(at);
    }

    /** {@code 07:05}. */
    static String minute(Instant at) {
        return TIME.format(at).substring(11, 16);
    }

    /** Roughly how long ago, in the largest unit that fits: {@code 5 minutes}. */
    static String age(Instant at, Instant now) {
        var age = Duration.between(at, now);
        if (age.toDays() > 0) return count(age.toDays(), "day");
        if (age.toHours() > 0) return count(age.toHours(), "hour");
        if (age.toMinutes() > 0) return count(age.toMinutes(), "minute");
        return count(Math.max(0, age.toSeconds()), "second");
    }

    /** {@code 1 letter}, {@code 12,000 letters}. */
    static String count(long number, String what) {
        return number(number) + " " + what + (number == 1 ? "" : "s");
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** JSON over several lines, anything else as it is. */
    static String pretty(byte[] body) {
        try {
            return pretty(Json.read(body));
        } catch (BadMessage e) {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** Text without quotes, anything else as JSON. */
    static String value(JsonNode value) {
        return value.isNull() ? "" : value.isTextual() ? value.asText() : value.toString();
    }

    static String pretty(JsonNode json) {
        return json.toPrettyString();
    }
}
