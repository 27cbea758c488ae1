package dev.caravan.uploads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadMessage;
import dev.caravan.ledger.Upload;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementsTest {
    private static final Instant TIME = Instant.parse("2026-11-21T07:00:00Z");

    @Test
    void an_event_announces_one_object_with_its_key_as_it_is() {
        assertThat(in(event(
                        "products/shein/a+b%20 c.json",
                        "\"version-id\":\"v1\",\"etag\":\"e1\",\"size\":10,\"sequencer\":\"00AB\"")))
                .containsExactly(new Upload("inbox", "products/shein/a+b%20 c.json", "v1", "e1", 10, TIME, "00AB"));
    }

    @ParameterizedTest
    @CsvSource({
        "a+b.json, a b.json",
        "a%2Bb.json, a+b.json",
        "a%20b.json, a b.json",
        "%D9%81.json, ف.json",
        "a/b.json, a/b.json"
    })
    void a_notification_announces_its_objects_with_keys_decoded(String sent, String key) {
        assertThat(in(notification(record(
                        "ObjectCreated:Put",
                        sent,
                        "\"versionId\":\"v1\",\"eTag\":\"e1\",\"size\":10,\"sequencer\":\"00AB\""))))
                .containsExactly(new Upload("inbox", key, "v1", "e1", 10, TIME, "00AB"));
    }

    @Test
    void a_notification_may_tell_of_several_objects_and_only_new_ones_count() {
        var uploads = in(notification(
                record("ObjectCreated:Put", "a", "\"versionId\":\"v1\""),
                record("s3:ObjectCreated:CompleteMultipartUpload", "b", "\"versionId\":\"v2\""),
                record("ObjectRemoved:Delete", "c", "\"versionId\":\"v3\"")));

        assertThat(uploads).extracting(Upload::key).containsExactly("a", "b");
    }

    @Test
    void where_the_bucket_keeps_no_versions_etag_and_sequencer_stand_in() {
        var fields = "\"etag\":\"\\\"e1\\\"\",\"sequencer\":\"00AB\"";

        assertThat(in(event("a", fields))).singleElement().satisfies(upload -> {
            assertThat(upload.versionId()).isEqualTo("e1.00AB");
            assertThat(upload.etag()).isEqualTo("e1");
            assertThat(upload.size()).isEqualTo(-1);
        });
        assertThat(in(event("a", fields + ",\"version-id\":\"null\""))).isEqualTo(in(event("a", fields)));
    }

    @Test
    void s3s_test_message_announces_nothing() {
        assertThat(
                        in(
                                "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"2026-11-21T07:00:00.000Z\",\"Bucket\":\"inbox\"}"))
                .isEmpty();
        assertThat(in("{\"Records\":[]}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "[]", "\"text\"", "no json", "{\"detail-type\":\"Object Deleted\"}", "{\"Records\":{}}"})
    void what_announces_no_object_is_refused(String message) {
        assertThatThrownBy(() -> in(message)).isInstanceOf(BadMessage.class);
    }

    @Test
    void what_is_missing_or_wrong_is_named() {
        assertThatThrownBy(() -> in(event("", "")))
                .isInstanceOf(BadMessage.class)
                .hasMessage("announcement without the object's key");
        assertThatThrownBy(() -> in(event("a", "").replace("\"name\":\"inbox\"", "")))
                .isInstanceOf(BadMessage.class)
                .hasMessage("announcement without the object's name");
        assertThatThrownBy(() -> in(event("a", "").replace("2026", "soon")))
                .isInstanceOf(BadMessage.class)
                .hasMessage("event time \"soon-11-21T07:00:00Z\" of a is not a time stamp");
        assertThatThrownBy(() -> in(notification(record("ObjectCreated:Put", "a%zz", "\"versionId\":\"v\""))))
                .isInstanceOf(BadMessage.class)
                .hasMessage("object key \"a%zz\" is not URL-encoded as it should be");
    }

    private static List<Upload> in(String message) {
        return Announcements.in(message.getBytes(StandardCharsets.UTF_8));
    }

    private static String event(String key, String fields) {
        return "{\"detail-type\":\"Object Created\",\"time\":\"" + TIME
                + "\",\"detail\":{\"bucket\":{\"name\":\"inbox\"},\"object\":{\"key\":\"" + key + "\""
                + (fields.isEmpty() ? "" : "," + fields) + "}}}";
    }

    private static String notification(String... records) {
        return "{\"Records\":[" + String.join(",", records) + "]}";
    }

    private static String record(String name, String key, String fields) {
        return "{\"eventName\":\"" + name + "\",\"eventTime\":\"" + TIME
                + "\",\"s3\":{\"bucket\":{\"name\":\"inbox\"},\"object\":{\"key\":\"" + key + "\"," + fields + "}}}";
    }
}
