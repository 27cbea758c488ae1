package dev.caravan.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadLettersTest {
    private static final RecordId RECORD = new RecordId(new UUID(1, 2), 3);
    private static TestState state;

    private final DeadLetters letters = new DeadLetters(state.clock());

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
    void a_letter_is_known_by_its_queue_and_body() {
        var one = DeadLetters.identity("products", bytes("a"));

        assertThat(DeadLetters.identity("products", bytes("a"))).isEqualTo(one);
        assertThat(DeadLetters.identity("products", bytes("b"))).isNotEqualTo(one);
        assertThat(DeadLetters.identity("publications", bytes("a"))).isNotEqualTo(one);
        assertThat(parking("a", "shein/1", new BadMessage("x")).id()).isEqualTo(one);
    }

    @Test
    void attempts_of_a_message_are_counted_until_it_is_done() {
        var one = new UUID(0, 1);
        var other = new UUID(0, 2);

        assertThat(attempt(one)).isEqualTo(1);
        assertThat(attempt(one)).isEqualTo(2);
        assertThat(attempt(other)).isEqualTo(1);

        state.database().write(db -> letters.forgetAttempts(db, List.of(one)));
        state.database().write(db -> letters.forgetAttempts(db, List.of()));
        assertThat(attempt(one)).isEqualTo(1);
        assertThat(attempt(other)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"1, 1000", "2, 2000", "3, 4000", "9, 256000", "10, 300000", "31, 300000", "1000, 300000"})
    void the_wait_doubles_up_to_the_longest_and_is_any_part_of_that(int attempts, long longest) {
        var first = Duration.ofSeconds(1);
        var max = Duration.ofMinutes(5);

        assertThat(DeadLetters.backoff(attempts, first, max, always(0))).isEqualTo(Duration.ofMillis(1));
        assertThat(DeadLetters.backoff(attempts, first, max, always(Long.MAX_VALUE)))
                .isEqualTo(Duration.ofMillis(longest));
        var random = new Random(7);
        for (int i = 0; i < 200; i++) {
            assertThat(DeadLetters.backoff(attempts, first, max, random))
                    .isPositive()
                    .isLessThanOrEqualTo(Duration.ofMillis(longest));
        }
    }

    @Test
    void a_parked_message_is_kept_whole_with_its_cause_and_attempts() {
        attempt(DeadLetters.identity("products", bytes("{\"a\":1}")));
        state.clock().pass(Duration.ofMinutes(1));
        attempt(DeadLetters.identity("products", bytes("{\"a\":1}")));

        park(parking("{\"a\":1}", "shein/1", new TargetUnavailable("pimcore", "Pimcore answered HTTP 503")));

        var letter = open().get(0);
        assertThat(letter.body()).asString(StandardCharsets.UTF_8).isEqualTo("{\"a\":1}");
        assertThat(letter.attempts()).isEqualTo(2);
        assertThat(letter.firstFailedAt()).isEqualTo(TestClock.START);
        assertThat(letter.parkedAt()).isEqualTo(state.clock().instant());
        assertThat(letter.record()).isEqualTo(RECORD);
        assertThat(letter.correlation()).isEqualTo(RECORD.upload().toString());
        assertThat(letter.attributes()).isEqualTo(Json.object().put("messageId", "m-1"));
        assertThat(letter.json().toString())
                .contains(
                        "\"queue\":\"products\"",
                        "\"lane\":\"shein/1\"",
                        "\"target\":\"pimcore\"",
                        "\"errorClass\":\"TargetUnavailable\"",
                        "\"index\":3")
                .doesNotContain("body", "resolvedAt");
        assertThat(state.column("select count(*) from dead_letters.attempt")).containsExactly("0");
    }

    @Test
    void a_letter_that_was_replayed_and_failed_again_is_the_same_letter_opened_again() {
        park(parking("a", "shein/1", new TargetUnavailable("pimcore", "Pimcore answered HTTP 503")));
        var id = open().get(0).id();
        resolve(id, "replayed", null);
        state.clock().pass(Duration.ofMinutes(1));

        park(parking("a", "shein/1", new BadMessage("Pimcore refused it")));

        assertThat(open()).singleElement().satisfies(letter -> {
            assertThat(letter.id()).isEqualTo(id);
            assertThat(letter.error()).isEqualTo("Pimcore refused it");
            assertThat(letter.errorClass()).isEqualTo("BadMessage");
            assertThat(letter.attempts()).isEqualTo(2);
            assertThat(letter.replays()).isEqualTo(1);
            assertThat(letter.resolvedAt()).isNull();
            assertThat(letter.parkedAt()).isEqualTo(state.clock().instant());
            assertThat(letter.firstFailedAt()).isEqualTo(TestClock.START);
        });
    }

    @Test
    void a_message_without_record_lane_or_cause_in_words_is_parked_too() {
        park(new Parking(
                "products",
                "products-pimcore",
                "products",
                null,
                null,
                bytes("?"),
                Json.object(),
                null,
                new NullPointerException()));

        var letter = open().get(0);
        assertThat(letter.error()).isEqualTo("NullPointerException");
        assertThat(letter.record()).isNull();
        assertThat(letter.json().path("lane").isNull()).isTrue();
        assertThat(letter.json().has("upload")).isFalse();
    }

    @Test
    void what_postgresql_cannot_keep_as_text_is_parked_all_the_same() {
        var attributes = Json.object().put("name", "a\0b").put("half", "\ud83d");

        park(new Parking(
                "products",
                "r",
                "products",
                "shein/\0",
                null,
                bytes("a\0"),
                attributes,
                null,
                new BadMessage("bad \0 and \ud83d name")));
        state.database().write(db -> letters.countAttempt(db, new UUID(0, 9), "bad \0 name"));

        assertThat(open()).singleElement().satisfies(letter -> {
            assertThat(letter.lane()).isEqualTo("shein/\ufffd");
            assertThat(letter.error()).startsWith("bad \ufffd and ");
            assertThat(letter.body()).isEqualTo(bytes("a\0"));
        });
    }

    @Test
    void a_very_long_message_is_cut() {
        park(parking("a", "shein/1", new BadMessage("x".repeat(5000))));

        assertThat(open().get(0).error()).hasSize(2001).endsWith("…");
    }

    @Test
    void each_filter_leaves_only_what_it_names() {
        park(parking("a", "shein/1", new BadMessage("no price")));
        state.clock().pass(Duration.ofMinutes(1));
        park(parking("b", "shein/2", new BadMessage("no name")));
        var first = open().get(0);
        resolve(first.id(), "discarded", "test data");

        assertThat(lanes(new Filter("products", null, null, null, null, null))).containsExactly("shein/1", "shein/2");
        assertThat(lanes(new Filter("orders", null, null, null, null, null))).isEmpty();
        assertThat(lanes(new Filter(null, first.fingerprint(), null, null, null, null)))
                .containsExactly("shein/1");
        assertThat(lanes(new Filter(null, null, first.id(), null, null, null))).containsExactly("shein/1");
        assertThat(lanes(new Filter(null, null, null, "shein/2", null, null))).containsExactly("shein/2");
        assertThat(lanes(new Filter(null, null, null, null, state.clock().instant(), null)))
                .containsExactly("shein/2");
        assertThat(lanes(Filter.open())).containsExactly("shein/2");
        for (var text : List.of("NO NAME", "Shein/2", "b"))
            assertThat(lanes(new Filter(null, null, null, null, null, null, text)))
                    .as(text)
                    .containsExactly("shein/2");
        assertThat(lanes(new Filter(null, null, null, null, null, null, "B"))).isEmpty();
        assertThat(lanes(new Filter(null, null, null, null, null, "discarded"))).containsExactly("shein/1");
        assertThat(state.list(db -> letters.list(db, new Filter(null, null, null, null, null, null), 1)))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Medusa answered 400 to POST /admin/products/prod_01KA: product shein-1: price \"12,x\" is not an amount"
                        + " | Medusa answered 400 to POST /admin/products/prod_99ZZ: product shein-lamp: price \"?\" is not an amount",
                "Pimcore answered HTTP 503 | Pimcore answered HTTP 503",
                "product shein-1 has sku \"A-1\" twice | product shein-lamp has sku \"B\" twice",
                "shein/1: 3 of 7 variants without stock | shein/lamp: 12 of 40 variants without stock",
                "no object 4f0c2b1e-88aa-4a51-9d5c-0123456789ab | no object 11111111-2222-4333-8444-555555555555"
            })
    void the_same_cause_is_one_group_whichever_product_it_hit(String one, String other) {
        park(parking("a", "shein/1", new BadMessage(one)));
        park(parking("b", "shein/lamp", new BadMessage(other)));

        assertThat(open())
                .extracting(Letter::fingerprint)
                .hasSize(2)
                .containsOnly(open().get(0).fingerprint());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Medusa answered 400 to POST /admin/products: no | Medusa answered 422 to POST /admin/products: no",
                "Pimcore answered HTTP 502 | Pimcore answered HTTP 503",
                "product shein-1 has no price | product shein-1 has no option",
            })
    void different_causes_are_different_groups(String one, String other) {
        park(parking("a", "shein/1", new BadMessage(one)));
        park(parking("b", "shein/1", new BadMessage(other)));

        assertThat(open()).extracting(Letter::fingerprint).doesNotHaveDuplicates();
    }

    @Test
    void the_same_words_from_another_target_or_as_another_failure_are_another_group() {
        park(parking("a", "shein/1", new TargetUnavailable("pimcore", "no answer")));
        park(parking("b", "shein/1", new TargetUnavailable("medusa", "no answer")));
        park(parking("c", "shein/1", new BadMessage("no answer")));

        assertThat(open()).extracting(Letter::fingerprint).doesNotHaveDuplicates();
    }

    @Test
    void groups_say_how_many_since_when_and_whether_waiting_helps() {
        park(parking("a", "shein/1", new BadMessage("shein/1 has no price")));
        var first = state.clock().instant();
        state.clock().pass(Duration.ofHours(2));
        park(parking("b", "shein/2", new BadMessage("shein/2 has no price")));
        park(parking("c", "shein/3", new TargetUnavailable("medusa", "no answer")));
        var last = state.clock().instant();

        var groups = state.list(db -> letters.groups(db, Filter.open(), 10));

        assertThat(groups).hasSize(2);
        var price = groups.get(0);
        assertThat(price.count()).isEqualTo(2);
        assertThat(price.lastHour()).isEqualTo(1);
        assertThat(price.firstSeen()).isEqualTo(first);
        assertThat(price.lastSeen()).isEqualTo(last);
        assertThat(price.error()).isEqualTo("shein/2 has no price");
        assertThat(price.canHeal()).isFalse();
        assertThat(lanes(new Filter(null, null, price.example(), null, null, null)))
                .containsExactly("shein/2");
        assertThat(lanes(new Filter(null, price.id(), null, null, null, null))).containsExactly("shein/1", "shein/2");
        assertThat(groups.get(1).canHeal()).isTrue();
        assertThat(groups.get(1).json().toString())
                .contains("\"count\":1")
                .contains("\"canHeal\":true")
                .contains("no answer");
        assertThat(state.list(db -> letters.groups(db, Filter.open(), 1))).containsExactly(price);
        resolve(groups.get(1).example(), "discarded", "test data");
        assertThat(state.list(db -> letters.groups(db, Filter.open(), 10))).containsExactly(price);
    }

    @Test
    void only_open_letters_are_settled() {
        park(parking("a", "shein/1", new BadMessage("no price")));
        park(parking("b", "shein/2", new BadMessage("no price")));
        var one = open().stream()
                .filter(letter -> letter.lane().equals("shein/1"))
                .findFirst()
                .orElseThrow();
        resolve(one.id(), "discarded", "test data");

        state.database()
                .write(db -> letters.settle(db, open().stream().map(Letter::id).toList()));
        state.database().write(db -> letters.settle(db, List.of(one.id())));
        state.database().write(db -> letters.settle(db, List.of()));

        assertThat(open()).isEmpty();
        assertThat(state.column(
                        "select state || ' by ' || resolved_by || ': ' || why from dead_letters.letter order by lane"))
                .containsExactly("discarded by mara: test data", "replayed by caravan: came through");
    }

    @Test
    void a_letter_can_be_taken_only_while_it_is_open() {
        park(parking("a", "shein/1", new BadMessage("no price")));
        var id = open().get(0).id();

        assertThat(state.find(db -> letters.take(db, id))).isPresent();
        resolve(id, "discarded", "test data");
        assertThat(state.find(db -> letters.take(db, id))).isEmpty();
        assertThat(state.list(db -> letters.list(db, new Filter(null, null, id, null, null, null), 1))
                        .get(0)
                        .json()
                        .toString())
                .contains("\"resolvedBy\":\"mara\",\"why\":\"test data\"");
    }

    private int attempt(UUID message) {
        return state.ask(db -> letters.countAttempt(db, message, "no answer"));
    }

    private void park(Parking parking) {
        state.database().write(db -> letters.park(db, parking));
    }

    private void resolve(UUID id, String to, String why) {
        state.database().write(db -> letters.resolve(db, id, to, "mara", why));
    }

    private List<Letter> open() {
        return state.ask(db -> letters.list(db, Filter.open(), 100));
    }

    private List<String> lanes(Filter filter) {
        return state.ask(db -> letters.list(db, filter, 100)).stream()
                .map(Letter::lane)
                .toList();
    }

    private static Parking parking(String body, String lane, Throwable cause) {
        var target = cause instanceof TargetUnavailable unavailable ? unavailable.target() : null;
        return new Parking(
                "products",
                "products-pimcore",
                "products",
                lane,
                RECORD,
                bytes(body),
                Json.object().put("messageId", "m-1"),
                target,
                cause);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Always the smallest, or the greatest, that is allowed. */
    private static RandomGenerator always(long number) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return number;
            }

            @Override
            public long nextLong(long bound) {
                return Math.min(number, bound - 1);
            }
        };
    }
}
