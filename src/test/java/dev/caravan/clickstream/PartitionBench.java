package dev.caravan.clickstream;

import dev.caravan.clickstream.ClickGenerator.Options;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Measures {@link Partition#apply} alone, in one thread, with clicks in the order in which they happened: clicks a second, and bytes of memory
 * a click. Run by hand: {@code java -Xmx6g -cp target/test-classes:target/classes:… dev.caravan.clickstream.PartitionBench [MILLIONS]}.
 */
final class PartitionBench {
    private static final int PAGE = 1_000;
    private static final int PARTITIONS = 16;

    private PartitionBench() {}

    public static void main(String[] arguments) {
        int millions = arguments.length == 0 ? 1 : Integer.parseInt(arguments[0]);
        var slices = slices(millions);
        for (int round = 1; round <= 4; round++) measure(round, slices, millions);
    }

    private static void measure(int round, List<List<Slice>> slices, int millions) {
        var partitions = new ArrayList<Partition>();
        for (int number = 0; number < PARTITIONS; number++)
            partitions.add(new Partition(TestClicks.SETTINGS, TestClicks.shippedRules()));
        long before = used();
        long applying = 0;
        long draining = 0;
        long bytes = 0;
        int alerts = 0;
        for (int page = 0; page < slices.size(); page++) {
            long start = cpu();
            for (var slice : slices.get(page)) {
                var partition = partitions.get(Math.floorMod(slice.position(), PARTITIONS));
                partition.needs(slice);
                alerts += partition.apply(slice).size();
            }
            applying += cpu() - start;
            if (page % 100 < 99) continue;
            start = cpu();
            long clock = newest(slices.get(page));
            for (var partition : partitions)
                for (var part : partition
                        .drain(clock - TestClicks.LATENESS, clock, false)
                        .parts()) bytes += part.bytes().length;
            draining += cpu() - start;
        }
        double clicks = millions * 1e6;
        System.out.printf(
                "round %d: apply %.2f us a click (%.1f M a second), drain %.2f us a click, %.0f bytes a click on shelves, %.0f in memory, %d alerts%n",
                round,
                applying / 1e3 / clicks,
                clicks * 1e3 / applying,
                draining / 1e3 / clicks,
                bytes / clicks,
                (used() - before) / clicks,
                alerts);
        long kept = partitions.stream().mapToLong(Partition::clicks).sum();
        System.out.printf(
                "  %d clicks and sightings of %d visitors in memory%n",
                kept, partitions.stream().mapToInt(Partition::visitors).sum());
    }

    /** Of each page the slices; their position tells the partition as well. */
    private static List<List<Slice>> slices(int millions) {
        var partitioning = new Partitioning(PARTITIONS);
        var slices = new ArrayList<List<Slice>>();
        var page = new ArrayList<Click>(PAGE);
        for (var click :
                TestClicks.generated(Options.of(millions * 1_000_000L, 1).withPerMinute(100_000), planted -> {})) {
            page.add(click);
            if (page.size() < PAGE) continue;
            slices.add(slices(partitioning, page, slices.size()));
            page.clear();
        }
        return slices;
    }

    private static List<Slice> slices(Partitioning partitioning, List<Click> page, int number) {
        var clicks = new TreeMap<Integer, List<Click>>();
        var sightings = new TreeMap<Integer, List<Sighting>>();
        for (var click : page) {
            clicks.computeIfAbsent(partitioning.of(click), none -> new ArrayList<>())
                    .add(click);
            if (click.userId() != null && click.sessionId() != null)
                sightings
                        .computeIfAbsent(partitioning.of(click.sessionId()), none -> new ArrayList<>())
                        .add(Sighting.of(click));
        }
        var slices = new ArrayList<Slice>();
        for (int partition = 0; partition < partitioning.count(); partition++) {
            var of = clicks.getOrDefault(partition, List.of());
            slices.add(new Slice(
                    (long) number * PARTITIONS + partition,
                    "clicks",
                    Long.MIN_VALUE,
                    new int[of.size()],
                    of,
                    sightings.getOrDefault(partition, List.of()),
                    List.of()));
        }
        return slices;
    }

    private static long newest(List<Slice> page) {
        return page.stream()
                .flatMap(slice -> slice.clicks().stream())
                .mapToLong(Click::time)
                .max()
                .orElseThrow();
    }

    /** Time of this thread alone, in nanoseconds: others may be at work on the machine. */
    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long used() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
