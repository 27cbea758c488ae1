package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;

/**
 * A report to be looked at.
 *
 * @param name  such as {@code daily-revenue}
 * @param chart empty when there is nothing to draw
 */
public record ReportView(String name, Optional<Chart> chart, ReportTable table) {
    /** Of a report as the API answers it. */
    public static ReportView of(JsonNode report) {
        return new ReportView(report.path("report").asText(), Chart.of(report), ReportTable.of(report));
    }

    /** {@code Daily revenue}. */
    public String heading() {
        var words = name.replace('-', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }
}
