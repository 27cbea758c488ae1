package dev.caravan.clickstream;

import static dev.caravan.clickstream.TestClicks.LATENESS;
import static dev.caravan.clickstream.TestClicks.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.clickstream.ClickGenerator.Options;
import dev.caravan.clickstream.PlainClickstream.Outcome;
import dev.caravan.clickstream.PlainClickstream.Sourced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the order in which clicks come, in which pages, to how many partitions, and whatever crashes: what comes of them is what {@link PlainClickstream} says. */
class ClickstreamPropertiesTest {
    private static final ClickRules RULES = TestClicks.shippedRules();

    private static List<Click> clicks;
    private static Outcome expected;

    @BeforeAll
    static void generate() {
        var options = Options.of(200_000, 7)
                .withPerMinute(400)
                .withShuffle(Duration.ofMillis(LATENESS))
                .withEdges(EnumSet.allOf(Edge.class));
        clicks = TestClicks.generated(options, planted -> {});
        expected = new PlainClickstream(SETTINGS, RULES)
                .of(clicks.stream().map(click -> new Sourced("clicks", click)).toList());
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1000", "2, 4, 337", "3, 16, 5000", "4, 7, 64"})
    void two_hundred_thousand_shuffled_clicks_make_what_the_plain_way_makes(long seed, int partitions, int pageSize) {
        var random = new Random(seed);
        var log = new TestClickLog(partitions, SETTINGS, RULES, LATENESS);

        for (int from = 0; from < clicks.size(); from += pageSize) {
            log.append("clicks", clicks.subList(from, Math.min(from + pageSize, clicks.size())));
            for (int number = 0; number < partitions; number++) {
                if (random.nextInt(3) > 0) log.work(number, 1 + random.nextInt(5));
                int event = random.nextInt(40 * 1000 / pageSize + 10);
                if (event < 2) log.drain(number, event == 0);
                else if (event == 2) log.crash(number);
            }
        }
        var outcome = log.finish();

        assertThat(log.late).isEmpty();
        assertSame(outcome, expected);
    }

    private static void assertSame(Outcome outcome, Outcome expected) {
        assertThat(less(outcome.sessions(), expected.sessions())).as("sessions too many").isEmpty();
        assertThat(less(expected.sessions(), outcome.sessions())).as("sessions too few").isEmpty();
        assertThat(outcome.minutes()).isEqualTo(expected.minutes());
        assertThat(less(outcome.alerts(), expected.alerts())).as("alerts too many").isEmpty();
        assertThat(less(expected.alerts(), outcome.alerts())).as("alerts too few").isEmpty();
    }

    /** Of thousands a message would be too long. */
    private static <T> List<T> less(Set<T> of, Set<T> others) {
        return of.stream().filter(one -> !others.contains(one)).limit(5).toList();
    }
}
