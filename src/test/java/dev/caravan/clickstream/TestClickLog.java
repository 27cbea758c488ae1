package dev.caravan.clickstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.clickstream.Alert.State;
import dev.caravan.clickstream.Checkpoint.Late;
import dev.caravan.clickstream.Checkpoint.MinuteChange;
import dev.caravan.clickstream.Checkpoint.Place;
import dev.caravan.clickstream.Checkpoint.SessionChange;
import dev.caravan.clickstream.PlainClickstream.Outcome;
import dev.caravan.clickstream.PlainClickstream.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A log, its partitions and the tables that checkpoints are written to, all in memory; partitions may be crashed at any time. What a
 * partition knows after a crash is only what its checkpoints said.
 */
final class TestClickLog {
    private final Partitioning partitioning;
    private final PartitionSettings settings;
    private final ClickRules rules;

    /** Slices of each position, by partition; and what was known of time there. */
    private final List<Map<Integer, Slice>> slices = new ArrayList<>();

    private final List<Long> floors = new ArrayList<>();
    private final List<Long> clocks = new ArrayList<>();
    private final Watermarks watermarks;
    private final List<Owned> owned = new ArrayList<>();

    private final Map<Visitor, TreeMap<Long, Session>> sessions = new HashMap<>();
    private final Map<Long, MinuteChange> minutes = new HashMap<>();
    private final Map<UUID, Alert> alerts = new HashMap<>();
    /** Alerts as apply returned them, by id. */
    final Map<UUID, Alert> raised = new HashMap<>();

    final Set<Place> duplicates = new HashSet<>();
    final List<Late> late = new ArrayList<>();
    /** Shelves that had to be loaded other than after a crash. */
    int loads;

    /** A partition, and what the database has of it. */
    private final class Owned {
        private final int number;
        private final Map<Shelf, List<byte[]>> shelves =
                new TreeMap<>(Comparator.<Shelf>comparingLong(Shelf::hour).thenComparingInt(Shelf::number));
        private byte[] ongoing;
        private long position = -1;

        private Partition partition = new Partition(settings, rules);
        private int next;

        Owned(int number) {
            this.number = number;
        }
    }

    TestClickLog(int partitions, PartitionSettings settings, ClickRules rules, long lateness) {
        this.partitioning = new Partitioning(partitions);
        this.settings = settings;
        this.rules = rules;
        this.watermarks = new Watermarks(Duration.ofMillis(lateness));
        for (int number = 0; number < partitions; number++) owned.add(new Owned(number));
    }

    Partition partition(int number) {
        return owned.get(number).partition;
    }

    /** @return its position */
    int append(String source, List<Click> page) {
        long watermark = watermarks.of(source);
        int position = slices.size();
        var clicks = new TreeMap<Integer, List<Integer>>();
        var sightings = new TreeMap<Integer, List<Sighting>>();
        for (int index = 0; index < page.size(); index++) {
            var click = page.get(index);
            clicks.computeIfAbsent(partitioning.of(click), none -> new ArrayList<>())
                    .add(index);
            if (click.userId() != null && click.sessionId() != null) {
                var sighting = Sighting.of(click);
                sightings
                        .computeIfAbsent(partitioning.of(sighting), none -> new ArrayList<>())
                        .add(sighting);
            }
            watermarks.take(source, click.time(), Instant.EPOCH);
        }
        var made = new HashMap<Integer, Slice>();
        for (int number = 0; number < partitioning.count(); number++) {
            var indexes = clicks.getOrDefault(number, List.of());
            var seen = sightings.getOrDefault(number, List.of());
            if (indexes.isEmpty() && seen.isEmpty()) continue;
            made.put(
                    number,
                    new Slice(
                            position,
                            source,
                            watermark,
                            indexes.stream().mapToInt(i -> i).toArray(),
                            indexes.stream().map(page::get).toList(),
                            seen,
                            List.of()));
        }
        add(made);
        return position;
    }

    private void add(Map<Integer, Slice> made) {
        slices.add(made);
        floors.add(watermarks.floor());
        clocks.add(watermarks.clock());
    }

    /** Nobody waits for a source until it is heard of again. */
    void close(String source) {
        watermarks.close(source);
        add(Map.of());
    }

