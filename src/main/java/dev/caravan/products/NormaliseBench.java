package dev.caravan.products;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.records.read.SourceRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.Arrays;
import java.util.List;

/**
 * How fast records become products, compared with Jackson merely reading the same bytes into trees. Both are measured in turns, in the
 * same run, in one thread; the medians are compared.
 */
public final class NormaliseBench {
    private final Supplier supplier;
    private final List<SourceRecord> records;
    private final long bytes;
    private final ObjectMapper plain = new ObjectMapper();
    private final Normaliser normaliser = new Normaliser();
    private long sink;

    /** @param records JSON records, at least one, all in memory */
    public NormaliseBench(Supplier supplier, List<SourceRecord> records) {
        if (records.isEmpty()) throw new IllegalArgumentException("no records to measure with");
        this.supplier = supplier;
        this.records = List.copyOf(records);
        this.bytes = records.stream().mapToLong(record -> record.bytes().length).sum();
    }

    /**
     * Measures.
     *
     * @param rounds       how often each of both, at least one
     * @param roundMillis  about how long a round takes
     * @param warmUpMillis how long both run before measuring, in processor time, so that the compiler has done its work on a busy
     *                     machine, too
     * @return megabytes (10^6) a second of both by round median, their ratio, the same ratio by processor time (which a busy machine does
     *     not disturb, but which leaves out the collector's threads), microseconds a record by percentile, peak heap in bytes
     */
    public ObjectNode run(int rounds, long roundMillis, long warmUpMillis) {
        long warm = cpuNanos() + warmUpMillis * 1_000_000;
        do {
            read();
            normalise(null, 0);
        } while (cpuNanos() < warm);
        long started = System.nanoTime();
        normalise(null, 0);
        int passes = (int) Math.max(1, roundMillis * 1_000_000L / Math.max(1, System.nanoTime() - started));
        var reading = new double[rounds];
        var normalising = new double[rounds];
        var readingCpu = new double[rounds];
        var normalisingCpu = new double[rounds];
        var latencies = new long[Math.min(2_000_000, rounds * passes * records.size())];
        int measured = 0;
        resetPeaks();
        for (int round = 0; round < rounds; round++) {
            long startCpu = cpuNanos();
            long start = System.nanoTime();
            for (int pass = 0; pass < passes; pass++) read();
            long middle = System.nanoTime();
            long middleCpu = cpuNanos();
            for (int pass = 0; pass < passes; pass++) measured = normalise(latencies, measured);
            long end = System.nanoTime();
            readingCpu[round] = megabytesPerSecond(passes, middleCpu - startCpu);
            normalisingCpu[round] = megabytesPerSecond(passes, cpuNanos() - middleCpu);
            reading[round] = megabytesPerSecond(passes, middle - start);
            normalising[round] = megabytesPerSecond(passes, end - middle);
        }
        Arrays.sort(latencies, 0, measured);
        var result = Json.object()
                .put("bench", "normalise")
                .put("supplier", supplier.name())
                .put("records", records.size())
                .put("bytes", bytes)
                .put("rounds", rounds)
                .put("passesPerRound", passes)
                .put("jacksonMBps", rounded(median(reading)))
                .put("normaliseMBps", rounded(median(normalising)))
                .put("ratio", ratio(normalising, reading))
                .put("cpuRatio", ratio(normalisingCpu, readingCpu));
        var micros = result.putObject("microsPerRecord");
        for (double percentile : new double[] {50, 90, 99, 99.9}) {
            int index = (int) Math.min(measured - 1L, Math.round(measured * percentile / 100));
            micros.put(
                    "p" + (percentile % 1 == 0 ? String.valueOf((int) percentile) : String.valueOf(percentile)),
                    latencies[index] / 1000);
        }
        return result.put("peakHeapBytes", peakHeapBytes());
    }

    private void read() {
        try {
            for (var record : records) sink += plain.readTree(record.bytes()).size();
        } catch (IOException e) {
            throw new UncheckedIOException("a record is no JSON", e);
        }
    }

    private int normalise(long[] latencies, int from) {
        int measured = from;
        for (var record : records) {
            long start = System.nanoTime();
            var decision =
                    normaliser.normalise(supplier, new Origin("bench", "bench", "1", record.index(), ""), record);
            if (decision instanceof Decision.Accepted accepted)
                sink += accepted.contentHash().length();
            if (latencies != null && measured < latencies.length) latencies[measured++] = System.nanoTime() - start;
        }
        return measured;
    }

    private double megabytesPerSecond(int passes, long nanos) {
        return bytes * (double) passes / Math.max(1, nanos) * 1000;
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double ratio(double[] ours, double[] theirs) {
        return Math.round(median(ours) / median(theirs) * 1000) / 1000.0;
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }

    private static void resetPeaks() {
        ManagementFactory.getMemoryPoolMXBeans().forEach(pool -> pool.resetPeakUsage());
    }

    private static long peakHeapBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }
}
