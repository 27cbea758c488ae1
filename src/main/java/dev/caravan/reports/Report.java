package dev.caravan.reports;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * A report as it stands, or stood.
 *
 * @param asOf         when
 * @param version      the greatest number of a change that bears on it; 0 when none does. The same version has the same rows
 * @param since        of a restatement, the version before; otherwise null
 * @param at           of stock: the moment it is told of; null for after all that was sold
 * @param from         first day, in UTC; null for a report about no period
 * @param to           last day, inclusive
 * @param quality      score of the records of the period, 0 to 1; null when there are none
 * @param inQuarantine records of the period that are refused and count nowhere
 * @param columns      names, in order
 * @param rows         each an array with a value a column; amounts are decimal text
 */
public record Report(
        String name,
        Instant asOf,
        long version,
        Long since,
        Instant at,
        LocalDate from,
        LocalDate to,
        BigDecimal quality,
        long inQuarantine,
        List<String> columns,
        List<ArrayNode> rows) {
    /** As the API shows it: each row an object. */
    public ObjectNode json() {
        var json =
                Json.object().put("report", name).put("asOf", asOf.toString()).put("version", version);
        if (since != null) json.put("changesSince", since);
        if (at != null) json.put("at", at.toString());
        if (from != null) json.putObject("period").put("from", from.toString()).put("to", to.toString());
        json.put("quality", quality == null ? null : quality.toPlainString()).put("inQuarantine", inQuarantine);
        var names = json.putArray("columns");
        columns.forEach(names::add);
        var list = json.putArray("rows");
        for (var row : rows) {
            var object = list.addObject();
            for (int i = 0; i < columns.size(); i++) object.set(columns.get(i), row.get(i));
        }
        return json;
    }
}
