package dev.caravan.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageAgesTest {
    private static final String QUEUE = "caravan-products";

    private final TestClock clock = new TestClock();
    private final MessageAges ages = new MessageAges(clock);

    @Test
    void an_empty_queue_has_no_oldest_message() {
        assertThat(ages.oldest(QUEUE, 0)).isEmpty();
    }

    @Test
    void a_message_that_was_received_and_is_still_there_is_as_old_as_it_was_sent_long_ago() {
        clock.pass(Duration.ofHours(3));
        ages.received(QUEUE, List.of(message("a", clock.instant().minusSeconds(7200), 1)));

        clock.pass(Duration.ofMinutes(10));

        assertThat(ages.oldest(QUEUE, 1)).contains(Duration.ofMinutes(130));
    }

    @Test
    void once_it_is_deleted_the_next_oldest_counts() {
        clock.pass(Duration.ofHours(3));
        var old = message("a", clock.instant().minusSeconds(7200), 1);
        var young = message("b", clock.instant().minusSeconds(60), 1);
        ages.received(QUEUE, List.of(old, young));

        ages.gone(QUEUE, List.of(old));

        assertThat(ages.oldest(QUEUE, 1)).contains(Duration.ofSeconds(60));
    }

    @Test
    void messages_nobody_has_received_are_younger_than_those_that_were_received_first() {
        clock.pass(Duration.ofHours(3));
        var received = message("a", clock.instant().minusSeconds(300), 1);
        ages.received(QUEUE, List.of(received));
        ages.gone(QUEUE, List.of(received));

        clock.pass(Duration.ofSeconds(20));

        assertThat(ages.oldest(QUEUE, 500)).contains(Duration.ofSeconds(320));
    }

    @Test
    void an_old_message_that_comes_again_does_not_make_the_unseen_ones_older() {
        clock.pass(Duration.ofHours(3));
        var first = message("a", clock.instant().minusSeconds(10), 1);
        var again = message("b", clock.instant().minusSeconds(9000), 4);
        ages.received(QUEUE, List.of(first, again));
        ages.gone(QUEUE, List.of(first, again));

        assertThat(ages.oldest(QUEUE, 5)).contains(Duration.ofSeconds(10));
    }

    @Test
    void none_is_older_than_the_moment_the_queue_was_seen_empty() {
        clock.pass(Duration.ofHours(3));
        ages.oldest(QUEUE, 0);

        clock.pass(Duration.ofMinutes(5));

        assertThat(ages.oldest(QUEUE, 7)).as("sent since, and never received").contains(Duration.ofMinutes(5));
    }

    @Test
    void before_anything_is_known_the_age_counts_from_the_start() {
        clock.pass(Duration.ofMinutes(4));

        assertThat(ages.oldest(QUEUE, 7)).contains(Duration.ofMinutes(4));
    }

    @Test
    void a_message_that_others_have_long_overtaken_is_forgotten() {
        clock.pass(Duration.ofHours(3));
        ages.received(QUEUE, List.of(message("lost", clock.instant(), 1)));

        clock.pass(Duration.ofHours(14));
        var now = message("now", clock.instant(), 1);
        ages.received(QUEUE, List.of(now));
        ages.gone(QUEUE, List.of(now));

        assertThat(ages.oldest(QUEUE, 1)).contains(Duration.ZERO);
    }

    private static BatchMessage message(String id, Instant sent, int receives) {
        return new BatchMessage(
                id,
                "receipt",
                "{}",
                Map.of(
                        "SentTimestamp",
                        String.valueOf(sent.toEpochMilli()),
                        "ApproximateReceiveCount",
                        String.valueOf(receives)),
                Map.of());
    }
}
