package dev.caravan.testing;

import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.sandbox.PostgresSandbox;
import dev.caravan.state.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** A migrated PostgreSQL of a test class's own, and the few things nearly every test of state needs. */
public final class TestState implements AutoCloseable {
    private final PostgresSandbox.Database postgres = Migrated.ONCE.copy();
    private final Database database = Database.open(postgres.jdbcUrl(), 8);
    private final TestClock clock = new TestClock();

    public Database database() {
        return database;
    }

    public String jdbcUrl() {
        return postgres.jdbcUrl();
    }

    public TestClock clock() {
        return clock;
    }

    /** One transaction, with a result. */
    public <T> T ask(Function<Handle, T> question) {
        return database.transaction(question);
    }

    /** As {@link #ask}, in a shape that overloaded assertions can tell. */
    public <T> List<T> list(Function<Handle, List<T>> question) {
        return database.transaction(question);
    }

    /** As {@link #ask}, in a shape that overloaded assertions can tell. */
    public <T> Optional<T> find(Function<Handle, Optional<T>> question) {
        return database.transaction(question);
    }

    /** Rows of one column, as text. */
    public List<String> column(String sql) {
        return ask(db -> db.createQuery(sql).mapTo(String.class).list());
    }

    /** Empties every table of ours, and begins time anew. */
    public void clear() {
        clock.reset();
        database.write(db -> {
            // Only those with rows in them: truncating makes the files of a table and its indexes anew, and nearly all
            // are empty.
            db.execute("""
                    do $$
                    declare
                      name text;
                      filled boolean;
                    begin
                      for name in
                        select schemaname || '.' || tablename from pg_tables
                        where schemaname in ('ledger', 'journey', 'quarantine', 'dead_letters', 'audit', 'products', 'console', 'tasks', 'orders', 'customers', 'alerts', 'clicks', 'archive', 'lineage', 'erasure')
                      loop
                        execute 'select exists (select from ' || name || ')' into filled;
                        if filled then execute 'truncate ' || name || ' cascade'; end if;
                      end loop;
                    end $$""");
            for (var row : new String[] {"clicks.head", "clicks.told", "archive.clicks_written"})
                db.execute("insert into " + row + " default values");
        });
    }

    /** An upload that is open in the ledger. */
    public Upload opened(String key) {
        var upload = upload(key, TestClock.START, "01");
        database.write(db -> new Ledger(clock).open(db, upload, "products", "mapping-1"));
        return upload;
    }

    /** An upload nobody has heard of yet. */
    public static Upload upload(String key, Instant at, String sequencer) {
        return new Upload("caravan-inbox", key, "v-" + at.toEpochMilli() + "-" + sequencer, "etag", 10, at, sequencer);
    }

    @Override
    public void close() {
        database.close();
        postgres.close();
    }

    /** Copying a schema takes a tenth of the time that making it from all its migrations takes. */
    private static final class Migrated {
        static final PostgresSandbox.Database ONCE = PostgresSandbox.fresh();

        static {
            Database.open(ONCE.jdbcUrl(), 2).close();
        }
    }
}
