package dev.caravan.deadletters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Repairs.Result;
import dev.caravan.deadletters.Repairs.Rules;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Tracing;
import dev.caravan.records.Reason;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Four eyes: what a second operator has to approve, with what he approves. */
class RepairsTest {
    private static final String KEEP = "{\"price\": .price + 1, * : .}";

    private static TestState state;

    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Audit audit = new Audit(state.clock());
    private final List<String> sent = new ArrayList<>();
    private final Replay replay = new Replay(
            state.database(),
            letters,
            new Ledger(state.clock()),
            new Journey(state.clock()),
            audit,
            (queue, body) -> sent.add(new String(body, UTF_8)),
            Replay.Lanes.NONE,
            Tracing.OFF);
    private final Replays replays = new Replays(state.database(), letters, replay, audit, route -> true, state.clock());
    private final Edits edits = new Edits(
            state.database(),
            letters,
            audit,
            () -> (flow, message) -> message.path("price").asInt() < 0
                    ? List.of(new Reason("/price", "price", "must not be negative", null))
                    : List.of());

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
    void without_the_setting_everything_is_done_at_once() {
        var id = park(1);
        var repairs = repairs(Rules.of(settings("")));

        assertThat(repairs.edit(id, bytes("{\"price\":2}"), "mara", "why").orElseThrow())
                .isInstanceOf(Result.Done.class);
        assertThat(repairs.edit(Filter.open(), KEEP, "mara", "why")).isInstanceOf(Result.Done.class);
        assertThat(repairs.replay(Filter.open(), "mara")).isEqualTo(new Result.Done<>(1));

        assertThat(sent).containsExactly("{\"price\":3}");
        assertThat(repairs.requests(10)).isEmpty();
    }

    @Test
    void an_edit_waits_until_somebody_else_approves_it() {
        var id = park(1);
        var repairs = repairs(Rules.of(settings("edit")));

        var asked = asked(repairs.edit(id, bytes("{\"price\":2}"), "mara", "a typing error")
                .orElseThrow());

        assertThat(replayed()).containsExactly("{\"price\":1}");
        var again = park(1);
        assertThatThrownBy(() -> repairs.approve(asked.id(), "mara"))
                .isInstanceOf(BadMessage.class)
                .hasMessage("you asked for this yourself; somebody else has to approve it");
        assertThat(repairs.approve(asked.id(), "noor")
                        .orElseThrow()
                        .at("/diff/0/value")
                        .asInt())
                .isEqualTo(2);
        assertThat(replayed()).containsExactly("{\"price\":2}");
        assertThat(repairs.requests(10)).singleElement().satisfies(request -> {
            assertThat(request.state()).isEqualTo("approved");
            assertThat(request.decidedBy()).isEqualTo("noor");
            assertThat(request.json().path("why").asText()).isEqualTo("a typing error");
        });
        assertThat(state.list(db -> audit.list(db, again.toString(), 10)))
                .extracting(action -> action.who() + " " + action.what())
                .containsExactly("mara replay", "noor approve edit", "mara edit", "mara replay", "mara ask for edit");
    }

    @Test
    void what_breaks_the_schema_is_refused_before_anybody_is_asked() {
        var id = park(1);
        var repairs = repairs(Rules.of(settings("edit")));

        assertThatThrownBy(() -> repairs.edit(id, bytes("{\"price\":-2}"), "mara", "why"))
                .isInstanceOf(BadMessage.class);
        assertThatThrownBy(() -> repairs.edit(Filter.open(), "{\"price\"", "mara", "why"))
                .isInstanceOf(BadMessage.class);
        assertThat(repairs.edit(UUID.randomUUID(), bytes("{}"), "mara", "why")).isEmpty();

        assertThat(repairs.requests(10)).isEmpty();
    }

