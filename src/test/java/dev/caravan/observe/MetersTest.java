package dev.caravan.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.failure.TargetCircuit;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class MetersTest {
    @Test
    void a_registry_tells_of_the_process() {
        assertThat(Meters.registry().scrape()).contains("jvm_memory_used_bytes", "process_uptime_seconds");
    }

    @Test
    void a_circuit_is_told_to_be_open_while_its_route_is_suspended() throws Exception {
        var metrics = new SimpleMeterRegistry();
        var circuit = new TargetCircuit(1, Duration.ofMinutes(1));
        Meters.circuit(metrics, "pimcore", circuit);
        var down = new AtomicBoolean(true);
        try (var camel = new DefaultCamelContext()) {
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:in").routePolicy(circuit).process(exchange -> {
                        if (down.get()) throw new TargetUnavailable("pimcore", "away");
                    });
                }
            });
            camel.start();
            assertThat(metrics.get("caravan.circuit.open")
                            .tag("target", "pimcore")
                            .gauge()
                            .value())
                    .isZero();

            camel.createFluentProducerTemplate().to("direct:in").send();

            assertThat(metrics.get("caravan.circuit.open")
                            .tag("target", "pimcore")
                            .gauge()
                            .value())
                    .isEqualTo(1);
        }
    }

    @Test
    void an_outcome_counts_once_its_transaction_is_committed() {
        var metrics = new SimpleMeterRegistry();
        var outcomes = new Outcomes(metrics);
        try (var state = new TestState()) {
            state.database().write(db -> outcomes.count(db, "products", "products-pimcore", "pimcore", "written", 3));
            state.database().write(db -> outcomes.count(db, "products", "products-pimcore", "pimcore", "held", 0));
            try {
                state.database().write(db -> {
                    outcomes.count(db, "products", "products-pimcore", "pimcore", "written", 5);
                    throw new IllegalStateException("rolled back");
                });
            } catch (IllegalStateException expected) {
                assertThat(expected).hasMessage("rolled back");
            }
        }

        assertThat(metrics.get("caravan.outcomes")
                        .tags("step", "products-pimcore", "outcome", "written")
                        .counter()
                        .count())
                .isEqualTo(3);
        assertThat(metrics.find("caravan.outcomes").tag("outcome", "held").counter())
                .isNull();
    }
}
