package dev.caravan.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.journey.Journey.Hop;
import dev.caravan.journey.Journey.Past;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JourneyTest {
    private static TestState state;

    private final Journey journey = new Journey(state.clock());

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
    void hops_are_told_oldest_first_with_what_is_known_of_each() {
        var record = new RecordId(new UUID(1, 2), 3);
        add(
                "products-normalise",
                new Hop("shein/1", record, "normalised", Json.object().put("line", 7)));
        state.clock().pass(Duration.ofSeconds(1));
        add("products-pimcore", new Hop("shein/1", null, "written by hand", null));

        assertThat(journeyOf("shein/1"))
                .containsExactly(
                        new Past(
                                TestClock.START,
                                "products-normalise",
                                record,
                                "normalised",
                                Json.object().put("line", 7)),
                        new Past(
                                TestClock.START.plusSeconds(1),
                                "products-pimcore",
                                null,
                                "written by hand",
                                Json.object()));
    }

    @Test
    void hops_of_one_moment_stay_in_the_order_they_were_added() {
        var hops = java.util.stream.IntStream.range(0, 50)
                .mapToObj(i -> new Hop("shein/1", null, "hop " + i, null))
                .toList();

        add("step", hops.toArray(Hop[]::new));

        assertThat(journeyOf("shein/1"))
                .extracting(Past::what)
                .isEqualTo(hops.stream().map(Hop::what).toList());
    }

    @Test
    void things_and_flows_are_kept_apart() {
        add("step", new Hop("shein/1", null, "one", null), new Hop("shein/2", null, "two", null));
        add("step");

        assertThat(journeyOf("shein/2")).extracting(Past::what).containsExactly("two");
        assertThat(state.list(db -> journey.of(db, "orders", "shein/1"))).isEmpty();
    }

    private void add(String step, Hop... hops) {
        state.database().write(db -> journey.add(db, "products", step, List.of(hops)));
    }

    private List<Past> journeyOf(String thing) {
        return state.ask(db -> journey.of(db, "products", thing));
    }
}
