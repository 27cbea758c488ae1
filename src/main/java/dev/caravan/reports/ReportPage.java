package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.List;
import java.util.Map;

/** Reports as one HTML file that needs nothing else: charts as SVG, numbers as tables, no script. */
public final class ReportPage {
    /** Where the build puts all templates. */
    private static final String TEMPLATES = "dev.caravan.console";

    private static final TemplateEngine ENGINE =
            TemplateEngine.createPrecompiled(null, ContentType.Html, ReportPage.class.getClassLoader(), TEMPLATES);

    private ReportPage() {}

    /**
     * Writes them.
     *
     * @param title   of the page
     * @param reports as the API answers them
     */
    public static String html(String title, List<JsonNode> reports) {
        var output = new StringOutput();
        ENGINE.render(
                "reportPage.jte",
                Map.of(
                        "title",
                        title,
                        "reports",
                        reports.stream().map(ReportView::of).toList()),
                output);
        return output.toString();
    }
}
