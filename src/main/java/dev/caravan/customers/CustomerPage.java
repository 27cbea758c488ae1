package dev.caravan.customers;

import dev.caravan.ledger.Upload;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import java.util.List;

/**
 * Neighbouring records of one upload, on their way together.
 *
 * @param items in index order, at least one
 */
public record CustomerPage(Upload upload, List<Item> items) {
    public CustomerPage {
        items = List.copyOf(items);
    }

    /**
     * A record and what was made of it.
     *
     * @param told what it is when it is sound; otherwise null
     */
    record Item(SourceRecord record, Shaped shaped, Told told) {
        static Item of(SourceRecord record, Kind kind, Shaped shaped) {
            return new Item(
                    record,
                    shaped,
                    shaped instanceof Shaped.Accepted accepted ? CustomerShapes.told(kind, accepted) : null);
        }
    }

    /** Brings each record to its shape, on all cores: a mapping is a pure function. */
    static CustomerPage of(Upload upload, List<SourceRecord> records, CustomerShapes shapes) {
        var kind = Kind.of(upload.area()).orElseThrow();
        var shaping = shapes.step().shaping(kind.area());
        return new CustomerPage(
                upload,
                records.parallelStream()
                        .map(record -> Item.of(record, kind, shaping.shape(record)))
                        .toList());
    }

    Kind kind() {
        return Kind.of(upload.area()).orElseThrow(() -> new IllegalStateException("no kind " + upload.area()));
    }

    /** The index after the last record: where a restart goes on once this page is safe. */
    long next() {
        return items.get(items.size() - 1).record().index() + 1;
    }
}
