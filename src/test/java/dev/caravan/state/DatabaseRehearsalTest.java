package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseRehearsalTest {
    private static TestState state;

    private Database.Rehearsal rehearsal;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        rehearsal = state.database().rehearsal(Duration.ofMillis(100));
    }

    @AfterEach
    void end() {
        rehearsal.close();
    }

    @Test
    void what_is_written_can_be_read_there_and_nowhere_else_and_is_undone() {
        rehearsal.database().write(db -> note(db, "one"));

        assertThat(there()).containsExactly("one");
        assertThat(everywhere()).isEmpty();

        rehearsal.undo();
        assertThat(there()).isEmpty();

        rehearsal.database().write(db -> note(db, "two"));
        rehearsal.close();
        assertThat(everywhere()).isEmpty();
    }

    @Test
    void a_part_that_fails_is_undone_alone_and_what_waits_for_a_commit_is_told_then() {
        var told = new ArrayList<String>();

        rehearsal.database().write(db -> {
            note(db, "kept");
            db.afterCommit(() -> told.add("kept"));
        });
        assertThatThrownBy(() -> rehearsal.database().write(db -> {
                    note(db, "lost");
                    db.afterCommit(() -> told.add("lost"));
                    db.execute("no such statement");
                }))
                .isInstanceOf(JdbiException.class);
        rehearsal.database().write(db -> note(db, "later"));

        assertThat(there()).containsExactly("kept", "later");
        assertThat(told).containsExactly("kept");
    }

    @Test
    void a_row_that_is_being_worked_on_is_waited_for_and_then_given_up() {
        state.database().write(db -> note(db, "row"));

        state.database().write(db -> {
            db.execute("select 1 from audit.action for update");

            assertThatThrownBy(() ->
                            rehearsal.database().write(other -> other.execute("select 1 from audit.action for update")))
                    .isInstanceOf(TargetUnavailable.class)
                    .hasMessageContaining("lock timeout");
        });
    }

    @Test
    void the_connection_goes_back_to_the_pool_as_it_was() {
        for (int i = 0; i < 20; i++) {
            rehearsal.close();
            rehearsal = state.database().rehearsal(Duration.ofSeconds(1));
        }

        rehearsal.close();
        assertThat(state.column("show lock_timeout")).containsExactly("0");
    }

    private static void note(Handle db, String what) {
        new Audit(state.clock()).add(db, "mara", what, "s", null);
    }

    private List<String> there() {
        return rehearsal.database().transaction(DatabaseRehearsalTest::notes);
    }

    private static List<String> everywhere() {
        return state.list(DatabaseRehearsalTest::notes);
    }

    private static List<String> notes(Handle db) {
        return db.createQuery("select action from audit.action order by action")
                .mapTo(String.class)
                .list();
    }
}
