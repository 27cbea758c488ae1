package dev.caravan.orders;

import com.github.f4b6a3.uuid.UuidCreator;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.orders.OrderStep.Outcome;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.uploads.Originals;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.Handle;

/**
 * Records that come by another way than the inbox: what one request or answer brought is an upload of its own in the ledger, decided about
 * and written in one transaction.
 */
final class Deliveries {
    /** Who brings them. What they are called stands where an upload of the inbox has its bucket. */
    enum Source {
        API,
        MEDUSA,
        PIMCORE;

        private String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Ledger ledger;
    private final Originals originals;
    private final Shapes shapes;
    private final OrderStep step;
    private final ReaderLimits limits;
    private final ErasedPeople erased;
    private final Clock clock;

    Deliveries(
            Ledger ledger,
            Originals originals,
            Shapes shapes,
            OrderStep step,
            ReaderLimits limits,
            ErasedPeople erased,
            Clock clock) {
        this.ledger = ledger;
        this.originals = originals;
        this.shapes = shapes;
        this.step = step;
        this.limits = limits;
        this.erased = erased;
        this.clock = clock;
    }

    /**
     * What came, each record brought to its shape.
     *
     * @param items in index order; none when nothing was in it
     */
    record Delivery(Kind kind, byte[] body, List<OrderPage.Item> items) {}

    /** What became of a delivery, in index order. */
    record Taken(Upload upload, List<Outcome> outcomes) {}

    /**
     * Reads what came; of people who were erased, nothing but the pseudonym is in it from here on.
     *
     * @param came one record, an array, or NDJSON
     */
    Delivery read(Kind kind, byte[] came) {
        var body = erased.without(came);
        var items = new ArrayList<OrderPage.Item>();
        try (var records = shapes.read(kind.area(), new ByteArrayInputStream(body), limits)) {
            while (records.hasNext()) {
                var record = records.next();
                items.add(OrderPage.Item.of(record, kind, shapes.shape(kind.area(), record)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Delivery(kind, body, items);
    }

    /** Whether an upload came this way: then its bytes are no object in a bucket. */
    static boolean brought(Upload upload) {
        return Arrays.stream(Source.values()).anyMatch(source -> source.text().equals(upload.bucket()));
    }

    /**
     * Decides and writes, in the caller's transaction.
     *
     * @param delivery with at least one record
     */
    Taken take(Handle db, Source from, Delivery delivery) {
        var now = clock.instant();
        var area = delivery.kind().area();
        var id = UuidCreator.getTimeOrderedEpoch(now);
        var sha256 = Json.sha256(delivery.body());
        var upload = new Upload(from.text(), area + "/" + id, sha256, "", delivery.body().length, now, "");
        ledger.open(db, upload, OrderFlow.NAME, null);
        originals.hand(db, upload, sha256, delivery.body());
        var outcomes = step.save(db, new OrderPage(upload, area, delivery.items()));
        ledger.complete(db, upload.id(), delivery.items().size());
        return new Taken(upload, outcomes);
    }
}
