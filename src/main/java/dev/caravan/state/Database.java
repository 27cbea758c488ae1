package dev.caravan.state;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.caravan.failure.TargetUnavailable;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** PostgreSQL: a pool of connections, the schema brought up to date, and transactions. */
public final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    /** As many as the public port has threads: none of them waits for a connection because of another. */
    private static final int AT_ONCE_CONNECTIONS = 20;

    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final boolean rehearsing;
    private Database atOnce;

    private Database(HikariDataSource pool, Jdbi jdbi, boolean rehearsing) {
        this.pool = pool;
        this.jdbi = jdbi.installPlugin(new PostgresPlugin()).registerArrayType(BigDecimal.class, "numeric");
        this.rehearsing = rehearsing;
        // An exception would otherwise repeat everything that was bound: whole records, in every log.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
    }

    /**
     * Opens the pool and migrates the schema.
     *
     * @param url         JDBC URL with user and password in it
     * @param connections size of the pool
     * @throws TargetUnavailable when the database does not answer
     */
    public static Database open(String url, int connections) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setPoolName("caravan");
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(2);
        config.setConnectionTimeout(Duration.ofSeconds(10).toMillis());
        config.setInitializationFailTimeout(Duration.ofSeconds(10).toMillis());
        config.addDataSourceProperty("reWriteBatchedInserts", "true");
        config.addDataSourceProperty("ApplicationName", "caravan");
        // Details of a failure are rows and keys: what we were given to keep, not to tell.
        config.addDataSourceProperty("logServerErrorDetail", "false");
        // Otherwise a day in a query begins when it begins where this machine stands.
        config.setConnectionInitSql("set time zone 'UTC'");
        try {
            var pool = new HikariDataSource(config);
            Flyway.configure()
                    .dataSource(pool)
                    .locations("classpath:db/migration")
                    .defaultSchema("public")
                    .table("caravan_migrations")
                    .load()
                    .migrate();
            return new Database(pool, Jdbi.create(pool), false);
        } catch (RuntimeException e) {
            throw new TargetUnavailable("postgresql", "PostgreSQL cannot be used: " + rootMessage(e), null, e);
        }
    }

    public DataSource dataSource() {
        return pool;
    }

    /**
     * The same database for somebody who would rather hear that it is away than wait for it: with connections of its own, for one of which
     * nobody waits longer than two seconds. Closed with this one.
     */
    public synchronized Database atOnce() {
        if (rehearsing) return this;
        if (atOnce == null) {
            var config = new HikariConfig();
            pool.copyStateTo(config);
            config.setPoolName(pool.getPoolName() + "-at-once");
            config.setMaximumPoolSize(AT_ONCE_CONNECTIONS);
            config.setConnectionTimeout(AT_ONCE.toMillis());
            config.setValidationTimeout(AT_ONCE.toMillis());
            config.setInitializationFailTimeout(-1);
            var own = new HikariDataSource(config);
            atOnce = new Database(own, Jdbi.create(own), false);
        }
        return atOnce;
    }

    /**
     * The same database for a rehearsal: what is written can be read back, and is never committed.
     *
     * @param patience how long a row that somebody else works on is waited for
     */
    public Rehearsal rehearsal(Duration patience) {
        try {
            return new Rehearsal(pool, pool.getConnection(), patience);
        } catch (SQLException e) {
            throw new TargetUnavailable("postgresql", "PostgreSQL: " + rootMessage(e), null, e);
        }
    }

    /** One connection whose transactions become parts of one that is undone. */
    public static final class Rehearsal implements AutoCloseable {
        private final Connection connection;
        private final Database database;

        private Rehearsal(HikariDataSource pool, Connection connection, Duration patience) throws SQLException {
            this.connection = connection;
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("set lock_timeout = " + patience.toMillis());
            }
            connection.commit();
            this.database = new Database(pool, Jdbi.create(connection).setTransactionHandler(new PartsOfOne()), true);
        }

        /** Its threads take turns; a part that fails is undone alone, as a transaction would be. */
        public Database database() {
            return database;
        }

        /** Undoes everything since the last time, and lets go of the rows. */
        public void undo() {
            try {
                connection.rollback();
            } catch (SQLException e) {
                throw new TargetUnavailable("postgresql", "PostgreSQL: " + rootMessage(e), null, e);
            }
        }

        @Override
        public void close() {
            try (connection) {
                connection.rollback();
                try (var statement = connection.createStatement()) {
                    statement.execute("reset lock_timeout");
                }
                connection.commit();
            } catch (SQLException e) {
                LOG.debug("the connection of a rehearsal was lost: {}", e.getMessage());
            }
        }
    }

    /**
     * Runs work in one transaction: all of it is committed, or none.
     *
     * @throws TargetUnavailable when the database went away, or had to break a deadlock: nothing was written, trying again may work
     */
    public <T> T transaction(Function<Handle, T> work) {
        if (!rehearsing) return run(work);
        // One connection: one at a time.
        synchronized (jdbi) {
            return run(work);
        }
    }

    private <T> T run(Function<Handle, T> work) {
        try {
            return jdbi.inTransaction(work::apply);
        } catch (JdbiException e) {
            if (heals(e)) throw new TargetUnavailable("postgresql", "PostgreSQL: " + rootMessage(e), null, e);
            throw e;
        }
    }

    /**
     * Takes an advisory lock until the end of the transaction.
     *
     * @param key any number, the same in all instances
     * @return false when another transaction has it
     */
    public static boolean tryLock(Handle db, long key) {
        return db.createQuery("select pg_try_advisory_xact_lock(:key)")
                .bind("key", key)
                .mapTo(Boolean.class)
                .one();
    }

    /** As {@link #transaction}, without a result. */
    public void write(Consumer<Handle> work) {
        transaction(handle -> {
            work.accept(handle);
            return null;
        });
    }

    /**
     * As {@link #write}, but in a transaction of its own also where this thread has one under way, which {@link #write} would be a part of: for what has
     * to be known for good before something is done that no transaction takes back.
     */
    public void writeApart(Consumer<Handle> work) {
        try (var handle = jdbi.open()) {
            handle.useTransaction(work::accept);
        }
    }

    @Override
    public synchronized void close() {
        if (atOnce != null) atOnce.close();
        pool.close();
    }

    /** SQLSTATE classes 08 (connection), 40 (deadlock, serialisation), 53 (resources), 57 (operator intervention), a lock not had in time, and a full pool. */
    private static boolean heals(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.sql.SQLTransientException || cause instanceof java.sql.SQLRecoverableException)
                return true;
            if (cause instanceof SQLException sql
                    && sql.getSQLState() != null
                    && sql.getSQLState().matches("(08|40|53|57).*|55P03")) return true;
        }
        return false;
    }

    private static String rootMessage(Throwable e) {
        while (e.getCause() != null) e = e.getCause();
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
