package dev.caravan.console;

import dev.caravan.alerts.Alert;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.clickstream.Appeals.Appeal;
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
                                        needs.appeals().list(false, null))))
                .action(PATH + "/confirm", this::confirm);
    }

    /**
     * Each the newest first.
     *
     * @param cleared the last ones
     * @param appeals those that wait
     */
    record Model(List<Alert> open, List<Alert> cleared, List<Appeal> appeals) {}

    private Done confirm(Visit visit) {
        var alert = Request.uuid("id", visit.text("id"));
        var confirmed = needs.appeals()
                .confirm(alert, visit.who(), DeadLettersPage.why(visit))
                .orElseThrow(() -> new Problem(
                        409, "Not so any more", "no appeal against the alert " + alert + " waits any more"));
        return new Done(
                PATH,
                "confirmed: " + confirmed.rule() + " says nothing about " + confirmed.user() + " before "
                        + confirmed.confirmation().until());
    }
}
