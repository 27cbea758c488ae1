package dev.caravan.cli;

import dev.caravan.reports.RecordsBehind;
import dev.caravan.reports.ReportPage;
import dev.caravan.reports.ReportTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "report",
        description =
                "A report about orders or stock (daily-revenue, top-products, customers, stock, low-stock, inventory-turnover, bought-together, operations, quality) or about customers (revenue-by-category, revenue-by-country, top-customers, support, sessions, transaction-rules) or about clicks (funnel, late-clicks), or about fields nobody reads (drift).",
        mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    enum Format {
        TEXT,
        JSON,
        CSV,
        HTML
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "Of the report.")
    private String name;

    @Option(names = "--date", paramLabel = "D", description = "One day, in UTC, such as 2026-11-21.")
    private String date;

    @Option(names = "--from", paramLabel = "D", description = "First day; without it, the first there is.")
    private String from;

    @Option(names = "--to", paramLabel = "D", description = "Last day, inclusive; without it, the last there is.")
    private String to;

    @Option(
            names = "--status",
            paramLabel = "S,S",
            description = "Which orders count: pending, confirmed, cancelled, with commas; without it, confirmed.")
    private String status;

    @Option(
            names = "--as-of",
            paramLabel = "T",
            description = "As it stood at that time, such as 2026-11-21T07:00:00Z; without it, as it stands.")
    private String asOf;

    @Option(
            names = "--at",
            paramLabel = "T",
            description = "Stock at that moment, such as 2026-11-21T07:00:00Z; without it, after all that was sold.")
    private String at;

    @Option(
            names = "--changes-since",
            paramLabel = "VERSION",
            description = "Not the report, but what has changed in it since that version of it, and why.")
    private String changesSince;

    @Option(
            names = "--behind",
            arity = "0..*",
            paramLabel = "COLUMN=VALUE",
            description =
                    "Not the report, but the records behind it, or behind its rows with these values: each with the upload, object and bytes it came in.")
    private Map<String, String> behind;

    @Option(names = "--limit", paramLabel = "N", description = "Most rows; without it, 1000.")
    private String limit;

    @Option(names = "--format", description = "text, json, csv or html (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TEXT;

    @Override
    public Integer call() {
        var query = new HashMap<String, String>();
        query.put("date", date);
        query.put("from", from);
        query.put("to", to);
        query.put("status", status);
        query.put("limit", limit);
        query.put("asOf", asOf);
        query.put("at", at);
        query.put("changesSince", changesSince);
        if (behind != null) return behind(query);
        var report = ApiClient.ofProcess().get("/api/reports/" + ApiClient.encoded(name), query);
        var out = spec.commandLine().getOut();
        switch (format) {
            case JSON -> out.println(report);
            case CSV -> out.print(ReportTable.of(report).csv());
            case HTML -> out.print(ReportPage.html(ReportTable.of(report).title(), List.of(report)));
            case TEXT -> out.print(ReportTable.of(report).text());
        }
        out.flush();
        return Caravan.OK;
    }

    private int behind(Map<String, String> query) {
        query.putAll(behind);
        if (format == Format.HTML)
            throw new ParameterException(spec.commandLine(), "--behind is told as text, json or csv, not as html");
        var found = ApiClient.ofProcess().get("/api/reports/" + ApiClient.encoded(name) + "/records", query);
        var out = spec.commandLine().getOut();
        if (format == Format.JSON) out.println(found);
        else
            out.print(
                    format == Format.CSV
                            ? RecordsBehind.table(found).csv()
                            : RecordsBehind.table(found).text());
        out.flush();
        return Caravan.OK;
    }
}
