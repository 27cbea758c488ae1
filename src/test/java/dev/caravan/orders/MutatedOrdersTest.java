package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever happens to lines of the shipped sample: the file is taken in to its end, the other lines count, and everything adds up. */
class MutatedOrdersTest {
    private enum Operator {
        DROP,
        NULL,
        RETYPE,
        RENAME,
        TRUNCATE,
        DUPLICATE,
        CUT_LINE
    }

    private static final List<String> OTHER_TYPES = List.of(
            "true",
            "0",
            "-1",
            "2.50",
            "1e400",
            "123456789012345678901234567890",
            "\"\"",
            "\"text\"",
            "\"2025-02-30T00:00:00.000Z\"",
            "\"9999-12-31T23:59:59.999Z\"",
            "\"1e9\"",
            "\"\\ud800\"",
            "\"a\\u0000b\"",
            "[]",
            "{}",
            "[[{}]]",
            "{\"id\":{\"id\":[null]}}",
            "[1,\"a\"]");

    /** Stands for a key until the order is text: no tree has a key twice. */
    private static final String AGAIN = "@again";

    private static TestState state;
    private static List<String> sample;

    @BeforeContainer
    static void start() throws IOException {
        state = new TestState();
        sample = Files.readAllLines(Path.of("samples/orders.jsonl"));
    }

    @AfterContainer
    static void stop() {
        state.close();
    }

    @Property(tries = 30)
    void mutated_lines_cost_only_themselves_and_the_ledger_adds_up(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int mutations) throws IOException {
        var random = new SplittableRandom(seed);
        var lines = new ArrayList<>(sample);
        var mutated = new HashSet<Integer>();
        for (int i = 0; i < mutations; i++) {
            int at = random.nextInt(lines.size());
            mutated.add(at);
            lines.set(at, mutated(lines.get(at), random));
        }
        state.clear();
        var orders = new TestOrders(state);
        orders.upload("catalog/products.json", Files.readAllBytes(Path.of("samples/product_catalog.json")));

        var upload = orders.upload("orders/mutated.jsonl", String.join("\n", lines));

        var balance = orders.balance(upload);
        assertThat(balance.missing()).isZero();
        assertThat(balance.received())
                .isEqualTo(lines.stream().filter(line -> !line.isBlank()).count());
        assertThat(state.column("select order_id from orders.placed")).containsAll(untouched(mutated));
        assertThat(orders.quarantined())
                .as("quarantined lines that nothing happened to")
                .allSatisfy(kept -> assertThat(mutated).contains((int) kept.line() - 1));
        assertThat(state.column("select sum(orders) || ' ' || trim_scale(sum(total)) from orders.revenue_by_day"))
                .isEqualTo(state.column("select count(*) || ' ' || trim_scale(sum(total)) from orders.placed"));
        assertThat(state.column("select sum(units) || ' ' || trim_scale(sum(total)) from orders.sales_by_day"))
                .isEqualTo(state.column("select sum(quantity) || ' ' || trim_scale(sum(total)) from orders.line"));
    }

    private static Set<String> untouched(Set<Integer> mutated) {
        return IntStream.range(0, sample.size())
                .filter(line -> !mutated.contains(line))
                .mapToObj(line -> Json.read(sample.get(line)).get("order_id").textValue())
                .collect(Collectors.toSet());
    }

    /** A line that was cut before is cut again: nothing else can be done to it. */
    private static String mutated(String line, SplittableRandom random) {
        var operator = Operator.values()[random.nextInt(Operator.values().length)];
        if (operator == Operator.CUT_LINE || !isWhole(line))
            return line.substring(0, random.nextInt(line.length() + 1));
        var order = (ObjectNode) Json.read(line);
        var parents = new ArrayList<JsonNode>();
        parents(order, parents);
        if (parents.isEmpty()) return line;
        var parent = parents.get(random.nextInt(parents.size()));
        if (parent instanceof ArrayNode array) {
            change(array, random.nextInt(array.size()), operator, random);
            return order.toString();
        }
        var names = new ArrayList<String>();
        parent.fieldNames().forEachRemaining(names::add);
        var name = names.get(random.nextInt(names.size()));
        change((ObjectNode) parent, name, operator, random);
        return order.toString()
                .replace('"' + AGAIN + '"', TextNode.valueOf(name).toString());
    }

    private static boolean isWhole(String line) {
        try {
            return Json.read(line).isObject();
        } catch (BadMessage e) {
            return false;
        }
    }

    private static void parents(JsonNode node, List<JsonNode> parents) {
        if (node.isContainerNode() && !node.isEmpty()) parents.add(node);
        node.forEach(child -> parents(child, parents));
    }

    private static void change(ObjectNode object, String name, Operator operator, SplittableRandom random) {
        switch (operator) {
            case DROP -> object.remove(name);
            case NULL -> object.putNull(name);
            case RENAME ->
                object.set(random.nextBoolean() ? name + "_" : name.toUpperCase(Locale.ROOT), object.remove(name));
            case DUPLICATE -> object.set(AGAIN, object.get(name));
            case TRUNCATE -> object.set(name, truncated(object.get(name), random));
            case RETYPE, CUT_LINE -> object.set(name, otherType(random));
        }
    }

    private static void change(ArrayNode array, int index, Operator operator, SplittableRandom random) {
        switch (operator) {
            case DROP -> array.remove(index);
            case NULL -> array.setNull(index);
            case DUPLICATE -> array.add(array.get(index));
            case TRUNCATE -> array.set(index, truncated(array.get(index), random));
            case RENAME, RETYPE, CUT_LINE -> array.set(index, otherType(random));
        }
    }

    private static JsonNode otherType(SplittableRandom random) {
        return Json.read(OTHER_TYPES.get(random.nextInt(OTHER_TYPES.size())));
    }

    private static JsonNode truncated(JsonNode value, SplittableRandom random) {
        if (value.isContainerNode()) {
            var rest = value.deepCopy();
            var children = rest.elements();
            while (children.hasNext()) {
                children.next();
                if (random.nextBoolean()) children.remove();
            }
            return rest;
        }
        var text = value.asText();
        return TextNode.valueOf(text.substring(0, random.nextInt(text.length() + 1)));
    }
}
