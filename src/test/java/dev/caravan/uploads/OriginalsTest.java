package dev.caravan.uploads;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.sandbox.AwsSandbox;
import dev.caravan.testing.TestState;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Request;

class OriginalsTest {
    private static final String INBOX = "caravan-inbox";
    private static final String ARCHIVE = "caravan-archive";
    private static final String PLAIN = "plain";

    private static TestState state;
    private static AwsSandbox aws;
    private static S3Client s3;
    private static Ledger ledger;

    @BeforeAll
    static void start() {
        state = new TestState();
        aws = AwsSandbox.start();
        s3 = aws.clients().s3();
        s3.createBucket(request -> request.bucket(PLAIN));
        ledger = new Ledger(state.clock());
    }

    @AfterAll
    static void stop() {
        aws.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        for (var version : kept())
            s3.deleteObject(
                    request -> request.bucket(ARCHIVE).key(version.key()).versionId(version.versionId()));
    }

    @AfterEach
    void heal() {
        aws.s3Faults().clear();
    }

    @Test
    void an_object_is_kept_under_its_hash_and_the_ledger_knows_it() {
        var upload = put("orders/a file + more.jsonl", "one\n".getBytes(UTF_8));

        originals(s3).keep(Uploads.request(upload), upload);

        var key = "raw/orders/" + Json.sha256("one\n".getBytes(UTF_8));
        assertThat(key).endsWith(sha256(upload));
        assertThat(archived(key)).isEqualTo("one\n".getBytes(UTF_8));
    }

    @Test
    void the_same_bytes_are_kept_once_whoever_brings_them_and_however_often() {
        var first = put("orders/first.jsonl", "one\n".getBytes(UTF_8));
        var second = put("orders/second.jsonl", "one\n".getBytes(UTF_8));
        var originals = originals(s3);

        originals.keep(Uploads.request(first), first);
        originals.keep(Uploads.request(first), first);
        originals.keep(Uploads.request(second), second);
        state.database().write(db -> hand(originals, db, "one\n"));
        originals.store();

        assertThat(kept()).hasSize(1);
        assertThat(sha256(second)).isEqualTo(sha256(first));
    }

    @Test
    void the_same_bytes_are_kept_for_each_area_as_long_as_that_asks() {
        var order = put("orders/a.jsonl", "one\n".getBytes(UTF_8));
        var click = put("clicks/a.jsonl", "one\n".getBytes(UTF_8));
        var originals = originals(s3);

        originals.keep(Uploads.request(order), order);
        originals.keep(Uploads.request(click), click);

        assertThat(kept())
                .extracting(ObjectVersion::key)
                .containsExactlyInAnyOrder("raw/orders/" + sha256(order), "raw/clicks/" + sha256(order));
    }

    @Test
    void the_version_that_was_announced_is_kept_when_there_is_a_newer_one() {
        var old = put("orders/a.jsonl", "old".getBytes(UTF_8));
        put("orders/a.jsonl", "new".getBytes(UTF_8));

        originals(s3).keep(Uploads.request(old), old);

        assertThat(archived("raw/orders/" + sha256(old))).isEqualTo("old".getBytes(UTF_8));
    }

    @Test
    void what_takes_an_objects_place_while_it_is_hashed_is_not_kept_under_the_hash_of_another() {
        s3.putObject(request -> request.bucket(PLAIN).key("orders/a.jsonl"), RequestBody.fromString("one"));
        var upload =
                new Upload(PLAIN, "orders/a.jsonl", "e.1", "e", 3, state.clock().instant(), "");
        state.database().write(db -> ledger.open(db, upload, "orders", null));

        var replaced = originals(new DelegatingS3Client(s3) {
            @Override
            protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
                if (request instanceof CopyObjectRequest)
                    s3.putObject(put -> put.bucket(PLAIN).key("orders/a.jsonl"), RequestBody.fromString("two"));
                return operation.apply(request);
            }
        });

