package dev.caravan.state;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go what stayed as evidence when it was closed: quarantined records that were released or discarded, dead letters that were replayed or
 * discarded, alerts that have cleared. What is open stays, however old it is; what became of each record stays in the ledger.
 */
public final class EvidenceRetention {
    private static final Logger LOG = LoggerFactory.getLogger(EvidenceRetention.class);

    /** Of whose rounds OpenLineage is told. */
    private static final String EVIDENCE = "evidence";

    /** In one transaction. */
    private static final int AT_ONCE = 1000;

    private static final List<Closed> CLOSED = List.of(
            new Closed("quarantine.record", "state <> 'open' and resolved_at < :before", List.of()),
            new Closed(
                    "dead_letters.letter",
                    "state <> 'open' and resolved_at < :before"
                            + " and not exists (select from dead_letters.replay_letter r where r.letter = l.id and r.state in ('waiting', 'sent'))",
                    List.of("dead_letters.edit", "dead_letters.replay_letter")),
            new Closed(
                    "alerts.alert",
                    "cleared_at < :before and raised_event_at is not null and cleared_event_at is not null",
                    List.of()));

    private final Database database;
    private final Duration kept;
    private final Clock clock;

    /**
     * What is closed.
     *
     * @param condition of a row {@code l} of the table
     * @param parts     tables of which rows belong to one of it, by a column {@code letter}
     */
    private record Closed(String table, String condition, List<String> parts) {}

    /** @param kept for how long, from when it was closed */
    public EvidenceRetention(Database database, Duration kept, Clock clock) {
        this.database = database;
        this.kept = kept;
        this.clock = clock;
    }

    /** Lets go what is due. */
    public void sweep() {
        var before = clock.instant().minus(kept);
        for (var closed : CLOSED) {
            int gone = 0;
            for (int last = AT_ONCE; last == AT_ONCE; gone += last)
                last = database.transaction(db -> letGo(db, closed, before));
            if (gone > 0)
                LOG.info("{} rows of {} closed before {} are not kept any longer", gone, closed.table(), before);
        }
        database.write(db -> RunNotes.left(
                db,
                EVIDENCE,
                "dead_letters.replay",
                db.execute(
                        "delete from dead_letters.replay p where state = 'done' and asked_at < ? and not exists (select from dead_letters.replay_letter r where r.replay = p.id)",
                        Timestamp.from(before))));
        RunNotes.over(database, EVIDENCE);
    }

    private static int letGo(Handle db, Closed closed, Instant before) {
        var due = db.createQuery("select id from <table> l where <condition> limit :most for update skip locked")
                .define("table", closed.table())
                .define("condition", closed.condition())
                .bind("before", Timestamp.from(before))
                .bind("most", AT_ONCE)
                .mapTo(UUID.class)
                .list();
        for (var part : closed.parts())
            db.createUpdate("delete from " + part + " where letter = any(:due)")
                    .bindArray("due", UUID.class, due)
                    .execute();
        db.createUpdate("delete from " + closed.table() + " where id = any(:due)")
                .bindArray("due", UUID.class, due)
                .execute();
        RunNotes.left(db, EVIDENCE, closed.table(), due.size());
        return due.size();
    }
}
