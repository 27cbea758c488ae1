package dev.caravan.console;

import dev.caravan.console.Reply.Page;
import dev.caravan.reports.ReportView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A report about orders, stock or customers, as it stands, as it stood, or what changed in it. */
final class ReportsPage {
    private static final String SHOWN = "200";
    private static final List<String> PASSED_ON = List.of("from", "to", "status", "asOf", "at", "changesSince");

    private final Console.Needs needs;

    ReportsPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("/reports", this::report);
    }

    /**
     * @param names of all reports
     * @param asked the form as it was filled in, {@code name} among it
     */
    record Model(List<String> names, Map<String, String> asked, ReportView report) {
        String asked(String field) {
            return asked.getOrDefault(field, "");
        }
    }

    private Page report(Visit visit) {
        var names = needs.reportNames();
        var asked = new HashMap<String, String>();
        asked.put("name", visit.parameter("name").orElse(names.get(0)));
        PASSED_ON.forEach(field -> visit.parameter(field).ifPresent(value -> asked.put(field, value)));
        var parameters = new HashMap<>(asked);
        parameters.put("limit", SHOWN);
        return new Page(
                "reports", new Model(names, asked, ReportView.of(needs.report().apply(parameters))));
    }
}
