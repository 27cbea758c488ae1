package dev.caravan.clickstream;

import dev.caravan.archive.KeptDays;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go what came of clicks when it has been kept for as long as it is to be: what tells of single clicks sooner than sessions and minutes.
 * The ledger keeps what became of the records.
 */
public final class ClickRetention {
    private static final Logger LOG = LoggerFactory.getLogger(ClickRetention.class);

    /** In one transaction. */
    private static final int AT_ONCE = 5000;

    private static final Duration HOUR = Duration.ofHours(1);

    private final Database database;
    private final Duration clicks;
    private final Duration sessions;
    private final Clock clock;

    /**
     * @param clicks   for how long what tells of single clicks is kept, from the end of their day on
     * @param sessions the same of sessions and minutes
     */
    ClickRetention(Database database, Duration clicks, Duration sessions, Clock clock) {
        this.database = database;
        this.clicks = clicks;
        this.sessions = sessions;
        this.clock = clock;
    }

    private record Due(String table, String column, LocalDate before) {
        /** In the column's own unit: shelves count hours since 1970. */
        Object bound() {
            var moment = before.atStartOfDay(ZoneOffset.UTC).toInstant();
            return column.equals("hour") ? (Object) (moment.getEpochSecond() / HOUR.toSeconds()) : moment;
        }
    }

    /** Lets go what is due. */
    public void sweep() {
        var clicksFrom = KeptDays.oldest(clock, clicks);
        var sessionsFrom = KeptDays.oldest(clock, sessions);
        for (var due : List.of(
                new Due("shelf", "hour", clicksFrom),
                new Due("late", "at", clicksFrom),
                new Due("session", "started", sessionsFrom),
                new Due("minute", "minute", sessionsFrom))) {
            int gone = 0;
            for (int last = AT_ONCE; last == AT_ONCE; gone += last) last = letGo(due);
            if (gone > 0)
                LOG.info(
                        "{} rows of clicks.{} from before {} are not kept any longer", gone, due.table(), due.before());
        }
    }

    private int letGo(Due due) {
        return database.transaction(db -> db.createUpdate("""
                delete from clicks.<table> where ctid = any(array(select ctid from clicks.<table> where <column> < :before limit :most))""")
                .define("table", due.table())
                .define("column", due.column())
                .bind("before", due.bound())
                .bind("most", AT_ONCE)
                .execute());
    }
}
