package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A report as horizontal bars, to be drawn with SVG in the units given here. The table beside it has the same numbers.
 *
 * @param title what the bars show
 * @param bars  from the top down, at least one
 */
public record Chart(String title, List<Bar> bars) {
    /** From the top of one bar to that of the next. */
    public static final int STEP = 24;

    /** Where bars begin: left of it stand their labels. */
    public static final int LEFT = 210;

    /** Of the longest bar. */
    public static final int LONGEST = 420;

    private static final int MOST_BARS = 31;
    private static final int LONGEST_LABEL = 30;

    /**
     * One of them.
     *
     * @param label cut off when it is long
     * @param value as it is written
     * @param y     of its top
     */
    public record Bar(String label, String value, int y, double width) {}

    /** What a bar is about, and which column says how long it is. */
    private record Drawing(String title, String value, List<String> labels) {}

    private static final Map<String, Drawing> DRAWINGS = Map.ofEntries(
            Map.entry("top-products", new Drawing("Revenue by product", "revenue", List.of("product", "currency"))),
            Map.entry("customers", new Drawing("Revenue by customer", "revenue", List.of("customer", "currency"))),
            Map.entry("stock", new Drawing("Available units", "available", List.of("product"))),
            Map.entry("low-stock", new Drawing("Available units", "available", List.of("product"))),
            Map.entry("inventory-turnover", new Drawing("Turnover by product", "turnover", List.of("product"))),
            Map.entry(
                    "bought-together", new Drawing("Orders with both products", "orders", List.of("product", "other"))),
            Map.entry("operations", new Drawing("Records received", "received", List.of("day", "kind"))),
            Map.entry("quality", new Drawing("Quality score by day", "score", List.of("day"))),
            Map.entry(
                    "revenue-by-category",
                    new Drawing("Revenue by category", "revenue", List.of("category", "currency"))),
            Map.entry(
                    "revenue-by-country", new Drawing("Revenue by country", "revenue", List.of("country", "currency"))),
            Map.entry("top-customers", new Drawing("Revenue by customer", "revenue", List.of("customer", "currency"))),
            Map.entry("support", new Drawing("Tickets by category", "tickets", List.of("category"))),
            Map.entry("sessions", new Drawing("Sessions by day", "sessions", List.of("day"))),
            Map.entry("funnel", new Drawing("Sessions by stage", "sessions", List.of("stage"))),
            Map.entry("late-clicks", new Drawing("Late clicks by day", "clicks", List.of("day"))),
            Map.entry("transaction-rules", new Drawing("Records refused by rule", "refused", List.of("rule"))));

    /**
     * Of a report as the API answers it; empty when there is nothing to draw.
     *
     * @param report with at least a row, unless it is empty
     */
    public static Optional<Chart> of(JsonNode report) {
        var name = report.path("report").asText();
        var drawing = name.equals("daily-revenue") ? revenue(report) : DRAWINGS.get(name);
        if (drawing == null || report.has("changesSince")) return Optional.empty();
        var sums = new LinkedHashMap<String, BigDecimal>();
        for (var row : report.path("rows")) {
            var value = row.path(drawing.value());
            if (value.isNull()) continue;
            var label = new ArrayList<String>();
            drawing.labels().forEach(column -> label.add(row.path(column).asText()));
            sums.merge(String.join(" ", label), new BigDecimal(value.asText()), BigDecimal::add);
        }
        if (sums.isEmpty()) return Optional.empty();
        var longest = sums.values().stream().reduce(BigDecimal.ZERO, BigDecimal::max);
        var bars = new ArrayList<Bar>();
        sums.forEach((label, value) -> {
            if (bars.size() < MOST_BARS)
                bars.add(new Bar(cut(label), value.toPlainString(), bars.size() * STEP, width(value, longest)));
        });
        return Optional.of(new Chart(
                sums.size() > MOST_BARS ? drawing.title() + ", the first " + MOST_BARS : drawing.title(),
                List.copyOf(bars)));
    }

    /** By day; of a single day, by channel. */
    private static Drawing revenue(JsonNode report) {
        var period = report.path("period");
        return period.path("from").equals(period.path("to"))
                ? new Drawing("Revenue by channel", "revenue", List.of("channel", "currency"))
                : new Drawing("Revenue by day", "revenue", List.of("day", "currency"));
    }

    private static double width(BigDecimal value, BigDecimal longest) {
        if (value.signum() <= 0) return 0;
        return value.multiply(BigDecimal.valueOf(LONGEST))
                .divide(longest, 1, RoundingMode.HALF_UP)
                .doubleValue();
    }

    private static String cut(String label) {
        return label.codePointCount(0, label.length()) <= LONGEST_LABEL
                ? label
                : label.substring(0, label.offsetByCodePoints(0, LONGEST_LABEL - 1)) + "…";
    }

    /** Of the whole drawing. */
    public int height() {
        return bars.size() * STEP;
    }

    /** Said in a sentence, for those who do not see it. */
    public String description() {
        var first = bars.get(0);
        return title + ": " + bars.size() + (bars.size() == 1 ? " bar" : " bars") + ", the first is " + first.label()
                + " with " + first.value() + "; the table has the numbers";
    }
}
