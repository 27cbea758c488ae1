package dev.caravan.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A route that four call at a time, and wait for while it is suspended; its target is away for as long as the test says. */
class TargetCircuitTest {
    private static final int CALLERS = 4;
    private static final Duration NEVER = Duration.ofHours(1);

    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicInteger delivered = new AtomicInteger();
    private volatile Processor target = exchange -> {};

    @BeforeEach
    void quiet() {
        camel.getShutdownStrategy().setTimeout(1);
    }

    @AfterEach
    void stop() {
        callers.shutdownNow();
        camel.stop();
    }

    private TargetCircuit started(int threshold, Duration pause) throws Exception {
        var circuit = new TargetCircuit(threshold, pause);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:work").routePolicy(circuit).routeId("work").process(TargetCircuitTest.this::work);
            }
        });
        camel.start();
        return circuit;
    }

    private void work(Exchange exchange) throws Exception {
        attempts.incrementAndGet();
        target.process(exchange);
        delivered.incrementAndGet();
    }

    private void call(int body) {
        camel.createFluentProducerTemplate()
                .to("direct:work?timeout=60000")
                .withBody(body)
                .send();
    }

    private void callAtOnce(int messages) {
        for (int i = 0; i < messages; i++) {
            int body = i;
            callers.execute(() -> call(body));
        }
    }

    private static void away(Exchange exchange) {
        throw new TargetUnavailable("target", "away");
    }

    @Test
    void so_many_failures_in_a_row_open_it_and_a_success_in_between_begins_anew() throws Exception {
        var circuit = started(3, NEVER);
        target = exchange -> {
            if (exchange.getMessage().getBody(Integer.class) != 2) away(exchange);
        };

        for (int i = 0; i < 5; i++) {
            call(i);
            assertThat(circuit.isClosed()).as("after message " + i).isTrue();
        }
        assertThat(circuit.failures()).isEqualTo(2);
        call(5);

        assertThat(circuit.state()).hasToString("open");
    }

    @Test
    void another_failure_says_nothing_of_the_target() throws Exception {
        var circuit = started(1, NEVER);
        target = exchange -> {
            throw new BadMessage("unreadable");
        };

        call(1);

        assertThat(circuit.isClosed()).isTrue();
        assertThat(circuit.failures()).isZero();
    }

    @Test
    void what_all_readers_find_away_at_the_same_moment_is_tried_again_however_often() throws Exception {
        var circuit = started(1, Duration.ofMillis(1));
        var together = new CyclicBarrier(CALLERS);
        target = exchange -> {
            if (attempts.get() <= 100 * CALLERS) together.await(50, TimeUnit.MILLISECONDS);
            away(exchange);
        };

        callAtOnce(150 * CALLERS);

        await().until(() -> attempts.get() == 150 * CALLERS);
        target = exchange -> {};
        callAtOnce(1);
        await().until(() -> delivered.get() == 1);
        assertThat(circuit.isClosed()).isTrue();
    }

    @Test
    void it_lets_a_page_through_after_the_pause_and_is_closed_by_the_first_that_succeeds() throws Exception {
        var circuit = started(1, Duration.ofMillis(300));
        target = TargetCircuitTest::away;
        callAtOnce(1);
        await().until(() -> circuit.state() == TargetCircuit.State.OPEN);
        var met = new ArrayList<TargetCircuit.State>();
        target = exchange -> met.add(circuit.state());

        callAtOnce(1);

        await().until(() -> delivered.get() == 1 && circuit.isClosed());
        assertThat(met).hasToString("[half open]");
    }

    @Test
    void a_page_that_began_before_it_opened_does_not_close_it() throws Exception {
        var circuit = started(1, NEVER);
        var slow = new CountDownLatch(1);
        target = exchange -> {
            if (exchange.getMessage().getBody(Integer.class) == 0) slow.await();
            else away(exchange);
        };
        callers.execute(() -> call(0));
        await().until(() -> attempts.get() == 1);
        call(1);
        await().until(() -> circuit.state() == TargetCircuit.State.OPEN);

        slow.countDown();

        await().until(() ->
                delivered.get() == 1 && camel.getInflightRepository().size() == 0);
        assertThat(circuit.state()).isEqualTo(TargetCircuit.State.OPEN);
        assertThat(circuit.failures()).isEqualTo(1);
    }
}
