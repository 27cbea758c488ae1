package dev.caravan.clickstream;

import static dev.caravan.clickstream.TestClicks.HOUR;
import static dev.caravan.clickstream.TestClicks.LATENESS;
import static dev.caravan.clickstream.TestClicks.MINUTE;
import static dev.caravan.clickstream.TestClicks.SETTINGS;
import static dev.caravan.clickstream.TestClicks.TEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.clickstream.Alert.State;
import dev.caravan.clickstream.Checkpoint.Late;
import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.clickstream.ClickGenerator.Options;
import dev.caravan.clickstream.PlainClickstream.Outcome;
import dev.caravan.clickstream.PlainClickstream.Sourced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the order in which clicks come, in which pages, to how many partitions, and whatever crashes: what comes of them is what {@link PlainClickstream} says. */
class ClickstreamPropertiesTest {
    private static final ClickRules RULES = TestClicks.shippedRules();

    private static final String TOUCHY_RULES = """
            fast: {watch: rate, limit: 2, window-seconds: 900, severity: high}
            faster: {watch: rate, limit: 4, window-seconds: 7200, severity: high}
            places: {watch: distinct, field: ip_address, limit: 2, window-seconds: 1800, severity: high}
            countries: {watch: distinct, field: country, limit: 1, window-seconds: 600, severity: high}
            payments: {watch: count, types: [payment_failed], limit: 1, window-seconds: 3600, severity: high}
            browser: {watch: pattern, field: user_agent, pattern: Mozilla, window-seconds: 300, severity: low}
            """;

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
    @CsvSource({"1, 1, 1000", "2, 16, 337", "3, 7, 5000"})
    void two_hundred_thousand_shuffled_clicks_make_what_the_plain_way_makes(long seed, int partitions, int pageSize) {
        var random = new Random(seed);
        var log = new TestClickLog(partitions, SETTINGS, RULES, LATENESS);

        for (int from = 0; from < clicks.size(); from += pageSize) {
            log.append("clicks", clicks.subList(from, Math.min(from + pageSize, clicks.size())));
            if (random.nextInt(10) == 0) log.close("clicks");
            for (int number = 0; number < partitions; number++) {
                if (random.nextInt(3) > 0) log.work(number, 1 + random.nextInt(5));
                int event = random.nextInt(50_000 / pageSize + 10);
                if (event < 2) log.drain(number, event == 0);
                else if (event == 2) log.crash(number);
            }
        }
        var outcome = log.finish();

        assertThat(log.late).isEmpty();
        assertSame(outcome, expected);
        assertAllClear(log, Set.of("clicks"));
    }

    /**
     * Few visitors who meet in few sessions, low limits, a source that is hours behind, clicks that are too late, and every few clicks a checkpoint, a
     * crash, or a pause so long that nobody waits for the source.
     */
    @ParameterizedTest
    @MethodSource("seeds")
    void few_visitors_in_each_others_way_make_what_the_plain_way_makes(long seed) {
        var random = new Random(seed);
        int partitions = 1 + random.nextInt(4);
        int pageSize = 1 + random.nextInt(12);
        long lateness = (1 + random.nextInt(120)) * MINUTE;
        var rules = ClickRules.parse(TOUCHY_RULES);
        var log = new TestClickLog(partitions, SETTINGS, rules, lateness);
        var onTime = new ArrayList<Sourced>();
        var late = new ArrayList<Click>();
        var highest = new HashMap<String, Long>();

        for (var page : pages(random, lateness, pageSize)) {
            var source = page.get(0).source();
            long watermark = highest.containsKey(source) ? highest.get(source) - lateness : Long.MIN_VALUE;
            for (var one : page) {
                if (one.click().time() >= watermark) onTime.add(one);
                else late.add(one.click());
                highest.merge(source, one.click().time(), Math::max);
            }
            log.append(source, page.stream().map(Sourced::click).toList());
            if (random.nextInt(10) == 0) log.close(source);
            for (int number = 0; number < partitions; number++) {
                if (random.nextBoolean()) log.work(number, 1 + random.nextInt(9));
                int event = random.nextInt(12);
                if (event < 4) log.drain(number, event == 0);
                else if (event == 4) log.crash(number);
            }
        }
        var outcome = log.finish();

        assertSame(outcome, new PlainClickstream(SETTINGS, rules).of(onTime));
        assertThat(late).containsAll(log.late.stream().map(Late::click).toList());
        assertThat(log.late.size()
                        + log.duplicates.size()
                        + outcome.sessions().stream().mapToInt(Session::clicks).sum())
                .isEqualTo(onTime.size() + late.size());
        assertAllClear(log, highest.keySet());
    }

