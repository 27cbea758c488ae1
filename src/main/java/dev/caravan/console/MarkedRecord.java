package dev.caravan.console;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.records.read.Csv;
import dev.caravan.records.read.SourceRecord.Format;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A quarantined record line by line, with what is wrong beside the lines it is wrong in. Of a long one the lines around these are left. A row
 * of a CSV file is shown as an object with a member a column, as the rules see it; what cannot be read at all as the text it is.
 */
final class MarkedRecord {
    private static final int WHOLE = 300;
    private static final int AROUND = 6;

    private final Map<String, String> marks = new HashMap<>();
    private final List<Line> lines = new ArrayList<>();

    private MarkedRecord() {}

    /**
     * A line.
     *
     * @param text empty where lines were left out
     * @param mark what is wrong here; null when nothing is
     */
    record Line(String text, String mark) {
        boolean isGap() {
            return text.isEmpty();
        }
    }

    static MarkedRecord of(Kept kept) {
        var marked = new MarkedRecord();
        var source = source(kept);
        if (source.isMissingNode()) {
            new String(kept.raw(), StandardCharsets.UTF_8)
                    .lines()
                    .limit(WHOLE)
                    .filter(line -> !line.isBlank())
                    .forEach(line -> marked.lines.add(new Line(line, null)));
            return marked;
        }
        for (var reason : kept.reasons()) {
            marked.marks.merge(
                    present(reason.path("pointer").asText(), source),
                    reason.path("message").asText(),
                    (one, other) -> one + "; " + other);
        }
        marked.add("", source, "", 0, "");
        return marked;
    }

    /** Lines to show, gaps between them. */
    List<Line> lines() {
        if (lines.size() <= WHOLE) return lines;
        var shown = new ArrayList<Line>();
        for (int i = 0; i < lines.size(); i++) {
            boolean near = IntStream.rangeClosed(Math.max(0, i - AROUND), Math.min(lines.size() - 1, i + AROUND))
                    .anyMatch(j -> lines.get(j).mark() != null);
            if (near) shown.add(lines.get(i));
            else if (shown.isEmpty() || !shown.get(shown.size() - 1).isGap()) shown.add(new Line("", null));
        }
        return shown;
    }

    private static JsonNode source(Kept kept) {
        var text = new String(kept.raw(), StandardCharsets.UTF_8);
        if (!kept.format().equals(Format.CSV.name())) {
            try {
                return Json.read(text);
            } catch (BadMessage e) {
                return Json.object().path("unreadable");
            }
        }
        try {
            var cells = Csv.cells(text);
            var columns = Csv.cells(kept.header());
            if (cells.size() != columns.size()) return Json.object().path("unreadable");
            var row = Json.object();
            for (int i = 0; i < cells.size(); i++) row.put(columns.get(i).strip(), cells.get(i));
            return row;
        } catch (IllegalArgumentException e) {
            return Json.object().path("unreadable");
        }
    }

    /** The pointer, or that of the innermost thing around it that is there. */
    private static String present(String pointer, JsonNode source) {
        try {
            var at = JsonPointer.compile(pointer);
            while (source.at(at).isMissingNode()) at = at.head();
            return at.toString();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private void add(String name, JsonNode node, String pointer, int depth, String comma) {
        var indent = "  ".repeat(depth);
        var mark = marks.get(pointer);
        if (node.isEmpty() || node.isValueNode()) {
            lines.add(new Line(indent + name + node + comma, mark));
            return;
        }
        lines.add(new Line(indent + name + (node.isObject() ? "{" : "["), mark));
        int left = node.size();
        if (node.isObject()) {
            for (var member : node.properties()) {
                add(
                        TextNode.valueOf(member.getKey()) + ": ",
                        member.getValue(),
                        pointer + "/" + member.getKey().replace("~", "~0").replace("/", "~1"),
                        depth + 1,
                        --left > 0 ? "," : "");
            }
        } else {
            int index = 0;
            for (var item : node) add("", item, pointer + "/" + index++, depth + 1, --left > 0 ? "," : "");
        }
        lines.add(new Line(indent + (node.isObject() ? "}" : "]") + comma, null));
    }
}
