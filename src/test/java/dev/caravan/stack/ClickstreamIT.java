package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.clickstream.ClickGenerator;
import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.clickstream.ClickGenerator.Options;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Clicks through the packaged JAR: by file, request and message to sessions, minutes and alerts. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClickstreamIT {
    private static final String TRACKER = ApiKeys.generate();
    private static final String CLICK = """
            {"event_id":"%s","user_id":"usr-noor","session_id":"ses-n","timestamp":"2025-08-21T11:00:0%s.000Z","event_type":"page_view","properties":{}}""";

    private static final String SAMPLE = "clicks/sample.json";
    private static final String GENERATED = "clicks/generated.jsonl";

    /** Of the file at which the instance is killed: a million take some minutes. */
    private static final int CLICKS = Integer.getInteger("clicks.count", 3_000);

    private static final int PAGE = Math.max(200, CLICKS / 1_000);
    /** So many pages are in the log when the instance is killed; after four times some are left. */
    private static final int PAGES = CLICKS / PAGE / 8;

    /** While the sample is worked on, from which an alert comes. */
    private static final List<String> KILLS_AT_THE_SAMPLE =
            List.of("ALERTS_HANDED_OVER", "ALERTS_TOLD", "CLICKS_ARCHIVED");

    /** While the generated file is. */
    private static final List<String> KILLS = List.of(
            "CLICKS_APPENDED:1",
            "CLICKS_APPENDED:" + PAGES,
            "CLICKS_APPENDED:" + 2 * PAGES,
            "COMPLETION_SENT",
            "CLICKS_WORKED_OUT:1",
            "CLICKS_WRITTEN:1",
            "CLICKS_WORKED_OUT:2");

    /**
     * A line each of sessions, minutes with their breakdowns, clicks that were late and clicks in the archive, and one of each alert that stands.
     * Its id says where it began when it was first told of, which depends, as what is joined or withdrawn later, on what of other partitions had
     * come by then.
     */
    private static final String TABLES = """
            select string_agg(line, chr(10) order by line) from (
              select 'sessions ' || count(*) || ' ' || md5(string_agg(to_jsonb(s)::text, ',' order by to_jsonb(s)::text)) as line from clicks.session s
              union all select 'minutes ' || count(*) || ' ' || md5(string_agg(m::text, ',' order by m::text))
                from (select minute, sum(events), sum(users), sum(anonymous) from clicks.minute group by minute having sum(events) <> 0) m
              union all select 'breakdowns ' || count(*) || ' ' || md5(string_agg(b::text, ',' order by b::text))
                from (select minute, what, key, sum(value::bigint) from clicks.minute
                      cross join lateral (values ('types', types), ('devices', devices), ('countries', countries)) told (what, counts)
                      cross join lateral jsonb_each_text(counts) group by minute, what, key having sum(value::bigint) <> 0) b
              union all select 'late ' || count(*) || ' ' || md5(string_agg(event_id, ',' order by event_id)) from clicks.late
              union all select 'archived ' || sum(clicks) from archive.clicks_part
              union all select jsonb_build_object('rule', rule, 'subject', subject, 'evidence', evidence)::text from alerts.alert
                where flow = 'clickstream' and (evidence ->> 'events')::int > 0) t""";

    /** Each alert is one task, and no task is of another. */
    private static final String EACH_IS_ONE_TASK = """
            select (select count(*) from tasks.task) = count(*) and count(*) = count(distinct task) and count(*) > 0
            from alerts.alert where flow = 'clickstream'""";

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start("clickstream-it", settings -> settings.withKey("tracker", Role.PRODUCER, TRACKER)
                .with("CLICKSTREAM_PAGE_SIZE", String.valueOf(PAGE))
                .with("CLICKSTREAM_CHECKPOINT_SECONDS", "1")
                .with("CLICKSTREAM_OPEN_SESSIONS_SECONDS", "1")
                .with("CLICKSTREAM_LEASE_SECONDS", "3")
                .with("CLICKSTREAM_SOURCE_IDLE_SECONDS", "2")
                // The clicks are of long ago, and none is to leave meanwhile.
                .with("CLICKSTREAM_CLICKS_KEPT_DAYS", "36500")
                .with("CLICKSTREAM_SESSIONS_KEPT_DAYS", "36500")
                .with("CLICKSTREAM_PARQUET_SECONDS", "1")
                .with("CLICKSTREAM_ARCHIVE_SECONDS", "1")
                .with("CLICKSTREAM_VISIBILITY_SECONDS", "5")
                .with("UPLOADS_VISIBILITY_SECONDS", "5"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    @Order(1)
    void the_sample_becomes_sessions_minutes_and_an_alert() throws IOException {
        var balance = stack.delivered(SAMPLE, Files.readAllBytes(Path.of("samples/clicks.json")));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 7L, "duplicate", 1L, "quarantined", 1L));
        patiently().untilAsserted(() -> assertThat(
                        get("/api/sessions?user=usr-ines").path("sessions").findValuesAsText("state"))
                .containsExactly("final", "final"));
        assertThat(get("/api/minutes?from=2025-08-21T00:00:00Z&to=2025-08-22T00:00:00Z")
                        .at("/minutes/0"))
                .hasToString(
                        "{\"minute\":\"2025-08-21T09:15:00Z\",\"events\":1,\"users\":1,\"anonymous\":0,\"types\":{\"page_view\":1},\"devices\":{\"desktop\":1},\"countries\":{\"DE\":1}}");
        assertThat(get("/api/alerts?rule=bulk-quantity").at("/alerts/0/subject").asText())
                .isEqualTo("user usr-wholesale");
    }

    @Test
    @Order(2)
    void what_comes_by_request_and_by_message_is_safe_when_it_is_told_so() throws Exception {
        var answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(stack.caravan().url() + "/clicks"))
                                .header("X-API-Key", TRACKER)
                                .header("Content-Type", "application/x-ndjson")
                                .POST(BodyPublishers.ofString(
                                        CLICK.formatted("n-1", 1) + "\n" + CLICK.formatted("n-2", 2)))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        var queue = stack.sandbox().aws().resources().clicks();
        stack.send(queue, "[" + CLICK.formatted("n-2", 2) + "," + CLICK.formatted("n-3", 3) + "]");
        stack.send(queue, "{\"half");

        patiently().untilAsserted(() -> assertThat(get("/api/sessions?user=usr-noor")
                        .at("/sessions/0/clicks")
                        .asInt())
                .isEqualTo(3));
        patiently().untilAsserted(() -> assertThat(
                        get("/api/dead-letters?flow=clickstream").toString())
                .contains("no clicks: the file ends inside the record that starts on line 1"));
        stack.quiet();
        assertThat(get("/api/ledger?flow=clickstream").path("uploads").findValuesAsText("missing"))
                .containsOnly("0");
    }

    @Test
    @Tag("crash")
    @Order(3)
    void an_instance_that_is_killed_at_ten_points_of_a_file_leaves_no_trace() throws Exception {
        forget();
        stack.restart(settings -> settings);
        var sample = Files.readAllBytes(Path.of("samples/clicks.json"));
        var generated = generated();
        stack.delivered(SAMPLE, sample);
        var uninterrupted = tablesAfter(stack.upload(GENERATED, generated));
        assertThat(Long.parseLong(text("select sum(events) from clicks.minute")))
                .isGreaterThan(CLICKS * 29L / 30);

        forget();
        killed(KILLS_AT_THE_SAMPLE, SAMPLE, sample);
        var version = killed(KILLS, GENERATED, generated);
        stack.restart(settings -> settings.with("CARAVAN_CRASH_AT", "").with("CLICKSTREAM_PARQUET_SECONDS", "1"));

        assertThat(tablesAfter(version)).isEqualTo(uninterrupted);
        assertThat(text(EACH_IS_ONE_TASK)).isEqualTo("t");
    }

    /** At one point after the other, while a file is worked on. @return the file's version */
    private static String killed(List<String> points, String key, byte[] file) {
        String version = null;
        for (var point : points) {
            stack.restart(settings -> settings.with("CARAVAN_CRASH_AT", point)
                    .with("CLICKSTREAM_PARQUET_SECONDS", point.equals("CLICKS_ARCHIVED") ? "1" : "3600"));
            if (version == null) version = stack.upload(key, file);
            assertThat(stack.caravan().awaitExit()).as(point).isEqualTo(137);
        }
        return version;
    }

    /** Stops the instance, and no click was ever there. */
    private static void forget() throws SQLException {
        stack.caravan().close();
        execute("""
                truncate clicks.head, clicks.told, clicks.page, clicks.lease, clicks.shelf, clicks.session, clicks.minute, clicks.late, clicks.duplicate,
                  archive.clicks_written, archive.clicks_part, tasks.task cascade;
                insert into clicks.head default values; insert into clicks.told default values; insert into archive.clicks_written default values; delete from alerts.alert where flow = 'clickstream'""");
    }

    /** When all that comes of the generated file is written, and nobody waits for more. */
    private static String tablesAfter(String version) throws SQLException {
        var patient = patiently().atMost(Duration.ofMinutes(10));
        patient.until(() -> stack.balance(GENERATED, version).path("atRest").asBoolean());
        assertThat(stack.balance(GENERATED, version).path("missing").asInt()).isZero();
        patient.until(() ->
                text("select coalesce(bool_or((value ->> 'open')::boolean), true) from clicks.head, jsonb_each(sources::jsonb)")
                        .equals("f"));
        patient.until(
                () -> text("select count(*) from clicks.lease where position < (select position from clicks.head)")
                                .equals("0")
                        && text("select count(*) from alerts.alert where flow = 'clickstream' and (cleared_at is null or task_wanted is not null)")
                                .equals("0")
                        && text("select count(*) from archive.clicks_written where position < (select position from clicks.told)")
                                .equals("0"));
        return text(TABLES);
    }

    /** Later than the sample's clicks: otherwise all would be late. */
    private static byte[] generated() throws IOException {
        var out = new ByteArrayOutputStream();
        new ClickGenerator(Options.of(CLICKS, 11)
                        .withStart(Instant.parse("2025-09-01T00:00:00Z"))
                        .withPerMinute(CLICKS / 75)
                        .withShuffle(Duration.ofMinutes(20))
                        .withEdges(EnumSet.allOf(Edge.class)))
                .write(out);
        return out.toByteArray();
    }

    private static JsonNode get(String path) {
        return stack.caravan().get(path);
    }

    private static void execute(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
