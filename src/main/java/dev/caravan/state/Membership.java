package dev.caravan.state;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That instances which do not know of each other do not share a database: their caches would contradict each other. Held by an advisory
 * lock of PostgreSQL's, which ends with the process: instances of a cluster share it, one without a cluster has it alone.
 */
public final class Membership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final String LOCK = "hashtextextended('caravan instance', 0)";

    private final String url;
    private final boolean clustered;
    private final ScheduledExecutorService watch =
            Executors.newSingleThreadScheduledExecutor(new CamelThreadFactory("#name#", "caravan-membership", true));
    private Connection connection;

    private Membership(String url, boolean clustered) {
        this.url = url;
        this.clustered = clustered;
    }

    /**
     * Waits until an instance that excludes this one has stopped.
     *
     * @param url       JDBC URL of the database, with user and password in it
     * @param clustered whether this instance knows the others
     * @param patience  how long it waits
     * @throws BadSettings       when the other one goes on
     * @throws TargetUnavailable when the database does not answer
     */
    public static Membership join(String url, boolean clustered, Duration patience) {
        var membership = new Membership(url, clustered);
        try {
            membership.connect(patience);
        } catch (SQLException e) {
            membership.close();
            throw new TargetUnavailable("postgresql", "PostgreSQL cannot be used: " + e.getMessage(), null, e);
        }
        membership.watch.scheduleWithFixedDelay(
                membership::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        return membership;
    }

    private synchronized void connect(Duration patience) throws SQLException {
        connection = DriverManager.getConnection(url);
        try (var statement = connection.createStatement()) {
            // A machine that is gone keeps its lock no longer than this.
            statement.execute(
                    "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3");
            statement.execute("set lock_timeout = " + Math.max(1, patience.toMillis()));
            statement.execute("select pg_advisory_lock" + (clustered ? "_shared" : "") + "(" + LOCK + ")");
        } catch (SQLException e) {
            connection.close();
            if (!"55P03".equals(e.getSQLState())) throw e;
            throw new BadSettings(
                    clustered
                            ? "an instance with CARAVAN_CLUSTER=false uses this database: stop it, or start it with CARAVAN_CLUSTER=true"
                            : "another instance uses this database: stop it, or set CARAVAN_CLUSTER=true for both");
        }
    }

    /** A database that was away has forgotten the lock. */
    private synchronized void look() {
        try {
            if (!connection.isValid(5)) connect(Duration.ofSeconds(5));
        } catch (BadSettings e) {
            LOG.error(e.getMessage());
        } catch (SQLException e) {
            LOG.warn("PostgreSQL does not answer: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        watch.shutdownNow();
        synchronized (this) {
            try {
                if (connection != null) connection.close();
            } catch (SQLException e) {
                LOG.debug("the connection was lost already: {}", e.getMessage());
            }
        }
    }
}
