package dev.caravan.observe;

import dev.caravan.alerts.Alerts;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Gap;
import dev.caravan.ledger.State;
import dev.caravan.state.Database;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the database knows of unfinished work, as metrics, by flow. Looked up now and then, with a few queries, not when somebody asks; every
 * instance tells the same, so take the largest, not the sum. While the database does not answer they are NaN.
 *
 * <ul>
 *   <li>{@code caravan.records{state}}: in flight, and held; {@code caravan.lag.seconds}: for how long the oldest one in flight has been
 *       where it is
 *   <li>{@code caravan.dead.letters}, {@code caravan.dead.letters.oldest.seconds}, {@code caravan.parked.lanes}, {@code caravan.quarantined}:
 *       what waits for a person
 *   <li>{@code caravan.ledger.missing}: records that no answer is known of; {@code caravan.ledger.gap{upload,key,records}} names them
 *   <li>{@code caravan.originals.oldest.seconds}: for how long bytes that came over HTTP have waited for the archive
 *   <li>{@code caravan.alerts.open{flow,rule}}: alerts about the data itself, for rules that have one
 * </ul>
 */
public final class StateGauges {
    private static final Logger LOG = LoggerFactory.getLogger(StateGauges.class);

    /** Books that balanced when an upload was complete are looked at so much longer: nothing changes them any more. */
    private static final Duration LOOKED_AT = Duration.ofDays(1);

    private static final String ORIGINALS = "originals";
    private static final int MOST_UPLOADS_NAMED = 20;
    private static final int MOST_RANGES_NAMED = 10;

    private final Database database;
    private final Ledger ledger;
    private final Clock clock;
    private final MeterRegistry metrics;
    private final MultiGauge gapGauge;
    private final MultiGauge alertGauge;
    private final Set<String> flows = new HashSet<>();
    private volatile Measured measured = Measured.NOTHING;
    private Instant since = Instant.EPOCH;
    private Set<UUID> unbalanced = Set.of();

    /**
     * What was measured last; null maps when the database did not answer.
     *
     * @param counts  by {@code what/flow}
     * @param oldest  since when, by {@code what/flow}, or what alone where no flow has it
     * @param missing records without an answer
     */
    private record Measured(Map<String, Long> counts, Map<String, Instant> oldest, long missing) {
        static final Measured NOTHING = new Measured(null, null, 0);
    }

    /** @param flows that run here: their metrics are there, as zeros, before anything happens */
    public StateGauges(Database database, Ledger ledger, Collection<String> flows, MeterRegistry metrics, Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.clock = clock;
        this.metrics = metrics;
        gapGauge = MultiGauge.builder("caravan.ledger.gap").register(metrics);
        alertGauge = MultiGauge.builder("caravan.alerts.open").register(metrics);
        Gauge.builder(
                        "caravan.ledger.missing",
                        this,
                        gauges -> gauges.measured.counts == null ? Double.NaN : gauges.measured.missing)
                .register(metrics);
        Gauge.builder("caravan.originals.oldest.seconds", () -> age(ORIGINALS)).register(metrics);
        flows.forEach(this::register);
    }

    /** Asks the database. */
    public synchronized void measure() {
        try {
            database.write(this::measure);
        } catch (TargetUnavailable e) {
            measured = Measured.NOTHING;
            LOG.debug("the database cannot be measured", e);
        } catch (RuntimeException e) {
            measured = Measured.NOTHING;
            throw e;
        }
    }

