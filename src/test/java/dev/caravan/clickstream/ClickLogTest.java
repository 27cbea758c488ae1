package dev.caravan.clickstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.clickstream.ClickLog.Entry;
import dev.caravan.failure.BadSettings;
import dev.caravan.ledger.State;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.TestState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClickLogTest {
    private static final String CLICK = """
            {"event_id":"e-%s","user_id":%s,"session_id":"s-%s","timestamp":"2025-08-01T%s.000Z","event_type":"page_view","page_url":"/p/%s",\
            "properties":{"price":19.95}}""";

    private static TestState state;
    private TestClickstream clicks;

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
        clicks = new TestClickstream(state, Map.of("CLICKSTREAM_PAGE_SIZE", "2"));
    }

    @Test
    void pages_come_back_from_the_log_as_they_were() {
        var told = new ArrayList<LogPage>();
        clicks.log.listen(told::add);

        clicks.upload(
                "clicks/a.jsonl",
                lines(click(1, "\"u-1\"", "10:00:00"), click(2, "null", "10:00:01"), click(3, "\"u-3\"", "09:59:00")));

        var read = clicks.log.after(-1, 10, any -> true);
        assertThat(read).extracting(LogPage::position).containsExactly(0L, 1L);
        assertThat(slices(read)).isEqualTo(slices(told)).hasSize(5);
        assertThat(clicks.log.after(-1, 10, any -> false))
                .allMatch(page -> slices(List.of(page)).isEmpty());
        assertThat(clicks.log.after(0, 10, any -> true))
                .extracting(LogPage::position)
                .containsExactly(1L);
        assertThat(clicks.log.head()).isOne();
    }

    @Test
    void what_partitions_tell_each_other_comes_back_too() {
        var click = new Footprint("e-1", 17, "clicks", "page_view", null, "DE", -5, Double.NaN, List.of("bot", "bulk"));
        var move = new Move(true, "u-1", "s-1", click);

        state.database().write(db -> clicks.log.append(db, List.of(move)));

        var page = clicks.log.after(-1, 10, any -> true).get(0);
        assertThat(page.slice(clicks.log.partitioning().of("u-1")).moves()).containsExactly(move);
    }

    @Test
    void a_page_is_late_below_the_highest_time_of_its_source_before_it_less_two_hours() {
        clicks.upload(
                "clicks/a.jsonl",
                lines(click(1, "\"u\"", "10:00:00"), click(2, "\"u\"", "12:00:00"), click(3, "\"u\"", "11:00:00")));
        clicks.upload("clicks/phone/b.jsonl", click(4, "\"u\"", "08:00:00"));
        clicks.upload("clicks/c.jsonl", click(5, "\"u\"", "13:00:00"));

        assertThat(clicks.log.after(-1, 10, any -> true))
                .extracting(page -> page.source() + " " + hour(page.watermark()) + " " + hour(page.floor()) + " "
                        + hour(page.clock()))
                .containsExactly("clicks - 10 12", "clicks 10 10 12", "phone - 6 12", "clicks 10 6 13");
    }

    @Test
    void a_source_that_says_nothing_holds_nobody_back_until_it_is_heard_of_again() {
        clicks.upload("clicks/phone/a.jsonl", click(1, "\"u\"", "08:00:00"));
        state.clock().pass(Duration.ofMinutes(10));
        clicks.upload("clicks/b.jsonl", click(2, "\"u\"", "12:00:00"));

        clicks.log.closeIdle(Duration.ofMinutes(5));
        clicks.upload("clicks/phone/c.jsonl", click(3, "\"u\"", "09:00:00"));

        assertThat(clicks.log.after(-1, 10, any -> true))
                .extracting(page -> page.source() + " " + hour(page.floor()))
                .containsExactly("phone 6", "clicks 6", "phone 10", "phone 7");
    }

    @Test
    void a_record_that_breaks_a_rule_is_quarantined_and_its_neighbours_are_in_flight() {
        var upload = clicks.upload(
                "clicks/a.jsonl",
                lines(
                        click(1, "\"u\"", "10:00:00"),
                        "nothing",
                        click(2, "\"u\"", "25:00:00"),
                        click(3, "\"u\"", "10:00:00")));

        assertThat(clicks.states(upload)).isEqualTo(Map.of(State.IN_FLIGHT, 2L, State.QUARANTINED, 2L));
        assertThat(clicks.missing(upload)).isZero();
        assertThat(clicks.quarantined())
                .extracting(
                        kept -> kept.line() + " " + kept.reasons().at("/0/rule").asText() + " "
                                + kept.reasons().at("/0/pointer").asText())
                .containsExactly("2 record-malformed ", "3 timestamp-unreadable /timestamp");
    }

    @Test
    void a_quarantined_record_that_has_become_sound_goes_into_the_log() {
        var future = click(1, "\"u\"", "10:00:00").replace("2025", "2026").replace("-08-01", "-11-23");
        var upload = clicks.upload("clicks/a.jsonl", lines(click(2, "\"u\"", "10:00:00"), future));
        var kept = clicks.quarantined().get(0);
        assertThat(clicks.module.again(kept, "ada")).contains(false);

        state.clock().pass(Duration.ofDays(3));

        assertThat(clicks.module.again(kept, "ada")).contains(true);
        assertThat(clicks.module.again(kept, "ada")).isEmpty();
        assertThat(clicks.states(upload)).isEqualTo(Map.of(State.IN_FLIGHT, 2L));
        assertThat(clicks.log.head()).isOne();
    }

    @Test
    void a_file_that_is_announced_again_is_read_from_where_it_was_left() {
        var file = lines(click(1, "\"u\"", "10:00:00"), click(2, "\"u\"", "10:00:00"), click(3, "\"u\"", "10:00:00"));
        var upload = clicks.upload("clicks/a.jsonl", file);

        clicks.receive(upload, file.getBytes(StandardCharsets.UTF_8));

        assertThat(clicks.log.head()).isOne();
        assertThat(clicks.states(upload)).isEqualTo(Map.of(State.IN_FLIGHT, 3L));
    }

    @Test
    void pages_that_come_at_the_same_time_are_all_there_and_one_that_fails_fails_alone() throws Exception {
        var callers = Executors.newFixedThreadPool(8);
        var refused = new IllegalStateException("refused");
        var calls = IntStream.range(0, 40)
                .<Callable<Boolean>>mapToObj(number -> () -> {
                    var upload =
                            TestState.upload("clicks/" + number, state.clock().instant(), "0" + number);
                    var page = ClickPages.of(
                            upload,
                            click(number, "\"u\"", "10:00:00").getBytes(StandardCharsets.UTF_8),
                            ClickShapes.load(RouteFiles.at("classpath:routes"), state.clock()),
                            ReaderLimits.DEFAULT);
                    try {
                        clicks.log.append(List.of(new Entry(
                                page,
                                db -> clicks.ledger
                                        .open(db, upload, ClickFlow.NAME, null)
                                        .isPresent(),
                                db -> {
                                    if (number % 10 == 3) throw refused;
                                })));
                        return true;
                    } catch (IllegalStateException e) {
                        return false;
                    }
                })
                .toList();

        var safe = new ArrayList<Boolean>();
        for (var call : callers.invokeAll(calls)) safe.add(call.get());
        callers.shutdown();

        assertThat(safe).filteredOn(one -> one).hasSize(36);
        assertThat(clicks.log.after(-1, 100, any -> true))
                .extracting(LogPage::position)
                .containsExactlyElementsOf(
                        IntStream.range(0, 36).mapToObj(Long::valueOf).toList());
    }

    @Test
    void the_number_of_partitions_is_that_of_the_first_click() {
        clicks.upload("clicks/a.jsonl", click(1, "\"u\"", "10:00:00"));
        var others = new TestClickstream(state, Map.of("CLICKSTREAM_PARTITIONS", "8"));

        assertThatThrownBy(() -> others.upload("clicks/b.jsonl", click(2, "\"u\"", "10:00:00")))
                .isInstanceOf(BadSettings.class)
                .hasMessage(
                        "clickstream.partitions is 8, and clicks were laid out for 16 when the first of them came: set it to that");
    }

    @Test
    void fields_that_nobody_reads_are_counted() {
        var extra = click(1, "\"u\"", "10:00:00").replace("\"price\"", "\"colour\":\"red\",\"price\"");

        clicks.upload(
                "clicks/a.jsonl", lines(extra, extra.replace("event_id", "eventId"), click(2, "\"u\"", "10:00:00")));

        assertThat(state.column("select variant || ' ' || pointer || ' ' || clicks from clicks.extra"))
                .containsExactly("shop /properties/colour 2");
    }

    /** As text: arrays of records are equal only when they are the same. */
    private static List<String> slices(List<LogPage> pages) {
        return pages.stream()
                .flatMap(page -> IntStream.range(0, 16).mapToObj(page::slice).filter(Objects::nonNull))
                .map(slice -> slice.position()
                        + slice.source()
                        + slice.watermark()
                        + Arrays.toString(slice.indexes())
                        + slice.clicks()
                        + slice.sightings()
                        + slice.moves())
                .toList();
    }

    private static String hour(long time) {
        return time == Long.MIN_VALUE
                ? "-"
                : String.valueOf(
                        Instant.ofEpochMilli(time).atOffset(ZoneOffset.UTC).getHour());
    }

    private static String click(int id, String user, String time) {
        return CLICK.formatted(id, user, id, time, id);
    }

    private static String lines(String... lines) {
        return String.join("\n", lines) + "\n";
    }
}
