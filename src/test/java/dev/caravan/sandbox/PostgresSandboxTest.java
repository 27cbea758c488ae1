package dev.caravan.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresSandboxTest {
    @TempDir
    Path folder;

    @Test
    void each_test_gets_an_empty_database_in_one_server() throws SQLException {
        try (var one = PostgresSandbox.fresh();
                var other = PostgresSandbox.fresh();
                var inOne = one.connect();
                var inOther = other.connect()) {
            run(inOne, "CREATE TABLE product (id text)");

            assertThatThrownBy(() -> run(inOther, "SELECT * FROM product")).hasMessageContaining("does not exist");
            assertThat(text(inOne, "SHOW port")).isEqualTo(text(inOther, "SHOW port"));
        }
    }

    @Test
    void it_is_postgresql_18_speaking_utf_8_on_loopback_only() throws SQLException {
        try (var database = PostgresSandbox.fresh();
                var connection = database.connect()) {
            assertThat(text(connection, "SHOW server_version")).startsWith("18.");
            assertThat(text(connection, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(text(connection, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(text(connection, "SELECT upper('\u0642 stra\u00dfe a')")).startsWith("\u0642 ");
        }
    }

    @Test
    void a_closed_database_is_gone_though_someone_is_still_connected() throws SQLException {
        var database = PostgresSandbox.fresh();
        try (var connection = database.connect()) {
            database.close();

            assertThatThrownBy(() -> run(connection, "SELECT 1")).isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(database::connect).hasMessageContaining("does not exist");
    }

    @Test
    void a_copy_has_what_its_original_had_and_goes_its_own_way() throws SQLException {
        try (var original = PostgresSandbox.fresh()) {
            try (var connection = original.connect()) {
                run(connection, "CREATE TABLE product AS SELECT 'kept' AS id");
            }

            try (var copy = original.copy();
                    var inCopy = copy.connect();
                    var inOriginal = original.connect()) {
                run(inCopy, "UPDATE product SET id = id || ' and changed'");

                assertThat(text(inCopy, "SELECT id FROM product")).isEqualTo("kept and changed");
                assertThat(text(inOriginal, "SELECT id FROM product")).isEqualTo("kept");
            }
        }
    }

    @Test
    void data_in_a_given_folder_survives_a_restart_and_is_forced_to_the_disk() throws SQLException {
        var options = PostgresSandbox.Options.defaults().withDirectory(folder.resolve("pg"));
        try (var postgres = PostgresSandbox.start(options);
                var connection = DriverManager.getConnection(postgres.jdbcUrl())) {
            assertThat(text(connection, "SHOW fsync")).isEqualTo("on");
            assertThat(text(connection, "SHOW synchronous_commit")).isEqualTo("on");
            run(connection, "CREATE TABLE kept (id text)");
        }

        try (var postgres = PostgresSandbox.start(options);
                var connection = DriverManager.getConnection(postgres.jdbcUrl())) {
            assertThat(text(connection, "SELECT count(*) FROM kept")).isEqualTo("0");
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
