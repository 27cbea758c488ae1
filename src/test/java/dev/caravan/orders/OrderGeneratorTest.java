package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.ledger.State;
import dev.caravan.orders.OrderGenerator.Defect;
import dev.caravan.orders.OrderGenerator.Options;
import dev.caravan.orders.OrderGenerator.Planted;
import dev.caravan.orders.OrderGenerator.Variant;
import dev.caravan.testing.TestState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrderGeneratorTest {
    /** What makes another content, or another version, of an order. */
    private static final Set<Variant> OTHER_CONTENT =
            EnumSet.of(Variant.EARLIER_VERSION, Variant.EXTRA_FIELDS, Variant.UNKNOWN_CHANNEL);

    private static TestState state;
    private TestOrders orders;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() throws IOException {
        state.clear();
        orders = new TestOrders(state);
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void quarantine_has_the_planted_defects_by_line_rule_and_pointer_and_nothing_else(long seed) throws IOException {
        var planted = new ArrayList<Planted>();
        var options = Options.of(3_000, seed)
                .withDefects(0.2, EnumSet.allOf(Defect.class))
                .withVariants(0.3, EnumSet.allOf(Variant.class));

        var upload = orders.upload("orders/generated.jsonl", file(options, planted));

        assertThat(planted.stream().map(Planted::defect)).containsAll(EnumSet.allOf(Defect.class));
        var expected = planted.stream()
                .map(one -> told(
                        one.index(),
                        one.line(),
                        one.defect().rule(),
                        one.defect().pointer()))
                .toList();
        assertThat(orders.quarantined())
                .flatExtracting(kept -> {
                    var reasons = new ArrayList<String>();
                    kept.reasons()
                            .forEach(reason -> reasons.add(told(
                                    kept.record().index(),
                                    kept.line(),
                                    reason.path("rule").asText(),
                                    reason.path("pointer").asText())));
                    return reasons;
                })
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(state.column("select order_id from orders.placed where order_id = any ('{"
                        + planted.stream().map(Planted::orderId).collect(Collectors.joining(",")) + "}')"))
                .as("defective orders that count")
                .isEmpty();
        assertThat(state.column("select count(*)::text from orders.placed"))
                .containsExactly(String.valueOf(3_000 - planted.size()));
        assertThat(orders.balance(upload).missing()).isZero();
    }

    private static String told(long index, long line, String rule, String pointer) {
        return index + " on line " + line + ": " + rule + " at \"" + pointer + "\"";
    }

    @ParameterizedTest
    @EnumSource(Variant.class)
    void an_order_written_otherwise_is_accepted_and_mostly_the_same(Variant variant) throws IOException {
        orders.upload("orders/plain.jsonl", file(Options.of(50, 7)));

        var other = orders.upload("orders/other.jsonl", file(Options.of(50, 7).withVariants(0.8, Set.of(variant))));

        var states = orders.states(other);
        assertThat(states).doesNotContainKey(State.QUARANTINED);
        if (OTHER_CONTENT.contains(variant)) assertThat(states).hasSizeGreaterThan(1);
        else assertThat(states).containsOnlyKeys(State.DUPLICATE);
        assertThat(state.column("select count(*)::text from orders.placed")).containsExactly("50");
    }

    @Test
    void the_same_options_give_the_same_bytes_and_an_order_does_not_depend_on_how_many_there_are() throws IOException {
        var options = Options.of(500, 7)
                .withDefects(0.1, EnumSet.allOf(Defect.class))
                .withVariants(0.5, EnumSet.allOf(Variant.class));

        assertThat(file(options)).isEqualTo(file(options)).isNotEqualTo(file(Options.of(500, 8)));
        var few = new String(file(Options.of(100, 7)), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(new String(file(Options.of(500, 7)), java.nio.charset.StandardCharsets.UTF_8))
                .startsWith(few);
    }

    @Test
    void orders_are_spread_as_a_shop_has_them() throws IOException {
        orders.upload("orders/a.jsonl", file(Options.of(12_000, 1)));

        assertThat(state.column("select day || ' ' || count(*) from orders.placed group by day order by day"))
                .containsExactly("2025-05-01 10000", "2025-05-02 2000");
        assertThat(tenths("channel", "2025-05-01")).containsExactly("api 2", "mobile 3", "web 5");
        assertThat(tenths("status", "2025-05-01")).containsExactly("cancelled 1", "confirmed 6", "pending 3");
        assertThat(new HashSet<>(state.column("select customer from orders.placed")))
                .hasSizeBetween(4_000, 9_000);
        assertThat(new HashSet<>(state.column("select product_id from orders.line")))
                .hasSize(12);
        assertThat(Integer.parseInt(state.column(
                                "select count(*)::text from orders.placed where day = '2025-05-01' and extract(hour from placed_at at time zone 'UTC') = 12")
                        .get(0)))
                .as("orders at noon")
                .isGreaterThan(2
                        * Integer.parseInt(state.column(
                                        "select count(*)::text from orders.placed where day = '2025-05-01' and extract(hour from placed_at at time zone 'UTC') = 0")
                                .get(0)));
    }

    private static List<String> tenths(String column, String day) {
        return state.column("select " + column + " || ' ' || round(count(*) / 1000.0) from orders.placed where day = '"
                + day + "' group by " + column + " order by 1");
    }

    @Test
    void wrong_options_are_told() {
        assertThatThrownBy(() -> Options.of(-1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Options.of(1, 1).withDefects(2, Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Options.of(1, 1).withVariants(-0.1, Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] file(Options options) throws IOException {
        return file(options, new ArrayList<>());
    }

    private static byte[] file(Options options, List<Planted> planted) throws IOException {
        var out = new ByteArrayOutputStream();
        new OrderGenerator(options).write(out, planted::add);
        return out.toByteArray();
    }
}
