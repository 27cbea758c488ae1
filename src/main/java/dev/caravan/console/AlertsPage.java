package dev.caravan.console;

import dev.caravan.alerts.Alert;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.clickstream.Appeals.Appeal;
import dev.caravan.clickstream.Appeals.Deciding;
import dev.caravan.clickstream.Appeals.State;
import dev.caravan.console.Reply.Done;
import dev.caravan.console.Reply.Page;
import java.util.List;

/** What is out of the ordinary, and what was. */
final class AlertsPage {
    private static final String PATH = "/alerts";
    private static final int OPEN = 500;
    private static final int CLEARED = 50;

    private final Console.Needs needs;

    AlertsPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page(
                        PATH,
                        visit -> new Page(
                                "alerts",
                                new Model(
                                        needs.alerts().list(true, null, OPEN),
                                        needs.alerts().list(false, null, CLEARED),
                                        needs.appeals().list(State.WAITING, null))))
                .action(PATH + "/confirm", this::confirm)
                .action(PATH + "/decline", this::decline);
    }

    /**
     * Each the newest first.
     *
     * @param cleared the last ones
     * @param appeals those that wait
     */
    record Model(List<Alert> open, List<Alert> cleared, List<Appeal> appeals) {}

    private Done confirm(Visit visit) {
        var confirmed = decided(visit, needs.appeals()::confirm);
        return new Done(
                PATH,
                "confirmed: " + confirmed.rule() + " says nothing about " + confirmed.user() + " before "
                        + confirmed.decision().until());
    }

    private Done decline(Visit visit) {
        var declined = decided(visit, needs.appeals()::decline);
        return new Done(PATH, "declined: " + declined.rule() + " goes on about " + declined.user());
    }

    private static Appeal decided(Visit visit, Deciding deciding) {
        var alert = Request.uuid("id", visit.text("id"));
        return deciding.decide(alert, visit.who(), DeadLettersPage.why(visit))
                .orElseThrow(() -> new Problem(
                        409, "Not so any more", "no appeal against the alert " + alert + " waits any more"));
    }
}
