package dev.caravan.uploads;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.ledger.Upload;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads what S3 says of new objects, in each of the ways it says it. */
public final class Announcements {
    private Announcements() {}

    /**
     * The objects a message announces: one for an EventBridge event (key as it is), any number for S3's own notification (keys
     * URL-encoded), none for S3's test message.
     *
     * @throws BadMessage when it is neither, naming what is missing
     */
    public static List<Upload> in(byte[] message) {
        var json = Json.read(message);
        if (json.path("Records").isArray()) {
            var uploads = new ArrayList<Upload>();
            for (var item : json.path("Records")) {
                if (item.path("eventName").asText().contains("ObjectCreated:")) uploads.add(notified(item));
            }
            return uploads;
        }
        if (json.path("Event").asText().equals("s3:TestEvent")) return List.of();
        if (json.path("detail-type").asText().equals("Object Created")) return List.of(event(json));
        throw new BadMessage("not an announcement of an object: neither an \"Object Created\" event nor S3 Records");
    }

    private static Upload event(JsonNode envelope) {
        var detail = envelope.path("detail");
        var object = detail.path("object");
        return upload(
                text(detail.path("bucket"), "name"),
                text(object, "key"),
                object.path("version-id").asText(""),
                object,
                envelope.path("time").asText(),
                "etag");
    }

    private static Upload notified(JsonNode item) {
        var object = item.path("s3").path("object");
        return upload(
                text(item.path("s3").path("bucket"), "name"),
                decoded(text(object, "key")),
                object.path("versionId").asText(""),
                object,
                item.path("eventTime").asText(),
                "eTag");
    }

    private static Upload upload(
            String bucket, String key, String version, JsonNode object, String time, String etagField) {
        var etag = object.path(etagField).asText("").replace("\"", "");
        var sequencer = object.path("sequencer").asText("");
        if (version.isEmpty() || version.equals("null")) version = etag + "." + sequencer;
        try {
            return new Upload(
                    bucket, key, version, etag, object.path("size").asLong(-1), Instant.parse(time), sequencer);
        } catch (DateTimeException e) {
            throw new BadMessage("event time \"" + time + "\" of " + key + " is not a time stamp", e);
        }
    }

    private static String decoded(String key) {
        try {
            return URLDecoder.decode(key, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadMessage("object key \"" + key + "\" is not URL-encoded as it should be", e);
        }
    }

    private static String text(JsonNode parent, String field) {
        var value = parent.path(field).asText("");
        if (value.isEmpty()) throw new BadMessage("announcement without the object's " + field);
        return value;
    }
}
