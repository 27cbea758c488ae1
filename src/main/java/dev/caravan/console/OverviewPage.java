package dev.caravan.console;

import dev.caravan.alerts.Alerts;
import dev.caravan.console.Reply.Page;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Replays.Progress;
import dev.caravan.failure.TargetCircuit;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.Ledger.Total;
import dev.caravan.ledger.State;
import dev.caravan.quarantine.Quarantine;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** How things stand: what wants somebody's attention, the flows of the last day, the last hour by the minute, the circuits. */
final class OverviewPage {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration LONG_IN_FLIGHT = Duration.ofMinutes(15);
    private static final int MOST_GROUPS = 1_000;

    private final Console.Needs needs;

    OverviewPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("", this::show)
                .page(
                        "/throughput",
                        visit -> new Page("numbers", needs.database().transaction(this::throughput)));
    }

    /**
     * @param alerts    the most urgent first; empty when all is well
     * @param flows     with uploads within the last day
     * @param unbalanced uploads of those last shown whose records are not all accounted for
     */
    record Model(
            Instant now,
            List<Alert> alerts,
            List<Total> flows,
            List<Balance> unbalanced,
            Throughput throughput,
            List<Circuit> circuits) {}

    /** Something to look at, and where. */
    record Alert(String text, String link) {}

    /** What takes a target's queue out of work while the target does not answer. */
    record Circuit(String target, TargetCircuit.State state, int failures) {}

    private Page show(Visit visit) {
        var now = needs.clock().instant();
        return needs.database().transaction(db -> {
            var flows = needs.ledger().totals(db, now.minus(DAY));
            var uploads = needs.ledger().newest(db, UploadsPage.SHOWN);
            var unbalanced = uploads.stream()
                    .filter(upload ->
                            upload.missing() != 0 && !upload.uploadState().equals("receiving"))
                    .toList();
            var letters = needs.deadLetters().groups(db, DeadLetters.Filter.open(), MOST_GROUPS);
            var quarantined = needs.quarantine().groups(db, Quarantine.Filter.open(), MOST_GROUPS);
            var circuits = circuits();
            var alerts = new ArrayList<Alert>();
            circuits.stream()
                    .filter(circuit -> circuit.state() != TargetCircuit.State.CLOSED)
                    .forEach(circuit -> alerts.add(new Alert(
                            circuit.target() + " does not answer: what is for it waits in its queue", "#circuits")));
            unbalanced.forEach(upload -> alerts.add(new Alert(
                    "the ledger of " + upload.key() + " does not add up", Links.to("/upload", "id", upload.upload()))));
            uploads.stream()
                    .filter(upload -> upload.uploadState().equals("parked"))
                    .forEach(upload -> alerts.add(new Alert(
                            upload.key() + " could not be read to its end",
                            Links.to("/upload", "id", upload.upload()))));
            flows.stream()
                    .filter(flow -> flow.inFlight() != null && flow.inFlight().isBefore(now.minus(LONG_IN_FLIGHT)))
                    .forEach(flow -> alerts.add(new Alert(
                            "a record of " + flow.flow() + " has not moved for " + Words.age(flow.inFlight(), now),
                            "/uploads")));
            needs.replays().list().stream()
                    .filter(replay -> replay.state().equals("paused"))
                    .map(OverviewPage::paused)
                    .forEach(alerts::add);
            long parked = letters.stream().mapToLong(DeadLetters.Group::count).sum();
            if (parked > 0) alerts.add(new Alert(Words.count(parked, "dead letter") + " to look at", "/dead-letters"));
            int lanes = needs.deadLetters().lanes(db, "tasks");
            if (lanes > 0)
                alerts.add(new Alert(
                        Words.count(lanes, "lane") + " of tasks parked", Links.to("/dead-letters", "flow", "tasks")));
            long refused =
                    quarantined.stream().mapToLong(Quarantine.Group::count).sum();
            if (refused > 0) alerts.add(new Alert(Words.count(refused, "record") + " in quarantine", "/quarantine"));
            long open = Alerts.counts(db).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (open > 0) alerts.add(new Alert(Words.count(open, "open alert"), "/alerts"));
            int waiting = needs.approvals().list(MOST_GROUPS).size();
            if (waiting > 0) alerts.add(new Alert(Words.count(waiting, "product") + " to publish", "/publishing"));
            var throughput = throughput(db);
            return new Page("overview", new Model(now, alerts, flows, unbalanced, throughput, circuits));
        });
    }

    private Throughput throughput(Handle db) {
        var from = needs.clock()
                .instant()
                .truncatedTo(ChronoUnit.MINUTES)
                .minus(Throughput.MINUTES - 1, ChronoUnit.MINUTES);
        return new Throughput(from, needs.ledger().minutes(db, from));
    }

    private static Alert paused(Progress replay) {
        return new Alert(
                "a replay of " + Words.count(replay.selected(), "letter") + " is paused: " + replay.why(), "/replays");
    }

    private List<Circuit> circuits() {
        return needs.circuits().entrySet().stream()
                .map(circuit -> new Circuit(
                        circuit.getKey(),
                        circuit.getValue().state(),
                        circuit.getValue().failures()))
                .toList();
    }

    /** What became of a flow's records, in the order of the states. */
    static List<Map.Entry<State, Long>> states(Map<State, Long> states) {
        return states.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
    }
}
