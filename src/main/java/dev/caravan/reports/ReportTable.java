package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.records.read.Csv;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A report to be read: as lines for a terminal, or as CSV.
 *
 * @param title   what it is about, and which version of it: one line
 * @param columns names, in order
 * @param rows    a cell a column; empty where there is no value
 */
public record ReportTable(String title, List<String> columns, List<List<String>> rows) {
    private static final Pattern FORMULA = Pattern.compile("[=+@\\t\\r-]");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+([.][0-9]+)?");

    /** Of a report as the API answers it. */
    public static ReportTable of(JsonNode report) {
        var columns = new ArrayList<String>();
        report.path("columns").forEach(column -> columns.add(column.asText()));
        var rows = new ArrayList<List<String>>();
        for (var row : report.path("rows"))
            rows.add(columns.stream().map(column -> cell(row.path(column))).toList());
        return new ReportTable(title(report), List.copyOf(columns), List.copyOf(rows));
    }

    private static String title(JsonNode report) {
        var period = report.path("period");
        var since = report.path("changesSince");
        var quality = report.path("quality");
        return report.path("report").asText()
                + (period.isMissingNode()
                        ? ""
                        : " " + period.path("from").asText() + " to "
                                + period.path("to").asText())
                + (report.has("at") ? " at " + report.path("at").asText() : "")
                + (since.isMissingNode() ? "" : ", what changed after version " + since.asText())
                + ", version " + report.path("version").asText() + ", as of "
                + report.path("asOf").asText() + ", quality " + (quality.isNull() ? "unknown" : quality.asText())
                + ", " + report.path("inQuarantine").asText() + " in quarantine";
    }

    private static String cell(JsonNode value) {
        if (value.isNull()) return "";
        return value.isContainerNode() ? value.toString() : value.asText();
    }

    /** The title, then columns as wide as they have to be; each line ends with a line feed. */
    public String text() {
        if (rows.isEmpty()) return title + "\nno rows\n";
        var lines = new ArrayList<>(List.of(columns));
        lines.addAll(rows);
        var widths = new int[columns.size()];
        for (var line : lines)
            for (int i = 0; i < widths.length; i++)
                widths[i] = Math.max(widths[i], line.get(i).length());
        var text = new StringBuilder(title).append('\n');
        for (var line : lines) {
            var padded = new StringBuilder();
            for (int i = 0; i < widths.length; i++)
                padded.append(i == 0 ? "" : "  ")
                        .append(line.get(i))
                        .append(" ".repeat(widths[i] - line.get(i).length()));
            text.append(padded.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /**
     * The names of the columns, then the rows; each line ends with a line feed. What a spreadsheet would take for a formula begins with an
     * apostrophe: ids come from outside. (OWASP, CSV Injection)
     */
    public String csv() {
        return line(columns) + rows.stream().map(ReportTable::line).collect(Collectors.joining());
    }

    private static String line(List<String> cells) {
        return cells.stream().map(ReportTable::harmless).map(Csv::cell).collect(Collectors.joining(",", "", "\n"));
    }

    private static String harmless(String cell) {
        return FORMULA.matcher(cell).lookingAt() && !NUMBER.matcher(cell).matches() ? "'" + cell : cell;
    }
}
