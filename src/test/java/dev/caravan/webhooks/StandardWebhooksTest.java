package dev.caravan.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.webhooks.StandardWebhooks.Refusal;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StandardWebhooksTest {
    /** The example of the specification's own libraries. */
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final Instant SENT = Instant.ofEpochSecond(1614265330);
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static final String OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private final Set<String> ids = new HashSet<>();

    @Test
    void the_specifications_example_is_let_in() {
        var result = at(SENT, SECRET).verify(headers(SIGNATURE)::get, BODY);

        assertThat(result.ok()).isTrue();
        assertThat(result.id()).isEqualTo(ID);
        assertThat(ids).containsExactly(ID);
    }

    @Test
    void what_we_sign_has_the_specifications_signature() {
        assertThat(at(SENT, SECRET, OLD_SECRET).sign(ID, BODY)).isEqualTo(headers(SIGNATURE));
    }

    /** The vectors that Pimcore's subscriber is tested with, too. */
    @Test
    void both_ends_of_the_wire_agree_on_the_signatures() throws IOException {
        for (var vector : Json.read(vectors())) {
            var body = vector.path("body").asText().getBytes(StandardCharsets.UTF_8);
            var webhooks = at(
                    Instant.ofEpochSecond(vector.path("timestamp").asLong()),
                    vector.path("secret").asText());

            var headers = webhooks.sign(vector.path("id").asText(), body);

            assertThat(headers)
                    .as(vector.path("name").asText())
                    .containsEntry(
                            StandardWebhooks.SIGNATURE, vector.path("signature").asText());
            assertThat(webhooks.verify(headers::get, body).ok()).isTrue();
        }
    }

    @Test
    void a_secret_may_come_without_its_prefix() {
        assertThat(at(SENT, SECRET.substring("whsec_".length()))
                        .verify(headers(SIGNATURE)::get, BODY)
                        .ok())
                .isTrue();
    }

    @Test
    void while_secrets_are_rotated_either_is_good_and_one_of_several_signatures_is_enough() {
        assertThat(at(SENT, OLD_SECRET, SECRET)
                        .verify(headers(SIGNATURE)::get, BODY)
                        .ok())
                .isTrue();

        var several = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,whatever  " + SIGNATURE;
        ids.clear();
        assertThat(at(SENT, SECRET).verify(headers(several)::get, BODY).ok()).isTrue();
    }

    @Test
    void a_changed_body_id_or_timestamp_is_refused() {
        var webhooks = at(SENT, SECRET);

        assertThat(webhooks.verify(headers(SIGNATURE)::get, "{\"test\": 1}".getBytes(StandardCharsets.UTF_8))
                        .refusal())
                .contains(Refusal.WRONG_SIGNATURE);
        assertThat(webhooks.verify(with(StandardWebhooks.ID, "msg_other")::get, BODY)
                        .refusal())
                .contains(Refusal.WRONG_SIGNATURE);
        assertThat(webhooks.verify(with(StandardWebhooks.TIMESTAMP, "1614265331")::get, BODY)
                        .refusal())
                .contains(Refusal.WRONG_SIGNATURE);
        assertThat(at(SENT, OLD_SECRET).verify(headers(SIGNATURE)::get, BODY).refusal())
                .contains(Refusal.WRONG_SIGNATURE);
        assertThat(ids).as("a forgery does not use an id up").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {StandardWebhooks.ID, StandardWebhooks.TIMESTAMP, StandardWebhooks.SIGNATURE})
    void each_header_is_needed(String name) {
        var headers = new HashMap<>(headers(SIGNATURE));
        headers.remove(name);
        assertThat(at(SENT, SECRET).verify(headers::get, BODY).refusal()).contains(Refusal.MISSING_HEADER);

        headers.put(name, " ");
        assertThat(at(SENT, SECRET).verify(headers::get, BODY).refusal()).contains(Refusal.MISSING_HEADER);
    }

    @Test
    void five_minutes_either_way_are_tolerated_and_no_more() {
        assertThat(at(SENT.plus(Duration.ofMinutes(5)), SECRET)
                        .verify(headers(SIGNATURE)::get, BODY)
                        .ok())
                .isTrue();
        ids.clear();
        assertThat(at(SENT.minus(Duration.ofMinutes(5)), SECRET)
                        .verify(headers(SIGNATURE)::get, BODY)
                        .ok())
                .isTrue();

        assertThat(at(SENT.plusSeconds(301), SECRET)
                        .verify(headers(SIGNATURE)::get, BODY)
                        .refusal())
                .contains(Refusal.TOO_OLD);
        assertThat(at(SENT.minusSeconds(301), SECRET)
                        .verify(headers(SIGNATURE)::get, BODY)
                        .refusal())
                .contains(Refusal.TOO_NEW);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "1614265330.5", "99999999999999999999", "9223372036854775807"})
    void a_timestamp_that_is_none_is_refused(String timestamp) {
        assertThat(at(SENT, SECRET)
                        .verify(with(StandardWebhooks.TIMESTAMP, timestamp)::get, BODY)
                        .refusal())
                .contains(Refusal.BAD_TIMESTAMP);
    }

    @Test
    void signatures_of_versions_we_do_not_know_are_told_apart_from_wrong_ones() {
        assertThat(at(SENT, SECRET).verify(headers("v1a,abc v2,def")::get, BODY).refusal())
                .contains(Refusal.NO_KNOWN_SIGNATURE);
        assertThat(at(SENT, SECRET).verify(headers("v1,")::get, BODY).refusal()).contains(Refusal.WRONG_SIGNATURE);
    }

    @Test
    void an_id_is_let_in_once_and_again_when_handling_it_failed() {
        var webhooks = at(SENT, SECRET);
        assertThat(webhooks.verify(headers(SIGNATURE)::get, BODY).ok()).isTrue();
        assertThat(webhooks.verify(headers(SIGNATURE)::get, BODY).refusal()).contains(Refusal.REPLAYED);

        ids.remove(ID);

        assertThat(webhooks.verify(headers(SIGNATURE)::get, BODY).ok()).isTrue();
    }

    @Test
    void every_refusal_explains_itself() {
        assertThat(Refusal.values())
                .allSatisfy(refusal -> assertThat(refusal.explanation()).hasSizeGreaterThan(20));
    }

    @Test
    void secrets_that_cannot_be_right_are_refused_at_the_start_and_not_shown() {
        assertThatThrownBy(() -> at(SENT)).isInstanceOf(BadSettings.class).hasMessage("no webhook secret is set");
        assertThatThrownBy(() -> at(SENT, "whsec_äöü"))
                .isInstanceOf(BadSettings.class)
                .hasMessageNotContaining("äöü");
        assertThatThrownBy(() -> at(SENT, "whsec_c2hvcnQ="))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("5 bytes");
    }

    private static byte[] vectors() throws IOException {
        try (var file = StandardWebhooksTest.class.getResourceAsStream("signatures.json")) {
            return file.readAllBytes();
        }
    }

    private StandardWebhooks at(Instant now, String... secrets) {
        var remembered = new RememberedIds() {
            @Override
            public boolean remember(String id, Duration atLeast) {
                return ids.add(id);
            }

            @Override
            public void forget(String id) {
                ids.remove(id);
            }
        };
        return new StandardWebhooks(List.of(secrets), remembered, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static Map<String, String> headers(String signature) {
        return Map.of(
                StandardWebhooks.ID, ID,
                StandardWebhooks.TIMESTAMP, String.valueOf(SENT.getEpochSecond()),
                StandardWebhooks.SIGNATURE, signature);
    }

    private static Map<String, String> with(String name, String value) {
        var headers = new HashMap<>(headers(SIGNATURE));
        headers.put(name, value);
        return headers;
    }
}
