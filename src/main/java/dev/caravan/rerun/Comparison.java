package dev.caravan.rerun;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.rerun.Results.Result;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Counts how two runs over the same records differ, record by record and field by field. Not for use by several threads. */
public final class Comparison {
    private static final String NOTHING = "nothing";
    /** Fields of attributes and options are named by suppliers, without end perhaps. */
    private static final int MOST_FIELDS = 1_000;

    private static final Comparator<Result> ORDER = Comparator.comparing(Result::received)
            .thenComparing(result -> result.upload().toString())
            .thenComparingLong(Result::index);

    private final Map<String, Long> decisions = new TreeMap<>();
    private final Map<String, Long> fields = new TreeMap<>();
    private long records;
    private long different;

    /**
     * Compares two runs over the same past.
     *
     * @param olds as {@link Results#reading} gives them, and so are {@code news}
     * @param told is given each record's line, in order; see {@link #add}
     */
    public void addAll(Iterator<Result> olds, Iterator<Result> news, Consumer<ObjectNode> told) {
        var before = next(olds);
        var after = next(news);
        while (before != null || after != null) {
            int order = before == null ? 1 : after == null ? -1 : ORDER.compare(before, after);
            told.accept(add(order <= 0 ? before.json() : null, order >= 0 ? after.json() : null));
            if (order <= 0) before = next(olds);
            if (order >= 0) after = next(news);
        }
    }

    private static Result next(Iterator<Result> results) {
        return results.hasNext() ? results.next() : null;
    }

    /**
     * Compares what became of one record.
     *
     * @param before as {@link Results.Result#json()} tells it; null when the record was not there
     * @param after  likewise
     * @return {@code {key, version, index, same, before{}, after{}, diff[]}}, the diff as RFC 6902 operations with the values they replace
     */
    public ObjectNode add(ObjectNode before, ObjectNode after) {
        var diff = Json.diff(value(before), value(after));
        var either = before == null ? after : before;
        var line = Json.object();
        for (var name : new String[] {"key", "version", "index"}) line.set(name, either.get(name));
        line.put("same", diff.isEmpty());
        line.set("before", value(before));
        line.set("after", value(after));
        line.set("diff", diff);
        records++;
        if (!diff.isEmpty()) count(before, after, diff);
        return line;
    }

    private void count(ObjectNode before, ObjectNode after, JsonNode diff) {
        different++;
        if (!decision(before).equals(decision(after)))
            decisions.merge(decision(before) + " → " + decision(after), 1L, Long::sum);
        // Each field once a record, however many of its variants or images differ.
        var touched = new TreeSet<String>();
        for (var operation : diff) touched.add(field(operation.path("path").asText()));
        touched.remove("/decision");
        for (var field : touched)
            if (fields.size() < MOST_FIELDS || fields.containsKey(field)) fields.merge(field, 1L, Long::sum);
    }

    private static JsonNode value(ObjectNode outcome) {
        return outcome == null ? Json.mapper().nullNode() : outcome;
    }

    private static String decision(ObjectNode outcome) {
        return outcome == null ? NOTHING : outcome.path("decision").asText();
    }

    /** A pointer with {@code *} for each position in an array. */
    private static String field(String pointer) {
        return pointer.replaceAll("/(\\d+|-)(?=/|$)", "/*");
    }

    public boolean same() {
        return different == 0;
    }

    /** {@code {records, different, decisions{"before → after": records}, fields{pointer: records}}}. */
    public ObjectNode summary() {
        var summary = Json.object().put("records", records).put("different", different);
        var changed = summary.putObject("decisions");
        decisions.forEach(changed::put);
        var touched = summary.putObject("fields");
        fields.forEach(touched::put);
        return summary;
    }
}
