package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.testing.TestState;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScratchTest {
    private final TestState state = new TestState();

    @AfterEach
    void stop() {
        state.close();
    }

    @Test
    void it_has_the_tables_and_none_of_the_rows_and_goes_when_closed() {
        state.opened("products/shein/a.json");

        try (var scratch = Scratch.beside(state.jdbcUrl())) {
            var rows = scratch.database().transaction(db -> db.createQuery("select count(*) from ledger.upload")
                    .mapTo(Integer.class)
                    .one());

            assertThat(rows).isZero();
            assertThat(there()).containsExactly(scratch.name());
        }

        assertThat(there()).isEmpty();
    }

    @Test
    void one_that_was_left_goes_with_the_next_and_one_in_use_stays() {
        var left = state.column("select current_database()").get(0) + "_scratch_00000000";
        state.database().transaction(db -> {
            try (var connection = java.sql.DriverManager.getConnection(state.jdbcUrl());
                    var statement = connection.createStatement()) {
                return statement.execute("create database " + left);
            } catch (java.sql.SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(there()).containsExactly(left);

        try (var first = Scratch.beside(state.jdbcUrl());
                var second = Scratch.beside(state.jdbcUrl())) {
            assertThat(there()).containsExactlyInAnyOrder(first.name(), second.name());
        }
    }

    @Test
    void who_may_not_make_databases_is_told_so() {
        state.database().write(db -> db.execute("create role clerk login"));
        try {
            var url = state.jdbcUrl().replace("user=postgres", "user=clerk");

            assertThatThrownBy(() -> Scratch.beside(url))
                    .isInstanceOf(BadSettings.class)
                    .hasMessageContaining("may not create databases");
        } finally {
            state.database().write(db -> db.execute("drop role clerk"));
        }
    }

    @Test
    void a_server_that_does_not_answer_is_unavailable() {
        assertThatThrownBy(() -> Scratch.beside("jdbc:postgresql://127.0.0.1:1/none?user=postgres"))
                .isInstanceOf(TargetUnavailable.class);
    }

    private List<String> there() {
        return state.column(
                "select datname from pg_database where starts_with(datname, current_database() || '_scratch_')");
    }
}
