package dev.caravan.orders;

import dev.caravan.ledger.Upload;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import java.util.List;

/**
 * Neighbouring records of one upload, on their way together.
 *
 * @param area  inbox prefix: {@code orders}, {@code catalog} or {@code inventory}
 * @param items in index order, at least one
 */
public record OrderPage(Upload upload, String area, List<Item> items) {
    public OrderPage {
        items = List.copyOf(items);
    }

    /**
     * A record and what was made of it.
     *
     * @param order  what it is when it is a sound order; otherwise null
     */
    public record Item(SourceRecord record, Shaped shaped, Order order) {
        static Item of(SourceRecord record, Kind kind, Shaped shaped) {
            return new Item(
                    record,
                    shaped,
                    kind == Kind.ORDER && shaped instanceof Shaped.Accepted accepted
                            ? Order.of(accepted.value(), accepted.extras())
                            : null);
        }
    }

    /** Brings each record to its shape, on all cores: a mapping is a pure function. */
    static OrderPage of(Upload upload, List<SourceRecord> records, Shapes shapes) {
        var kind = Kind.of(upload.area()).orElseThrow();
        var shaping = shapes.of(kind);
        return new OrderPage(
                upload,
                upload.area(),
                records.parallelStream()
                        .map(record -> Item.of(record, kind, shaping.shape(record)))
                        .toList());
    }

    /** The index after the last record: where a restart goes on once this page is safe. */
    long next() {
        return items.get(items.size() - 1).record().index() + 1;
    }
}
