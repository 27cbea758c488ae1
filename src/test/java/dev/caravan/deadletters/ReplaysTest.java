package dev.caravan.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Replays.Progress;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplaysTest {
    private static TestState state;

    private boolean works = true;
    private RuntimeException cause = new BadMessage("no price");
    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Ledger ledger = new Ledger(state.clock());
    private final Audit audit = new Audit(state.clock());
    private final List<Integer> sent = new ArrayList<>();
    private final Replay replay = new Replay(
            state.database(),
            letters,
            ledger,
            new Journey(state.clock()),
            audit,
            (queue, body) -> sent.add(Integer.parseInt(new String(body, StandardCharsets.UTF_8))),
            Replay.Lanes.NONE,
            Tracing.OFF);
    private final Replays replays =
            new Replays(state.database(), letters, replay, audit, route -> works, state.clock());
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
    void clear() {
        state.clear();
        upload = state.opened("products/shein/a.json").id();
    }

    @Test
    void a_ramp_sends_more_each_time_all_before_came_through() {
        park(0, 20);
        replays.begin(Filter.open(), null, "mara");

        for (int from : new int[] {0, 1, 3, 8, 18}) {
            var stage = step();
            assertThat(stage).first().isEqualTo(from);
            assertThat(step()).as("while they are under way").isEmpty();
            stage.forEach(this::comesThrough);
        }
        step();

        assertThat(sent).isEqualTo(IntStream.range(0, 20).boxed().toList());
        var end = replays.list().get(0);
        assertThat(end.state()).isEqualTo("done");
        assertThat(end.passed()).isEqualTo(20);
        assertThat(end.why()).isNull();
        assertThat(step()).isEmpty();
        assertThat(runs()).containsExactly("replay begins", "replay {\"caravan-products\": 20}");
    }

    @Test
    void ten_thousand_letters_that_come_during_a_replay_are_no_part_of_it() {
        park(0, 300);
        replays.begin(Filter.open(), 100.0, "mara");

        park(1_000, 11_000);
        for (int second = 0; second < 5; second++) {
            state.clock().pass(Duration.ofSeconds(1));
            step();
        }

        assertThat(sent)
                .containsExactlyElementsOf(IntStream.range(0, 300).boxed().toList());
        assertThat(replays.list().get(0).selected()).isEqualTo(300);
        assertThat(state.column("select count(*) from dead_letters.letter where state = 'open'"))
                .containsExactly("10000");
    }

    @Test
    void what_sqs_would_have_forgotten_long_ago_is_replayed() {
        park(0, 3);
        state.clock().pass(Duration.ofDays(20));

        assertThat(replay.replay(Filter.open(), "mara")).isEqualTo(3);

        assertThat(sent).containsExactly(0, 1, 2);
    }

    @Test
    void with_the_bug_still_there_a_ramp_burns_one_letter_and_goes_on_when_resumed() {
        park(0, 10);
        var id = replays.begin(Filter.open(), null, "mara").id();
        assertThat(step()).containsExactly(0);
        failsAgain(0);

        for (int i = 0; i < 5; i++) assertThat(step()).isEmpty();
        var paused = replays.list().get(0);
        assertThat(paused.state()).isEqualTo("paused");
        assertThat(paused.why()).isEqualTo("1 of the last 1 failed again");
        assertThat(paused.json().toString()).contains("\"failed\":1", "\"waiting\":9", "\"pace\":\"ramp\"");

        assertThat(replays.pause(id, false, "mara")).isTrue();
        assertThat(step()).containsExactly(1);
        comesThrough(1);
        assertThat(step()).containsExactly(2, 3);
    }

    @Test
    void what_waits_for_another_attempt_has_not_come_through() {
        park(0, 3);
        replays.begin(Filter.open(), null, "mara");
        assertThat(step()).containsExactly(0);
        comesThrough(0);
        state.ask(db -> letters.countAttempt(db, parking(0).id(), "no answer"));

        assertThat(step()).isEmpty();

        state.database()
                .write(db -> letters.forgetAttempts(db, List.of(parking(0).id())));
        assertThat(step()).containsExactly(1, 2);
    }

    @Test
    void a_rate_is_kept_and_what_a_standstill_left_undone_does_not_come_at_once() {
        park(0, 200);
        replays.begin(Filter.open(), 5.0, "mara");

        for (int second = 1; second <= 4; second++) {
            state.clock().pass(Duration.ofSeconds(1));
            step();
            assertThat(sent).hasSize(5 * second);
        }
        state.clock().pass(Duration.ofHours(1));
        assertThat(step()).hasSize(5);
        state.clock().pass(Duration.ofMillis(100));
        assertThat(step()).isEmpty();
        state.clock().pass(Duration.ofMillis(100));
        assertThat(step()).hasSize(1);
    }

    @Test
    void less_than_one_a_second_comes_one_by_one() {
        park(0, 3);
        replays.begin(Filter.open(), 0.5, "mara");

        var perSecond = new ArrayList<Integer>();
        for (int second = 0; second < 6; second++) {
            state.clock().pass(Duration.ofSeconds(1));
            perSecond.add(step().size());
        }

        assertThat(perSecond).containsExactly(0, 1, 0, 1, 0, 1);
    }

    @Test
    void what_arrives_during_a_replay_is_not_part_of_it() {
        park(0, 5);
        var id = replays.begin(Filter.open(), 1000.0, "mara").id();

        for (int arrival = 5; arrival < 1_000; arrival += 199) {
            park(arrival, arrival + 199);
            state.clock().pass(Duration.ofSeconds(1));
            step();
        }

        assertThat(sent).containsExactly(0, 1, 2, 3, 4);
        sent.forEach(this::comesThrough);
        step();
        assertThat(progress(id).state()).isEqualTo("done");
        assertThat(progress(id).selected()).isEqualTo(5);
    }

    @Test
    void what_somebody_discarded_meanwhile_is_skipped() {
        park(0, 3);
        var id = replays.begin(Filter.open(), 100.0, "mara").id();
        replay.discard(new Filter(null, null, parking(1).id(), null, null, "open"), "omar", "withdrawn");

        state.clock().pass(Duration.ofSeconds(1));
        assertThat(step()).containsExactly(0, 2);

        assertThat(progress(id).skipped()).isEqualTo(1);
        assertThat(progress(id).sent()).isEqualTo(2);
    }

    @Test
    void a_replay_that_is_paused_sends_nothing_and_says_who_paused_it() {
        park(0, 3);
        var id = replays.begin(new Filter("products", null, null, null, null, "open"), 1.0, "mara")
                .id();
        assertThat(replays.pause(id, false, "omar")).as("it is running").isFalse();

        assertThat(replays.pause(id, true, "omar")).isTrue();
        state.clock().pass(Duration.ofSeconds(3));
        assertThat(step()).isEmpty();
        assertThat(progress(id).why()).isEqualTo("by omar");
        assertThat(progress(id).selection()).isEqualTo("flow products, state open");

        assertThat(replays.pause(id, false, "omar")).isTrue();
        assertThat(progress(id).why()).isNull();
        state.clock().pass(Duration.ofSeconds(1));
        assertThat(step()).containsExactly(0);
        assertThat(replays.pause(UUID.randomUUID(), true, "omar")).isFalse();
        assertThat(state.column(
                        "select who || ' ' || action from audit.action where action like '% replay' order by at"))
                .containsExactly("mara begin replay", "omar pause replay", "omar resume replay");
    }

    @Test
    void a_letter_without_a_record_came_through_when_it_does_not_come_back() {
        var body = "7".getBytes(StandardCharsets.UTF_8);
        state.database()
                .write(db -> letters.park(
                        db,
                        new Parking(
                                "products",
                                "r",
                                "caravan-uploads",
                                null,
                                null,
                                body,
                                Json.object(),
                                null,
                                new BadMessage("y"))));
        var id = replays.begin(Filter.open(), null, "mara").id();
        assertThat(step()).containsExactly(7);

        step();
        assertThat(progress(id).sent()).isEqualTo(1);
        state.clock().pass(Duration.ofSeconds(31));
        step();
        assertThat(progress(id).passed()).isEqualTo(1);
        assertThat(progress(id).state()).isEqualTo("done");
    }

    @Test
    void a_replay_of_nothing_is_done() {
        var id = replays.begin(Filter.open(), null, "mara").id();

        step();

        assertThat(progress(id).state()).isEqualTo("done");
        assertThat(progress(id).selected()).isZero();
    }

    @Test
    void what_failed_for_want_of_a_target_goes_back_at_a_ramp_once_the_target_is_there() {
        cause = new TargetUnavailable("pimcore", "Pimcore answered HTTP 503");
        park(0, 3);
        works = false;
        state.clock().pass(Duration.ofMinutes(6));
        assertThat(replays.heal()).isZero();

        works = true;
        assertThat(replays.heal()).isEqualTo(1);
        assertThat(replays.heal()).as("it is under way").isZero();

        assertThat(step()).containsExactly(0);
        comesThrough(0);
        assertThat(step()).containsExactly(1, 2);
        var ramp = replays.list().get(0);
        assertThat(ramp.askedBy()).isEqualTo("caravan");
        assertThat(ramp.selection()).isEqualTo("what failed in products-pimcore because its target was away");
    }

    @Test
    void what_a_target_refused_and_what_failed_a_moment_ago_is_left_alone() {
        park(0, 3);
        state.clock().pass(Duration.ofDays(1));
        cause = new TargetUnavailable("pimcore", "Pimcore answered HTTP 503");
        park(3, 5);

        assertThat(replays.heal()).isZero();
    }

    @Test
    void what_does_not_heal_is_tried_ever_less_and_then_never() {
        cause = new TargetUnavailable("pimcore", "Pimcore answered HTTP 503");
        park(0, 1);

        var waits = new ArrayList<Integer>();
        for (int minutes = 0; waits.size() < 4; minutes++) {
            if (replays.heal() == 1) {
                step();
                failsAgain(0);
                step();
                waits.add(minutes);
                minutes = 0;
            }
            state.clock().pass(Duration.ofMinutes(1));
        }
        state.clock().pass(Duration.ofDays(30));

        assertThat(waits).containsExactly(5, 20, 80, 320);
        assertThat(replays.heal()).isZero();
        assertThat(sent).hasSize(4);
    }

    @Test
    void a_ramp_that_paused_is_given_up_for_the_next_one() {
        cause = new TargetUnavailable("pimcore", "Pimcore answered HTTP 503");
        park(0, 2);
        state.clock().pass(Duration.ofMinutes(6));
        replays.heal();
        step();
        failsAgain(0);
        step();

        assertThat(replays.heal()).isEqualTo(1);

        assertThat(runs()).containsExactly("replay begins", "replay-failed {\"caravan-products\": 1}", "replay begins");
    }

    /** Of which OpenLineage is to be told. */
    private List<String> runs() {
        return state.column(
                "select kind || ' ' || coalesce(cast(rows as text), 'begins') from lineage.due where kind <> 'upload' order by id");
    }

    /** What one step sends. */
    private List<Integer> step() {
        int before = sent.size();
        int count = replays.step();
        assertThat(sent).hasSize(before + count);
        return List.copyOf(sent.subList(before, sent.size()));
    }

    private Progress progress(UUID id) {
        return replays.list().stream()
                .filter(progress -> progress.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private void comesThrough(int index) {
        move(index, State.DELIVERED);
    }

    private void failsAgain(int index) {
        move(index, State.PARKED);
        state.database().write(db -> letters.park(db, parking(index)));
    }

    private void move(int index, State to) {
        state.database()
                .write(db -> ledger.move(
                        db, "products", List.of(new RecordId(upload, index)), List.of(State.IN_FLIGHT), to, null));
    }

    private void park(int from, int to) {
        state.database().write(db -> {
            for (int index = from; index < to; index++) {
                ledger.put(
                        db,
                        "products",
                        List.of(new Entry(new RecordId(upload, index), State.PARKED, "shein/" + index, null)));
                letters.park(db, parking(index));
                state.clock().pass(Duration.ofNanos(1_000));
            }
        });
    }

    private Parking parking(int index) {
        return new Parking(
                "products",
                "products-pimcore",
                "caravan-products",
                "shein/" + index,
                new RecordId(upload, index),
                String.valueOf(index).getBytes(StandardCharsets.UTF_8),
                Json.object(),
                null,
                cause);
    }
}
