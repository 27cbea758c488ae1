package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many products, forty reasons why some fail: each reason is a group of its own, a rehearsal says beforehand what a replay comes to, and
 * nothing is lost. {@code -Dcauses.products=10000 -Dtest.memory=8g} makes it large.
 */
@Tag("crash")
class CausesIT {
    private static final int PRODUCTS = Integer.getInteger("causes.products", 1_000);
    private static final List<String> WHAT =
            List.of("price", "name", "brand", "size", "colour", "image", "category", "weight", "barcode", "season");
    private static final List<String> WHY =
            List.of("is missing", "is locked by an editor", "is not allowed here", "has no translation");
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final String KEY = "products/shein/causes.json";

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start("causes-it", settings -> settings);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void forty_causes_are_forty_groups_and_a_rehearsal_says_what_a_replay_comes_to() {
        var file = generated(Options.of("shein", PRODUCTS, 99));
        var ids = records(file).stream()
                .map(record -> record.at("/info/productInfo/goods_id").asText())
                .toList();
        var causes = causes(ids);
        var faults = stack.sandbox().pimcore().faults();
        causes.forEach((id, cause) -> faults.reject("shein:" + id, cause));

        var version = stack.upload(KEY, file);
        patiently()
                .atMost(PATIENCE)
                .until(() -> states(stack.balance(KEY, version)).getOrDefault("parked", 0L) == causes.size());

        var letters = letters();
        var causesOfGroups = letters.stream()
                .collect(Collectors.groupingBy(
                        letter -> letter.path("group").asText(),
                        Collectors.mapping(letter -> causes.get(id(letter)), Collectors.toCollection(TreeSet::new))));
        assertThat(letters).hasSize(causes.size());
        assertThat(causesOfGroups).hasSizeBetween(38, 42);
        assertThat(causesOfGroups.values())
                .allSatisfy(group -> assertThat(group).hasSize(1));

        // Half of the causes are repaired: the message is changed, and the target has nothing against it any more.
        var repaired = causes.entrySet().stream()
                .filter(cause -> WHAT.subList(0, 5).contains(cause.getValue().split(" ")[0]))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        for (var group : groups(letters, repaired)) {
            stack.caravan()
                    .post(
                            "/api/dead-letters/edit",
                            Json.object()
                                    .put("group", group)
                                    .put("why", "repaired")
                                    .put(
                                            "mapping",
                                            "{\"detail\": {\"product\": {\"brand\": \"repaired\", * : .}, * : .}, * : .}"));
        }
        repaired.forEach(id -> faults.accept("shein:" + id));

        var rehearsed = rehearsed(causes.size());
        stack.caravan().post("/api/dead-letters/replay", Json.object().put("flow", "products"));
        patiently()
                .atMost(PATIENCE)
                .until(() -> states(stack.balance(KEY, version)).getOrDefault("in flight", 0L) == 0);

        var failed = letters().stream().map(CausesIT::id).collect(Collectors.toSet());
        assertThat(rehearsed.get("pass")).isEqualTo(repaired);
        assertThat(rehearsed.get("refused before")).isEqualTo(failed);
        assertThat(rehearsed).doesNotContainKey("fail");
        patiently().untilAsserted(() -> assertThat(states(stack.balance(KEY, version)))
                .isEqualTo(Map.of("delivered", (long) PRODUCTS - failed.size(), "parked", (long) failed.size())));
        assertThat(stack.caravan().get("/api/ledger").path("balanced").asBoolean())
                .isTrue();
    }

    /** Four products in ten fail; each cause hits about as many. */
    private static Map<String, String> causes(List<String> ids) {
        var causes = new HashMap<String, String>();
        for (int i = 0; i < ids.size(); i++) {
            if (i % 10 >= 4) continue;
            int cause = causes.size() % (WHAT.size() * WHY.size());
            causes.put(ids.get(i), WHAT.get(cause % WHAT.size()) + " " + WHY.get(cause / WHAT.size()));
        }
        return causes;
    }

    private static List<JsonNode> letters() {
        var letters = new ArrayList<JsonNode>();
        stack.caravan().get("/api/dead-letters?limit=100000").forEach(letters::add);
        return letters;
    }

    private static String id(JsonNode letter) {
        return letter.path("lane").asText().replaceFirst("^shein/", "");
    }

    private static Set<String> groups(List<JsonNode> letters, Set<String> ids) {
        return letters.stream()
                .filter(letter -> ids.contains(id(letter)))
                .map(letter -> letter.path("group").asText())
                .collect(Collectors.toSet());
    }

    /** Products by what a rehearsal says of them. */
    private static Map<String, Set<String>> rehearsed(int letters) {
        var answer =
                stack.caravan().post("/api/dead-letters/rehearse", Json.object().put("limit", letters));
        var verdicts = new HashMap<String, Set<String>>();
        for (var letter : answer.path("letters"))
            verdicts.computeIfAbsent(letter.path("verdict").asText(), unknown -> new TreeSet<>())
                    .add(id(letter));
        return verdicts;
    }
}
