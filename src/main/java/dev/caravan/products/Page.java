package dev.caravan.products;

import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.records.read.SourceRecord;
import java.util.List;

/**
 * Neighbouring records of one upload, on their way together.
 *
 * @param upload   where they come from
 * @param supplier whose mapping they go through
 * @param items    in index order, at least one
 */
public record Page(Upload upload, Supplier supplier, List<Item> items) {
    public Page {
        items = List.copyOf(items);
    }

    /** Records as they were read, not normalised yet. */
    static Page of(Upload upload, Supplier supplier, List<SourceRecord> records) {
        return new Page(
                upload,
                supplier,
                records.stream()
                        .map(record -> new Item(new RecordId(upload.id(), record.index()), record, null))
                        .toList());
    }

    /**
     * A record and what its mapping made of it.
     *
     * @param decision null before it was normalised
     */
    public record Item(RecordId id, SourceRecord record, Decision decision) {}

    /** The index after the last record: where a restart goes on once this page is safe. */
    public long next() {
        return items.get(items.size() - 1).id().index() + 1;
    }
}
