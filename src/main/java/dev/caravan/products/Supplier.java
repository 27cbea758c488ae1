package dev.caravan.products;

import dev.caravan.records.Mapping;
import dev.caravan.records.Projection;
import dev.caravan.records.RuleSchema;
import dev.caravan.records.Sources;
import java.util.Collections;
import java.util.SortedMap;

/** What is known about a supplier: all of it from the files in its folder below {@code routes/products/2-normalise}. */
public final class Supplier {
    private final String name;
    private final String title;
    private final StockWhenAbsent stockWhenAbsent;
    private final SortedMap<String, byte[]> files;
    private final String mappingHash;
    private final Mapping mapping;
    private final RuleSchema recordSchema;
    private final RuleSchema productSchema;
    private final Projection projection;
    private final Sources sources;

    Supplier(
            String name,
            String title,
            StockWhenAbsent stockWhenAbsent,
            SortedMap<String, byte[]> files,
            String mappingHash,
            Mapping mapping,
            RuleSchema recordSchema,
            RuleSchema productSchema,
            Sources sources) {
        this.name = name;
        this.title = title;
        this.stockWhenAbsent = stockWhenAbsent;
        this.files = Collections.unmodifiableSortedMap(files);
        this.mappingHash = mappingHash;
        this.mapping = mapping;
        this.recordSchema = recordSchema;
        this.productSchema = productSchema;
        this.projection = Projection.of(recordSchema.document());
        this.sources = sources;
    }

    /** Its prefix in the inbox and its folder's name: lower-case letters, digits and hyphens. */
    public String name() {
        return name;
    }

    /** For people; the name when {@code supplier.yaml} has no title. */
    public String title() {
        return title;
    }

    public StockWhenAbsent stockWhenAbsent() {
        return stockWhenAbsent;
    }

    /** SHA-256 over {@link #files}: the version of the mapping, under which it is archived. */
    public String mappingHash() {
        return mappingHash;
    }

    /** Everything that decides what becomes of a record, by path below {@code routes/}: mappings, schemas, settings. */
    public SortedMap<String, byte[]> files() {
        return files;
    }

    Mapping mapping() {
        return mapping;
    }

    RuleSchema recordSchema() {
        return recordSchema;
    }

    RuleSchema productSchema() {
        return productSchema;
    }

    Projection projection() {
        return projection;
    }

    Sources sources() {
        return sources;
    }

    @Override
    public String toString() {
        return name;
    }
}
