package dev.caravan.products;

import dev.caravan.failure.BadSettings;
import dev.caravan.records.CoreRule;
import dev.caravan.records.Mapping;
import dev.caravan.records.MappingFolder;
import dev.caravan.records.MappingSettings;
import dev.caravan.records.RuleSchema;
import dev.caravan.routes.RouteFiles;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The suppliers we can read. One exists when {@code routes/products/2-normalise/<supplier>/product.jslt} does; beside it
 * {@code record.schema.json} (what it may send) and {@code supplier.yaml} (its settings), both optional.
 */
public final class Suppliers {
    private static final String STEP = "products/2-normalise/";
    private static final String MAPPING = "/product.jslt";
    private static final String PRODUCT_SCHEMA = STEP + "product.schema.json";
    private static final List<String> SETTINGS = List.of("title", "stock-when-absent", "sources");

    private volatile SortedMap<String, Supplier> byName = new TreeMap<>();

    private Suppliers() {}

    /** @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right */
    public static Suppliers load(RouteFiles files) {
        var suppliers = new Suppliers();
        if (!files.has(PRODUCT_SCHEMA))
            throw new BadSettings(files.uri(PRODUCT_SCHEMA) + ":1: missing: it says what a product is");
        var productSchema = RuleSchema.of(PRODUCT_SCHEMA, files.bytes(PRODUCT_SCHEMA), CoreRule.PRODUCT_SHAPE);
        for (var path : files.endingWith(MAPPING)) {
            if (!path.startsWith(STEP)) continue;
            var name = path.substring(STEP.length(), path.length() - MAPPING.length());
            if (!name.matches("[a-z0-9][a-z0-9-]*")) {
                throw new BadSettings(path + ":1: \"" + name
                        + "\" cannot name a supplier: use lower-case letters, digits and hyphens, in one folder");
            }
            suppliers.byName.put(name, supplier(files, name, productSchema));
        }
        return suppliers;
    }

    /** Makes these the suppliers that the others are, from the next question on; who has asked for one keeps what it got. */
    void becomes(Suppliers others) {
        byName = others.byName;
    }

    /** The supplier whose inbox prefix this is. */
    public Optional<Supplier> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** All, by name. */
    public Collection<Supplier> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    private static Supplier supplier(RouteFiles files, String name, RuleSchema productSchema) {
        var folder = STEP + name + "/";
        var schemaPath = folder + "record.schema.json";
        var recordSchema = RuleSchema.of(
                schemaPath,
                files.has(schemaPath) ? files.bytes(schemaPath) : "{}".getBytes(StandardCharsets.UTF_8),
                CoreRule.RECORD_SHAPE);
        var settings = new MappingSettings(files, folder + "supplier.yaml", SETTINGS);
        var own = MappingFolder.of(files, folder, List.of(PRODUCT_SCHEMA));
        return new Supplier(
                name,
                settings.text("title").orElse(name),
                stockWhenAbsent(settings),
                own.files(),
                own.hash(),
                Mapping.of(files, STEP + name + MAPPING),
                recordSchema,
                productSchema,
                settings.sources());
    }

    private static StockWhenAbsent stockWhenAbsent(MappingSettings settings) {
        var stated = settings.text("stock-when-absent");
        if (stated.isEmpty()) return StockWhenAbsent.HOLD;
        return StockWhenAbsent.parse(stated.get())
                .orElseThrow(() -> settings.wrong(
                        "stock-when-absent",
                        "stock-when-absent is \"" + stated.get() + "\"",
                        "write hold, unmanaged or a whole number"));
    }
}
