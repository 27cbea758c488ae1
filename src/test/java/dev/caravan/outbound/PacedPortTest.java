package dev.caravan.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.testing.TestClock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PacedPortTest {
    private static final int MOST = 8;
    private static final Duration USUAL = Duration.ofSeconds(1);

    private final TestClock clock = new TestClock();
    private Duration takes = USUAL;
    private int status = 200;
    private final PacedPort port = new PacedPort(this::answer, MOST, clock);

    private Reply answer(Call call) {
        clock.pass(takes);
        if (status == 0) throw new TargetUnavailable("medusa", "timed out");
        if (status < 0) throw new IllegalStateException("a bug");
        return new Reply(status, Map.of(), new byte[0]);
    }

    @Test
    void it_begins_with_one_call_at_a_time() {
        assertThat(port.allowed()).isEqualTo(1);
    }

    @Test
    void calls_that_take_their_usual_time_let_more_through_up_to_the_most() {
        send(1);
        assertThat(port.allowed()).isEqualTo(2);

        send(2);
        assertThat(port.allowed()).isBetween(2, 3);

        send(100);
        assertThat(port.allowed()).isEqualTo(MOST);
    }

    @Test
    void a_call_that_takes_over_twice_as_long_halves_it() {
        send(100);

        takes = USUAL.multipliedBy(3);
        send(1);

        assertThat(port.allowed()).isEqualTo(4);
    }

    @Test
    void it_never_goes_below_one() {
        send(1);

        takes = USUAL.multipliedBy(3);
        send(10);

        assertThat(port.allowed()).isEqualTo(1);
    }

    @Test
    void a_larger_body_may_take_longer() {
        send(100);

        takes = USUAL.multipliedBy(3);
        port.send(Call.post("/admin/products/batch", body("create", 60_000)));

        assertThat(port.allowed()).isEqualTo(MOST);
    }

    @Test
    void calls_of_another_kind_have_a_usual_time_of_their_own() {
        send(100);

        takes = USUAL.multipliedBy(3);
        port.send(Call.post("/admin/products/batch", body("update", 20_000)));
        port.send(Call.post("/admin/products/prod_01ABC/variants/batch", body("update", 20_000)));

        assertThat(port.allowed()).isEqualTo(MOST);
    }

    @Test
    void a_target_that_has_become_slower_for_good_is_taken_as_it_is() {
        send(100);

        takes = USUAL.multipliedBy(3);
        send(100);

        assertThat(port.allowed()).isEqualTo(MOST);
    }

    @Test
    void a_throttled_failed_or_unanswered_call_halves_it_too() {
        for (int answer : new int[] {429, 500, 503}) {
            send(100);
            status = answer;
            port.send(Call.get("/admin/products"));
            assertThat(port.allowed()).as(String.valueOf(answer)).isEqualTo(4);
            status = 200;
        }
        send(100);
        status = 0;

        assertThatThrownBy(() -> port.send(Call.get("/admin/products"))).isInstanceOf(TargetUnavailable.class);

        assertThat(port.allowed()).isEqualTo(4);
    }

    @Test
    void small_calls_and_bugs_of_ours_change_nothing() {
        send(1);
        takes = USUAL.multipliedBy(30);
        port.send(Call.get("/admin/products"));
        port.send(Call.post("/admin/products/batch", body("create", 100)));
        status = -1;

        assertThatThrownBy(() -> port.send(Call.get("/admin/products"))).isInstanceOf(IllegalStateException.class);

        assertThat(port.allowed()).isEqualTo(2);
    }

    @Test
    void who_is_not_let_through_waits_for_one_that_comes_back() {
        var going = new AtomicInteger();
        var atOnce = new AtomicInteger();
        var end = new CountDownLatch(1);
        Port slow = call -> {
            atOnce.accumulateAndGet(going.incrementAndGet(), Math::max);
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            going.decrementAndGet();
            return new Reply(200, Map.of(), new byte[0]);
        };
        var one = new PacedPort(slow, 1, clock);
        var threads = Executors.newFixedThreadPool(3);
        var calls = new CompletableFuture<?>[3];
        for (int i = 0; i < 3; i++)
            calls[i] = CompletableFuture.runAsync(() -> one.send(Call.get("/admin/products")), threads);
        await().until(() -> going.get() == 1);

        end.countDown();

        CompletableFuture.allOf(calls).join();
        threads.shutdown();
        assertThat(atOnce.get()).isEqualTo(1);
    }

    private void send(int times) {
        for (int i = 0; i < times; i++) port.send(Call.post("/admin/products/batch?fields=id", body("create", 20_000)));
    }

    private static byte[] body(String verb, int bytes) {
        return ("{\"" + verb + "\":[\"" + "x".repeat(bytes) + "\"]}").getBytes(UTF_8);
    }
}
