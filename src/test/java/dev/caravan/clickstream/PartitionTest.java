package dev.caravan.clickstream;

import static dev.caravan.clickstream.TestClicks.HOUR;
import static dev.caravan.clickstream.TestClicks.LATENESS;
import static dev.caravan.clickstream.TestClicks.MINUTE;
import static dev.caravan.clickstream.TestClicks.SECOND;
import static dev.caravan.clickstream.TestClicks.SETTINGS;
import static dev.caravan.clickstream.TestClicks.TEN;
import static dev.caravan.clickstream.TestClicks.click;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.clickstream.Alert.State;
import dev.caravan.clickstream.Checkpoint.Place;
import dev.caravan.clickstream.PlainClickstream.Sourced;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PartitionTest {
    private static final ClickRules RULES = TestClicks.shippedRules();

    private final TestClickLog log = new TestClickLog(1, SETTINGS, RULES, LATENESS);

    @Test
    void a_pause_of_exactly_the_gap_stays_in_the_session_and_a_millisecond_more_does_not() {
        log.append(
                "clicks",
                List.of(
                        click("1", "stays", null, TEN),
                        click("2", "stays", null, TEN + 30 * MINUTE),
                        click("3", "leaves", null, TEN),
                        click("4", "leaves", null, TEN + 30 * MINUTE + 1)));

        assertThat(starts("stays")).containsExactly(TEN);
        assertThat(starts("leaves")).containsExactly(TEN, TEN + 30 * MINUTE + 1);
    }

    @Test
    void a_click_that_comes_later_joins_two_sessions_that_were_told_already() {
        log.append("clicks", List.of(click("1", "u", null, TEN), click("2", "u", null, TEN + HOUR)));
        assertThat(starts("u")).containsExactly(TEN, TEN + HOUR);

        log.append("clicks", List.of(click("3", "u", null, TEN + 30 * MINUTE)));

        assertThat(starts("u")).containsExactly(TEN);
    }

    @Test
    void an_anonymous_click_is_the_first_users_who_is_seen_and_leaves_the_one_it_was_given_to() {
        log.append(
                "clicks",
                List.of(
                        click("1", "first", null, TEN),
                        click("2", null, "s", TEN + 30 * MINUTE),
                        click("3", "first", "s", TEN + HOUR)));
        assertThat(starts("first")).containsExactly(TEN);

        log.append("clicks", List.of(click("4", "second", "s", TEN + 31 * MINUTE)));

        assertThat(starts("first")).containsExactly(TEN, TEN + HOUR);
        assertThat(starts("second")).containsExactly(TEN + 30 * MINUTE);
    }

    @Test
    void a_click_that_comes_twice_counts_once_also_when_it_is_late_and_its_visitor_has_left_the_memory() {
        int first = log.append("clicks", List.of(click("1", "u", null, TEN), click("1", "u", null, TEN)));
        log.finish();
        log.append("clicks", List.of(click("2", "other", null, TEN + 20 * HOUR)));
        for (int checkpoint = 0; checkpoint < 3; checkpoint++) log.finish();
        assertThat(log.partition(0).visitors()).isEqualTo(1);
        int last = log.append("clicks", List.of(click("1", "u", null, TEN), click("3", "u", null, TEN + 1)));
        var outcome = log.finish();

        assertThat(log.duplicates).containsExactlyInAnyOrder(new Place(first, 1), new Place(last, 0));
        assertThat(log.late).extracting(late -> late.click().eventId()).containsExactly("3");
        assertThat(outcome.sessions()).hasSize(2).allMatch(session -> session.clicks() == 1);
    }

    @Test
    void the_same_id_of_another_visitor_is_another_click() {
        log.append("clicks", List.of(click("1", "u", null, TEN), click("1", "v", null, TEN)));

        assertThat(log.finish().sessions()).hasSize(2);
    }

    @Test
    void an_alert_is_raised_once_with_the_clicks_that_contributed_and_clears_when_its_window_has_passed() {
        var clicks = IntStream.range(0, 250)
                .mapToObj(i -> click(String.format(Locale.ROOT, "e%03d", i), "u", null, TEN + i * 500))
                .toList();
        for (var one : clicks) log.append("clicks", List.of(one));
        log.finish();

        assertThat(log.alerts()).singleElement().satisfies(alert -> {
            assertThat(alert.rule().name()).isEqualTo("too-many-clicks");
            assertThat(alert.state()).isEqualTo(State.OPEN);
            assertThat(alert.from()).isEqualTo(TEN);
            assertThat(alert.start()).isEqualTo(TEN + 100 * 500);
            assertThat(alert.events()).isEqualTo(250);
            assertThat(alert.eventIds()).hasSize(200).startsWith("e000", "e001").endsWith("e199");
            assertThat(alert.peak()).isEqualTo(120);
            assertThat(alert.peakMinute()).isEqualTo(120);
            assertThat(log.raised).containsOnlyKeys(alert.id());
        });

        log.append("clicks", List.of(click("later", "other", null, TEN + 249 * 500 + 60 * SECOND + 1)));
        log.finish();

        assertThat(log.alerts()).singleElement().matches(alert -> alert.state() == State.CLEARED);
    }

    @Test
    void an_alert_that_is_raised_right_after_a_pause_clears_like_any_other() {
        log.append("clicks", List.of(click("1", "other", null, TEN)));
        log.finish();
        log.close("clicks");
        log.finish();
        for (int i = 0; i <= 100; i++) log.append("clicks", List.of(click("e" + i, "u", null, TEN + HOUR + i * 500)));
        log.finish();
        log.append("clicks", List.of(click("2", "other", null, TEN + HOUR + 51 * SECOND)));
        log.finish();
        assertThat(log.alerts()).extracting(Alert::state).containsExactly(State.OPEN);

        log.close("clicks");
        log.finish();

        assertThat(log.alerts()).extracting(Alert::state).containsExactly(State.CLEARED);
    }

    @Test
    void two_alerts_become_one_when_a_click_between_them_comes() {
        var rules = ClickRules.parse("rush: {watch: rate, limit: 2, window-seconds: 60, severity: low}");
        var touchy = new TestClickLog(1, SETTINGS, rules, LATENESS);
        for (long second : new long[] {0, 1, 2, 80, 81, 82})
            touchy.append("clicks", List.of(click("e" + second, "u", null, TEN + second * SECOND)));
        touchy.finish();
        assertThat(touchy.alerts()).extracting(Alert::state).containsExactlyInAnyOrder(State.OPEN, State.CLEARED);

        for (long second : new long[] {40, 41})
            touchy.append("clicks", List.of(click("e" + second, "u", null, TEN + second * SECOND)));
        touchy.finish();

        assertThat(touchy.alerts()).extracting(Alert::state).containsExactlyInAnyOrder(State.OPEN, State.MERGED);
        var merged = touchy.alerts().stream()
                .filter(alert -> alert.state() == State.MERGED)
                .findFirst()
                .orElseThrow();
        assertThat(touchy.raised).containsKeys(merged.id(), merged.mergedInto());
    }

    @Test
    void a_silenced_rule_says_nothing_of_that_visitor_until_the_silence_ends() {
        var partition = new Partition(SETTINGS, RULES);
        partition.silences(List.of(new Silence("failed-payments", Visitor.user("quiet"), TEN + HOUR)));

        assertThat(partition.apply(slice(0, failedPayments("quiet", TEN)))).isEmpty();
        assertThat(partition.apply(slice(1, failedPayments("loud", TEN)))).hasSize(1);
        assertThat(partition.apply(slice(2, failedPayments("quiet", TEN + HOUR))))
                .hasSize(1);
    }

    @Test
    void an_edited_rule_holds_from_the_next_click_on() {
        var partition = new Partition(SETTINGS, RULES);
        partition.rules(ClickRules.parse(
                "failed: {watch: count, types: [payment_failed], limit: 1, window-seconds: 600, severity: low}"));

        var raised = partition.apply(slice(0, failedPayments("u", TEN)));

        assertThat(raised)
                .singleElement()
                .satisfies(alert -> assertThat(alert.rule().name()).isEqualTo("failed"));
    }

    @Test
    void of_a_robot_that_never_pauses_the_older_clicks_leave_the_memory_and_nothing_is_lost() {
        var rules = ClickRules.parse("rush: {watch: rate, limit: 5, window-seconds: 60, severity: low}");
        var log = new TestClickLog(1, SETTINGS, rules, LATENESS);
        var clicks = IntStream.range(0, 6_000)
                .mapToObj(i -> click(String.format(Locale.ROOT, "e%05d", i), "robot", null, TEN + i * 6 * SECOND))
                .toList();
        long most = 0;
        for (int from = 0; from < clicks.size(); from += 100) {
            log.append("clicks", clicks.subList(from, from + 100));
            log.work(0, 1);
            log.drain(0, from % 300 == 0);
            if (from % 700 == 0) log.crash(0);
            most = Math.max(most, log.partition(0).clicks());
        }
        var outcome = log.finish();

        // Ten hours, of which two and a half are needed, and as much again until they are looked at.
        assertThat(most).isLessThan(3_000);
        assertThat(outcome.alerts()).hasSize(1);
        assertThat(outcome)
                .isEqualTo(new PlainClickstream(SETTINGS, rules)
                        .of(clicks.stream()
                                .map(click -> new Sourced("clicks", click))
                                .toList()));
    }

    @Test
    void who_comes_again_and_again_is_kept_for_no_longer_than_others() {
        var rules = ClickRules.parse("rush: {watch: rate, limit: 5, window-seconds: 60, severity: low}");
        var log = new TestClickLog(1, SETTINGS, rules, LATENESS);
        var clicks = new ArrayList<Click>();
        for (int visit = 0; visit < 60; visit++) {
            long from = TEN + visit * 3 * HOUR;
            var session = "ses" + visit % 2;
            clicks.add(click("a" + visit, null, session, from));
            for (int i = 0; i < 8; i++) clicks.add(click("b" + visit + "-" + i, "guest", session, from + i * SECOND));
        }
        long most = 0;
        for (var click : clicks) {
            log.append("clicks", List.of(click));
            log.work(0, 1);
            log.drain(0, false);
            most = Math.max(most, log.partition(0).clicks());
        }

        // Each click of the guest is a sighting in the session, too.
        assertThat(most).isLessThan(4 * 18);
        assertThat(log.finish())
                .isEqualTo(new PlainClickstream(SETTINGS, rules)
                        .of(clicks.stream()
                                .map(click -> new Sourced("clicks", click))
                                .toList()));
    }

    private List<Long> starts(String user) {
        return log.finish().sessions().stream()
                .filter(session -> session.visitor().equals(Visitor.user(user)))
                .map(Session::start)
                .sorted()
                .toList();
    }

    private static List<Click> failedPayments(String user, long from) {
        return IntStream.range(0, 4)
                .mapToObj(i -> click(user + from + i, user, null, from + i, "payment_failed", "192.0.2.1", "US"))
                .toList();
    }

    private static Slice slice(long position, List<Click> clicks) {
        return new Slice(position, "clicks", Long.MIN_VALUE, new int[clicks.size()], clicks, List.of(), List.of());
    }
}
