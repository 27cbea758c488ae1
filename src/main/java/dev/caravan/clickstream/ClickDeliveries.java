package dev.caravan.clickstream;

import com.github.f4b6a3.uuid.UuidCreator;
import dev.caravan.clickstream.ClickLog.Entry;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.uploads.Originals;
import java.time.Clock;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** Clicks that come by another way than the inbox: what one request or message brought is an upload of its own in the ledger, and one page. */
final class ClickDeliveries {
    private final Ledger ledger;
    private final Originals originals;
    private final ClickShapes shapes;
    private final ReaderLimits limits;
    private final ErasedPeople erased;
    private final Clock clock;

    ClickDeliveries(
            Ledger ledger,
            Originals originals,
            ClickShapes shapes,
            ReaderLimits limits,
            ErasedPeople erased,
            Clock clock) {
        this.ledger = ledger;
        this.originals = originals;
        this.shapes = shapes;
        this.limits = limits;
        this.erased = erased;
        this.clock = clock;
    }

    /**
     * What came.
     *
     * @param page null when nothing was in it
     */
    record Delivery(Upload upload, byte[] body, ClickPage page) {}

    /**
     * Of a request.
     *
     * @param caller whose name the source gets
     * @param body   one record, an array or NDJSON, packed by gzip or not
     */
    Delivery requested(String caller, byte[] body) {
        var id = UuidCreator.getTimeOrderedEpoch(clock.instant());
        return read("api", caller.replaceAll("[^A-Za-z0-9._-]", "-"), id.toString(), body);
    }

    /** Of a message; the same one is the same upload, however often it comes. */
    Delivery sent(String message, byte[] body) {
        return read("sqs", "sqs", message, body);
    }

    /** Of people who were erased, nothing but the pseudonym is in it from here on. */
    private Delivery read(String by, String source, String id, byte[] came) {
        var body = erased.without(came);
        var upload = new Upload(
                by, ClickFlow.AREA + "/" + source + "/" + id, Json.sha256(body), "", body.length, clock.instant(), "");
        return new Delivery(upload, body, ClickPages.of(upload, body, shapes, limits));
    }

    /** As it goes into the log, together with its bytes; not again when it is there. */
    Entry entry(Delivery delivery, Consumer<Handle> after) {
        var upload = delivery.upload();
        return new Entry(
                delivery.page(),
                db -> {
                    if (ledger.open(db, upload, ClickFlow.NAME, null).isEmpty()) return false;
                    originals.hand(db, upload, upload.versionId(), delivery.body());
                    return true;
                },
                db -> {
                    ledger.complete(db, upload.id(), delivery.page().records());
                    after.accept(db);
                });
    }
}
