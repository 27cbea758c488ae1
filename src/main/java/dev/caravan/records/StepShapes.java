package dev.caravan.records;

import dev.caravan.failure.BadSettings;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.read.GroupedRecords;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.Records;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What may come in at one step, by its prefix in the inbox: the shape of each kind of record, and the ways in which it may be written. All of
 * it is in the files below the step's folder.
 */
public final class StepShapes {
    private final String step;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /**
     * One kind of record.
     *
     * @param area  its prefix in the inbox
     * @param shape what a mapping makes of a record: {@code order} for {@code order.jslt}
     * @param form  what no schema can say of it
     */
    public record Kind(String area, String shape, Form form) {}

    private record Shape(Variants variants, RuleSchema schema, Shaping shaping) {}

    private StepShapes(String step) {
        this.step = step;
    }

    /**
     * Reads them; none when no mapping lies there.
     *
     * @param step folder below {@code routes/}, with a slash at its end
     * @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right
     */
    public static StepShapes load(RouteFiles files, String step, List<Kind> kinds) {
        var shapes = new StepShapes(step);
        if (files.endingWith(".jslt").stream().noneMatch(path -> path.startsWith(step))) return shapes;
        for (var kind : kinds) {
            var path = step + kind.shape() + ".schema.json";
            if (!files.has(path))
                throw new BadSettings(files.uri(path) + ":1: missing: it says what a " + kind.shape() + " is");
            var variants = Variants.load(files, step, kind.shape(), path);
            var schema = RuleSchema.of(path, files.bytes(path), CoreRule.RECORD_SHAPE);
            shapes.shapes.put(kind.area(), new Shape(variants, schema, new Shaping(variants, schema, kind.form())));
        }
        return shapes;
    }

    /**
     * Makes these the shapes that the others are, from the next record on.
     *
     * @return does it
     * @throws BadSettings when there are no others, and some of these
     */
    public Runnable becomes(StepShapes others) {
        if (others.isEmpty() && !isEmpty())
            throw new BadSettings(step + ":1: nothing is there: put its mappings and schemas back");
        return () -> shapes.forEach((area, shape) -> {
            var other = others.shapes.get(area);
            shape.variants().becomes(other.variants());
            shape.shaping().becomes(other.schema());
        });
    }

    /** The folder below {@code routes/}, with a slash at its end. */
    public String step() {
        return step;
    }

    /** Whether no mapping lies there. */
    public boolean isEmpty() {
        return shapes.isEmpty();
    }

    /** Whether files of this inbox prefix are of one of these kinds. */
    public boolean takes(String area) {
        return shapes.containsKey(area);
    }

    /** The inbox prefix of what a variant's mapping makes; empty when there is no such variant. */
    public Optional<String> areaOf(String variant) {
        return shapes.entrySet().stream()
                .filter(entry -> entry.getValue().variants().all().stream()
                        .anyMatch(one -> one.name().equals(variant)))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * The records of a file, rows that belong together as one.
     *
     * @param area inbox prefix that is {@linkplain #takes taken}
     * @param in   closed with the records
     */
    public Records read(String area, InputStream in, ReaderLimits limits) {
        return new GroupedRecords(new RecordReader(in, limits), shaping(area)::groupBy, limits.maxRecordBytes());
    }

    /**
     * What becomes of a record by itself: what else is known is not looked at.
     *
     * @param area inbox prefix that is {@linkplain #takes taken}
     */
    public Shaped shape(String area, SourceRecord record) {
        return shaping(area).shape(record);
    }

    /** Brings records of a prefix that is {@linkplain #takes taken} to their shape. */
    public Shaping shaping(String area) {
        return shapes.get(area).shaping();
    }

    /** The schemas of all kinds, with their rules. */
    public List<RuleSchema> schemas() {
        return shapes.values().stream().map(Shape::schema).toList();
    }
}
