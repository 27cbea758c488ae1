package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final Duration NOT_LONG = Duration.ofMillis(50);

    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @Test
    void an_instance_without_a_cluster_has_its_database_alone() {
        try (var first = join(false, NOT_LONG)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> join(false, NOT_LONG))
                    .isInstanceOf(BadSettings.class)
                    .hasMessageContaining("set CARAVAN_CLUSTER=true for both");
            assertThatThrownBy(() -> join(true, NOT_LONG))
                    .isInstanceOf(BadSettings.class)
                    .hasMessageContaining("an instance with CARAVAN_CLUSTER=false uses this database");
        }
    }

    @Test
    void instances_of_a_cluster_share_it_with_each_other_only() {
        try (var first = join(true, NOT_LONG);
                var second = join(true, NOT_LONG)) {
            assertThat(first).isNotSameAs(second);
            assertThatThrownBy(() -> join(false, NOT_LONG)).isInstanceOf(BadSettings.class);
        }
    }

    @Test
    void the_next_one_waits_until_the_one_before_has_stopped() throws Exception {
        var first = join(false, NOT_LONG);

        var second = CompletableFuture.supplyAsync(() -> join(false, Duration.ofMinutes(1)));
        first.close();

        second.get().close();
    }

    @Test
    void a_database_that_does_not_answer_is_said_to_be_away() {
        assertThatThrownBy(() -> Membership.join("jdbc:postgresql://127.0.0.1:1/none", false, NOT_LONG))
                .isInstanceOf(TargetUnavailable.class);
    }

    private static Membership join(boolean clustered, Duration patience) {
        return Membership.join(state.jdbcUrl(), clustered, patience);
    }
}
