package dev.caravan.console;

import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.console.Reply.Done;
import dev.caravan.console.Reply.Page;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Group;
import dev.caravan.quarantine.Quarantine.Kept;
import java.util.List;

/** Quarantined records by the rule they broke, those of one rule or file, and one of them with the place marked. */
final class QuarantinePage {
    private static final int SHOWN = 200;

    private final Console.Needs needs;

    QuarantinePage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("/quarantine", this::groups)
                .page("/records", this::records)
                .page("/record", this::record)
                .action("/quarantine/release", this::release)
                .action("/quarantine/discard", this::discard);
    }

    /** @param groups the largest first */
    record Groups(Filter filter, List<Group> groups) {
        long records() {
            return groups.stream().mapToLong(Group::count).sum();
        }
    }

    /** @param records the oldest first, cut off at a limit */
    record Records(Filter filter, List<Kept> records) {
        boolean cutOff() {
            return records.size() == SHOWN;
        }
    }

    /** @param source the record with the places marked that broke a rule */
    record One(Kept kept, MarkedRecord source) {}

    private Page groups(Visit visit) {
        var filter = filter(visit);
        var groups = needs.database().transaction(db -> needs.quarantine().groups(db, filter, SHOWN));
        return new Page("quarantine", new Groups(filter, groups));
    }

    private Page records(Visit visit) {
        var filter = filter(visit);
        var records = needs.database().transaction(db -> needs.quarantine().list(db, filter, SHOWN));
        return new Page("records", new Records(filter, records));
    }

    private Page record(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        var kept = needs.database()
                .transaction(db -> needs.quarantine().find(db, id))
                .orElseThrow(() -> new Problem(404, "Not found", "no quarantined record " + id));
        return new Page("record", new One(kept, MarkedRecord.of(kept)));
    }

    private Done release(Visit visit) {
        var answer = needs.quarantineDesk().release(filter(visit), visit.who());
        return new Done(
                "/quarantine",
                Words.count(answer.path("released").asLong(), "record") + " released, "
                        + answer.path("stillRefused").asLong() + " still refused");
    }

    private Done discard(Visit visit) {
        int count = needs.quarantineDesk().discard(filter(visit), visit.who(), DeadLettersPage.why(visit));
        return new Done("/quarantine", Words.count(count, "record") + " discarded");
    }

    private static Filter filter(Visit visit) {
        return new Filter(
                visit.parameter("flow").orElse(null),
                Request.uuid("id", visit.parameter("id").orElse(null)),
                visit.parameter("upload").orElse(null),
                visit.parameter("rule").orElse(null),
                Request.instant("since", visit.parameter("since").orElse(null)),
                "open",
                visit.parameter("text").orElse(null));
    }
}
