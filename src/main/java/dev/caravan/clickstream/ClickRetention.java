package dev.caravan.clickstream;

import dev.caravan.archive.KeptDays;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go what came of clicks when it has been kept for as long as it is to be: what tells of single clicks sooner than sessions and minutes. A
 * silence is needed for as long as clicks of its time may come again.
 * The ledger keeps what became of the records.
 */
public final class ClickRetention {
    private static final Logger LOG = LoggerFactory.getLogger(ClickRetention.class);

    /** In one transaction. */
    private static final int AT_ONCE = 5000;

    private static final Duration HOUR = Duration.ofHours(1);

    /** An appeal whose tickets are gone is none any more; one of which a ticket is left would wait again. */
    private static final String DECIDED =
            "at < :before and not exists (select from customers.ticket t where t.ticket_id = any(tickets))";

    /** Leaves word for profiles, which count sessions. Reports that were written stay as they are, so no day is named. */
    private static final String NOTED = """
            , noted as (
              insert into clicks.changed (users, days)
              select array_agg(distinct visitor), '{}' from gone where not anonymous group by abs(hashtext(visitor)) % 10)""";

    private final Database database;
    private final Duration clicks;
    private final Duration sessions;
    private final Duration tickets;
    private final Clock clock;

    /**
     * @param clicks   for how long what tells of single clicks is kept, from the end of their day on
     * @param sessions the same of sessions and minutes
     * @param tickets  for how long tickets are kept, and with them what was decided about those that dispute alerts
     */
    ClickRetention(Database database, Duration clicks, Duration sessions, Duration tickets, Clock clock) {
        this.database = database;
        this.clicks = clicks;
        this.sessions = sessions;
        this.tickets = tickets;
        this.clock = clock;
    }

    /**
     * What is not kept any longer.
     *
     * @param condition of a row of the table, about {@code :before}
     */
    private record Due(String table, String condition, Object before) {}

    /** Lets go what is due. */
    public void sweep() {
        var clicksFrom = KeptDays.oldest(clock, clicks);
        var sessionsFrom = KeptDays.oldest(clock, sessions);
        var ticketsFrom = clock.instant().minus(tickets);
        for (var due : List.of(
                new Due("shelf", "hour < :before", moment(clicksFrom).getEpochSecond() / HOUR.toSeconds()),
                new Due("late", "at < :before", moment(clicksFrom)),
                new Due("silence", "until < :before", moment(clicksFrom)),
                new Due("session", "started < :before", moment(sessionsFrom)),
                new Due("minute", "minute < :before", moment(sessionsFrom)),
                // Whoever follows them has not done so for all that time.
                new Due("changed", "cardinality(days) > 0 and cast(:before as date) > all(days)", sessionsFrom),
                new Due("confirmed_appeal", DECIDED, ticketsFrom),
                new Due("declined_appeal", DECIDED, ticketsFrom))) {
            int gone = 0;
            for (int last = AT_ONCE; last == AT_ONCE; gone += last) last = letGo(due);
            if (gone > 0)
                LOG.info(
                        "{} rows of clicks.{} from before {} are not kept any longer", gone, due.table(), due.before());
        }
        RunNotes.over(database, ClickFlow.NAME);
    }

    private static Instant moment(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private int letGo(Due due) {
        return database.transaction(db -> {
            int gone = db.createQuery("""
                with gone as (
                  delete from clicks.<table> where ctid = any(array(select ctid from clicks.<table> where <condition> limit :most)) returning *)
                """ + (due.table().equals("session") ? NOTED : "") + " select count(*) from gone")
                    .define("table", due.table())
                    .define("condition", due.condition())
                    .bind("before", due.before())
                    .bind("most", AT_ONCE)
                    .mapTo(Integer.class)
                    .one();
            RunNotes.left(db, ClickFlow.NAME, "clicks." + due.table(), gone);
            return gone;
        });
    }
}
