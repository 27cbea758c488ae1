package dev.caravan.products;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.aws.EventPublisher;
import dev.caravan.json.Json;
import dev.caravan.products.ProductStore.Change;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** From "something changed in Pimcore" to an event on the bus: noticed by our own write, by the webhook, or by the sweep. */
public final class Publications {
    private static final int PAGE = 100;
    private static final int MOST_NOTICED = 500;
    private static final String SWEEP = "pimcore";

    private final Database database;
    private final ProductStore products;
    private final EventPublisher events;
    private final PimcoreSweep sweep;
    private final Clock clock;

    Publications(Database database, ProductStore products, EventPublisher events, PimcoreSweep sweep, Clock clock) {
        this.database = database;
        this.products = products;
        this.events = events;
        this.sweep = sweep;
        this.clock = clock;
    }

    /** Notes changes, durably: after it returns, they will be on the bus. */
    void notice(List<Change> changes, String source) {
        database.write(db -> products.notice(db, changes, source));
    }

    /**
     * Puts noticed changes on the bus, many of one product as one event. A product that is just being written waits until that is done:
     * writing it makes many notices, and who took up the first would only wait for the writer. An event is sent before its notice is dropped, so a crash in
     * between sends it again, which changes nothing.
     *
     * @return how many were sent
     */
    public int announce() {
        var noticed = database.transaction(db -> products.noticed(db, MOST_NOTICED));
        if (noticed.isEmpty()) return 0;
        var atRest = database.transaction(db -> products.atRest(db, noticed)).stream()
                .limit(PAGE)
                .toList();
        if (atRest.isEmpty()) return 0;
        return database.transaction(db -> {
            var notices = products.takeNotices(db, atRest);
            if (notices.isEmpty()) return 0;
            var batch = new ArrayList<BusEvent>();
            for (var notice : notices) {
                var detail = Json.object()
                        .put("version", 1)
                        .put("fullpath", notice.fullpath())
                        .put("noticedAt", notice.noticedAt().toString())
                        .put("source", notice.source());
                batch.add(new BusEvent(
                        ProductFlow.SOURCE,
                        notice.published() ? "ProductPublished" : "ProductUnpublished",
                        detail,
                        clock.instant()));
            }
            events.publishAll(batch);
            CrashPoint.PUBLICATION_SENT.pass();
            products.dropNotices(
                    db, notices.stream().map(ProductStore.Notice::fullpath).toList());
            return notices.size();
        });
    }

    /**
     * Asks Pimcore what changed since the last time, and notes what has not been looked at yet.
     *
     * @return how many products that were
     */
    public int sweep() {
        var from = database.transaction(db -> products.sweptTo(db, SWEEP)).orElse(Instant.EPOCH);
        var changes = sweep.poll(from);
        try {
            return note(changes);
        } catch (RuntimeException e) {
            sweep.forget();
            throw e;
        }
    }

    private int note(PimcoreSweep.Changes changes) {
        return database.transaction(db -> {
            var news = changes.products().stream()
                    .filter(product -> !products.seen(db, product.fullpath(), product.modificationDate()))
                    .map(product -> new Change(product.fullpath(), product.published()))
                    .toList();
            products.notice(db, news, "sweep");
            products.sweptTo(db, SWEEP, changes.seen());
            return news.size();
        });
    }
}