    @Test
    void an_edit_of_a_letter_that_is_gone_by_then_cannot_be_approved_and_still_waits() {
        var id = park(1);
        var repairs = repairs(Rules.of(settings("edit")));
        var asked =
                asked(repairs.edit(id, bytes("{\"price\":2}"), "mara", "why").orElseThrow());
        replay.discard(Filter.only(id), "mara", "not needed");

        assertThatThrownBy(() -> repairs.approve(asked.id(), "noor"))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("is not open any more");

        assertThat(repairs.requests(10).get(0).waiting()).isTrue();
    }

    @Test
    void a_mapping_is_approved_for_the_letters_it_was_shown_for() {
        park(1);
        park(2);
        var repairs = repairs(Rules.of(settings("edit,replay")));

        var asked = asked(repairs.edit(Filter.open(), KEEP, "mara", "a currency"));
        park(10);
        var outcome = repairs.approve(asked.id(), "noor").orElseThrow();

        assertThat(asked.summary()).isEqualTo("edit of 2 dead letters");
        assertThat(asked.detail().path("diffs")).hasSize(2);
        assertThat(outcome.path("edited").asInt()).isEqualTo(2);
        assertThat(replayed()).containsExactly("{\"price\":2}", "{\"price\":3}", "{\"price\":10}");
    }

    @Test
    void a_replay_of_many_begins_when_it_is_approved_with_the_letters_of_when_it_was_asked_for() {
        for (int price = 1; price <= 3; price++) park(price);
        var repairs = repairs(new Rules(Set.of("replay"), 2));

        var atOnce = asked(repairs.replay(Filter.open(), "mara"));
        var ramp = asked(repairs.begin(Filter.open(), null, "mara"));
        park(4);

        assertThat(replays.step()).isZero();
        assertThat(replays.list()).extracting(Replays.Progress::state).containsOnly("asked");
        assertThat(repairs.decline(ramp.id(), "mara", "one is enough")).isTrue();
        assertThat(repairs.approve(atOnce.id(), "noor")
                        .orElseThrow()
                        .path("state")
                        .asText())
                .isEqualTo("running");
        state.clock().pass(Duration.ofSeconds(1));
        replays.step();
        assertThat(sent).containsExactly("{\"price\":1}", "{\"price\":2}", "{\"price\":3}");
        assertThat(repairs.approve(ramp.id(), "noor")).isEmpty();
        assertThat(repairs.decline(atOnce.id(), "noor", "too late")).isFalse();
        assertThat(replays.list()).extracting(Replays.Progress::why).contains("declined by mara");
        assertThat(state.column("select kind from lineage.due where kind like 'replay%'"))
                .as("one has begun, and one never will")
                .containsExactly("replay");
    }

    @Test
    void a_replay_of_few_needs_nobody() {
        park(1);
        park(2);
        var repairs = repairs(new Rules(Set.of("replay"), 2));

        assertThat(repairs.replay(Filter.open(), "mara")).isEqualTo(new Result.Done<>(2));
        assertThat(repairs.begin(Filter.open(), 1.0, "mara")).isInstanceOf(Result.Done.class);
    }

    private Repairs repairs(Rules rules) {
        return new Repairs(state.database(), letters, edits, replay, replays, audit, rules, state.clock());
    }

    private static Settings settings(String actions) {
        return Settings.of(Map.of("APPROVAL_ACTIONS", actions));
    }

    private static ChangeRequest asked(Result<?> result) {
        return result.either(
                done -> {
                    throw new AssertionError("done at once: " + done);
                },
                request -> request);
    }

    /** What a replay of all sends. */
    private List<String> replayed() {
        sent.clear();
        replay.replay(Filter.open(), "mara");
        return List.copyOf(sent);
    }

    private UUID park(int price) {
        var parking = new Parking(
                "products",
                "products-pimcore",
                "caravan-products",
                "shein/" + price,
                null,
                bytes("{\"price\":" + price + "}"),
                Json.object(),
                "pimcore",
                new BadMessage("refused"));
        state.clock().pass(Duration.ofSeconds(1));
        state.database().write(db -> letters.park(db, parking));
        return parking.id();
    }

    private static byte[] bytes(String json) {
        return json.getBytes(UTF_8);
    }
}
