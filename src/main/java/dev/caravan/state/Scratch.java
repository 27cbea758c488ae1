package dev.caravan.state;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database of one's own beside the real one, on the same server and with the same tables: whatever is done in it, the real one is neither
 * read, written nor locked. It goes when it is closed; what a process left that was killed goes when the next one is made.
 */
public final class Scratch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scratch.class);

    private static final Pattern URL = Pattern.compile("(jdbc:postgresql:(?://[^/?]*/)?)([^?]*)(\\?.*)?");
    private static final String MARK = "_scratch_";
    /** PostgreSQL cuts names off at 63 bytes. */
    private static final int LONGEST_NAME = 46;

    private static final int CONNECTIONS = 6;
    private static final long LOCK = 0x53637261746368L;
    private static final String NOT_ALLOWED = "42501";
    /** In use, not ours, or gone since we looked. */
    private static final Set<String> LEFT_ALONE = Set.of("55006", NOT_ALLOWED, "3D000");

    private final String url;
    private final String name;
    private final Database database;
    private final Thread atExit = new Thread(this::drop, "scratch");

    private Scratch(String url, String name, Database database) {
        this.url = url;
        this.name = name;
        this.database = database;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Makes one, with all tables and nothing in them.
     *
     * @param url of the real database, as in {@code DATABASE_URL}
     * @throws BadSettings       when the user may not create databases
     * @throws TargetUnavailable when the server does not answer
     */
    public static Scratch beside(String url) {
        var parts = URL.matcher(url);
        if (!parts.matches()) throw new BadSettings("DATABASE_URL must look like jdbc:postgresql://HOST:PORT/DATABASE");
        try (var connection = DriverManager.getConnection(url)) {
            var stem = connection.getCatalog();
            if (stem.length() > LONGEST_NAME) stem = stem.substring(0, LONGEST_NAME);
            var name = stem + MARK + UUID.randomUUID().toString().substring(0, 8);
            // Nobody takes for left behind what has been made and is not connected to yet.
            execute(connection, "select pg_advisory_lock(" + LOCK + ")");
            dropLeft(connection, stem + MARK);
            execute(connection, "create database " + quoted(name));
            var own = parts.group(1)
                    + URLEncoder.encode(name, StandardCharsets.UTF_8)
                    + (parts.group(3) == null ? "" : parts.group(3));
            // Losing it in a crash of the server is no loss.
            execute(connection, "alter database " + quoted(name) + " set synchronous_commit = off");
            try {
                return new Scratch(url, name, Database.open(own, CONNECTIONS));
            } catch (RuntimeException e) {
                execute(connection, "drop database if exists " + quoted(name) + " with (force)");
                throw e;
            }
        } catch (SQLException e) {
            if (NOT_ALLOWED.equals(e.getSQLState()))
                throw new BadSettings(
                        "the user of DATABASE_URL may not create databases, and a scratch one beside the real one is needed: alter role … createdb");
            throw new TargetUnavailable(
                    "postgresql", "PostgreSQL cannot make a scratch database: " + firstLine(e), null, e);
        }
    }

    public Database database() {
        return database;
    }

    /** Its name: that of the real one with something appended. */
    public String name() {
        return name;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
            drop();
        } catch (IllegalStateException e) {
            LOG.debug("the process is ending, and drops {} as it does", name);
        }
    }

    private void drop() {
        database.close();
        try (var connection = DriverManager.getConnection(url)) {
            execute(connection, "drop database if exists " + quoted(name) + " with (force)");
        } catch (SQLException e) {
            LOG.warn(
                    "the scratch database {} could not be dropped; the next one made will try: {}", name, firstLine(e));
        }
    }

    /** One that nobody is connected to was left behind: whoever has one holds a connection to it. */
    private static void dropLeft(Connection connection, String prefix) throws SQLException {
        for (var left : names(connection, prefix)) {
            try {
                execute(connection, "drop database if exists " + quoted(left));
                LOG.info("dropped the scratch database {}, which was left behind", left);
            } catch (SQLException e) {
                if (!LEFT_ALONE.contains(e.getSQLState())) throw e;
            }
        }
    }

    private static List<String> names(Connection connection, String prefix) throws SQLException {
        var names = new ArrayList<String>();
        try (var query = connection.prepareStatement("select datname from pg_database where starts_with(datname, ?)")) {
            query.setString(1, prefix);
            try (var rows = query.executeQuery()) {
                while (rows.next()) names.add(rows.getString(1));
            }
        }
        return names;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String firstLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
