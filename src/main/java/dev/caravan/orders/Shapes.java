package dev.caravan.orders;

import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.records.CoreRule;
import dev.caravan.records.RuleSchema;
import dev.caravan.records.Shaped;
import dev.caravan.records.Shaping;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.Values;
import dev.caravan.records.Variants;
import dev.caravan.records.read.GroupedRecords;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.Records;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The shapes of what comes in, and the ways in which it may be written: all in the files below {@code routes/orders/1-receive}. */
public final class Shapes {
    private final Map<Kind, Shape> shapes = new EnumMap<>(Kind.class);

    private record Shape(Variants variants, RuleSchema schema, Shaping shaping) {}

    private Shapes() {}

    /**
     * Reads them; none when there is no such folder.
     *
     * @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right
     */
    public static Shapes load(RouteFiles files, Settings settings, Clock clock) {
        var shapes = new Shapes();
        if (files.endingWith(".jslt").stream().noneMatch(path -> path.startsWith(Kind.STEP))) return shapes;
        for (var kind : Kind.values()) {
            if (!files.has(kind.schema()))
                throw new BadSettings(files.uri(kind.schema()) + ":1: missing: it says what a " + kind.shape() + " is");
            var variants = Variants.load(files, Kind.STEP, kind.shape(), kind.schema());
            var schema = RuleSchema.of(kind.schema(), files.bytes(kind.schema()), CoreRule.RECORD_SHAPE);
            shapes.shapes.put(
                    kind, new Shape(variants, schema, new Shaping(variants, schema, form(kind, settings, clock))));
        }
        return shapes;
    }

    /** Makes these the shapes that the others are, from the next record on. */
    void becomes(Shapes others) {
        shapes.forEach((kind, shape) -> {
            var other = others.shapes.get(kind);
            shape.variants().becomes(other.variants());
            shape.shaping().becomes(other.schema());
        });
    }

    /** The inbox prefix of what a variant's mapping makes; empty when there is no such variant. */
    public Optional<String> areaOf(String variant) {
        return shapes.entrySet().stream()
                .filter(entry -> entry.getValue().variants().all().stream()
                        .anyMatch(one -> one.name().equals(variant)))
                .map(entry -> entry.getKey().area())
                .findFirst();
    }

    /** Whether files of this inbox prefix are of one of these kinds. */
    public boolean takes(String area) {
        return Kind.of(area).filter(shapes::containsKey).isPresent();
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
     * What becomes of a record by itself: whether its order is a duplicate, or names products nobody knows, is not looked at.
     *
     * @param area inbox prefix that is {@linkplain #takes taken}
     */
    public Shaped shape(String area, SourceRecord record) {
        return shaping(area).shape(record);
    }

    /**
     * As {@link #shape(String, SourceRecord)}, when the catalogue knows these products and no others.
     *
     * @param products their ids
     */
    public Shaped shape(String area, SourceRecord record, Set<String> products) {
        var kind = Kind.of(area).orElseThrow();
        var item = OrderPage.Item.of(record, kind, of(kind).shape(record));
        return item.order() == null
                ? item.shaped()
                : UnknownProducts.refused(
                        item.order(), (Shaped.Accepted) item.shaped(), product -> !products.contains(product));
    }

    /**
     * Ids of the products that a file of the catalogue tells of.
     *
     * @param in read to its end and closed
     * @throws BadSettings when a record of it is refused
     */
    public Set<String> products(InputStream in, ReaderLimits limits) throws IOException {
        var area = Kind.CATALOGUE.area();
        var products = new HashSet<String>();
        try (var records = read(area, in, limits)) {
            while (records.hasNext()) {
                var record = records.next();
                if (!(shape(area, record) instanceof Shaped.Accepted accepted))
                    throw new BadSettings(
                            "line " + record.line() + " of the catalogue is refused: try " + area + "/=FILE says why");
                products.add(accepted.value().path("id").textValue());
            }
        }
        return products;
    }

    private Shaping shaping(String area) {
        return of(Kind.of(area).orElseThrow());
    }

    Shaping of(Kind kind) {
        return shapes.get(kind).shaping();
    }

    /** Whether there is no such folder. */
    boolean isEmpty() {
        return shapes.isEmpty();
    }

    /** The schemas of all kinds, with their rules. */
    public List<RuleSchema> schemas() {
        return shapes.values().stream().map(Shape::schema).toList();
    }

    private static Form form(Kind kind, Settings settings, Clock clock) {
        return switch (kind) {
            case ORDER ->
                new OrderForm(
                        settings.text("orders.currency"),
                        Set.of(settings.text("orders.channels").split(",")),
                        clock);
            case CATALOGUE ->
                (mapped, found) -> {
                    var product = Json.object();
                    Values.set(product, "id", Values.text(mapped.path("id")));
                    Values.set(product, "category", Values.text(mapped.path("category")));
                    Values.set(product, "brand", Values.text(mapped.path("brand")));
                    Values.set(product, "price", Values.decimal(mapped.path("price")));
                    Values.set(product, "launchedAt", Values.instant(mapped.path("launchedAt")));
                    Values.set(product, "asOf", Values.instant(mapped.path("asOf")));
                    return product;
                };
            case STOCK ->
                (mapped, found) -> {
                    var stock = Json.object();
                    Values.set(stock, "product", Values.text(mapped.path("product")));
                    Values.set(stock, "warehouse", Values.text(mapped.path("warehouse")));
                    Values.set(stock, "quantity", Values.integer(mapped.path("quantity")));
                    Values.set(stock, "asOf", Values.instant(mapped.path("asOf")));
                    return stock;
                };
        };
    }
}