        assertThatThrownBy(() -> replaced.keep(Uploads.request(upload), upload)).isInstanceOf(S3Exception.class);
        assertThat(kept()).isEmpty();
        originals(s3).keep(Uploads.request(upload), upload);
        assertThat(archived("raw/orders/" + sha256(upload))).isEqualTo("two".getBytes(UTF_8));
    }

    @Test
    void an_object_too_large_to_be_copied_in_one_go_is_copied_in_parts() {
        var bytes = new byte[(11 << 20) + 3];
        new Random(1).nextBytes(bytes);
        var upload = put("orders/large.jsonl", bytes);

        new Originals(state.database(), ledger, s3, ARCHIVE, 6 << 20, 5 << 20, state.clock())
                .keep(Uploads.request(upload), upload);

        assertThat(archived("raw/orders/" + Json.sha256(bytes))).isEqualTo(bytes);
    }

    @Test
    void a_read_that_breaks_off_keeps_nothing_and_can_be_done_again() {
        var upload = put("orders/a.jsonl", "one\n".repeat(1_000_000).getBytes(UTF_8));
        aws.s3Faults().cutGets(1, 1_000_000);

        assertThatThrownBy(() -> originals(s3).keep(Uploads.request(upload), upload))
                .isInstanceOf(UncheckedIOException.class);
        assertThat(kept()).isEmpty();

        originals(s3).keep(Uploads.request(upload), upload);
        assertThat(kept()).hasSize(1);
    }

    @Test
    void what_is_handed_in_is_stored_once_that_is_committed_and_waits_while_it_cannot_be() {
        var originals = originals(s3);
        assertThatThrownBy(() -> state.database().write(db -> {
                    hand(originals, db, "undone");
                    throw new IllegalStateException("undone");
                }))
                .hasMessage("undone");
        for (int i = 0; i < 25; i++) {
            var body = "order " + i;
            state.database().write(db -> hand(originals, db, body));
        }

        assertThatThrownBy(() -> new Originals(state.database(), ledger, s3, "nowhere", state.clock()).store())
                .isInstanceOf(NoSuchBucketException.class);
        assertThat(waiting()).isEqualTo(25);

        originals.store();
        assertThat(waiting()).isZero();
        assertThat(kept()).hasSize(25);
        assertThat(archived("raw/orders/" + Json.sha256("order 7".getBytes(UTF_8))))
                .isEqualTo("order 7".getBytes(UTF_8));
    }

    private static Originals originals(S3Client client) {
        return new Originals(state.database(), ledger, client, ARCHIVE, state.clock());
    }

    private static void hand(Originals originals, Handle db, String body) {
        var bytes = body.getBytes(UTF_8);
        var sha256 = Json.sha256(bytes);
        var upload = new Upload(
                "api",
                "orders/" + sha256,
                sha256,
                "",
                bytes.length,
                state.clock().instant(),
                "");
        ledger.open(db, upload, "orders", null);
        originals.hand(db, upload, sha256, bytes);
    }

    private static Upload put(String key, byte[] content) {
        var put = s3.putObject(request -> request.bucket(INBOX).key(key), RequestBody.fromBytes(content));
        var upload = new Upload(
                INBOX,
                key,
                put.versionId(),
                put.eTag().replace("\"", ""),
                content.length,
                state.clock().instant(),
                "");
        state.database().write(db -> ledger.open(db, upload, "orders", null));
        return upload;
    }

    private static String sha256(Upload upload) {
        return state.ask(db -> ledger.sha256(db, upload.id())).orElseThrow();
    }

    private static List<ObjectVersion> kept() {
        return s3.listObjectVersions(request -> request.bucket(ARCHIVE)).versions();
    }

    private static byte[] archived(String key) {
        return s3.getObjectAsBytes(request -> request.bucket(ARCHIVE).key(key)).asByteArray();
    }

    private static long waiting() {
        return state.ask(db -> db.createQuery("select count(*) from ledger.original")
                .mapTo(Long.class)
                .one());
    }
}
