package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Reply;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PimcoreComparisonTest {
    private static TestState state;
    private static Intake intake;

    /** What Pimcore has: whether it is published, by the supplier's id. */
    private final Map<String, Boolean> pimcore = new TreeMap<>();

    private boolean away;
    private int asked;
    private Runnable meanwhile = () -> {};
    private final PimcoreComparison comparison = new PimcoreComparison(
            state.database(),
            new Notices(Tracing.OFF, state.clock()),
            new PimcoreSweep(this::answer, Duration.ofSeconds(120), 1000, state.clock()),
            Duration.ofHours(1),
            state.clock());

    @BeforeAll
    static void start() {
        state = new TestState();
        intake = new Intake(state);
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
    void what_is_as_it_was_last_seen_is_not_noticed() {
        seenPublished(3);

        assertThat(comparison.compare()).isZero();

        assertThat(notices()).isEmpty();
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void a_deleted_product_is_noticed_once() {
        seenPublished(3);
        pimcore.remove("2");

        assertThat(comparison.compare()).isEqualTo(1);
        state.clock().pass(Duration.ofHours(1));
        assertThat(comparison.compare()).as("known by now").isZero();

        assertThat(notices()).containsExactly("/products/shein-2 false comparison");
    }

    @Test
    void what_was_unpublished_or_published_unseen_is_noticed_where_it_lies_now() {
        seenPublished(2);
        pimcore.put("1", false);
        intake.save(intake.upload(2), new Intake.Said("9", "blue"));
        state.database()
                .write(db -> intake.products.confirmPimcore(
                        db, new ProductKey("shein", "9"), "9", intake.row("9").contentHash(), false, null));
        state.clock().pass(Duration.ofSeconds(1));
        pimcore.put("9", true);

        assertThat(comparison.compare()).isEqualTo(2);

        assertThat(notices())
                .containsExactlyInAnyOrder("/moved/shein-1 false comparison", "/moved/shein-9 true comparison");
    }

    @Test
    void it_compares_once_an_hour_whoever_asks_and_however_often_it_starts() {
        seenPublished(1);
        comparison.compare();
        pimcore.clear();

        state.clock().pass(Duration.ofMinutes(59));
        assertThat(comparison.compare()).isZero();
        assertThat(asked).isEqualTo(1);

        state.clock().pass(Duration.ofMinutes(1));
        assertThat(comparison.compare()).isEqualTo(1);
    }

    @Test
    void what_is_written_while_it_lists_is_not_taken_for_a_difference() {
        seenPublished(1);
        intake.save(intake.upload(2), new Intake.Said("2", "blue"));
        meanwhile = () -> intake.confirm("2", false);

        assertThat(comparison.compare()).isZero();
    }

    @Test
    void without_an_answer_nothing_is_noticed_and_it_asks_again_the_next_time() {
        seenPublished(1);
        pimcore.clear();
        away = true;

        assertThatThrownBy(comparison::compare).isInstanceOf(TargetUnavailable.class);

        away = false;
        assertThat(comparison.compare()).isEqualTo(1);
    }

    @Test
    void when_most_of_all_is_gone_at_once_nothing_is_taken_off_sale_for_it() {
        seenPublished(150);
        IntStream.rangeClosed(1, 120).forEach(id -> pimcore.remove("" + id));
        pimcore.put("140", false);

        assertThat(comparison.compare()).isEqualTo(1);

        assertThat(notices()).containsExactly("/moved/shein-140 false comparison");
    }

    @Test
    void a_product_that_a_person_made_is_nobodys_business() {
        pimcore.put("by-hand", true);

        assertThat(comparison.compare()).isZero();
    }

    private void seenPublished(int count) {
        var said = IntStream.rangeClosed(1, count)
                .mapToObj(id -> new Intake.Said("" + id, "red"))
                .toArray(Intake.Said[]::new);
        intake.save(intake.upload(1), said);
        for (int id = 1; id <= count; id++) {
            intake.confirm("" + id, false);
            pimcore.put("" + id, true);
        }
        state.clock().pass(Duration.ofSeconds(1));
    }

    private static List<String> notices() {
        return state.column("select fullpath || ' ' || published || ' ' || source from products.notice");
    }

    private Reply answer(Call call) {
        if (away) return new Reply(502, Map.of(), new byte[0]);
        asked++;
        meanwhile.run();
        ObjectNode answer = Json.object();
        var edges = answer.putObject("data").putObject("products").putArray("edges");
        pimcore.forEach((id, published) -> edges.addObject()
                .putObject("node")
                .put("id", String.valueOf(edges.size()))
                .put("fullpath", "/moved/shein-" + id)
                .put("objectType", "object")
                .put("published", published)
                .put("externalId", "shein:" + id));
        return new Reply(200, Map.of("Content-Type", "application/json"), Json.bytes(answer));
    }
}
