package dev.caravan.quarantine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Group;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Reason;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuarantineTest {
    private static TestState state;

    private final Quarantine quarantine = new Quarantine(state.clock());
    private Upload upload;

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
        upload = state.opened("products/shein/a.json");
    }

    @Test
    void a_record_is_kept_with_its_bytes_and_every_reason() {
        keep(refusal(7, "no-sku", "price-unreadable"));

        var kept = open().get(0);

        assertThat(kept.raw()).asString(StandardCharsets.UTF_8).isEqualTo("{\"record\":7}");
        assertThat(kept.key()).isEqualTo("products/shein/a.json");
        assertThat(kept.supplier()).isEqualTo("shein");
        assertThat(kept.header()).isEqualTo("id;name");
        assertThat(kept.reasons())
                .extracting(reason -> reason.path("rule").asText())
                .containsExactly("no-sku", "price-unreadable");
        assertThat(kept.json().toString())
                .contains(
                        "\"flow\":\"products\"",
                        "\"index\":7",
                        "\"line\":8",
                        "\"state\":\"open\"",
                        "\"raw\":\"{\\\"record\\\":7}\"")
                .contains("{\"rule\":\"no-sku\",\"value\":\"x\",\"message\":\"broke no-sku\",\"pointer\":\"/sku\"}")
                .doesNotContain("resolvedAt");
    }

    @Test
    void a_record_that_is_refused_again_stays_one_with_the_newer_reasons_and_is_open_again() {
        keep(refusal(7, "no-sku"));
        var id = open().get(0).id();
        state.database().write(db -> quarantine.resolve(db, id, "released", "mara", "mapping fixed"));

        keep(refusal(7, "price-unreadable"));

        assertThat(open()).singleElement().satisfies(kept -> {
            assertThat(kept.id()).isEqualTo(id);
            assertThat(kept.reasons())
                    .hasSize(1)
                    .extracting(reason -> reason.path("rule").asText())
                    .containsExactly("price-unreadable");
            assertThat(kept.resolvedBy()).isNull();
            assertThat(kept.why()).isNull();
        });
    }

    @Test
    void lists_are_oldest_first_and_as_short_as_asked_for() {
        keep(refusal(2, "no-sku"), refusal(1, "no-sku"));
        state.clock().pass(Duration.ofMinutes(1));
        keep(refusal(0, "no-sku"));
        keep();

        assertThat(open()).extracting(kept -> kept.record().index()).containsExactly(1L, 2L, 0L);
        assertThat(state.list(db -> quarantine.list(db, Filter.open(), 2))).hasSize(2);
    }

    @Test
    void groups_count_records_by_the_rule_they_broke_first_wherever_in_an_array() {
        keep(
                refusal(0, List.of(reason("/variants/3/sku", "no-sku"), reason("/name", "no-name"))),
                refusal(1, List.of(reason("/variants/12/sku", "no-sku"))));
        state.clock().pass(Duration.ofMinutes(1));
        keep(refusal(2, List.of(reason("/variants", "no-sku"))));

        var groups = state.list(db -> quarantine.groups(db, Filter.open(), 10));

        assertThat(groups).extracting(Group::pointer).containsExactly("/variants/*/sku", "/variants");
        assertThat(groups).extracting(Group::count).containsExactly(2, 1);
        assertThat(groups.get(0).supplier()).isEqualTo("shein");
        assertThat(groups.get(0).firstSeen()).isBefore(groups.get(1).lastSeen());
        assertThat(indexes(new Filter(null, groups.get(1).example(), null, null, null, null)))
                .containsExactly(2L);
        assertThat(groups.get(1).json().toString()).contains("\"rule\":\"no-sku\"", "broke no-sku");
        assertThat(state.list(db -> quarantine.groups(db, Filter.open(), 1))).hasSize(1);
        assertThat(state.list(db -> quarantine.groups(db, new Filter("orders", null, null, null, null, null), 1)))
                .isEmpty();
    }

    @Test
    void each_filter_leaves_only_what_it_names() {
        keep(refusal(0, "no-sku"), refusal(1, "price-unreadable", "no-sku-2"));
        var other = state.opened("products/shein/b.json");
        state.clock().pass(Duration.ofMinutes(1));
        keep(new Refusal(new RecordId(other.id(), 0), 1, "JSON", null, new byte[0], reasons("stock-negative"), null));
        var gone = open().get(0).id();
        state.database().write(db -> quarantine.resolve(db, gone, "discarded", "mara", "test data"));

        assertThat(indexes(new Filter("products", null, null, null, null, null)))
                .hasSize(3);
        assertThat(indexes(new Filter("orders", null, null, null, null, null))).isEmpty();
        assertThat(indexes(new Filter(null, gone, null, null, null, null))).containsExactly(0L);
        assertThat(indexes(new Filter(null, gone, null, null, null, "open"))).isEmpty();
        assertThat(indexes(new Filter(null, null, "products/shein/a.json", null, null, "open")))
                .containsExactly(1L);
        assertThat(indexes(new Filter(null, null, null, "price-unreadable", null, null)))
                .containsExactly(1L);
        assertThat(indexes(new Filter(null, null, null, "no-sku", null, null)))
                .as("whole rule ids only")
                .containsExactly(0L);
        assertThat(indexes(new Filter(
                        null, null, null, null, TestClock.START.plusSeconds(30).plus(sinceStart()), null)))
                .isEmpty();
        assertThat(indexes(new Filter(null, null, null, null, null, null, "PRICE-unread")))
                .containsExactly(1L);
        assertThat(indexes(new Filter(null, null, null, null, null, null, "nowhere")))
                .isEmpty();
        assertThat(indexes(new Filter(null, null, null, null, state.clock().instant(), null)))
                .hasSize(1);
        assertThat(indexes(new Filter(null, null, null, null, null, "discarded")))
                .containsExactly(0L);
    }

    @Test
    void of_two_who_take_a_record_at_once_one_gets_it() {
        keep(refusal(0, "no-sku"));
        var id = open().get(0).id();
        var got = new AtomicInteger();

        var both = IntStream.range(0, 2)
                .mapToObj(i -> CompletableFuture.runAsync(() -> state.database()
                        .write(db -> quarantine.take(db, id).ifPresent(kept -> {
                            got.incrementAndGet();
                            quarantine.resolve(db, id, "released", "caller " + i, null);
                        }))))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(both).join();

        assertThat(got).hasValue(1);
        assertThat(open()).isEmpty();
    }

    @Test
    void who_resolved_it_when_and_why_is_kept() {
        keep(refusal(0, "no-sku"));
        var id = open().get(0).id();
        state.clock().pass(Duration.ofMinutes(1));

        state.database().write(db -> quarantine.resolve(db, id, "discarded", "mara", "test data"));

        var kept = state.ask(db -> quarantine.find(db, id)).orElseThrow();
        assertThat(kept.state()).isEqualTo("discarded");
        assertThat(kept.json().toString()).contains("\"resolvedBy\":\"mara\",\"why\":\"test data\"");
        assertThat(kept.resolvedAt()).isEqualTo(state.clock().instant());
        assertThat(state.find(db -> quarantine.take(db, id))).isEmpty();
    }

    @Test
    void a_record_that_is_dropped_is_gone() {
        keep(refusal(0, "no-sku"));
        var id = open().get(0).id();

        state.database().write(db -> quarantine.drop(db, id));

        assertThat(state.find(db -> quarantine.find(db, id))).isEmpty();
        assertThat(state.find(db -> quarantine.find(db, new UUID(0, 0)))).isEmpty();
    }

    private Duration sinceStart() {
        return Duration.between(TestClock.START, state.clock().instant());
    }

    private void keep(Refusal... refusals) {
        state.database().write(db -> quarantine.keep(db, "products", List.of(refusals)));
    }

    private List<Kept> open() {
        return state.ask(db -> quarantine.list(db, Filter.open(), 100));
    }

    private List<Long> indexes(Filter filter) {
        return state.ask(db -> quarantine.list(db, filter, 100)).stream()
                .map(kept -> kept.record().index())
                .toList();
    }

    private Refusal refusal(long index, String... rules) {
        return refusal(index, reasons(rules));
    }

    private Refusal refusal(long index, List<Reason> reasons) {
        var raw = ("{\"record\":" + index + "}").getBytes(StandardCharsets.UTF_8);
        return new Refusal(new RecordId(upload.id(), index), index + 1, "JSON", "id;name", raw, reasons, "mapping-1");
    }

    private static List<Reason> reasons(String... rules) {
        return java.util.Arrays.stream(rules).map(rule -> reason("/sku", rule)).toList();
    }

    private static Reason reason(String pointer, String rule) {
        return new Reason(pointer, rule, "broke " + rule, TextNode.valueOf("x"));
    }
}
