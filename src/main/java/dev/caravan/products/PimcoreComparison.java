package dev.caravan.products;

import dev.caravan.products.Notices.Change;
import dev.caravan.products.Notices.Seen;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.products.pimcore.PimcoreSweep.Identity;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares which products Pimcore has with those it had when they were last looked at. A deleted product changes no modification date, so
 * when its webhook is lost nothing but this finds it; what was published or unpublished unseen is found along with it.
 */
public final class PimcoreComparison {
    private static final Logger LOG = LoggerFactory.getLogger(PimcoreComparison.class);
    private static final String NAME = "pimcore identities";

    /** So many may go at once without anybody thinking of a mistake. */
    private static final int FEW = 100;

    private final Database database;
    private final Notices notices;
    private final PimcoreSweep sweep;
    private final Duration every;
    private final Clock clock;

    /**
     * @param sweep of its own, because it is not for several threads
     * @param every how often, counted for all instances together and across restarts
     */
    PimcoreComparison(Database database, Notices notices, PimcoreSweep sweep, Duration every, Clock clock) {
        this.database = database;
        this.notices = notices;
        this.sweep = sweep;
        this.every = every;
        this.clock = clock;
    }

    /**
     * Compares when it is time to, and notes what differs.
     *
     * <p>When more than half of everything is gone at once, it is more likely that the API key lost sight of a folder than that a person
     * emptied the shop: then it notes no deletions and says so in the log. {@code ./caravan reconcile} shows what it is about.
     *
     * @return how many products differ
     */
    public int compare() {
        var started = clock.instant();
        var last = database.transaction(db -> notices.sweptTo(db, NAME));
        if (last.isPresent() && last.get().plus(every).isAfter(started)) return 0;
        var there = sweep.identities();
        return database.transaction(db -> {
            var known = notices.seenBefore(db, started);
            var gone = new ArrayList<Seen>();
            var changes = differences(known, there, gone);
            notices.add(db, changes, Notices.COMPARISON);
            notices.gone(db, gone.stream().map(Seen::key).toList());
            notices.sweptTo(db, NAME, started);
            if (!changes.isEmpty())
                LOG.info(
                        "{} products differ in Pimcore from what was last seen, {} of them are gone",
                        changes.size(),
                        gone.size());
            return changes.size();
        });
    }

    /** @param gone is filled with those that Pimcore has no more */
    private static List<Change> differences(Collection<Seen> known, List<Identity> there, List<Seen> gone) {
        var byExternalId = byExternalId(there);
        var changes = new ArrayList<Change>();
        for (var product : known) {
            var identity = byExternalId.get(
                    product.key().supplier() + ":" + product.key().id());
            if (identity == null) {
                if (product.published()) gone.add(product);
            } else if (identity.published() != product.published()) {
                changes.add(new Change(identity.fullpath(), identity.published()));
            }
        }
        long published = known.stream().filter(Seen::published).count();
        if (gone.size() > FEW && gone.size() > published / 2) {
            LOG.error(
                    "{} of {} products are not to be seen in Pimcore any more; taken for a mistake in its permissions, nothing is taken off sale for it",
                    gone.size(),
                    published);
            gone.clear();
        }
        gone.forEach(
                product -> changes.add(new Change("/products/" + product.key().handle(), false)));
        return changes;
    }

    private static Map<String, Identity> byExternalId(List<Identity> identities) {
        var byExternalId = new HashMap<String, Identity>();
        for (var identity : identities)
            if (identity.externalId() != null) byExternalId.put(identity.externalId(), identity);
        return byExternalId;
    }
}
