package dev.caravan.console;

import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.console.Reply.Done;
import dev.caravan.console.Reply.Page;
import dev.caravan.deadletters.ChangeRequest;
import java.util.List;
import java.util.UUID;

/** What operators asked for, for a second one to approve or decline. */
final class ChangeRequestsPage {
    private static final String PATH = "/change-requests";
    private static final int SHOWN = 50;

    private final Console.Needs needs;

    ChangeRequestsPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page(
                        PATH,
                        visit -> new Page(
                                "change-requests", new Asked(needs.repairs().requests(SHOWN))))
                .action(PATH + "/approve", this::approve)
                .action(PATH + "/decline", this::decline);
    }

    /** @param requests those that wait first */
    record Asked(List<ChangeRequest> requests) {}

    /** Where who asked for something goes on. */
    static Done asked(ChangeRequest request) {
        return new Done(PATH, "the " + request.summary() + " waits for another operator's approval");
    }

    private Done approve(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        if (needs.repairs().approve(id, visit.who()).isEmpty()) throw notWaiting(id);
        return new Done(PATH, "approved, and done");
    }

    private Done decline(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        if (!needs.repairs().decline(id, visit.who(), DeadLettersPage.why(visit))) throw notWaiting(id);
        return new Done(PATH, "declined; nothing was done");
    }

    private static Problem notWaiting(UUID id) {
        return new Problem(409, "Not so any more", "the request " + id + " does not wait any more");
    }
}
