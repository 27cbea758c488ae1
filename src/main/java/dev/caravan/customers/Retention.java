package dev.caravan.customers;

import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets transactions and tickets go when they have been kept for as long as they are to be. Profiles and history follow: they tell of what is
 * kept, and of a customer of whom nothing is kept nothing. Reports that have been written stay as they are.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /** In one transaction, so that nobody waits long for the writer's lock. */
    private static final int AT_ONCE = 1000;

    private final Database database;
    private final CustomerStore store;
    private final Profiles profiles;
    private final Map<Kind, Duration> kept;
    private final Clock clock;

    /** @param kept for how long, by kind: from when a transaction was made, and a ticket changed last */
    Retention(Database database, CustomerStore store, Profiles profiles, Map<Kind, Duration> kept, Clock clock) {
        this.database = database;
        this.store = store;
        this.profiles = profiles;
        this.kept = Map.copyOf(kept);
        this.clock = clock;
    }

    /** Lets go what is due. */
    public void sweep() {
        kept.forEach((kind, time) -> {
            var before = clock.instant().minus(time);
            int gone = 0;
            for (int last = AT_ONCE; last == AT_ONCE; gone += last)
                last = database.transaction(db -> forget(db, kind, before));
            if (gone > 0) LOG.info("{} {} from before {} are not kept any longer", gone, kind.area(), before);
        });
        RunNotes.over(database, CustomerFlow.NAME);
    }

    private int forget(Handle db, Kind kind, Instant before) {
        store.lock(db);
        var users = new HashSet<String>();
        List<String> due = db.createQuery("""
                select <kind>_id, user_id from customers.<kind> where <moment> < :before order by <moment> limit :most""")
                .define("kind", kind.text())
                .define("moment", CustomerStore.moment(kind))
                .bind("before", Timestamp.from(before))
                .bind("most", AT_ONCE)
                .map((row, context) -> {
                    users.add(row.getString(2));
                    return row.getString(1);
                })
                .list();
        users.remove(null);
        store.forget(db, kind, due);
        profiles.follow(db, users);
        RunNotes.left(db, CustomerFlow.NAME, "customers." + kind.text(), due.size());
        return due.size();
    }
}
