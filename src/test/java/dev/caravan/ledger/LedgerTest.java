package dev.caravan.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LedgerTest {
    private static final String FLOW = "products";
    private static TestState state;

    private final Ledger ledger = new Ledger(state.clock());

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
    }

    @Test
    void a_new_upload_begins_at_its_first_record() {
        var upload = upload();

        assertThat(open(upload)).contains(0L);

        Upload kept = state.ask(db -> ledger.upload(db, upload.id()));
        assertThat(kept).isEqualTo(upload);
    }

    @Test
    void an_upload_announced_again_goes_on_behind_its_checkpoint() {
        var upload = upload();
        open(upload);

        state.database().write(db -> ledger.checkpoint(db, upload.id(), 50));

        assertThat(open(upload)).contains(50L);
        assertThat(state.list(db -> ledger.balances(db, null, null))).hasSize(1);
    }

    @Test
    void a_checkpoint_never_goes_back() {
        var upload = upload();
        open(upload);

        state.database().write(db -> {
            ledger.checkpoint(db, upload.id(), 50);
            ledger.checkpoint(db, upload.id(), 20);
        });

        assertThat(open(upload)).contains(50L);
    }

    @Test
    void a_complete_upload_has_nothing_to_go_on_with_and_keeps_the_time_it_was_completed() {
        var upload = upload();
        open(upload);

        state.database().write(db -> ledger.complete(db, upload.id(), 3));
        state.clock().pass(Duration.ofHours(1));
        state.database().write(db -> ledger.complete(db, upload.id(), 3));

        assertThat(open(upload)).isEmpty();
        assertThat(state.column("select count(*) from ledger.upload where completed_at = started_at"))
                .containsExactly("1");
    }

    @Test
    void a_record_has_one_state_the_last_one_and_keeps_what_it_is_about() {
        var upload = upload();
        open(upload);
        var record = new RecordId(upload.id(), 0);

        put(new Entry(record, State.IN_FLIGHT, "shein/1", "normalised"));
        put(new Entry(record, State.DELIVERED, null, null));

        assertThat(stateOf(record)).isEqualTo(State.DELIVERED);
        assertThat(state.column("select thing from ledger.entry")).containsExactly("shein/1");
        assertThat(balance(upload).states()).isEqualTo(Map.of(State.DELIVERED, 1L));
    }

    @Test
    void a_record_is_moved_only_from_the_states_that_are_named() {
        var upload = upload();
        open(upload);
        put(entry(upload, 0, State.IN_FLIGHT), entry(upload, 1, State.HELD), entry(upload, 2, State.DELIVERED));
        var all = List.of(
                new RecordId(upload.id(), 0),
                new RecordId(upload.id(), 1),
                new RecordId(upload.id(), 2),
                new RecordId(upload.id(), 9));

        int moved = state.ask(
                db -> ledger.move(db, FLOW, all, List.of(State.IN_FLIGHT, State.HELD), State.PARKED, "refused"));

        assertThat(moved).isEqualTo(2);
        Map<Long, State> states = state.ask(db -> ledger.states(db, FLOW, upload.id(), 0, 9));
        assertThat(states).isEqualTo(Map.of(0L, State.PARKED, 1L, State.PARKED, 2L, State.DELIVERED));
        assertThat(state.<Integer>ask(
                        db -> ledger.move(db, FLOW, List.of(), List.of(State.PARKED), State.DELIVERED, null)))
                .isZero();
        assertThat(state.<Integer>ask(
                        db -> ledger.move(db, "orders", all, List.of(State.PARKED), State.DELIVERED, null)))
                .isZero();
    }

    @Test
    void the_balance_counts_every_record_once() {
        var upload = upload();
        open(upload);
        put(
                entry(upload, 0, State.DELIVERED),
                entry(upload, 1, State.DELIVERED),
                entry(upload, 2, State.QUARANTINED),
                entry(upload, 3, State.IN_FLIGHT));

        var balance = balance(upload);

        assertThat(balance.received()).isEqualTo(4);
        assertThat(balance.missing()).isZero();
        assertThat(balance.count(State.DELIVERED)).isEqualTo(2);
        assertThat(balance.count(State.PARKED)).isZero();
        assertThat(balance.atRest()).as("still receiving").isFalse();
        assertThat(balance.uploadState()).isEqualTo("receiving");
    }

    @Test
    void a_parked_upload_rests_until_it_is_opened_again() {
        var upload = upload();
        open(upload);
        put(entry(upload, 0, State.DELIVERED));

        state.database().write(db -> ledger.park(db, upload.id()));

        assertThat(balance(upload).uploadState()).isEqualTo("parked");
        assertThat(balance(upload).atRest()).isTrue();
        open(upload);
        assertThat(balance(upload).uploadState()).isEqualTo("receiving");
    }

    @Test
    void a_complete_upload_is_not_parked() {
        var upload = upload();
        open(upload);
        state.database().write(db -> ledger.complete(db, upload.id(), 0));

        state.database().write(db -> ledger.park(db, upload.id()));

        assertThat(balance(upload).uploadState()).isEqualTo("complete");
    }

    @Test
    void an_upload_is_at_rest_once_it_is_complete_and_nothing_is_in_flight() {
        var upload = upload();
        open(upload);
        put(entry(upload, 0, State.IN_FLIGHT));
        state.database().write(db -> ledger.complete(db, upload.id(), 1));

        assertThat(balance(upload).atRest()).isFalse();

        put(entry(upload, 0, State.HELD));
        assertThat(balance(upload).atRest()).isTrue();
    }

    @Test
    void a_record_without_an_answer_is_missing() {
        var upload = upload();
        open(upload);
        put(entry(upload, 0, State.DELIVERED), entry(upload, 3, State.DELIVERED));

        state.database().write(db -> ledger.complete(db, upload.id(), 5));

        assertThat(balance(upload).missing()).isEqualTo(3);
        assertThat(balance(upload).atRest()).isFalse();
    }

    @Test
    void balances_are_told_oldest_first_and_by_key_or_flow() {
        var first = upload();
        open(first);
        state.clock().pass(Duration.ofSeconds(1));
        var second = TestState.upload("products/shein/b.json", TestClock.START, "02");
        open(second);

        assertThat(state.list(db -> ledger.balances(db, null, null)))
                .extracting(Ledger.Balance::upload)
                .containsExactly(first.id(), second.id());
        assertThat(state.list(db -> ledger.balances(db, second.key(), FLOW)))
                .extracting(Ledger.Balance::upload)
                .containsExactly(second.id());
        assertThat(state.list(db -> ledger.balances(db, null, "orders"))).isEmpty();
    }

    @Test
    void an_upload_that_is_reopened_is_read_from_the_beginning() {
        var upload = upload();
        open(upload);
        put(entry(upload, 0, State.QUARANTINED));
        state.database().write(db -> ledger.complete(db, upload.id(), 1));

        state.database().write(db -> ledger.reopen(db, upload.id()));

        assertThat(open(upload)).contains(0L);
        assertThat(balance(upload).states()).isEmpty();
    }

    @Test
    void opening_waits_for_a_reopening_that_is_under_way() {
        var upload = upload();
        open(upload);
        state.database().write(db -> ledger.complete(db, upload.id(), 1));
        var reopened = new CountDownLatch(1);

        var reopening = CompletableFuture.runAsync(() -> state.database().write(db -> {
            ledger.reopen(db, upload.id());
            reopened.countDown();
            awaitSomebodyWaiting();
        }));
        await(reopened);

        assertThat(open(upload)).as("not \"complete\", as it was when asked").contains(0L);
        reopening.join();
    }

    @ParameterizedTest
    @EnumSource(State.class)
    void a_state_is_found_by_its_text_and_the_database_takes_it(State one) {
        var upload = upload();
        open(upload);

        put(entry(upload, 0, one));

        assertThat(State.of(one.text())).isEqualTo(one);
        assertThat(stateOf(new RecordId(upload.id(), 0))).isEqualTo(one);
    }

    @Test
    void a_state_that_is_none_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> State.of("lost")).withMessageContaining("lost");
        assertThat(State.IN_FLIGHT.text()).isEqualTo("in flight");
    }

    private static void awaitSomebodyWaiting() {
        org.awaitility.Awaitility.await()
                .until(() -> !state.column("select 'waiting' from pg_stat_activity where wait_event_type = 'Lock'")
                        .isEmpty());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Upload upload() {
        return TestState.upload("products/shein/a.json", TestClock.START, "01");
    }

    private java.util.Optional<Long> open(Upload upload) {
        return state.ask(db -> ledger.open(db, upload, FLOW, "mapping-1"));
    }

    private void put(Entry... entries) {
        state.database().write(db -> ledger.put(db, FLOW, List.of(entries)));
    }

    private static Entry entry(Upload upload, long index, State state) {
        return new Entry(new RecordId(upload.id(), index), state, null, null);
    }

    private State stateOf(RecordId record) {
        return state.ask(db -> ledger.state(db, FLOW, record)).orElseThrow();
    }

    private Ledger.Balance balance(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id()));
    }
}
