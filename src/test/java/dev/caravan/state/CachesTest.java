package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.caravan.failure.BadSettings;
import dev.caravan.products.ProductKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CachesTest {
    private final HikariDataSource database = Pools.fresh();

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void what_is_put_is_there_after_a_restart() {
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            caches.idempotent().put("uploads:a", "done");
            caches.lastSent().put("medusa shein/1", "=abc");
        }

        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            assertThat(caches.idempotent().get("uploads:a")).isEqualTo("done");
            assertThat(caches.idempotent().putIfAbsent("uploads:a", "claimed")).isEqualTo("done");
            assertThat(caches.lastSent()).containsExactlyInAnyOrderEntriesOf(Map.of("medusa shein/1", "=abc"));
            assertThat(caches.members()).isEqualTo(1);
        }
    }

    @Test
    void an_entry_is_in_the_database_when_its_put_returns() throws SQLException {
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            caches.lastSent().put("k", "v");

            assertThat(rows("entries_last_sent")).isEqualTo(1);
            caches.lastSent().remove("k");
            assertThat(rows("entries_last_sent")).isZero();
        }
    }

    @Test
    void a_lifespan_goes_on_through_a_restart() {
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            caches.idempotent().put("claim", "x", 1_500, TimeUnit.MILLISECONDS);
            assertThat(caches.idempotent().get("claim")).isEqualTo("x");
        }

        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            await().until(() -> caches.idempotent().get("claim") == null);
            assertThat(caches.idempotent().putIfAbsent("claim", "y")).isNull();
        }
    }

    @Test
    void memory_is_bounded_and_what_is_pushed_out_is_read_from_the_database() {
        var small = settings(Map.of("caravan.cache-entries", "100"));
        try (var caches = Caches.start(database, small)) {
            var entries = new HashMap<String, String>();
            IntStream.range(0, 2_000).forEach(i -> entries.put("key " + i, "value " + i));
            caches.lastSent().putAll(entries);

            assertThat(caches.lastSent().getAdvancedCache().getDataContainer().size())
                    .isLessThanOrEqualTo(100);
            assertThat(caches.lastSent().getAdvancedCache().getAll(entries.keySet()))
                    .isEqualTo(entries);
        }
    }

    @Test
    void keys_may_be_longer_than_a_line() {
        var key = "x".repeat(2_000);
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            caches.idempotent().put(key, "done");
        }
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            assertThat(caches.idempotent().get(key)).isEqualTo("done");
        }
    }

    @Test
    void two_instances_find_each_other_through_the_database_and_share_what_they_know() throws Exception {
        var other = Pools.another(database);
        var one = settings(Map.of("caravan.cluster", "true", "caravan.node-name", "one"));
        var two = settings(Map.of("caravan.cluster", "true", "caravan.node-name", "two"));
        try (other;
                var first = Caches.start(database, one);
                var second = Caches.start(other, two)) {
            await().until(() -> first.members() == 2 && second.members() == 2);

            assertThat(first.idempotent().putIfAbsent("a", "by one")).isNull();
            assertThat(second.idempotent().putIfAbsent("a", "by two")).isEqualTo("by one");
            second.lastSent().put("k", "v");
            assertThat(first.lastSent().get("k")).isEqualTo("v");
            first.lastSent().put("k", "w");
            assertThat(second.lastSent().get("k")).isEqualTo("w");
            assertThat(rows("entries_last_sent")).isEqualTo(1);
            assertThat(socketsBeyondLoopback()).isEmpty();

            second.close();
            await().until(() -> first.members() == 1);
            assertThat(first.idempotent().get("a")).isEqualTo("by one");
            await().untilAsserted(() -> assertThat(rows("members")).isEqualTo(1));
        }
        assertThat(rows("members")).isZero();
    }

    @Test
    void an_instance_that_was_killed_and_stands_in_the_members_table_does_not_hold_up_the_next_start()
            throws SQLException {
        var clustered = settings(Map.of("caravan.cluster", "true"));
        try (var killed = Caches.start(database, clustered)) {
            execute("create table infinispan.remembered as select * from infinispan.members");
        }
        execute("insert into infinispan.members select * from infinispan.remembered");

        long before = System.nanoTime();
        try (var next = Caches.start(database, clustered)) {
            assertThat(next.members()).isEqualTo(1);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
            assertThat(next.idempotent().putIfAbsent("a", "b")).isNull();
        }
    }

    @Test
    void what_one_instance_kept_alone_is_there_when_it_becomes_a_cluster() {
        try (var alone = Caches.start(database, Caches.Settings.alone())) {
            alone.lastSent().put("k", "v");
        }
        try (var clustered = Caches.start(database, settings(Map.of("caravan.cluster", "true")))) {
            assertThat(clustered.lastSent().get("k")).isEqualTo("v");
        }
    }

    @Test
    void instances_may_start_at_the_same_time_on_an_empty_database() {
        try (var other = Pools.another(database)) {
            var started = Stream.of(database, other)
                    .parallel()
                    .map(pool -> Caches.start(pool, settings(Map.of("caravan.cluster", "true"))))
                    .toList();

            await().until(() -> started.stream().allMatch(caches -> caches.members() == 2));
            started.forEach(Caches::close);
        }
    }

    @Test
    void webhook_ids_are_remembered_per_sender_for_their_time() {
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            var pimcore = new CachedIds(caches.idempotent(), "pimcore");
            var medusa = new CachedIds(caches.idempotent(), "medusa");

            assertThat(pimcore.remember("msg_1", Duration.ofMinutes(10))).isTrue();
            assertThat(pimcore.remember("msg_1", Duration.ofMinutes(10))).isFalse();
            assertThat(medusa.remember("msg_1", Duration.ofMillis(200))).isTrue();
            await().until(() -> medusa.remember("msg_1", Duration.ofMinutes(10)));
            pimcore.forget("msg_1");
            assertThat(pimcore.remember("msg_1", Duration.ofMinutes(10))).isTrue();
        }
    }

    @Test
    void a_wrong_setting_is_named_with_what_would_be_right() {
        assertThatThrownBy(() -> settings(Map.of("caravan.cache-entries", "many")))
                .isInstanceOf(BadSettings.class)
                .hasMessage("caravan.cache-entries is \"many\": set a whole number from 1 to 2147483647");
        assertThatThrownBy(() -> settings(Map.of("caravan.cluster-port", "70000")))
                .hasMessageContaining("from 0 to 65535");
        var nowhere = settings(Map.of("caravan.cluster", "true", "caravan.cluster-address", "no.such.host.invalid"));
        assertThatThrownBy(() -> Caches.start(database, nowhere))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("caravan.cluster-address is \"no.such.host.invalid\"");
    }

    @Test
    void without_a_database_there_are_no_caches() {
        database.close();

        assertThatThrownBy(() -> Caches.start(database, Caches.Settings.alone()))
                .hasMessageContaining("caches cannot use the database");
    }

    @Test
    void a_thousand_hashes_are_read_in_well_under_a_second_even_just_after_a_restart() {
        var keys = IntStream.range(0, 1_000)
                .mapToObj(i -> new ProductKey("shein", "p" + i))
                .toList();
        var hashes = new HashMap<ProductKey, String>();
        keys.forEach(key -> hashes.put(key, "hash-" + key.id()));
        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            var lastSent = new LastSent(caches.lastSent());
            lastSent.expect("medusa", hashes);
            hashes.forEach((key, hash) -> lastSent.confirmed("medusa", key, hash));
        }

        try (var caches = Caches.start(database, Caches.Settings.alone())) {
            var lastSent = new LastSent(caches.lastSent());
            long cold = nanos(() -> assertThat(lastSent.hashes("medusa", keys)).isEqualTo(hashes));
            long warm = nanos(() -> assertThat(lastSent.hashes("medusa", keys)).isEqualTo(hashes));
            assertThat(Duration.ofNanos(cold)).isLessThan(Duration.ofSeconds(5));
            assertThat(Duration.ofNanos(warm)).isLessThan(Duration.ofSeconds(1));
        }
    }

    /** This process's sockets that others than this machine could reach, as Linux lists them; none on other systems. */
    private static List<String> socketsBeyondLoopback() throws IOException {
        var ours = new HashSet<String>();
        try (var files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var file : files) {
                var target = Files.isSymbolicLink(file)
                        ? Files.readSymbolicLink(file).toString()
                        : "";
                if (target.startsWith("socket:[")) ours.add(target.substring(8, target.length() - 1));
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        var beyond = new ArrayList<String>();
        for (var table : List.of("tcp", "tcp6", "udp", "udp6")) {
            for (var line : Files.readAllLines(Path.of("/proc/net/" + table))) {
                var columns = line.trim().split("\\s+");
                boolean waits = columns[3].equals(table.startsWith("udp") ? "07" : "0A");
                boolean loopback = columns[1].matches("(0100007F|0{16}FFFF00000100007F|0{24}01000000):.*");
                if (ours.contains(columns[9]) && waits && !loopback) beyond.add(table + " " + columns[1]);
            }
        }
        return beyond;
    }

    private static long nanos(Runnable work) {
        long before = System.nanoTime();
        work.run();
        return System.nanoTime() - before;
    }

    private static Caches.Settings settings(Map<String, String> properties) {
        return Caches.Settings.read(properties::get);
    }

    private void execute(String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private int rows(String table) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("select count(*) from infinispan." + table)) {
            result.next();
            return result.getInt(1);
        }
    }
}
