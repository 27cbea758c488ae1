package dev.caravan.console;

import dev.caravan.alerts.Alert;
import dev.caravan.console.Reply.Page;
import java.util.List;

/** What is out of the ordinary, and what was. */
final class AlertsPage {
    private static final int OPEN = 500;
    private static final int CLEARED = 50;

    private final Console.Needs needs;

    AlertsPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page(
                "/alerts",
                visit -> new Page(
                        "alerts",
                        new Model(
                                needs.alerts().list(true, null, OPEN),
                                needs.alerts().list(false, null, CLEARED))));
    }

    /** Each the newest first; of those that have cleared, the last ones. */
    record Model(List<Alert> open, List<Alert> cleared) {}
}
