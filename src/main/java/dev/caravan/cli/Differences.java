package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;

/** Shows how two sets of routes differ in what they make of the same records. */
final class Differences {
    private static final int MOST_FIELDS = 8;
    private static final int LONGEST_VALUE = 60;

    private Differences() {}

    /**
     * @param summary  {@code {records, different, decisions{}, fields{}}}
     * @param examples {@code {key, index, before{}, after{}, diff[]}} each
     */
    static void print(JsonNode summary, JsonNode examples, PrintWriter out) {
        long records = summary.path("records").asLong();
        long different = summary.path("different").asLong();
        out.printf("records: %s, the same: %s, different: %s%n", records, records - different, different);
        if (different == 0) return;
        out.println();
        summary.path("decisions").properties().forEach(one -> count(out, one.getKey(), one.getValue()));
        summary.path("fields").properties().forEach(one -> count(out, one.getKey(), one.getValue()));
        for (var example : examples) example(example, out);
        if (different > examples.size()) out.printf("%n… and %s more%n", different - examples.size());
    }

    private static void count(PrintWriter out, String what, JsonNode records) {
        out.printf("%8s  %s%n", records.asLong(), what.isEmpty() ? "the record as a whole" : what);
    }

    private static void example(JsonNode line, PrintWriter out) {
        out.printf(
                "%n%s%s  %s%n",
                line.path("key").asText(),
                line.hasNonNull("index") ? " record " + line.path("index").asLong() : "",
                decisions(line.path("before"), line.path("after")));
        int shown = 0;
        for (var operation : line.path("diff")) {
            if (operation.path("path").asText().equals("/decision")) continue;
            if (shown++ == MOST_FIELDS) {
                out.printf("  … and %s more%n", line.path("diff").size() - MOST_FIELDS);
                return;
            }
            out.printf("  %s  %s%n", operation.path("path").asText(), change(operation));
        }
    }

    private static String decisions(JsonNode before, JsonNode after) {
        var old = before.path("decision").asText("nothing");
        var now = after.path("decision").asText("nothing");
        return old.equals(now) ? now : old + " → " + now;
    }

    private static String change(JsonNode operation) {
        return switch (operation.path("op").asText()) {
            case "add" -> "new: " + value(operation.path("value"));
            case "remove" -> "gone: " + value(operation.path("value"));
            default -> value(operation.path("fromValue")) + " → " + value(operation.path("value"));
        };
    }

    private static String value(JsonNode value) {
        var text = value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }
}