    private void measure(Handle db) {
        var counts = new TreeMap<String, Long>();
        var oldest = new TreeMap<String, Instant>();
        db.createQuery("""
                select state, flow, sum(last_index - first_index + 1), min(changed_at)
                from ledger.entry where state in ('in flight', 'held') group by state, flow
                union all select 'in flight', 'tasks', count(*), min(accepted_at) from tasks.task where state in ('accepted', 'working') having count(*) > 0
                union all select 'letters', flow, count(*), min(parked_at) from dead_letters.letter where state = 'open' group by flow
                union all select 'lanes', flow, count(distinct lane), min(parked_at) from dead_letters.letter where state = 'open' group by flow
                union all select 'quarantined', flow, count(*), min(quarantined_at) from quarantine.record where state = 'open' group by flow""")
                .map((row, context) -> {
                    var what = row.getString(1) + "/" + row.getString(2);
                    register(row.getString(2));
                    oldest.put(what, row.getObject(4, OffsetDateTime.class).toInstant());
                    return counts.put(what, row.getLong(3));
                })
                .list();
        db.createQuery("select min(handed_at) from ledger.original")
                .mapTo(OffsetDateTime.class)
                .findOne()
                .ifPresent(handed -> oldest.put(ORIGINALS, handed.toInstant()));
        alertGauge.register(
                Alerts.counts(db).entrySet().stream()
                        .map(open -> Row.of(
                                Tags.of(
                                        "flow",
                                        open.getKey().get(0),
                                        "rule",
                                        open.getKey().get(1)),
                                open.getValue()))
                        .toList(),
                true);
        var gaps = ledger.gaps(db, since, unbalanced);
        tell(gaps);
        unbalanced = gaps.stream().map(Gap::upload).collect(Collectors.toSet());
        since = clock.instant().minus(LOOKED_AT);
        measured = new Measured(
                counts, oldest, gaps.stream().mapToLong(Gap::records).sum());
    }

    /** Names what is missing: in the metric, for the alarm, and once in the log. */
    private void tell(List<Gap> gaps) {
        var uploads =
                gaps.stream().collect(Collectors.groupingBy(Gap::upload, LinkedHashMap::new, Collectors.toList()));
        var rows = uploads.values().stream()
                .limit(MOST_UPLOADS_NAMED)
                .map(of -> {
                    var gap = of.get(0);
                    var tags = Tags.of(
                            "flow",
                            gap.flow(),
                            "upload",
                            gap.upload().toString(),
                            "key",
                            gap.key(),
                            "records",
                            ranges(of));
                    return Row.of(tags, of.stream().mapToLong(Gap::records).sum());
                })
                .toList();
        gapGauge.register(rows, true);
        uploads.forEach((upload, of) -> {
            if (unbalanced.contains(upload)) return;
            try (var ended = Correlation.of(upload)) {
                LOG.error(
                        "the ledger has no answer for records {} of {}",
                        ranges(of),
                        of.get(0).key());
            }
        });
    }

    private static String ranges(List<Gap> gaps) {
        var ranges = gaps.stream().limit(MOST_RANGES_NAMED).map(Gap::range).collect(Collectors.joining(" "));
        return gaps.size() > MOST_RANGES_NAMED ? ranges + " …" : ranges;
    }

    private void register(String flow) {
        if (!flows.add(flow)) return;
        for (var state : List.of(State.IN_FLIGHT, State.HELD))
            Gauge.builder("caravan.records", () -> count(state.text(), flow))
                    .tags("flow", flow, "state", state.text())
                    .register(metrics);
        gauge("caravan.lag.seconds", flow, () -> age(State.IN_FLIGHT.text() + "/" + flow));
        gauge("caravan.dead.letters", flow, () -> count("letters", flow));
        gauge("caravan.dead.letters.oldest.seconds", flow, () -> age("letters/" + flow));
        gauge("caravan.parked.lanes", flow, () -> count("lanes", flow));
        gauge("caravan.quarantined", flow, () -> count("quarantined", flow));
    }

    private void gauge(String name, String flow, java.util.function.Supplier<Number> value) {
        Gauge.builder(name, value).tag("flow", flow).register(metrics);
    }

    private double count(String what, String flow) {
        var counts = measured.counts;
        return counts == null ? Double.NaN : counts.getOrDefault(what + "/" + flow, 0L);
    }

    private double age(String what) {
        var oldest = measured.oldest;
        if (oldest == null) return Double.NaN;
        var from = oldest.get(what);
        return from == null
                ? 0
                : Math.max(0, Duration.between(from, clock.instant()).toMillis() / 1000.0);
    }
}
