package dev.caravan.products.medusa;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Reply;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdminApiTest {
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);

    @Test
    void a_success_is_read_as_json_with_exact_numbers() {
        var answer = answering(200, Map.of(), "{\"amount\":23.80}").get("/admin/x");

        assertThat(answer.path("amount").decimalValue()).isEqualByComparingTo("23.80");
    }

    @Test
    void a_refusal_names_the_call_without_its_query_and_what_medusa_said() {
        var api = answering(400, Map.of(), "{\"type\":\"invalid_data\",\"message\":\"no\"}");

        var refusal = catchThrowableOfType(Refusal.class, () -> api.get("/admin/x?fields=id"));

        assertThat(refusal).hasMessage("Medusa answered 400 to GET /admin/x: no");
        assertThat(refusal.said()).isEqualTo("no");
        assertThat(refusal.verdict()).isEqualTo(MedusaErrors.Verdict.PARK);
    }

    @Test
    void a_retry_after_in_seconds_is_kept() {
        assertThat(unavailable("120").retryAfter()).contains(Duration.ofMinutes(2));
    }

    @Test
    void a_retry_after_as_a_date_is_counted_from_now() {
        assertThat(unavailable("Sat, 21 Nov 2026 12:00:30 GMT").retryAfter()).contains(Duration.ofSeconds(30));
        assertThat(unavailable("Sat, 21 Nov 2026 11:00:00 GMT").retryAfter()).contains(Duration.ZERO);
    }

    @Test
    void a_retry_after_that_cannot_be_read_is_none() {
        assertThat(unavailable("soon").retryAfter()).isEmpty();
        assertThat(unavailable("").retryAfter()).isEmpty();
    }

    @Test
    void a_page_in_html_means_that_the_address_is_wrong() {
        assertThatThrownBy(() -> answering(404, Map.of(), "<!DOCTYPE html><html>Cannot GET /admin/x</html>")
                        .get("/admin/x"))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("MEDUSA_URL");
        assertThatThrownBy(
                        () -> answering(200, Map.of(), "<html>Welcome</html>").post("/admin/x", Json.object()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("MEDUSA_URL");
    }

    @Test
    void a_long_answer_that_is_not_json_is_cut() {
        var refusal = catchThrowableOfType(
                Refusal.class, () -> answering(400, Map.of(), "x".repeat(1000)).get("/admin/x"));

        assertThat(refusal.said()).hasSize(301).endsWith("…");
    }

    @Test
    void values_of_a_query_are_encoded() {
        assertThat(AdminApi.query("sku", List.of("a b", "c&d=é"))).isEqualTo("sku%5B%5D=a+b&sku%5B%5D=c%26d%3D%C3%A9");
    }

    private static TargetUnavailable unavailable(String retryAfter) {
        var api = answering(503, Map.of("retry-after", retryAfter), "busy");
        return catchThrowableOfType(TargetUnavailable.class, () -> api.get("/admin/x"));
    }

    private static AdminApi answering(int status, Map<String, String> headers, String body) {
        return new AdminApi(call -> new Reply(status, headers, body.getBytes(UTF_8)), NOON);
    }
}
