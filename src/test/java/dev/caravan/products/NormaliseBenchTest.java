package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NormaliseBenchTest {
    @Test
    void it_compares_both_in_the_same_run() {
        var bench = new NormaliseBench(Fixtures.SHEIN, Fixtures.records("samples/shein_products.json"));

        var result = bench.run(3, 10, 10);

        assertThat(result.get("records").asInt()).isEqualTo(3);
        assertThat(result.get("ratio").asDouble()).isPositive();
        assertThat(result.get("cpuRatio").asDouble()).isPositive();
        assertThat(result.get("jacksonMBps").asDouble()).isPositive();
        assertThat(result.get("normaliseMBps").asDouble()).isPositive();
        assertThat(result.get("peakHeapBytes").asLong()).isPositive();
        assertThat(result.get("microsPerRecord").fieldNames())
                .toIterable()
                .containsExactly("p50", "p90", "p99", "p99.9");
    }

    @Test
    void it_needs_records() {
        assertThatThrownBy(() -> new NormaliseBench(Fixtures.SHEIN, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
