package dev.caravan.observe;

import dev.caravan.failure.TargetCircuit;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** Metrics that need nothing but to be registered. */
public final class Meters {
    private Meters() {}

    /** A registry that tells of the process; Camel adds its routes. */
    public static PrometheusMeterRegistry registry() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    /** {@code caravan.circuit.open}: 1 while a target is left alone, or tried with one page. */
    public static void circuit(MeterRegistry registry, String target, TargetCircuit circuit) {
        Gauge.builder("caravan.circuit.open", circuit, policy -> policy.isClosed() ? 0 : 1)
                .tag("target", target)
                .register(registry);
    }
}
