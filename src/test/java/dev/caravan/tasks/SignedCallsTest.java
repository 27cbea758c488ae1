package dev.caravan.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.Refused;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignedCallsTest {
    private final SignedCalls calls = new SignedCalls(Optional.empty(), Optional.empty());

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204})
    void a_success_is_done(int status) {
        assertThatCode(() -> calls.judge(status, null, null, "t-1")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504})
    void what_may_be_another_answer_later_is_asked_again(int status) {
        assertThatThrownBy(() -> calls.judge(status, "soon", null, "t-1"))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessage("answered " + status + " to t-1")
                .asInstanceOf(type(TargetUnavailable.class))
                .satisfies(outage -> assertThat(outage.retryAfter()).isEmpty());
    }

    @Test
    void the_time_a_target_asks_for_is_kept() {
        assertThatThrownBy(() -> calls.judge(429, "90", null, "t-1"))
                .asInstanceOf(type(TargetUnavailable.class))
                .satisfies(outage -> assertThat(outage.retryAfter()).contains(Duration.ofSeconds(90)));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 400, 401, 404, 409, 410, 422})
    void any_other_answer_is_for_good(int status) {
        assertThatThrownBy(() -> calls.judge(status, null, new byte[] {1}, "t-1"))
                .isInstanceOf(Refused.class);
    }

    @Test
    void no_answer_is_no_refusal() {
        assertThatThrownBy(() -> calls.judge(null, null, null, "t-1")).isInstanceOf(TargetUnavailable.class);
    }

    @Test
    void an_address_without_a_secret_is_no_setting() {
        try (var state = new TestState()) {
            assertThatThrownBy(() -> new TestTasks(state, Map.of("TASKS_HTTP_URL", "http://127.0.0.1:9/work")))
                    .isInstanceOf(BadSettings.class)
                    .hasMessageContaining("tasks.http-secret");
        }
    }
}
