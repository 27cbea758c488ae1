package dev.caravan.quarantine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an operator does with quarantined records, whatever their flow. */
public final class QuarantineDesk {
    private static final int MOST = 100_000;

    private final Database database;
    private final Ledger ledger;
    private final Quarantine quarantine;
    private final Audit audit;
    private final Map<String, Decider> deciders;

    /** How a flow decides about a record once more. */
    @FunctionalInterface
    public interface Decider {
        /**
         * Decides again, from the original bytes, with mappings and rules as they are now.
         *
         * @return whether it was released; empty when somebody else was faster
         */
        Optional<Boolean> again(Kept kept, String by);
    }

    /** @param deciders by flow */
    public QuarantineDesk(
            Database database, Ledger ledger, Quarantine quarantine, Audit audit, Map<String, Decider> deciders) {
        this.database = database;
        this.ledger = ledger;
        this.quarantine = quarantine;
        this.audit = audit;
        this.deciders = Map.copyOf(deciders);
    }

    /**
     * Decides about quarantined records again. Those that pass go on their way and count once, as what they become; the others stay, with
     * the newer reasons.
     */
    public JsonNode release(Filter filter, String by) {
        var waiting = database.transaction(db -> quarantine.list(db, filter, MOST));
        return waiting.isEmpty()
                ? released(0, 0)
                : RunNotes.during(database, "release", folders -> release(waiting, by, folders));
    }

    /** @param folders adds how many were released, by flow and first folder */
    private JsonNode release(List<Kept> waiting, String by, Map<String, Long> folders) {
        int released = 0;
        int refused = 0;
        for (var kept : waiting) {
            var went = deciders.get(kept.flow()).again(kept, by);
            if (went.isEmpty()) continue;
            if (went.get()) {
                released++;
                folders.merge(kept.flow() + "/" + kept.key().replaceFirst("/.*", ""), 1L, Long::sum);
            } else refused++;
        }
        return released(released, refused);
    }

    private static JsonNode released(int released, int refused) {
        return Json.object().put("released", released).put("stillRefused", refused);
    }

    /** Gives quarantined records up for good. */
    public int discard(Filter filter, String by, String why) {
        int count = 0;
        for (var kept : database.transaction(db -> quarantine.list(db, filter, MOST))) {
            count += database.transaction(db -> quarantine
                    .take(db, kept.id())
                    .map(taken -> {
                        quarantine.resolve(db, taken.id(), "discarded", by, why);
                        ledger.move(
                                db,
                                taken.flow(),
                                List.of(taken.record()),
                                List.of(State.QUARANTINED),
                                State.DISCARDED,
                                "by " + by + ": " + why);
                        audit.add(db, by, "discard", taken.id().toString(), why);
                        return 1;
                    })
                    .orElse(0));
        }
        return count;
    }
}
