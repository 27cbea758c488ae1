package dev.caravan.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.testing.TestS3;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

class ClaimCheckTest {
    private static TestS3 server;
    private static S3Client s3;

    private final ObjectNode detail = Json.object().put("name", "فستان").put("unique", System.nanoTime());
    private final ClaimCheck claims = new ClaimCheck(new S3ClaimStore(s3), "archive");

    @BeforeAll
    static void start() throws Exception {
        server = new TestS3("archive");
        s3 = server.client();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void a_deposited_detail_comes_back_by_its_claim() {
        var claim = claims.deposit(detail);

        assertThat(claim.path("claim").path("bucket").asText()).isEqualTo("archive");
        assertThat(claim.path("claim").path("key").asText())
                .isEqualTo("claims/" + Json.sha256(Json.bytes(detail)) + ".json");
        assertThat(claims.resolve(claim)).isEqualTo(detail);
    }

    @Test
    void the_same_detail_deposited_twice_is_one_object() {
        assertThat(claims.deposit(detail)).isEqualTo(claims.deposit(detail));
        assertThat(claims.resolve(claims.deposit(detail))).isEqualTo(detail);
    }

    @Test
    void a_detail_without_a_claim_is_itself() {
        assertThat(claims.resolve(detail)).isSameAs(detail);
        assertThat(claims.resolve(Json.object().put("claim", "a word")))
                .isEqualTo(Json.object().put("claim", "a word"));
    }

    @Test
    void a_claim_that_leads_elsewhere_is_refused() {
        var otherBucket = claims.deposit(detail);
        ((ObjectNode) otherBucket.path("claim")).put("bucket", "secrets");
        assertThatThrownBy(() -> claims.resolve(otherBucket))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("does not lead to claims/ in archive");

        var otherKey = claims.deposit(detail);
        ((ObjectNode) otherKey.path("claim")).put("key", "raw/other.json");
        assertThatThrownBy(() -> claims.resolve(otherKey)).isInstanceOf(BadMessage.class);

        var noHash = Json.object();
        noHash.putObject("claim").put("bucket", "archive");
        assertThatThrownBy(() -> claims.resolve(noHash)).isInstanceOf(BadMessage.class);
    }

    @Test
    void what_was_changed_in_the_store_is_noticed() {
        var claim = claims.deposit(detail);
        put(claim.path("claim").path("key").asText(), "{\"name\":\"another\"}");

        assertThatThrownBy(() -> claims.resolve(claim))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("is not what was put there");
    }

    @Test
    void a_claimed_detail_has_to_be_an_object() {
        var sha256 = Json.sha256("[1]".getBytes(StandardCharsets.UTF_8));
        put("claims/" + sha256 + ".json", "[1]");
        var claim = Json.object();
        claim.putObject("claim")
                .put("bucket", "archive")
                .put("key", "claims/" + sha256 + ".json")
                .put("sha256", sha256)
                .put("size", 3);

        assertThatThrownBy(() -> claims.resolve(claim))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("no object");
    }

    @Test
    void a_claim_whose_detail_is_gone_is_a_bad_message() {
        var claim = claims.deposit(detail);
        s3.deleteObject(request ->
                request.bucket("archive").key(claim.path("claim").path("key").asText()));

        assertThatThrownBy(() -> claims.resolve(claim))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("is gone");
    }

    @Test
    void while_s3_is_away_claims_wait() {
        var claim = claims.deposit(detail);
        try (var nobody = TestS3.client(1)) {
            var away = new ClaimCheck(new S3ClaimStore(nobody), "archive");

            assertThatThrownBy(() -> away.deposit(detail))
                    .isInstanceOf(TargetUnavailable.class)
                    .hasMessageContaining("put s3://archive/claims/");
            assertThatThrownBy(() -> away.resolve(claim))
                    .isInstanceOf(TargetUnavailable.class)
                    .hasMessageContaining("get s3://archive/claims/");
        }
    }

    private static void put(String key, String text) {
        s3.putObject(request -> request.bucket("archive").key(key), RequestBody.fromString(text));
    }
}
