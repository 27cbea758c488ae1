package dev.caravan.sandbox;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;

/** A real PostgreSQL of our own on 127.0.0.1, from binaries on the class path. */
public final class PostgresSandbox implements AutoCloseable {
    /** What is given to a database of a shop, rather than to the smallest there is; it takes the memory, and the disk, that it needs. */
    private static final String SHARED_BUFFERS = "1GB";

    private static final String MOST_LOG = "4GB";

    private final EmbeddedPostgres postgres;

    private PostgresSandbox(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    /** On a free port, in a temporary folder, quick rather than safe: nothing is forced to the disk. */
    public static PostgresSandbox start() {
        return start(Options.defaults());
    }

    /** @throws RuntimeException when the port is taken, or the folder is in use or cannot be written */
    public static PostgresSandbox start(Options options) {
        var builder = EmbeddedPostgres.builder()
                .setPort(options.port())
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("shared_buffers", SHARED_BUFFERS)
                .setServerConfig("max_wal_size", MOST_LOG)
                .setLocaleConfig("locale", "C");
        if (options.directory() != null) {
            builder.setDataDirectory(options.directory())
                    .setCleanDataDirectory(false)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on");
        }
        try {
            return new PostgresSandbox(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL does not start", e);
        }
    }

    /**
     * An empty database for one test, in the instance all tests of this JVM share: started with the first call, stopped with the JVM.
     *
     * @return to be closed, which drops the database
     */
    public static Database fresh() {
        return Shared.INSTANCE.createDatabase();
    }

    /** Of the database {@code postgres}, user included. */
    public String jdbcUrl() {
        return jdbcUrl("postgres");
    }

    public int port() {
        return postgres.getPort();
    }

    /** An empty database beside the others. */
    public Database createDatabase() {
        return createDatabase("template1");
    }

    private Database createDatabase(String template) {
        var name = "test_" + UUID.randomUUID().toString().replace('-', '_');
        execute("CREATE DATABASE " + name + " TEMPLATE " + template);
        return new Database(this, name);
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL does not stop", e);
        }
    }

    private String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database + "?user=postgres";
    }

    private void execute(String sql) {
        try (var connection = DriverManager.getConnection(jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }

    /**
     * How to start it.
     *
     * @param port      0 for a free one
     * @param directory where the data is kept, safely; null for a temporary folder, deleted at the end
     */
    public record Options(int port, Path directory) {
        public static Options defaults() {
            return new Options(0, null);
        }

        public Options withPort(int newPort) {
            return new Options(newPort, directory);
        }

        public Options withDirectory(Path newDirectory) {
            return new Options(port, newDirectory);
        }
    }

    /** One database; closing it drops it and ends what is still connected. */
    public static final class Database implements AutoCloseable {
        private final PostgresSandbox postgres;
        private final String name;

        private Database(PostgresSandbox postgres, String name) {
            this.postgres = postgres;
            this.name = name;
        }

        /** With the user included. */
        public String jdbcUrl() {
            return postgres.jdbcUrl(name);
        }

        /** As libpq and its kin want it, with the user included. */
        public String url() {
            return "postgres://postgres@127.0.0.1:" + postgres.port() + "/" + name;
        }

        public Connection connect() throws SQLException {
            return DriverManager.getConnection(jdbcUrl());
        }

        /** Another one beside it with all that is in it now; nobody may be connected to it. */
        public Database copy() {
            return postgres.createDatabase(name);
        }

        /** Refuses connections and ends those there are, or lets them in again. */
        public void away(boolean away) {
            postgres.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS " + !away);
            if (away)
                postgres.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
        }

        @Override
        public void close() {
            postgres.execute("DROP DATABASE " + name + " WITH (FORCE)");
        }
    }

    private static final class Shared {
        static final PostgresSandbox INSTANCE = start();
    }
}
