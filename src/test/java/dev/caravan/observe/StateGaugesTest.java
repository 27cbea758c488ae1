package dev.caravan.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.alerts.Alerts;
import dev.caravan.alerts.Finding;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.sandbox.PostgresSandbox;
import dev.caravan.state.Database;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StateGaugesTest {
    private static TestState state;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Ledger ledger = new Ledger(state.clock());
    private final StateGauges gauges = gauges(state.database());
    private Upload upload;

    private StateGauges gauges(Database database) {
        return new StateGauges(database, ledger, List.of("products"), metrics, state.clock());
    }

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void an_upload() {
        state.clear();
        upload = state.opened("products/shein/a.json");
    }

    @Test
    void before_anything_happens_a_flow_that_runs_here_has_nothing_unfinished() {
        gauges.measure();

        assertThat(flow("caravan.lag.seconds")).isZero();
        assertThat(flow("caravan.dead.letters")).isZero();
        assertThat(flow("caravan.parked.lanes")).isZero();
        assertThat(flow("caravan.quarantined")).isZero();
        assertThat(records("in flight")).isZero();
        assertThat(metrics.get("caravan.ledger.missing").gauge().value()).isZero();
    }

    @Test
    void records_in_flight_are_counted_and_the_lag_grows_with_the_oldest() {
        answer(State.IN_FLIGHT, 0, 1);
        state.clock().pass(Duration.ofSeconds(30));
        answer(State.IN_FLIGHT, 2);
        answer(State.HELD, 3);
        answer(State.DELIVERED, 4);
        gauges.measure();

        state.clock().pass(Duration.ofSeconds(5));

        assertThat(records("in flight")).isEqualTo(3);
        assertThat(records("held")).isEqualTo(1);
        assertThat(flow("caravan.lag.seconds")).isEqualTo(35);
    }

    @Test
    void dead_letters_and_the_lanes_they_park_are_counted_while_they_are_open() {
        letter("shein/1", "open");
        letter("shein/1", "open");
        letter("shein/2", "open");
        letter("shein/3", "replayed");
        state.clock().pass(Duration.ofMinutes(1));

        gauges.measure();

        assertThat(flow("caravan.dead.letters")).isEqualTo(3);
        assertThat(flow("caravan.parked.lanes")).isEqualTo(2);
        assertThat(flow("caravan.dead.letters.oldest.seconds")).isEqualTo(60);
    }

    @Test
    void bytes_that_wait_for_the_archive_have_an_age() {
        gauges.measure();
        assertThat(originals()).isZero();

        state.database()
                .write(db -> db.execute(
                        "insert into ledger.original (area, sha256, bytes, handed_at) values ('orders', 'a', '', ?), ('orders', 'b', '', ?)",
                        state.clock().instant(),
                        state.clock().instant().minusSeconds(40)));
        gauges.measure();

        assertThat(originals()).isEqualTo(40);
    }

    private double originals() {
        return metrics.get("caravan.originals.oldest.seconds").gauge().value();
    }

    @Test
    void records_without_an_answer_are_counted_and_named() {
        answer(State.DELIVERED, 0, 1, 4, 6, 7);
        state.database().write(db -> ledger.complete(db, upload.id(), 9));

        gauges.measure();

        assertThat(metrics.get("caravan.ledger.missing").gauge().value()).isEqualTo(4);
        var gap = metrics.get("caravan.ledger.gap").gauge();
        assertThat(gap.value()).isEqualTo(4);
        assertThat(gap.getId().getTag("key")).isEqualTo("products/shein/a.json");
        assertThat(gap.getId().getTag("upload")).isEqualTo(upload.id().toString());
        assertThat(gap.getId().getTag("records")).isEqualTo("2-3 5 8");
    }

    @Test
    void an_imbalance_is_told_as_long_as_it_lasts_and_no_longer() {
        answer(State.DELIVERED, 0, 2);
        state.database().write(db -> ledger.complete(db, upload.id(), 3));
        gauges.measure();

        state.clock().pass(Duration.ofDays(3));
        gauges.measure();
        assertThat(metrics.get("caravan.ledger.missing").gauge().value())
                .as("after days")
                .isEqualTo(1);

        answer(State.DISCARDED, 1);
        gauges.measure();
        assertThat(metrics.get("caravan.ledger.missing").gauge().value())
                .as("answered")
                .isZero();
        assertThat(metrics.find("caravan.ledger.gap").gauges()).isEmpty();
    }

    @Test
    void open_alerts_are_counted_by_rule_for_as_long_as_there_are_any() {
        var alerts = new Alerts(
                state.database(),
                (db, lane, title, description, priority) -> {
                    throw new AssertionError("no task is wanted here");
                },
                state.clock());
        var low = List.of("P-1", "P-2").stream()
                .map(product -> new Finding(product, "low", Json.object(), "there is more"))
                .toList();
        state.database().write(db -> alerts.settle(db, "orders", "stock-low", Optional.empty(), low));

        gauges.measure();

        assertThat(metrics.get("caravan.alerts.open")
                        .tags("flow", "orders", "rule", "stock-low")
                        .gauge()
                        .value())
                .isEqualTo(2);
        state.database().write(db -> alerts.settle(db, "orders", "stock-low", Optional.empty(), List.of()));
        gauges.measure();
        assertThat(metrics.find("caravan.alerts.open").gauges()).isEmpty();
    }

    @Test
    void an_upload_that_is_just_read_misses_nothing() {
        answer(State.IN_FLIGHT, 0, 1, 2);
        state.database().write(db -> ledger.checkpoint(db, upload.id(), 2));

        gauges.measure();

        assertThat(metrics.get("caravan.ledger.missing").gauge().value()).isZero();
    }

    @Test
    void while_the_database_does_not_answer_nothing_is_claimed() {
        var postgres = PostgresSandbox.fresh();
        var gone = Database.open(postgres.jdbcUrl(), 2);
        var others = new SimpleMeterRegistry();
        var blind = new StateGauges(gone, ledger, List.of("orders"), others, state.clock());
        blind.measure();
        gone.close();

        assertThatThrownBy(blind::measure).isNotNull();

        for (var name : List.of("caravan.lag.seconds", "caravan.dead.letters", "caravan.ledger.missing"))
            assertThat(others.get(name).gauge().value()).as(name).isNaN();
        postgres.close();
    }

    private void answer(State what, long... indices) {
        for (long index : indices) {
            var entry = new Entry(new RecordId(upload.id(), index), what, "shein/" + index, null);
            state.database().write(db -> ledger.put(db, "products", List.of(entry)));
        }
    }

    private void letter(String lane, String letterState) {
        state.database().write(db -> db.createUpdate("""
                        insert into dead_letters.letter (id, flow, route, queue, lane, body, attributes, error_class, error, fingerprint, attempts,
                          first_failed_at, parked_at, state)
                        values (:id, 'products', 'products-pimcore', 'q', :lane, '', '{}', 'E', 'e', 'f', 1, :now, :now, :state)""")
                .bind("id", UUID.randomUUID())
                .bind("lane", lane)
                .bind("now", state.clock().instant())
                .bind("state", letterState)
                .execute());
    }

    private double flow(String name) {
        return metrics.get(name).tag("flow", "products").gauge().value();
    }

    private double records(String recordState) {
        return metrics.get("caravan.records")
                .tags("flow", "products", "state", recordState)
                .gauge()
                .value();
    }
}
