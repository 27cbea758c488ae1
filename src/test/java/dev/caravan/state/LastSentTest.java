package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.caravan.products.ProductKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LastSentTest {
    private static final ProductKey A = new ProductKey("shein", "a");
    private static final ProductKey B = new ProductKey("shein", "b");

    private static HikariDataSource database;
    private static Caches caches;

    private final String target = "target-" + System.nanoTime();
    private final LastSent lastSent = new LastSent(caches.lastSent());

    @BeforeAll
    static void start() {
        database = Pools.fresh();
        caches = Caches.start(database, Caches.Settings.alone());
    }

    @AfterAll
    static void stop() {
        caches.close();
        database.close();
    }

    @Test
    void what_was_confirmed_is_known_for_that_target_alone() {
        lastSent.expect(target, Map.of(A, "h1"));
        assertThat(lastSent.hash(target, A)).isEmpty();

        assertThat(lastSent.confirmed(target, A, "h1")).isTrue();

        assertThat(lastSent.hash(target, A)).contains("h1");
        assertThat(lastSent.hash("another", A)).isEmpty();
        assertThat(lastSent.hashes(target, List.of(A, B, A))).isEqualTo(Map.of(A, "h1"));
    }

    @Test
    void from_the_moment_a_new_version_is_expected_there_is_no_answer_so_a_crash_leaves_a_miss() {
        confirm(A, "h1");

        lastSent.expect(target, Map.of(A, "h2"));

        assertThat(lastSent.hash(target, A)).isEmpty();
        assertThat(lastSent.hashes(target, List.of(A))).isEmpty();
    }

    @Test
    void a_late_confirmation_of_an_older_version_changes_nothing() {
        lastSent.expect(target, Map.of(A, "h1"));
        lastSent.expect(target, Map.of(A, "h2"));

        assertThat(lastSent.confirmed(target, A, "h1")).isFalse();
        assertThat(lastSent.hash(target, A)).isEmpty();

        assertThat(lastSent.confirmed(target, A, "h2")).isTrue();
        assertThat(lastSent.confirmed(target, A, "h1")).isFalse();
        assertThat(lastSent.hash(target, A)).contains("h2");
    }

    @Test
    void confirming_twice_is_confirming_once() {
        confirm(A, "h1");

        assertThat(lastSent.confirmed(target, A, "h1")).isTrue();
        assertThat(lastSent.hash(target, A)).contains("h1");
    }

    @Test
    void what_the_database_says_after_a_miss_is_kept_unless_a_version_is_expected_by_then() {
        assertThat(lastSent.confirmed(target, A, "h1")).isTrue();
        assertThat(lastSent.hash(target, A)).contains("h1");

        lastSent.expect(target, Map.of(B, "h2"));
        assertThat(lastSent.confirmed(target, B, "h1")).isFalse();
        assertThat(lastSent.hash(target, B)).isEmpty();
    }

    @Test
    void after_a_crash_between_commit_and_confirmation_the_database_brings_the_answer_back() {
        lastSent.expect(target, Map.of(A, "h1"));

        lastSent.confirmed(target, A, "h1"); // read in the database after the restart

        assertThat(lastSent.hash(target, A)).contains("h1");
    }

    @Test
    void what_was_forgotten_stays_unknown_until_a_version_is_expected() {
        confirm(A, "h1");
        lastSent.forget(target, List.of(A, A, B));

        assertThat(lastSent.hash(target, A)).isEmpty();
        assertThat(lastSent.confirmed(target, A, "h1")).isFalse();

        confirm(A, "h1");
        assertThat(lastSent.hash(target, A)).contains("h1");
    }

    private void confirm(ProductKey key, String hash) {
        lastSent.expect(target, Map.of(key, hash));
        assertThat(lastSent.confirmed(target, key, hash)).isTrue();
    }
}
