package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.records.RuleSchema;
import dev.caravan.records.Shaped;
import dev.caravan.records.Shaping;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.StepShapes;
import dev.caravan.records.Values;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.Records;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The shapes of what comes in, and the ways in which it may be written: all in the files below {@code routes/orders/1-receive}. */
public final class Shapes {
    private final StepShapes step;

    private Shapes(StepShapes step) {
        this.step = step;
    }

    /**
     * Reads them; none when there is no such folder.
     *
     * @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right
     */
    public static Shapes load(RouteFiles files, Settings settings, Clock clock) {
        return new Shapes(StepShapes.load(
                files,
                Kind.STEP,
                Arrays.stream(Kind.values())
                        .map(kind -> new StepShapes.Kind(kind.area(), kind.shape(), form(kind, settings, clock)))
                        .toList()));
    }

    /**
     * Makes these the shapes that the others are, from the next record on.
     *
     * @return does it
     * @throws BadSettings when there are no others, and some of these
     */
    Runnable becomes(Shapes others) {
        return step.becomes(others.step);
    }

    /** The same, whatever flow they belong to. */
    public StepShapes step() {
        return step;
    }

    /** Whether files of this inbox prefix are of one of these kinds. */
    public boolean takes(String area) {
        return step.takes(area);
    }

    /**
     * The records of a file, rows that belong together as one.
     *
     * @param area inbox prefix that is {@linkplain #takes taken}
     * @param in   closed with the records
     */
    public Records read(String area, InputStream in, ReaderLimits limits) {
        return step.read(area, in, limits);
    }

    /**
     * What becomes of a record by itself: whether its order is a duplicate, or names products nobody knows, is not looked at.
     *
     * @param area inbox prefix that is {@linkplain #takes taken}
     */
    public Shaped shape(String area, SourceRecord record) {
        return step.shape(area, record);
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
     * The products that a file of the catalogue tells of, as {@code catalogue-product.schema.json} says.
     *
     * @param in read to its end and closed
     * @throws BadSettings when a record of it is refused
     */
    public List<ObjectNode> products(InputStream in, ReaderLimits limits) throws IOException {
        var area = Kind.CATALOGUE.area();
        var products = new ArrayList<ObjectNode>();
        try (var records = read(area, in, limits)) {
            while (records.hasNext()) {
                var record = records.next();
                if (!(shape(area, record) instanceof Shaped.Accepted accepted))
                    throw new BadSettings(
                            "line " + record.line() + " of the catalogue is refused: try " + area + "/=FILE says why");
                products.add(accepted.value());
            }
        }
        return products;
    }

    Shaping of(Kind kind) {
        return step.shaping(kind.area());
    }

    /** Whether there is no such folder. */
    boolean isEmpty() {
        return step.isEmpty();
    }

    /** The schemas of all kinds, with their rules. */
    public List<RuleSchema> schemas() {
        return step.schemas();
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
                    Values.set(product, "stock", Values.integer(mapped.path("stock")));
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
