package dev.caravan.state;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.SQLException;
import java.util.UUID;

/** A real PostgreSQL on loopback, started once for all tests of this package; each test takes a database of its own. */
final class Pools {
    private static EmbeddedPostgres server;

    private Pools() {}

    /** A pool of ten connections to a new database. */
    static synchronized HikariDataSource fresh() {
        try {
            if (server == null)
                server = EmbeddedPostgres.builder()
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .start();
            var name = "caches_" + UUID.randomUUID().toString().replace('-', '_');
            try (var connection = server.getPostgresDatabase().getConnection();
                    var statement = connection.createStatement()) {
                statement.execute("create database " + name);
            }
            return pool(name);
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another pool to the same database, as another instance has. */
    static HikariDataSource another(HikariDataSource pool) {
        var url = pool.getJdbcUrl();
        return pool(url.substring(url.lastIndexOf('/') + 1));
    }

    private static HikariDataSource pool(String name) {
        var pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + name);
        pool.setUsername("postgres");
        return pool;
    }
}