    /** Applies up to so many positions of the log to a partition. */
    void work(int number, int most) {
        var of = owned.get(number);
        for (int i = 0; i < most && of.next < slices.size(); i++, of.next++) {
            var slice = slices.get(of.next).get(number);
            if (slice == null) continue;
            for (var needed = of.partition.needs(slice); !needed.isEmpty(); needed = of.partition.needs(slice)) {
                loads += needed.size();
                for (var shelf : needed) of.partition.load(shelf, of.shelves.getOrDefault(shelf, List.of()));
            }
            for (var alert : of.partition.apply(slice)) raised.putIfAbsent(alert.id(), alert);
        }
    }

    private TreeMap<Long, Session> sessions(SessionChange change) {
        return sessions.computeIfAbsent(change.visitor(), none -> new TreeMap<>());
    }

    void drain(int number, boolean open) {
        var of = owned.get(number);
        if (of.next == 0) return;
        var checkpoint = of.partition.drain(floors.get(of.next - 1), clocks.get(of.next - 1), open);
        of.position = of.next - 1;
        of.ongoing = checkpoint.ongoing();
        for (var part : checkpoint.parts())
            of.shelves.computeIfAbsent(part.shelf(), none -> new ArrayList<>()).add(part.bytes());
        for (var change : checkpoint.sessions()) {
            var before = sessions(change).subMap(change.from(), true, change.to(), true);
            if (!change.told()) assertThat(before).isEmpty();
            before.clear();
        }
        for (var change : checkpoint.sessions())
            for (var session : change.sessions()) sessions(change).put(session.start(), session);
        for (var change : checkpoint.minutes()) minutes.merge(change.minute(), change, TestClickLog::sum);
        for (var alert : checkpoint.alerts()) alerts.put(alert.id(), alert);
        duplicates.addAll(checkpoint.duplicates());
        late.addAll(checkpoint.late());
        if (checkpoint.moves().isEmpty()) return;
        var made = new HashMap<Integer, Slice>();
        checkpoint.moves().stream()
                .collect(Collectors.groupingBy(partitioning::of))
                .forEach((target, moves) -> made.put(
                        target, new Slice(slices.size(), "", Long.MIN_VALUE, new int[0], List.of(), List.of(), moves)));
        add(made);
    }

    /** The owner is gone; another takes up from the last checkpoint. */
    void crash(int number) {
        var of = owned.get(number);
        of.partition = new Partition(settings, rules);
        of.next = (int) of.position + 1;
        if (of.ongoing == null) return;
        long first = of.partition.restore(of.ongoing);
        of.shelves.forEach((shelf, parts) -> {
            if (shelf.hour() >= first) of.partition.load(shelf, parts);
        });
    }

    /** Works until nothing is left, also of what partitions tell each other. */
    Outcome finish() {
        boolean busy = true;
        while (busy) {
            int before = slices.size();
            for (int number = 0; number < partitioning.count(); number++) {
                work(number, Integer.MAX_VALUE);
                drain(number, true);
            }
            busy = slices.size() > before;
        }
        var told = alerts.values().stream()
                .filter(alert -> alert.state() == State.OPEN || alert.state() == State.CLEARED)
                .map(TestClickLog::told)
                .collect(Collectors.toSet());
        var nonEmpty = new HashMap<>(minutes);
        nonEmpty.values().removeIf(minute -> minute.events() == 0 && minute.users() == 0 && minute.anonymous() == 0);
        return new Outcome(
                sessions.values().stream().flatMap(of -> of.values().stream()).collect(Collectors.toSet()),
                nonEmpty,
                told);
    }

    List<Alert> alerts() {
        return List.copyOf(alerts.values());
    }

    private static Told told(Alert alert) {
        return new Told(
                alert.rule().name(),
                alert.visitor(),
                alert.from(),
                alert.start(),
                alert.last(),
                alert.events(),
                alert.eventIds(),
                alert.peak(),
                alert.peakMinute());
    }

    private static MinuteChange sum(MinuteChange one, MinuteChange other) {
        return new MinuteChange(
                one.minute(),
                one.events() + other.events(),
                one.users() + other.users(),
                one.anonymous() + other.anonymous(),
                sum(one.types(), other.types()),
                sum(one.devices(), other.devices()),
                sum(one.countries(), other.countries()));
    }

    private static SortedMap<String, Long> sum(SortedMap<String, Long> one, SortedMap<String, Long> other) {
        var sum = new TreeMap<>(one);
        other.forEach((word, count) -> sum.merge(word, count, Long::sum));
        return sum;
    }
}
