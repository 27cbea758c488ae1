package dev.caravan.products;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.aws.EventPublisher;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.products.Notices.AtRest;
import dev.caravan.products.Notices.Change;
import dev.caravan.products.Notices.Notice;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From "something changed in Pimcore" to an event on the bus: noticed by our own write, by the webhook, or by the sweep. Each changed content
 * makes one event, although a write alone is noticed many times: by us, and by a webhook for each of its objects.
 *
 * <ul>
 *   <li>A product that is just being written or read waits until that is done.
 *   <li>While an event is on its way, no other is needed: whoever gets it reads the product as it is then.
 *   <li>A webhook or sweep after that is compared with what was read; the echo of our own write, or a save that changed nothing, ends here.
 * </ul>
 */
public final class Publications {
    private static final Logger LOG = LoggerFactory.getLogger(Publications.class);
    private static final int PAGE = 100;
    private static final int MOST_NOTICED = 500;
    private static final Duration PIMCORE_AWAY = Duration.ofSeconds(5);
    private static final String SWEEP = "pimcore";

    private final Database database;
    private final Notices notices;
    private final EventPublisher events;
    private final PimcoreReader pimcore;
    private final PimcoreSweep sweep;
    private final Clock clock;
    private volatile Instant notBefore = Instant.MIN;

    Publications(
            Database database,
            Notices notices,
            EventPublisher events,
            PimcoreReader pimcore,
            PimcoreSweep sweep,
            Clock clock) {
        this.database = database;
        this.notices = notices;
        this.events = events;
        this.pimcore = pimcore;
        this.sweep = sweep;
        this.clock = clock;
    }

    /** Notes changes, durably: after it returns, what they changed will be on the bus. */
    void notice(List<Change> changes, String source) {
        database.write(db -> notices.add(db, changes, source));
    }

    /**
     * Puts noticed changes on the bus. What an event is sent for is decided first and for good; it is sent before its notice is dropped, so a
     * crash in between sends it again, which changes nothing.
     *
     * @return how many were sent
     */
    public int announce() {
        look(database.transaction(this::sortOut));
        return send();
    }

    /** Decides what can be decided without a look at Pimcore. The rest is returned, with what was last read of it. */
    private Map<Notice, AtRest> sortOut(Handle db) {
        var undecided = notices.undecided(db, MOST_NOTICED);
        var paths = undecided.stream().map(Notice::fullpath).toList();
        var known = notices.known(db, paths);
        var atRest = notices.lockAtRest(db, paths);
        var decided = new ArrayList<String>();
        var covered = new ArrayList<Notice>();
        var unclear = new HashMap<Notice, AtRest>();
        for (var notice : undecided) {
            var handle = Notices.handle(notice.fullpath());
            var product = atRest.get(handle);
            if (!known.contains(handle)) decided.add(notice.fullpath());
            else if (product == null) continue;
            else if (product.awaited()) covered.add(notice);
            else if (!Notices.HEARSAY.contains(notice.source())) decided.add(notice.fullpath());
            else if (unclear.size() < PAGE) unclear.put(notice, product);
        }
        notices.decide(db, decided);
        notices.drop(db, covered);
        return unclear;
    }

    /** Decides by what Pimcore has now. When it cannot be asked, the notices wait. */
    private void look(Map<Notice, AtRest> unclear) {
        if (unclear.isEmpty() || clock.instant().isBefore(notBefore)) return;
        try {
            var documents =
                    pimcore.read(unclear.keySet().stream().map(Notice::fullpath).toList());
            var decided = new ArrayList<String>();
            var echoes = new ArrayList<Notice>();
            unclear.forEach((notice, product) -> {
                var now = PimcoreReader.fingerprint(documents.get(notice.fullpath()));
                if (now.equals(product.fingerprint())) echoes.add(notice);
                else decided.add(notice.fullpath());
            });
            database.write(db -> {
                notices.decide(db, decided);
                notices.drop(db, echoes);
            });
        } catch (TargetUnavailable e) {
            notBefore = clock.instant().plus(PIMCORE_AWAY);
            LOG.debug("{} noticed changes wait for Pimcore", unclear.size(), e);
        }
    }

    private int send() {
        return database.transaction(db -> {
            var decided = notices.takeDecided(db, PAGE);
            if (decided.isEmpty()) return 0;
            var uploads =
                    notices.uploads(db, decided.stream().map(Notice::fullpath).toList());
            events.publishAll(decided.stream()
                    .map(notice -> event(notice, uploads.get(Notices.handle(notice.fullpath()))))
                    .toList());
            CrashPoint.PUBLICATION_SENT.pass();
            notices.drop(db, decided);
            return decided.size();
        });
    }

    private BusEvent event(Notice notice, UUID upload) {
        var detail = Json.object()
                .put("version", 1)
                .put("fullpath", notice.fullpath())
                .put("noticedAt", notice.noticedAt().toString())
                .put("source", notice.source());
        if (upload != null) detail.put("correlationId", upload.toString());
        var type = notice.published() ? "ProductPublished" : "ProductUnpublished";
        return new BusEvent(ProductFlow.SOURCE, type, detail, clock.instant()).causedBy(notice.trace());
    }

    /**
     * Asks Pimcore what changed since the last time, and notes what has not been looked at yet.
     *
     * @return how many products that were
     */
    public int sweep() {
        var from = database.transaction(db -> notices.sweptTo(db, SWEEP)).orElse(Instant.EPOCH);
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
            var seen = notices.seen(db, changes.products());
            var news = changes.products().stream()
                    .filter(product -> !seen.contains(product.fullpath()))
                    .map(product -> new Change(product.fullpath(), product.published()))
                    .toList();
            notices.add(db, news, Notices.SWEEP);
            notices.sweptTo(db, SWEEP, changes.seen());
            return news.size();
        });
    }
}
