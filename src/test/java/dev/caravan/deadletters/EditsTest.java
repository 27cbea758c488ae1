package dev.caravan.deadletters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Tracing;
import dev.caravan.records.Reason;
import dev.caravan.routes.RouteFiles;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EditsTest {
    private static final String QUEUE = "caravan-products";

    private static TestState state;

    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Audit audit = new Audit(state.clock());
    private final Edits edits = new Edits(state.database(), letters, audit, () -> EditsTest::rules);
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
    void a_replay_sends_the_edited_message_and_the_original_is_kept() {
        var id = park("{\"price\":-1,\"sku\":\"A\"}");

        var diff = edits.edit(id, bytes("{\"price\":1,\"sku\":\"A\"}"), "mara", "a typing error")
                .orElseThrow();
        replay.replay(Filter.open(), "mara");

        assertThat(diff)
                .isEqualTo(Json.read(bytes("[{\"op\":\"replace\",\"fromValue\":-1,\"path\":\"/price\",\"value\":1}]")));
        assertThat(sent).containsExactly("{\"price\":1,\"sku\":\"A\"}");
        assertThat(new String(letter(id).body(), UTF_8)).isEqualTo("{\"price\":-1,\"sku\":\"A\"}");
        assertThat(state.list(db -> audit.list(db, id.toString(), 10)))
                .extracting(action -> action.who() + " " + action.what() + " " + action.why())
                .containsExactlyInAnyOrder("mara edit a typing error", "mara replay null");
    }

    @Test
    void an_edited_message_that_fails_again_is_still_the_same_letter() {
        var id = park("{\"price\":-1}");
        edits.edit(id, bytes("{\"price\":2}"), "mara", "why");
        replay.replay(Filter.open(), "mara");

        var again = park("{\"price\":2}");

        assertThat(again).isNotEqualTo(id);
        assertThat(state.list(db -> letters.list(db, Filter.open(), 10)))
                .singleElement()
                .satisfies(letter -> {
                    assertThat(letter.id()).isEqualTo(id);
                    assertThat(letter.replays()).isEqualTo(1);
                    assertThat(new String(letter.body(), UTF_8)).isEqualTo("{\"price\":-1}");
                    assertThat(new String(letter.message(), UTF_8)).isEqualTo("{\"price\":2}");
                });
    }

    @Test
    void an_edit_that_breaks_the_rules_or_is_no_json_is_refused_and_nothing_changes() {
        var id = park("{\"price\":-1}");

        assertThatThrownBy(() -> edits.edit(id, bytes("{\"price\":-2}"), "mara", "why"))
                .isInstanceOf(BadMessage.class)
                .hasMessage("\"/price\": a price below 0");
        assertThatThrownBy(() -> edits.edit(id, bytes("{price"), "mara", "why")).isInstanceOf(BadMessage.class);

        assertThat(letter(id).edited()).isNull();
        assertThat(state.list(db -> audit.list(db, null, 10))).isEmpty();
    }

    @Test
    void an_edit_is_taken_back_until_the_letter_is_replayed() {
        var id = park("{\"price\":-1}");
        edits.edit(id, bytes("{\"price\":1}"), "mara", "why");
        edits.edit(id, bytes("{\"price\":2}"), "mara", "why");

        assertThat(edits.undo(id, "mara")).isTrue();
        assertThat(edits.undo(id, "mara")).isFalse();
        assertThat(letter(id).edited()).isNull();
        edits.edit(id, bytes("{\"price\":3}"), "mara", "why");
        replay.replay(Filter.open(), "mara");

        assertThat(edits.undo(id, "mara")).isFalse();
        assertThat(sent).containsExactly("{\"price\":3}");
        assertThat(edits.edit(id, bytes("{\"price\":4}"), "mara", "too late")).isEmpty();
    }

    @Test
    void a_mapping_edits_many_and_what_it_makes_wrong_stays_as_it_was() {
        var one = park("{\"price\":-1,\"note\":null}");
        var two = park("{\"price\":-20}");
        var three = park("{\"price\":7}");
        var mapping = "{\"price\": if (.price < -10) .price else if (.price < 0) 0 - .price else .price, * : .}";

        var tried = edits.edit(Filter.open(), mapping, true, "mara", "signs");
        assertThat(tried.edited()).containsOnlyKeys(one);
        assertThat(letter(one).edited()).isNull();
        var done = edits.edit(
                Filter.open(), mapping.replace("if (.price < -10) .price else ", ""), false, "mara", "signs");

        assertThat(done.edited()).containsOnlyKeys(one, two);
        assertThat(done.same()).isEqualTo(1);
        assertThat(Json.read(letter(one).message())).isEqualTo(Json.read(bytes("{\"price\":1,\"note\":null}")));
        assertThat(letter(three).edited()).isNull();
        var refused = edits.edit(Filter.open(), "{\"price\": -5}", false, "mara", "wrong");
        assertThat(refused.refused()).hasSize(3).containsEntry(one, "\"/price\": a price below 0");
        assertThat(refused.json().path("refused").asInt()).isEqualTo(3);
        assertThatThrownBy(() -> edits.edit(Filter.open(), "{\"price\": ", false, "mara", "wrong"))
                .isInstanceOf(BadMessage.class)
                .hasMessageStartingWith("the mapping, line ");
    }

    @Test
    void the_shipped_schemas_say_what_each_event_must_be() {
        var schemas = new MessageSchemas(RouteFiles.at("classpath:routes"));
        var event = Json.object().put("source", "caravan.products").put("detail-type", "ProductIngested");
        event.putObject("detail").put("supplier", "shein").putObject("product").put("id", "");

        assertThat(schemas.check(event))
                .extracting(Reason::pointer)
                .contains("/detail/contentHash", "/detail/product/name");
        assertThat(schemas.check(Json.object().put("detail-type", "Object Created")))
                .isEmpty();
    }

    private static List<Reason> rules(String flow, JsonNode message) {
        return message.path("price").asInt() < 0
                ? List.of(new Reason("/price", "negative", "a price below 0", message.path("price")))
                : List.of();
    }

    private UUID park(String body) {
        var parking = new Parking(
                "products",
                "products-pimcore",
                QUEUE,
                null,
                null,
                bytes(body),
                Json.object(),
                null,
                new BadMessage("no"));
        state.database().write(db -> letters.park(db, parking));
        state.clock().pass(Duration.ofSeconds(1));
        return parking.id();
    }

    private Letter letter(UUID id) {
        return state.list(db -> letters.list(db, Filter.only(id), 1)).get(0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
