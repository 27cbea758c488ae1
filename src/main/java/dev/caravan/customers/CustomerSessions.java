package dev.caravan.customers;

import dev.caravan.state.Database;
import java.sql.Date;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * Profiles and the reports of days follow the sessions that the clickstream flow has written. What it left word of goes in the transaction
 * that follows it, so nothing is forgotten, and what is followed twice stays the same: profiles are worked out from all there is.
 */
public final class CustomerSessions {
    /** Of what is waiting: enough to be worth the writer's lock, and not so much that others wait long for it. */
    private static final int AT_ONCE = 4;

    private final Database database;
    private final CustomerStore store;
    private final Profiles profiles;
    private final Changes changes;
    private final Pace pace;
    private final Clock clock;
    private Instant followed = Instant.MIN;

    /**
     * How much of the time it takes.
     *
     * @param turn    how long it follows at a time, about
     * @param reading whether clicks are read that are more urgent
     * @param waiting how long it waits for those from one turn to the next
     */
    record Pace(Duration turn, BooleanSupplier reading, Duration waiting) {}

    CustomerSessions(
            Database database, CustomerStore store, Profiles profiles, Changes changes, Pace pace, Clock clock) {
        this.database = database;
        this.store = store;
        this.profiles = profiles;
        this.changes = changes;
        this.pace = pace;
        this.clock = clock;
    }

    private record Changed(Set<String> users, List<String> days) {}

    /** Follows what is waiting, the oldest first, until nothing is or the turn is over; not in each turn while something is more urgent. */
    public void follow() {
        var now = clock.instant();
        if (pace.reading().getAsBoolean() && now.isBefore(followed.plus(pace.waiting()))) return;
        followed = now;
        long end = System.nanoTime() + pace.turn().toNanos();
        while (database.transaction(this::followSome) && System.nanoTime() < end) {
            // More is waiting.
        }
    }

    /** @return whether there was something */
    private boolean followSome(Handle db) {
        store.lock(db);
        var taken = db.createQuery("""
                delete from clicks.changed where number in (select number from clicks.changed order by number limit :limit)
                returning users, days""")
                .bind("limit", AT_ONCE)
                .map((row, context) -> new Changed(
                        Set.of((String[]) row.getArray(1).getArray()),
                        Stream.of((Date[]) row.getArray(2).getArray())
                                .map(Date::toString)
                                .toList()))
                .list();
        if (taken.isEmpty()) return false;
        var users = new HashSet<String>();
        var days = new HashSet<String>();
        for (var one : taken) {
            users.addAll(one.users());
            days.addAll(one.days());
        }
        changes.touch(db, changes.begin(db, null, null), days);
        profiles.follow(db, users);
        return true;
    }
}
