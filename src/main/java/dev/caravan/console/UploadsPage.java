package dev.caravan.console;

import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.console.Reply.Page;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.State;
import java.util.Arrays;
import java.util.List;

/** Uploads, each with what became of its records so far; and one of them, record by record. */
final class UploadsPage {
    static final int SHOWN = 50;
    private static final int RECORDS = 500;

    private final Console.Needs needs;

    UploadsPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("/uploads", visit -> new Page("uploads", new Model(newest())))
                .page("/upload", this::upload);
    }

    /** @param uploads the newest first */
    record Model(List<Balance> uploads) {
        long moving() {
            return uploads.stream().filter(upload -> !upload.atRest()).count();
        }
    }

    /**
     * @param state   the only one shown; null for all
     * @param entries in the order of the file, cut off at a limit
     */
    record One(Balance upload, State state, List<Entry> entries) {
        boolean cutOff() {
            return entries.size() == RECORDS;
        }
    }

    private List<Balance> newest() {
        return needs.database().transaction(db -> needs.ledger().newest(db, SHOWN));
    }

    private Page upload(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        var state = visit.parameter("state").map(UploadsPage::state).orElse(null);
        return needs.database().transaction(db -> {
            var upload =
                    needs.ledger().find(db, id).orElseThrow(() -> new Problem(404, "Not found", "no upload " + id));
            return new Page("upload", new One(upload, state, needs.ledger().entries(db, id, state, RECORDS)));
        });
    }

    private static State state(String text) {
        return Arrays.stream(State.values())
                .filter(state -> state.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new Problem(400, "Invalid parameter", "no state " + text));
    }

    /** Records that are at rest, of those read so far. */
    static long settled(Balance upload) {
        return upload.received() - upload.count(State.IN_FLIGHT) - Math.max(0, upload.missing());
    }
}
