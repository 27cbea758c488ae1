package dev.caravan.state;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leaves word of runs that OpenLineage is to be told of, in {@code lineage.due}, where no trigger of the database does. */
public final class RunNotes {
    private static final Logger LOG = LoggerFactory.getLogger(RunNotes.class);

    /** What the kind of a run that failed ends with. */
    private static final String FAILED = "-failed";

    private RunNotes() {}

    /**
     * Does work that is a run: it begins now and ends with the work, however that ends. A run whose instance dies has begun and never ends.
     *
     * @param work counts what it does, by what it does it to
     */
    public static <T> T during(Database database, String kind, Function<Map<String, Long>, T> work) {
        var run = UUID.randomUUID();
        database.write(db -> begun(db, kind, run));
        var rows = new TreeMap<String, Long>();
        var how = FAILED;
        try {
            var done = work.apply(rows);
            how = "";
            return done;
        } finally {
            end(database, kind + how, run, rows);
        }
    }

    /** What was done is done, whether or not it can be noted. */
    private static void end(Database database, String kind, UUID run, Map<String, Long> rows) {
        try {
            database.write(db -> ended(db, kind, run, rows));
        } catch (TargetUnavailable e) {
            LOG.warn("{} {} is not told of as ended: {}", kind, run, e.getMessage());
        }
    }

    /** A run begins that {@link #ended ends} in another transaction. */
    public static void begun(Handle db, String kind, UUID run) {
        db.execute("insert into lineage.due (kind, subject, begun_at) values (?, ?, now())", kind, run.toString());
    }

    /** As {@link #ended}, of a run that is given up. */
    public static void failed(Handle db, String kind, UUID run, Map<String, Long> rows) {
        ended(db, kind + FAILED, run, rows);
    }

    /** @param rows how many, by what it was done to */
    public static void ended(Handle db, String kind, UUID run, Map<String, Long> rows) {
        db.createUpdate("""
                insert into lineage.due (kind, subject, begun_at, ended_at, rows) values (:kind, :run, now(), now(), cast(:rows as jsonb))""")
                .bind("kind", kind)
                .bind("run", run.toString())
                .bind("rows", Json.mapper().valueToTree(rows).toString())
                .execute();
    }

    /**
     * Rows leave because their time is over, in the caller's transaction. They are part of the round that is under way, which begins with the first of
     * them, whichever instance that is of.
     *
     * @param round whose, such as {@code orders}
     * @param place a table with its schema, or the key of a file in the archive
     */
    public static void left(Handle db, String round, String place, long rows) {
        if (rows == 0) return;
        db.createUpdate("""
                insert into lineage.due (kind, subject, version, begun_at, rows)
                values ('retention', :round, cast(extract(epoch from now()) * 1000 as bigint), now(), jsonb_build_object(:place, :rows))
                on conflict (subject) where kind = 'retention' and ended_at is null do update
                  set rows = due.rows || jsonb_build_object(:place, coalesce(cast(due.rows ->> :place as bigint), 0) + :rows)""")
                .bind("round", round)
                .bind("place", place)
                .bind("rows", rows)
                .execute();
    }

    /** A round is over; one in which nothing left is none. */
    public static void over(Database database, String round) {
        database.write(db -> over(db, round));
    }

    /** As {@link #over(Database, String)}, in the caller's transaction. */
    public static void over(Handle db, String round) {
        db.execute(
                "update lineage.due set ended_at = now() where kind = 'retention' and subject = ? and ended_at is null",
                round);
    }
}
