package dev.caravan.lineage;

import dev.caravan.state.Database;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineageClient;
import io.openlineage.client.transports.ApiKeyTokenProvider;
import io.openlineage.client.transports.FileConfig;
import io.openlineage.client.transports.FileTransport;
import io.openlineage.client.transports.HttpConfig;
import io.openlineage.client.transports.HttpTransport;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Tells others of each run, as OpenLineage events: an upload, a task, an erasure, a replay, a release, a round of retention, a day of a data set or
 * of a report. What is to be told is noted in the transaction that begins or ends the run, and told afterwards, at least once, in that order; while
 * nobody listens it waits, and nothing waits for it.
 */
public final class Lineage {
    /** Any number, the same in all instances: who has this advisory lock tells. */
    private static final long TELLING = 0x6c696e65616765L;

    private static final int AT_ONCE = 50;

    private final Database database;
    private final Optional<OpenLineageClient> client;
    private final Runs runs;

    /** @param client empty when nobody is told */
    Lineage(Database database, Optional<OpenLineageClient> client, Runs runs) {
        this.database = database;
        this.client = client;
        this.runs = runs;
    }

    /** Tells nobody, and lets go what would be told. */
    public static Lineage off(Database database, Runs runs) {
        return new Lineage(database, Optional.empty(), runs);
    }

    /** @param file to which lines are added */
    public static Lineage toFile(Database database, Runs runs, String file) {
        return new Lineage(database, Optional.of(new OpenLineageClient(new FileTransport(new FileConfig(file)))), runs);
    }

    /**
     * As {@link #toFile}, by calls.
     *
     * @param url without {@code /api/v1/lineage}
     * @param key blank for none
     */
    public static Lineage toUrl(Database database, Runs runs, URI url, String key, Duration timeout) {
        var config = new HttpConfig();
        config.setUrl(url);
        config.setTimeoutInMillis((int) timeout.toMillis());
        if (!key.isBlank()) {
            var token = new ApiKeyTokenProvider();
            token.setApiKey(key);
            config.setAuth(token);
        }
        return new Lineage(database, Optional.of(new OpenLineageClient(new HttpTransport(config))), runs);
    }

    /** Tells of what there is; leaves it to another instance that is at it. The client's own errors are thrown as they are; then it is told again. */
    public void tell() {
        while (database.transaction(this::tellSome)) {}
    }

    /** @return whether there may be more */
    private boolean tellSome(Handle db) {
        if (!Database.tryLock(db, TELLING)) return false;
        if (client.isEmpty()) {
            // A round of retention that is under way has its row, and what it waits for, to itself.
            db.execute("delete from lineage.due where kind <> 'retention' or ended_at is not null");
            return false;
        }
        var due = due(db);
        for (var each : due) {
            runs.events(db, each).forEach(this::emit);
            db.execute("delete from lineage.due where id = ?", each.id());
        }
        return due.size() == AT_ONCE;
    }

    private void emit(RunEvent event) {
        client.orElseThrow().emit(event);
    }

    /** An upload has ended when all of its records have come to rest, a round of retention when it is over. */
    private static List<Due> due(Handle db) {
        return db.createQuery("""
                select id, kind, subject, day, version, begun_at, ended_at, rows from lineage.due d
                where case kind
                  when 'upload' then ended_at is null
                    or not exists (select from ledger.entry e where e.upload = cast(d.subject as uuid) and e.state = 'in flight')
                  when 'retention' then ended_at is not null
                  else true end
                order by id limit :most""")
                .bind("most", AT_ONCE)
                .map((row, context) -> Due.of(row))
                .list();
    }
}
