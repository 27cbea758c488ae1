package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Clicks for tests. */
final class TestClicks {
    static final PartitionSettings SETTINGS =
            new PartitionSettings(Duration.ofMinutes(30), Duration.ofHours(2), Duration.ofHours(24));
    static final long LATENESS = Duration.ofHours(2).toMillis();
    /** 10 o'clock, some day. */
    static final long TEN = Instant.parse("2025-05-01T10:00:00Z").toEpochMilli();

    static final long SECOND = 1_000;
    static final long MINUTE = 60 * SECOND;
    static final long HOUR = 60 * MINUTE;

    private TestClicks() {}

    static ClickRules shippedRules() {
        try {
            return ClickRules.parse(Files.readString(Path.of("routes", ClickRules.FILE)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param user null for none, as session */
    static Click click(String eventId, String user, String session, long time) {
        return click(eventId, user, session, time, "page_view", "192.0.2.1", "US");
    }

    static Click click(
            String eventId, String user, String session, long time, String type, String address, String country) {
        return new Click(
                eventId,
                user,
                session,
                time,
                type,
                "/",
                null,
                "Mozilla/5.0",
                address,
                "desktop",
                country,
                null,
                null,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                null);
    }

    static List<Click> generated(ClickGenerator.Options options, Consumer<ClickGenerator.Planted> manifest) {
        var out = new ByteArrayOutputStream();
        try {
            new ClickGenerator(options).write(out, manifest, spoilt -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> click(Json.read(line)))
                .toList();
    }

    /** As the tracker sends it. */
    static Click click(JsonNode json) {
        var properties = json.path("properties");
        return new Click(
                json.path("event_id").textValue(),
                json.path("user_id").textValue(),
                json.path("session_id").textValue(),
                Instant.parse(json.path("timestamp").textValue()).toEpochMilli(),
                json.path("event_type").textValue(),
                json.path("page_url").textValue(),
                json.path("referrer").textValue(),
                json.path("user_agent").textValue(),
                json.path("ip_address").textValue(),
                json.path("device_type").textValue(),
                json.path("country").textValue(),
                properties.path("product_id").textValue(),
                properties.path("category").textValue(),
                number(properties.path("quantity")),
                number(properties.path("price")),
                number(properties.path("cart_value")),
                null);
    }

    private static double number(JsonNode number) {
        return number.isNumber() ? number.doubleValue() : Double.NaN;
    }
}