    /** Once nothing comes any more no alert stays open. */
    private static void assertAllClear(TestClickLog log, Set<String> sources) {
        sources.forEach(log::close);
        log.finish();
        assertThat(log.alerts()).noneMatch(alert -> alert.state() == State.OPEN);
    }

    static LongStream seeds() {
        // Of the last two each has found a mistake that none before them finds.
        return LongStream.concat(
                LongStream.range(0, Integer.getInteger("clickstream.seeds", 100)), LongStream.of(651, 1274));
    }

    /** Pages of one source each: one that goes with the time, and one that comes hours later; together in one order. */
    private static List<List<Sourced>> pages(Random random, long lateness, int pageSize) {
        var coming = new TreeMap<Long, Sourced>();
        int count = 50 + random.nextInt(400);
        long hours = 2 + random.nextInt(12);
        long behind = random.nextInt(10) * HOUR;
        var clicks = new ArrayList<Click>();
        for (int i = 0; i < count; i++) {
            var click = !clicks.isEmpty() && random.nextInt(10) == 0
                    ? clicks.get(random.nextInt(clicks.size()))
                    : someone(random, "e" + i, TEN + random.nextLong(hours * HOUR));
            clicks.add(click);
            boolean slow = random.nextInt(3) == 0;
            long delay = random.nextInt(30) == 0 ? 2 * lateness : random.nextLong(lateness);
            long arrival = click.time() + delay + (slow ? behind : 0);
            while (coming.containsKey(arrival)) arrival++;
            coming.put(arrival, new Sourced(slow ? "slow" : "clicks", click));
        }
        var pages = new ArrayList<List<Sourced>>();
        for (var one : coming.values()) {
            var last = pages.isEmpty() ? null : pages.get(pages.size() - 1);
            if (last == null || last.size() == pageSize || !last.get(0).source().equals(one.source())) {
                last = new ArrayList<>();
                pages.add(last);
            }
            last.add(one);
        }
        return pages;
    }

    private static Click someone(Random random, String eventId, long time) {
        // Full minutes and gaps: most mistakes are made at borders.
        long rounded = random.nextInt(3) == 0 ? time / (10 * MINUTE) * (10 * MINUTE) + random.nextInt(2) : time;
        boolean anonymous = random.nextInt(3) == 0;
        var session = anonymous || random.nextBoolean() ? "s" + random.nextInt(4) : null;
        return TestClicks.click(
                eventId,
                anonymous ? null : "u" + random.nextInt(4),
                session,
                rounded,
                random.nextInt(4) == 0 ? "payment_failed" : "page_view",
                "192.0.2." + random.nextInt(3),
                random.nextInt(6) == 0 ? null : random.nextInt(4) == 0 ? "DE" : "US");
    }

    private static void assertSame(Outcome outcome, Outcome expected) {
        assertThat(less(outcome.sessions(), expected.sessions()))
                .as("sessions too many")
                .isEmpty();
        assertThat(less(expected.sessions(), outcome.sessions()))
                .as("sessions too few")
                .isEmpty();
        assertThat(outcome.minutes()).isEqualTo(expected.minutes());
        assertThat(less(outcome.alerts(), expected.alerts()))
                .as("alerts too many, of which are missing " + less(expected.alerts(), outcome.alerts()))
                .isEmpty();
        assertThat(less(expected.alerts(), outcome.alerts()))
                .as("alerts too few")
                .isEmpty();
    }

    /** Of thousands a message would be too long. */
    private static <T> List<T> less(Set<T> of, Set<T> others) {
        return of.stream().filter(one -> !others.contains(one)).limit(5).toList();
    }
}
