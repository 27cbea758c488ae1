package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.records.CoreRule;
import dev.caravan.records.RuleSchema;
import dev.caravan.records.Shaped;
import dev.caravan.records.Shaping;
import dev.caravan.records.Variants;
import dev.caravan.records.read.GroupedRecords;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.Records;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The shape of a click, and the ways in which it may be written: all in the files below {@code routes/clickstream/1-receive}. */
public final class ClickShapes {
    private static final String STEP = "clickstream/1-receive/";
    private static final String SHAPE = "click";
    private static final String SCHEMA = STEP + "click.schema.json";

    private final Variants variants;
    private volatile RuleSchema schema;
    private final Shaping shaping;
    private final Clock clock;

    private ClickShapes(Variants variants, RuleSchema schema, Clock clock) {
        this.variants = variants;
        this.schema = schema;
        this.shaping = new Shaping(variants, schema, new ClickForm(clock));
        this.clock = clock;
    }

    /**
     * Reads them; none when there is no such folder.
     *
     * @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right
     */
    public static ClickShapes load(RouteFiles files, Clock clock) {
        if (files.endingWith(".jslt").stream().noneMatch(path -> path.startsWith(STEP)))
            return new ClickShapes(Variants.load(files, STEP, SHAPE, SCHEMA), null, clock);
        if (!files.has(SCHEMA)) throw new BadSettings(files.uri(SCHEMA) + ":1: missing: it says what a click is");
        return new ClickShapes(
                Variants.load(files, STEP, SHAPE, SCHEMA),
                RuleSchema.of(SCHEMA, files.bytes(SCHEMA), CoreRule.RECORD_SHAPE),
                clock);
    }

    /** Whether there is no such folder. */
    boolean isEmpty() {
        return schema == null;
    }

    /** Makes these the shapes that the others are, for records from the next file on. */
    void becomes(ClickShapes others) {
        variants.becomes(others.variants);
        schema = others.schema;
        shaping.becomes(others.schema);
    }

    /** Whether files of this inbox prefix are of clicks. */
    public boolean takes(String area) {
        return !isEmpty() && area.equals(ClickFlow.AREA);
    }

    /** What a click is, with its rules; none when there is no such folder. */
    public List<RuleSchema> schemas() {
        return isEmpty() ? List.of() : List.of(schema);
    }

    /** @param in closed with the records */
    public Records read(InputStream in, ReaderLimits limits) {
        return new GroupedRecords(new RecordReader(in, limits), shaping::groupBy, limits.maxRecordBytes());
    }

    /** What becomes of a record by itself: whether it is late or was there before is not looked at. */
    public Shaped shape(SourceRecord record) {
        return shaping.shape(record);
    }

    /**
     * As {@link #shape}, and compares it with what is read without a mapping.
     *
     * @throws BadSettings when a plain variant's mapping makes something else of the record than its sources say
     */
    public Shaped compared(SourceRecord record) {
        var shaped = shape(record);
        var read = reader().read(record);
        if (read == null || shaped instanceof Shaped.Accepted accepted && read.equals(click(accepted))) return shaped;
        throw new BadSettings(
                STEP + ":1: a mapping makes something else of the record on line " + record.line()
                        + " than the sources in its variant.yaml say, which is what counts as long as plain: true stands there: mend one of them, or take plain out");
    }

    /** For what is as most are; one for each thread. */
    ClickReader reader() {
        return new ClickReader(variants.all(), types(), clock);
    }

    private Set<String> types() {
        var types = new HashSet<String>();
        schema.document().at("/properties/type/enum").forEach(type -> types.add(type.asText()));
        return types;
    }

    /** A click that has our shape. */
    static Click click(Shaped.Accepted accepted) {
        var value = accepted.value();
        var extras = accepted.extras();
        return new Click(
                text(value, "id"),
                text(value, "user"),
                text(value, "session"),
                Instant.parse(text(value, "at")).toEpochMilli(),
                text(value, "type"),
                text(value, "page"),
                text(value, "referrer"),
                text(value, "userAgent"),
                text(value, "ip"),
                text(value, "device"),
                text(value, "country"),
                text(value, "product"),
                text(value, "category"),
                value.path("quantity").asDouble(Double.NaN),
                amount(value.path("price")),
                amount(value.path("cartValue")),
                extras == null ? null : extras.toString());
    }

    private static String text(ObjectNode value, String name) {
        return value.path(name).textValue();
    }

    private static double amount(JsonNode text) {
        return text.isTextual() ? Double.parseDouble(text.textValue()) : Double.NaN;
    }
}
