package dev.caravan.clickstream;

import static dev.caravan.clickstream.TestClicks.LATENESS;
import static dev.caravan.clickstream.TestClicks.SETTINGS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.clickstream.ClickGenerator.Defect;
import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.clickstream.ClickGenerator.Options;
import dev.caravan.clickstream.ClickGenerator.Planted;
import dev.caravan.clickstream.ClickGenerator.Spoilt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClickGeneratorTest {
    private static final Options ALL_EDGES =
            Options.of(60_000, 3).withPerMinute(400).withEdges(EnumSet.allOf(Edge.class));

    @Test
    void the_same_options_make_the_same_bytes_and_another_seed_others() throws IOException {
        assertThat(bytes(ALL_EDGES)).isEqualTo(bytes(ALL_EDGES));
        assertThat(bytes(Options.of(100, 1))).isNotEqualTo(bytes(Options.of(100, 2)));
        assertThat(new String(bytes(Options.of(12_345, 1).withEdges(EnumSet.allOf(Edge.class))), UTF_8).lines())
                .hasSize(12_345);
    }

    @Test
    void each_planted_visitor_becomes_the_sessions_and_the_alert_that_the_manifest_tells() {
        var planted = new ArrayList<Planted>();
        var clicks = TestClicks.generated(ALL_EDGES, planted::add);
        var log = new TestClickLog(4, SETTINGS, TestClicks.shippedRules(), LATENESS);

        for (int from = 0; from < clicks.size(); from += 1_000)
            log.append("clicks", clicks.subList(from, Math.min(from + 1_000, clicks.size())));
        var outcome = log.finish();

        assertThat(planted.stream().map(Planted::edge)).containsAll(EnumSet.allOf(Edge.class));
        var sessions = outcome.sessions().stream().collect(groupingBy(Session::visitor));
        var alerts = outcome.alerts().stream()
                .collect(groupingBy(PlainClickstream.Told::visitor, mapping(PlainClickstream.Told::rule, toList())));
        for (var plant : planted) {
            var user = Visitor.user(plant.user());
            assertThat(sessions.get(user)).as(plant.toString()).hasSize(plant.sessions());
            assertThat(alerts.getOrDefault(user, List.of()))
                    .as(plant.toString())
                    .isEqualTo(plant.rule() == null ? List.of() : List.of(plant.rule()));
        }
        assertThat(log.duplicates).hasSize((int)
                planted.stream().filter(plant -> plant.edge() == Edge.DUPLICATE).count());
    }

    @Test
    void defects_stand_on_the_lines_that_are_told() throws IOException {
        var spoilt = new ArrayList<Spoilt>();
        var options =
                Options.of(2_000, 5).withEdges(EnumSet.of(Edge.BOT)).withDefects(0.1, EnumSet.allOf(Defect.class));
        var out = new ByteArrayOutputStream();

        new ClickGenerator(options).write(out, planted -> {}, spoilt::add);

        assertThat(spoilt.stream().map(Spoilt::defect)).containsAll(EnumSet.allOf(Defect.class));
        var lines = out.toString(UTF_8).lines().toList();
        for (var one : spoilt) {
            var line = lines.get((int) one.index());
            switch (one.defect()) {
                case NO_ID -> assertThat(line).startsWith("{\"user_id\"");
                case NO_VISITOR -> assertThat(line).doesNotContain("user_id", "session_id");
                case UNKNOWN_TYPE -> assertThat(line).contains("\"event_type\":\"teleport\"");
                case UNREADABLE_TIMESTAMP -> assertThat(line).contains("\"timestamp\":\"yesterday\"");
                default -> assertThat(line).isNotEmpty();
            }
        }
        assertThat(lines).hasSize(2_000);
    }

    private static byte[] bytes(Options options) throws IOException {
        var out = new ByteArrayOutputStream();
        new ClickGenerator(options).write(out);
        return out.toByteArray();
    }
}
