package dev.caravan.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.observe.Tracing;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplayTest {
    private static TestState state;

    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Ledger ledger = new Ledger(state.clock());
    private final Journey journey = new Journey(state.clock());
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final Replay replay =
            sending((queue, body) -> sent.add(queue + " " + new String(body, StandardCharsets.UTF_8)));
    private UUID upload;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void two_letters() {
        state.clear();
        upload = state.opened("products/shein/a.json").id();
        park(0);
        state.clock().pass(Duration.ofSeconds(1));
        park(1);
    }

    @Test
    void letters_go_back_to_their_queues_oldest_first() {
        assertThat(replay.replay(Filter.open(), "mara")).isEqualTo(2);

        assertThat(sent).containsExactly("caravan-products body 0", "caravan-products body 1");
        assertThat(open()).isEmpty();
        assertThat(states()).containsOnly(State.IN_FLIGHT);
        assertThat(runs()).containsExactly("replay begins", "replay {\"caravan-products\": 2}");
        assertThat(state.column("select who || ' ' || action from audit.action"))
                .containsExactly("mara replay", "mara replay");
        assertThat(state.list(db -> journey.of(db, "products", "shein/0")))
                .extracting(Journey.Past::what)
                .containsExactly("replayed by mara");
    }

    @Test
    void only_what_the_filter_selects_is_replayed_and_only_once() {
        var one = new Filter(null, null, open().get(0).id(), null, null, "open");

        assertThat(replay.replay(one, "mara")).isEqualTo(1);
        assertThat(replay.replay(one, "mara")).isZero();

        assertThat(sent).containsExactly("caravan-products body 0");
        assertThat(open()).extracting(Letter::lane).containsExactly("shein/1");
    }

    @Test
    void of_many_who_replay_at_once_one_sends() {
        var all = IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> replay.replay(Filter.open(), "caller " + i)))
                .toList();

        assertThat(all.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(2);

        assertThat(sent).containsExactlyInAnyOrder("caravan-products body 0", "caravan-products body 1");
    }

    @Test
    void a_letter_that_could_not_be_sent_stays_open_as_it_was() {
        var broken = sending((queue, body) -> {
            throw new IllegalStateException("no queue");
        });

        assertThatThrownBy(() -> broken.replay(Filter.open(), "mara")).hasMessage("no queue");

        assertThat(open()).hasSize(2).allMatch(letter -> letter.replays() == 0);
        assertThat(states()).containsOnly(State.PARKED);
        assertThat(state.column("select count(*) from audit.action")).containsExactly("0");
        assertThat(runs()).containsExactly("replay begins", "replay-failed {}");
    }

    /** Of which OpenLineage is to be told. */
    private List<String> runs() {
        return state.column(
                "select kind || ' ' || coalesce(cast(rows as text), 'begins') from lineage.due where kind <> 'upload' order by id");
    }

    @Test
    void a_crash_between_send_and_commit_leaves_a_letter_that_closes_itself_when_its_message_comes_through() {
        var crashing = sending((queue, body) -> {
            sent.add(queue);
            throw new IllegalStateException("crash");
        });

        assertThatThrownBy(() -> crashing.replay(Filter.open(), "mara")).hasMessage("crash");
        assertThat(sent).hasSize(1);
        assertThat(open()).hasSize(2);

        state.database().write(db -> letters.settle(db, List.of(open().get(0).id())));
        assertThat(open()).hasSize(1);
    }

    @Test
    void what_is_given_up_is_written_down_with_who_and_why() {
        assertThat(replay.discard(Filter.open(), "mara", "test data")).isEqualTo(2);
        assertThat(replay.discard(Filter.open(), "mara", "test data")).isZero();

        assertThat(sent).isEmpty();
        assertThat(states()).containsOnly(State.DISCARDED);
        assertThat(state.column("select distinct who || ' ' || action || ': ' || why from audit.action"))
                .containsExactly("mara discard: test data");
        assertThat(state.list(db -> journey.of(db, "products", "shein/0")))
                .extracting(Journey.Past::what)
                .containsExactly("discarded by mara: test data");
    }

    @Test
    void a_letter_without_a_record_is_replayed_too() {
        state.database()
                .write(db -> letters.park(
                        db,
                        new Parking(
                                "products",
                                "uploads-receive",
                                "caravan-uploads",
                                null,
                                null,
                                "x".getBytes(StandardCharsets.UTF_8),
                                Json.object(),
                                null,
                                new BadMessage("y"))));

        assertThat(replay.replay(new Filter(null, null, null, null, null, "open"), "mara"))
                .isEqualTo(3);

        assertThat(sent).contains("caravan-uploads x");
    }

    @Test
    void a_replay_points_at_the_trace_in_which_the_letter_failed() {
        var told = new ArrayList<String>();
        var tracing = new Tracing() {
            @Override
            public void again(String name, String earlier, Runnable work) {
                told.add(name + " of " + earlier + " after " + sent.size());
                work.run();
            }
        };
        park(7, Json.object().put("traceparent", "the trace of 7"));

        sending((queue, body) -> sent.add(queue), tracing).replay(Filter.open(), "mara");

        assertThat(told)
                .containsExactlyInAnyOrder(
                        "replay of null after 0", "replay of null after 1", "replay of the trace of 7 after 2");
    }

    private Replay sending(Replay.Sender sender) {
        return sending(sender, Tracing.OFF);
    }

    private Replay sending(Replay.Sender sender, Tracing tracing) {
        return new Replay(
                state.database(),
                letters,
                ledger,
                journey,
                new Audit(state.clock()),
                sender,
                Replay.Lanes.NONE,
                tracing);
    }

    private void park(long index) {
        park(index, Json.object());
    }

    private void park(long index, ObjectNode attributes) {
        var record = new RecordId(upload, index);
        state.database().write(db -> {
            ledger.put(db, "products", List.of(new Entry(record, State.PARKED, "shein/" + index, null)));
            letters.park(
                    db,
                    new Parking(
                            "products",
                            "products-pimcore",
                            "caravan-products",
                            "shein/" + index,
                            record,
                            ("body " + index).getBytes(StandardCharsets.UTF_8),
                            attributes,
                            null,
                            new BadMessage("no price")));
        });
    }

    private List<Letter> open() {
        return state.list(db -> letters.list(db, Filter.open(), 100));
    }

    private java.util.Collection<State> states() {
        return state.database()
                .transaction(db -> ledger.states(db, "products", upload, 0, 9))
                .values();
    }
}
