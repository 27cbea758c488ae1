package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.caravan.failure.TargetUnavailable;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class InProgressIdempotentRepositoryTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(700);

    private static HikariDataSource database;
    private static Caches caches;

    private final String scope = "scope-" + System.nanoTime();

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
    void a_key_is_new_then_in_progress_then_done() {
        var repository = repository("one", LONG);

        assertThat(repository.add("a")).isTrue();
        assertThat(repository.contains("a")).isFalse();
        assertThatThrownBy(() -> repository.add("a")).isInstanceOfSatisfying(TargetUnavailable.class, unavailable -> {
            assertThat(unavailable).hasMessageContaining("\"a\" is being worked on by one");
            assertThat(unavailable.retryAfter().orElseThrow()).isBetween(LONG.minusMinutes(1), LONG);
        });

        assertThat(repository.confirm("a")).isTrue();
        assertThat(repository.contains("a")).isTrue();
        assertThat(repository.add("a")).isFalse();
    }

    @Test
    void what_is_in_progress_elsewhere_is_not_ours_to_drop_or_release() {
        var one = repository("one", LONG);
        var two = repository("two", LONG);
        one.add("a");

        assertThatThrownBy(() -> two.add("a")).hasMessageContaining("being worked on by one");
        assertThat(two.remove("a")).isFalse();
        assertThat(two.extend("a")).isFalse();

        assertThat(one.remove("a")).isTrue();
        assertThat(two.add("a")).isTrue();
    }

    @Test
    void a_claim_that_is_not_extended_lapses() {
        var crashed = repository("crashed", SHORT);
        var next = repository("next", LONG);
        crashed.add("a");

        await().ignoreException(TargetUnavailable.class).until(() -> next.add("a"));
        assertThat(crashed.extend("a")).isFalse();
        assertThat(crashed.remove("a")).isFalse();
        assertThatThrownBy(() -> repository("third", LONG).add("a")).hasMessageContaining("by next");
    }

    @Test
    void a_claim_that_is_extended_stands() {
        var worker = repository("worker", SHORT);
        var other = repository("other", LONG);
        worker.add("a");

        var until = System.nanoTime() + SHORT.multipliedBy(4).toNanos();
        await().pollInterval(Duration.ofMillis(100)).until(() -> {
            assertThat(worker.extend("a")).isTrue();
            assertThatThrownBy(() -> other.add("a")).isInstanceOf(TargetUnavailable.class);
            return System.nanoTime() > until;
        });

        assertThat(worker.confirm("a")).isTrue();
    }

    @Test
    void an_effect_that_happened_after_the_claim_lapsed_is_confirmed_all_the_same() {
        var slow = repository("slow", SHORT);
        var second = repository("second", LONG);
        slow.add("a");
        await().ignoreException(TargetUnavailable.class).until(() -> second.add("a"));

        assertThat(slow.confirm("a")).isFalse();

        assertThat(second.contains("a")).isTrue();
        assertThat(second.remove("a")).as("a key that is done is not released").isFalse();
        assertThat(second.add("a")).isFalse();
    }

    @Test
    void of_many_that_claim_a_key_at_once_one_gets_it() throws Exception {
        var threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 20; round++) {
                var key = "key " + round;
                var won = new AtomicInteger();
                var refused = new AtomicInteger();
                Callable<Void> claim = () -> {
                    try {
                        if (repository("worker", LONG).add(key)) won.incrementAndGet();
                    } catch (TargetUnavailable e) {
                        refused.incrementAndGet();
                    }
                    return null;
                };
                for (var done : threads.invokeAll(
                        IntStream.range(0, 8).mapToObj(i -> claim).toList())) done.get(20, TimeUnit.SECONDS);
                assertThat(List.of(won.get(), refused.get())).containsExactly(1, 7);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void scopes_do_not_see_each_other_and_are_cleared_alone() {
        var uploads = repository("one", LONG);
        var hooks = new InProgressIdempotentRepository(
                caches.idempotent(), scope + "-hooks", "one", LONG, Clock.systemUTC());
        uploads.add("a");
        uploads.confirm("a");
        assertThat(hooks.add("a")).isTrue();
        hooks.confirm("a");

        uploads.clear();

        assertThat(uploads.contains("a")).isFalse();
        assertThat(hooks.contains("a")).isTrue();
    }

    @Test
    void done_and_claimed_survive_a_restart() {
        try (var own = Pools.fresh()) {
            try (var before = Caches.start(own, Caches.Settings.alone())) {
                var repository =
                        new InProgressIdempotentRepository(before.idempotent(), scope, "one", LONG, Clock.systemUTC());
                repository.add("done");
                repository.confirm("done");
                repository.add("claimed");
            }
            try (var after = Caches.start(own, Caches.Settings.alone())) {
                var repository =
                        new InProgressIdempotentRepository(after.idempotent(), scope, "one", LONG, Clock.systemUTC());
                assertThat(repository.add("done")).isFalse();
                assertThatThrownBy(() -> repository.add("claimed")).isInstanceOf(TargetUnavailable.class);
            }
        }
    }

    @Test
    void in_a_route_a_duplicate_is_dropped_only_when_the_first_has_had_its_effect() throws Exception {
        var repository = repository("one", LONG);
        var effects = new AtomicInteger();
        try (var context = new DefaultCamelContext()) {
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:in").idempotentConsumer(body(), repository).process(exchange -> {
                        if (effects.incrementAndGet() == 1) throw new IllegalStateException("target down");
                        if (exchange.getMessage().getHeader("again") != null) return;
                        var twin = context.createProducerTemplate().request("direct:in", other -> {
                            other.getMessage().setBody("upload-1");
                            other.getMessage().setHeader("again", true);
                        });
                        assertThat(twin.getException()).isInstanceOf(TargetUnavailable.class);
                    });
                }
            });
            context.start();
            var template = context.createProducerTemplate();

            assertThat(template.request("direct:in", exchange -> exchange.getMessage()
                                    .setBody("upload-1"))
                            .getException())
                    .hasMessage("target down");
            assertThat(template.request("direct:in", exchange -> exchange.getMessage()
                                    .setBody("upload-1"))
                            .getException())
                    .isNull();
            template.sendBody("direct:in", "upload-1");

            assertThat(effects).hasValue(2);
            assertThat(repository.contains("upload-1")).isTrue();
        }
    }

    private InProgressIdempotentRepository repository(String owner, Duration claim) {
        return new InProgressIdempotentRepository(caches.idempotent(), scope, owner, claim, Clock.systemUTC());
    }
}
