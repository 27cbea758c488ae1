package dev.caravan.clickstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Request;
import dev.caravan.clickstream.Checkpoint.MinuteChange;
import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.clickstream.ClickGenerator.Options;
import dev.caravan.clickstream.PlainClickstream.Outcome;
import dev.caravan.clickstream.PlainClickstream.Sourced;
import dev.caravan.clickstream.PlainClickstream.Told;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.reports.RecordsBehind;
import dev.caravan.routes.RouteFiles;
import dev.caravan.testing.TestState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From files to tables, over the shipped rules, mappings and settings, on a real database. */
class ClickstreamTest {
    private static final Map<String, String> SMALL_PAGES = Map.of(
            "CLICKSTREAM_PAGE_SIZE",
            "40",
            "CLICKSTREAM_CHECKPOINT_SECONDS",
            "5",
            "CLICKSTREAM_OPEN_SESSIONS_SECONDS",
            "20");
    private static final List<String> FILES = files();

    private static TestState state;
    private static String expected;
    private static Outcome plain;
    private static List<String> expectedFunnel;

    @BeforeAll
    static void start() {
        state = new TestState();
        state.clear();
        var clicks = new TestClickstream(state);
        uploadAll(clicks);
        expected = clicks.workToTheEnd().tables();
        var all = FILES.stream()
                .flatMap(String::lines)
                .map(line -> new Sourced("clicks", TestClicks.click(Json.read(line))))
                .toList();
        plain = new PlainClickstream(TestClicks.SETTINGS, TestClicks.shippedRules()).of(all);
        expectedFunnel = PlainClickstream.funnel(plain.sessions());
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
    void the_sample_becomes_sessions_minutes_and_an_alert_and_each_record_is_accounted_for() throws IOException {
        var clicks = new TestClickstream(state);

        var upload = clicks.upload("clicks/sample.json", Files.readString(Path.of("samples/clicks.json")));
        clicks.workToTheEnd();

        assertThat(clicks.states(upload))
                .isEqualTo(Map.of(State.DELIVERED, 7L, State.DUPLICATE, 1L, State.QUARANTINED, 1L));
        assertThat(clicks.missing(upload)).isZero();
        assertThat(state.column("select visitor || ' ' || clicks from clicks.session order by started"))
                .containsExactly("usr-ines 2", "usr-omar 2", "usr-ines 1", "ses-d 1", "usr-wholesale 1");
        assertThat(state.column("select sum(events)::text from clicks.minute")).containsExactly("7");
        assertThat(state.column("select rule || ' ' || subject || ' ' || (evidence -> 'eventIds') from alerts.alert"))
                .containsExactly("bulk-quantity user usr-wholesale [\"evt-1007\"]");
        assertThat(state.column("select (evidence ->> 'severity') || ', ' || clears_when from alerts.alert"))
                .containsExactly("medium, for 1800 s no click has quantity above 50");
        clicks.publish();
        clicks.publish();
        assertThat(state.column("select t.title from tasks.task t join alerts.alert a on a.task = t.id"))
                .hasSize(1);
        assertThat(Json.read(clicks.around.bus.get(0).detail()).path("taskId").asText())
                .isEqualTo(state.column("select id::text from tasks.task").get(0));
    }

    @Test
    void alerts_of_a_rule_without_task_are_raised_and_become_none(@TempDir Path routes) throws IOException {
        try (var files = Files.walk(Path.of("routes/clickstream"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var copy = routes.resolve(Path.of("routes").relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        var rules = routes.resolve(ClickRules.FILE);
        Files.writeString(
                rules,
                Files.readString(rules)
                        .replaceFirst("(?s)(bulk-quantity:.*?)severity: medium", "$1severity: medium\n  task: none"));
        var clicks = new TestClickstream(state);
        clicks.module.edited(RouteFiles.at("file:" + routes)).run();

        clicks.upload("clicks/sample.json", Files.readString(Path.of("samples/clicks.json")));
        clicks.workToTheEnd();

        assertThat(state.column("select rule || ' ' || (evidence ->> 'severity') from alerts.alert where task is null"))
                .containsExactly("bulk-quantity medium");
        clicks.publish();
        assertThat(state.column("select title from tasks.task")).isEmpty();
    }

    @Test
    void rows_of_REES46_become_sessions_by_their_mapping() {
        var clicks = new TestClickstream(state);
        var rows = """
                event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
                2019-10-03 08:15:00 UTC,view,41,20,electronics.lamp,lumo,35.79,541,s-1
                2019-10-03 08:16:00 UTC,cart,41,20,electronics.lamp,lumo,35.79,541,s-1
                2019-10-03 08:16:00 UTC,cart,41,20,electronics.lamp,lumo,35.79,541,s-1
                2019-10-03 09:00:00 UTC,purchase,41,20,electronics.lamp,lumo,35.79,541,s-2
                """;

        var upload = clicks.upload("clicks/rees46/a.csv", rows);
        clicks.workToTheEnd();

        assertThat(clicks.states(upload)).isEqualTo(Map.of(State.DELIVERED, 3L, State.DUPLICATE, 1L));
        assertThat(state.column("select visitor || ' ' || types from clicks.session order by started"))
                .containsExactly("541 {\"page_view\": 1, \"add_to_cart\": 1}", "541 {\"purchase\": 1}");
    }

    @Test
    void what_is_below_the_watermark_is_kept_and_counted_once_but_in_no_session() {
        var clicks = new TestClickstream(state);
        clicks.upload("clicks/a.json", click(1, "12:00:00"));
        clicks.upload("clicks/b.json", click(2, "09:59:59"));
        var again = clicks.upload("clicks/c.json", click(2, "09:59:59"));

        clicks.workToTheEnd();

        assertThat(
                        state.column(
                                "select event_id || ' ' || source || ' ' || index || ' ' || (click ->> 'type') from clicks.late"))
                .containsExactly("e-2 clicks 0 page_view");
        assertThat(report(clicks, "late-clicks").path("rows")).singleElement().satisfies(row -> assertThat(
                        row.path("day").asText() + row.path("source") + row.path("clicks"))
                .isEqualTo("2025-08-01\"clicks\"1"));
        var row = report(clicks, "late-clicks").path("rows").get(0);
        assertThat(behind("late-clicks", row, Map.of("type", "page_view")))
                .singleElement()
                .satisfies(record -> assertThat(record.path("key").asText() + record.path("index"))
                        .isEqualTo("clicks/b.json0"));
        assertThat(state.column("select state || ': ' || detail from ledger.entry where detail is not null"))
                .containsExactly("delivered: " + ClickLedger.LATE);
        assertThat(clicks.around.outcomes("late")).isEqualTo(1);
        assertThat(state.column("select clicks::text from clicks.session")).containsExactly("1");
        assertThat(clicks.missing(again)).isZero();
    }

    @Test
    void a_file_that_comes_again_days_later_under_another_name_is_all_duplicates() {
        var clicks = new TestClickstream(state, SMALL_PAGES);
        uploadAll(clicks);
        clicks.workToTheEnd();

        var again = new TestClickstream(state, SMALL_PAGES);
        var upload = again.upload("clicks/last-again.jsonl", FILES.get(FILES.size() - 1));
        again.workToTheEnd();

        assertThat(again.states(upload)).isEqualTo(Map.of(State.DUPLICATE, (long) clickCount(FILES.size() - 1)));
        assertThat(again.tables()).isEqualTo(expected);
    }

    /** How often pages are worked on, and what is written when, is not to be seen in what comes of them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void an_instance_that_is_killed_anywhere_leaves_no_trace(int seed) {
        var random = new Random(seed);
        var uploads = new ArrayList<Upload>();
        var clicks = new TestClickstream(state, SMALL_PAGES);
        for (var file : FILES) {
            uploads.add(clicks.upload("clicks/" + uploads.size() + ".jsonl", file));
            for (int steps = random.nextInt(4); steps > 0; steps--) {
                clicks.module.worker().stepAndSettle();
                state.clock().pass(Duration.ofSeconds(random.nextInt(4)));
            }
            if (random.nextBoolean()) continue;
            // Gone without a word; its leases end by themselves.
            clicks = new TestClickstream(state, SMALL_PAGES);
            state.clock().pass(Duration.ofSeconds(11));
        }

        clicks.workToTheEnd();

        assertThat(clicks.tables()).isEqualTo(expected);
        assertThat(funnel(clicks)).isEqualTo(expectedFunnel);
        balanced(clicks, uploads);
    }

    @Test
    void what_stands_in_the_tables_is_what_the_plain_way_makes() {
        var clicks = new TestClickstream(state, SMALL_PAGES);
        uploadAll(clicks);

        clicks.workToTheEnd();

        assertThat(rows("""
                select jsonb_build_object('visitor', visitor, 'anonymous', anonymous, 'start', started, 'end', ended, 'clicks', clicks, 'types', types,
                  'devices', devices, 'countries', countries, 'sources', sources, 'cartValue', cart_value) from clicks.session""")).isEqualTo(set(plain.sessions(), ClickstreamTest::row));
        assertThat(rows("""
                with parts as (
                  select minute, what, key, sum(cast(value as bigint)) as clicks
                  from clicks.minute cross join lateral (values ('types', types), ('devices', devices), ('countries', countries)) told (what, counts)
                       cross join lateral jsonb_each_text(counts)
                  group by minute, what, key),
                told as (select minute, what, jsonb_object_agg(key, clicks) as counts from parts group by minute, what)
                select jsonb_build_object('minute', minute, 'events', sum(events), 'users', sum(users), 'anonymous', sum(anonymous))
                       || coalesce((select jsonb_object_agg(what, counts) from told where told.minute = m.minute), '{}')
                from clicks.minute m group by minute""")).isEqualTo(set(plain.minutes().values(), ClickstreamTest::row));
        assertThat(rows("""
                select evidence - 'severity' - 'windowSeconds' || jsonb_build_object('rule', rule, 'subject', subject) from alerts.alert
                where not (evidence ?? 'mergedInto' or evidence ?? 'withdrawn')""")).isNotEmpty().isEqualTo(set(plain.alerts(), ClickstreamTest::row));
    }

    /** Each with its moments as Java writes them. */
    private static Set<JsonNode> rows(String query) {
        return set(state.column("select cast(row as text) from (" + query + ") rows (row)"), text -> {
            var row = (ObjectNode) Json.read(text);
            for (var moment : List.of("start", "end", "minute"))
                if (row.has(moment) && !row.has("subject"))
                    row.put(
                            moment,
                            OffsetDateTime.parse(row.path(moment).asText())
                                    .toInstant()
                                    .toString());
            return row;
        });
    }

    private static <T> Set<JsonNode> set(Collection<T> all, Function<T, ObjectNode> row) {
        // Read back, so that a number is one whatever it was made of.
        return all.stream().map(one -> Json.read(row.apply(one).toString())).collect(Collectors.toSet());
    }

    private static ObjectNode row(Session session) {
        var row = Json.object()
                .put("visitor", session.visitor().id())
                .put("anonymous", session.visitor().anonymous())
                .put("start", Instant.ofEpochMilli(session.start()).toString())
                .put("end", Instant.ofEpochMilli(session.end()).toString())
                .put("clicks", session.clicks())
                .put(
                        "cartValue",
                        Double.isNaN(session.cartValue())
                                ? null
                                : new BigDecimal(BigDecimal.valueOf(session.cartValue())
                                        .stripTrailingZeros()
                                        .toPlainString()));
        row.set("types", Json.mapper().valueToTree(session.types()));
        row.set("devices", Json.mapper().valueToTree(session.devices()));
        row.set("countries", Json.mapper().valueToTree(session.countries()));
        row.set("sources", Json.mapper().valueToTree(session.sources()));
        return row;
    }

    private static ObjectNode row(MinuteChange minute) {
        var row = Json.object()
                .put("minute", Instant.ofEpochMilli(minute.minute()).toString())
                .put("events", minute.events())
                .put("users", minute.users())
                .put("anonymous", minute.anonymous());
        Map.of("types", minute.types(), "devices", minute.devices(), "countries", minute.countries())
                .forEach((what, counts) -> {
                    if (!counts.isEmpty()) row.set(what, Json.mapper().valueToTree(counts));
                });
        return row;
    }

    private static ObjectNode row(Told alert) {
        var row = Json.object()
                .put("rule", alert.rule())
                .put("subject", ClickAlerts.subject(alert.visitor()))
                .put("from", Instant.ofEpochMilli(alert.from()).toString())
                .put("start", Instant.ofEpochMilli(alert.start()).toString())
                .put("last", Instant.ofEpochMilli(alert.last()).toString())
                .put("events", alert.events())
                .put("peak", alert.peak())
                .put("peakMinute", alert.peakMinute());
        row.set("eventIds", Json.mapper().valueToTree(alert.eventIds()));
        return row;
    }

    @Test
    void a_file_is_read_no_faster_than_it_is_worked_on_and_others_do_not_wait_for_that() throws Exception {
        var clicks = new TestClickstream(state, Map.of("CLICKSTREAM_PAGE_SIZE", "5"));
        var worker = clicks.module.worker();
        var reader = new Thread(() -> clicks.upload("clicks/big.jsonl", FILES.get(0), worker::keepPace));
        reader.start();

        await().until(() -> clicks.log.head() >= ClickFeed.AHEAD && reader.getState() == Thread.State.TIMED_WAITING);
        long ahead = clicks.log.head();
        clicks.upload("clicks/other.jsonl", FILES.get(0).lines().findFirst().orElseThrow());

        assertThat(ahead).isEqualTo(ClickFeed.AHEAD);
        assertThat(clicks.log.head()).as("what others send is safe at once").isEqualTo(ahead + 1);

        while (reader.isAlive()) worker.stepAndSettle();
        clicks.workToTheEnd();

        assertThat(state.column(
                        "select sum(last_index - first_index + 1) from ledger.entry where state <> 'in flight'"))
                .containsExactly(String.valueOf(clickCount(0) + 1));
    }

    /** Of clicks in any order within the lateness, some of them sent twice; asked again and again while they come. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void the_funnel_is_the_same_in_whatever_order_clicks_come_and_however_often(int seed) {
        var random = new Random(seed);
        var lines = new ArrayList<>(FILES.stream().flatMap(String::lines).toList());
        for (int i = 0; i < 200; i++) lines.add(lines.get(random.nextInt(lines.size())));
        Collections.shuffle(lines, random);
        var settings = Map.of("CLICKSTREAM_LATENESS_SECONDS", "86400", "CLICKSTREAM_OPEN_SESSIONS_SECONDS", "0");
        var clicks = new TestClickstream(state, settings);
        for (int from = 0; from < lines.size(); from += 700) {
            clicks.upload(
                    "clicks/" + from + ".jsonl",
                    String.join("\n", lines.subList(from, Math.min(from + 700, lines.size()))));
            if (random.nextBoolean()) clicks.work();
            assertThat(funnel(clicks)).hasSizeLessThanOrEqualTo(expectedFunnel.size());
        }

        clicks.workToTheEnd();

        assertThat(funnel(clicks)).isEqualTo(expectedFunnel).isNotEmpty();
        assertThat(report(clicks, "funnel").path("rows")).allSatisfy(row -> {
            var stage = Map.of("stage", row.path("stage").asText());
            var through = Map.of("stage", row.path("stage").asText(), "through", "true");
            assertThat(behind("funnel", row, stage))
                    .hasSize(row.path("sessions").asInt());
            assertThat(behind("funnel", row, through))
                    .hasSize(row.path("through").asInt());
        });
    }

    @Test
    void two_instances_share_the_partitions_and_one_goes_on_alone_when_the_other_dies() {
        var first = new TestClickstream(state, SMALL_PAGES);
        var second = new TestClickstream(state, SMALL_PAGES);
        var uploads = new ArrayList<Upload>();
        first.work();
        assertThat(first.module.worker().partitions()).isEqualTo(16);
        for (int i = 0; i < 4; i++) {
            state.clock().pass(Duration.ofSeconds(4));
            first.work();
            second.work();
        }
        assertThat(first.module.worker().partitions()).isEqualTo(8);
        assertThat(second.module.worker().partitions()).isEqualTo(8);

        for (var file : FILES.subList(0, 4)) {
            uploads.add((uploads.size() % 2 == 0 ? first : second).upload("clicks/" + uploads.size() + ".jsonl", file));
            first.work();
            second.work();
            state.clock().pass(Duration.ofSeconds(3));
        }
        // The first says no more.
        for (var file : FILES.subList(4, FILES.size())) {
            uploads.add(second.upload("clicks/" + uploads.size() + ".jsonl", file));
            state.clock().pass(Duration.ofSeconds(6));
            second.work();
        }
        assertThat(second.module.worker().partitions()).isEqualTo(16);
        second.workToTheEnd();

        assertThat(second.tables()).isEqualTo(expected);
        balanced(second, uploads);
    }

    @Test
    void an_instance_that_was_taken_for_dead_can_write_nothing_any_more() {
        var slow = new TestClickstream(state, SMALL_PAGES);
        var uploads = new ArrayList<Upload>();
        uploads.add(slow.upload("clicks/0.jsonl", FILES.get(0)));
        slow.module.worker().stepAndSettle();
        state.clock().pass(Duration.ofSeconds(11));
        var other = new TestClickstream(state, SMALL_PAGES);
        other.work();

        slow.work();

        assertThat(slow.module.worker().partitions()).isLessThan(16);
        for (var file : FILES.subList(1, FILES.size()))
            uploads.add(other.upload("clicks/" + uploads.size() + ".jsonl", file));
        for (int i = 0; i < 6; i++) {
            state.clock().pass(Duration.ofSeconds(5));
            slow.work();
            other.work();
        }
        slow.module.close();
        other.workToTheEnd();
        assertThat(other.tables()).isEqualTo(expected);
        balanced(other, uploads);
    }

    @Test
    void a_database_that_breaks_off_every_connection_again_and_again_loses_nothing() {
        var clicks = new TestClickstream(state, SMALL_PAGES);
        var uploads = new ArrayList<Upload>();
        int broken = 0;
        for (var file : FILES) {
            uploads.add(clicks.upload("clicks/" + uploads.size() + ".jsonl", file));
            state.clock().pass(Duration.ofSeconds(5));
            breakConnections();
            for (int done = 0; done < 3; ) {
                try {
                    clicks.module.worker().stepAndSettle();
                    done++;
                } catch (TargetUnavailable e) {
                    broken++;
                }
            }
        }

        clicks.workToTheEnd();

        assertThat(broken).as("steps that failed").isPositive();
        assertThat(clicks.tables()).isEqualTo(expected);
        balanced(clicks, uploads);
    }

    @Test
    void who_waits_for_an_alert_does_not_wait_for_what_else_is_written() throws SQLException {
        var clicks = new TestClickstream(state, Map.of("CLICKSTREAM_CHECKPOINT_SECONDS", "1"));
        clicks.module.worker().stepAndSettle();
        clicks.upload("clicks/a.json", click(1, "10:00:00"));
        clicks.module.worker().stepAndSettle();
        state.clock().pass(Duration.ofSeconds(2));
        try (var connection = DriverManager.getConnection(state.jdbcUrl());
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table clicks.session");
            clicks.module.worker().step();
            clicks.upload("clicks/b.json", click(2, "10:00:01").replace("{}", "{\"quantity\":51}"));

            clicks.module.worker().step();

            assertThat(state.column("select rule from alerts.alert")).containsExactly("bulk-quantity");
            connection.rollback();
        }
        clicks.workToTheEnd();
        assertThat(state.column("select clicks from clicks.session")).containsExactly("2");
    }

    @Test
    void an_alert_is_there_before_anything_else_is_written_and_told_once() {
        var clicks = new TestClickstream(state, Map.of("CLICKSTREAM_CHECKPOINT_SECONDS", "60"));
        clicks.module.worker().stepAndSettle();
        clicks.upload("clicks/a.json", click(1, "10:00:00").replace("{}", "{\"quantity\":51}"));

        clicks.module.worker().stepAndSettle();

        assertThat(state.column("select rule from alerts.alert")).containsExactly("bulk-quantity");
        assertThat(state.column("select visitor from clicks.session")).isEmpty();
        clicks.publish();
        clicks.publish();
        assertThat(clicks.around.bus).extracting(event -> event.detailType()).containsExactly("ClickAlertRaised");
        state.clock().pass(Duration.ofHours(1));
        clicks.work();
        state.clock().pass(Duration.ofMinutes(2));
        clicks.work().publish();
        assertThat(clicks.around.bus)
                .extracting(event -> event.detailType())
                .containsExactly("ClickAlertRaised", "ClickAlertCleared");
        assertThat(Json.read(clicks.around.bus.get(0).detail())
                        .at("/evidence/eventIds/0")
                        .asText())
                .isEqualTo("e-1");
    }

    @Test
    void a_database_that_is_slow_is_waited_for() throws Exception {
        var clicks = new TestClickstream(state);
        var held = state.database().dataSource().getConnection();
        held.setAutoCommit(false);
        try (var statement = held.createStatement()) {
            statement.execute("select 1 from clicks.head for update");
        }
        var caller = new Thread(() -> clicks.upload("clicks/a.json", click(1, "10:00:00")));
        caller.start();
        caller.join(300);
        assertThat(caller.isAlive()).isTrue();

        held.rollback();
        held.close();
        caller.join();

        assertThat(clicks.log.head()).isZero();
    }

    private static void balanced(TestClickstream clicks, List<Upload> uploads) {
        long delivered = 0;
        for (var upload : uploads) {
            assertThat(clicks.missing(upload)).isZero();
            assertThat(clicks.states(upload)).doesNotContainKey(State.IN_FLIGHT);
            delivered += clicks.states(upload).get(State.DELIVERED);
        }
        assertThat(state.column("select sum(events) from clicks.minute")).containsExactly(String.valueOf(delivered));
        assertThat(state.list(
                        db -> clicks.ledger.gaps(db, state.clock().instant().minus(Duration.ofDays(9)), List.of())))
                .isEmpty();
    }

    private static JsonNode report(TestClickstream clicks, String name) {
        return clicks.module.reportDesk().report(new Request(Map.of("name", name), Map.of(), new byte[0], null));
    }

    /** The records behind a row of a report, of its day. */
    private static JsonNode behind(String report, JsonNode row, Map<String, String> chosen) {
        var parameters = new HashMap<>(chosen);
        parameters.putAll(Map.of("name", report, "date", row.path("day").asText(), "limit", "100000"));
        return new RecordsBehind(state.database())
                .find(new Request(parameters, Map.of(), new byte[0], null))
                .path("rows");
    }

    private static List<String> funnel(TestClickstream clicks) {
        return report(clicks, "funnel")
                .path("rows")
                .valueStream()
                .map(row -> String.join(
                        " ",
                        row.path("day").asText(),
                        row.path("stage").asText(),
                        row.path("sessions").asText(),
                        row.path("through").asText()))
                .toList();
    }

    private static int clickCount(int file) {
        return (int) FILES.get(file).lines().count();
    }

    private static void breakConnections() {
        try (var connection = DriverManager.getConnection(state.jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'caravan'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void uploadAll(TestClickstream clicks) {
        for (int i = 0; i < FILES.size(); i++) clicks.upload("clicks/" + i + ".jsonl", FILES.get(i));
    }

    /** Clicks that come up to half an hour late, and some visitors at the edge of a rule. */
    private static List<String> files() {
        var out = new ByteArrayOutputStream();
        try {
            new ClickGenerator(Options.of(4_000, 7)
                            .withPerMinute(40)
                            .withShuffle(Duration.ofMinutes(30))
                            .withEdges(EnumSet.allOf(Edge.class)))
                    .write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        return Stream.iterate(0, from -> from < lines.size(), from -> from + 500)
                .map(from -> String.join("\n", lines.subList(from, Math.min(from + 500, lines.size()))) + "\n")
                .toList();
    }

    private static String click(int id, String time) {
        return """
                {"event_id":"e-%s","user_id":"u","session_id":"s","timestamp":"2025-08-01T%s.000Z","event_type":"page_view","properties":{}}""".formatted(id, time);
    }
}
