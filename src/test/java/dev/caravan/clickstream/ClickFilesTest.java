package dev.caravan.clickstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.archive.ArchivedDays;
import dev.caravan.archive.Column;
import dev.caravan.archive.Datasets;
import dev.caravan.clickstream.ClickGenerator.Edge;
import dev.caravan.clickstream.ClickGenerator.Options;
import dev.caravan.customers.TestCustomers;
import dev.caravan.ledger.State;
import dev.caravan.testing.Analyst;
import dev.caravan.testing.TestS3;
import dev.caravan.testing.TestState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Request;

/** Clicks and sessions as analysts read them, and how long they are kept, on a clock that is moved by hand. */
class ClickFilesTest {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final String BUCKET = "caravan-archive";
    private static final Duration CLICKS_KEPT = Duration.ofDays(90);
    private static final Duration SESSIONS_KEPT = Duration.ofDays(396);
    private static final Duration TICKETS_KEPT = Duration.ofDays(1096);

    private static TestState state;
    private static TestS3 server;

    @TempDir
    private Path folder;

    private Analyst analyst;
    private TestClickstream clicks;

    @BeforeAll
    static void start() throws Exception {
        state = new TestState();
        server = new TestS3(BUCKET);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        analyst = new Analyst(server.client(), BUCKET, folder);
        for (var key : analyst.keys())
            server.client().deleteObject(request -> request.bucket(BUCKET).key(key));
        clicks = new TestClickstream(state, Map.of("CLICKSTREAM_PAGE_SIZE", "40"));
    }

    @Test
    void each_click_that_counts_is_in_the_archive_once_on_its_day() {
        clicks.upload("clicks/a.json", click("e-1", "2026-11-19T23:59:59Z") + click("e-2", "2026-11-20T00:00:00Z"));
        clicks.upload("clicks/b.json", click("e-2", "2026-11-20T00:00:00Z") + click("e-3", "2026-11-20T12:00:00Z"));
        clicks.upload("clicks/c.json", click("e-4", "2026-11-20T00:30:00Z"));
        clicks.workToTheEnd();

        files(1).write();

        assertThat(analyst.read(
                        "select strftime(day, '%Y-%m-%d'), event_id, late, index from clicks order by event_id"))
                .containsExactly(
                        List.of("2026-11-19", "e-1", "false", "0"),
                        List.of("2026-11-20", "e-2", "false", "1"),
                        List.of("2026-11-20", "e-3", "false", "1"),
                        List.of("2026-11-20", "e-4", "true", "0"));
        assertThat(analyst.columns(Datasets.CLICKS))
                .containsExactlyElementsOf(
                        Stream.concat(Datasets.CLICKS.columns().stream().map(Column::toString), Stream.of("day DATE"))
                                .toList());
        assertThat(analyst.example(Datasets.CLICKS))
                .containsExactly(
                        List.of("2026-11-19", "page_view", "1", "0"), List.of("2026-11-20", "page_view", "3", "1"));
    }

    @Test
    void an_instance_that_dies_between_file_and_commit_writes_the_same_files_again() {
        clicks.upload("clicks/a.json", click("e-1", "2026-11-19T10:00:00Z"));
        clicks.workToTheEnd();
        var dying = new DelegatingS3Client(server.client()) {
            @Override
            protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
                var put = operation.apply(request);
                throw new IllegalStateException("killed after " + put.getClass().getSimpleName());
            }
        };

        assertThatThrownBy(() -> files(dying, 1).write()).hasMessage("killed after PutObjectResponse");
        clicks.upload("clicks/b.json", click("e-2", "2026-11-19T10:01:00Z"));
        clicks.workToTheEnd();
        files(100).write();

        assertThat(analyst.keys()).hasSize(1);
        assertThat(analyst.read("select event_id from clicks order by 1"))
                .containsExactly(List.of("e-1"), List.of("e-2"));
    }

    @Test
    void while_a_file_is_read_clicks_wait_until_they_are_many_or_old() {
        clicks.upload("clicks/a.json", generated());
        clicks.workToTheEnd();
        int pages = Integer.parseInt(pages());

        readingFiles(pages + 1, YEAR).write();
        assertThat(analyst.keys()).isEmpty();
        readingFiles(pages, YEAR).write();
        assertThat(analyst.keys()).hasSize(1);
        assertThat(state.column("select last_page - first_page from archive.clicks_part"))
                .containsExactly("0");
        state.clock().pass(YEAR);
        readingFiles(pages + 1, YEAR).write();

        assertThat(state.column("select position from archive.clicks_written"))
                .isEqualTo(state.column("select max(position) from clicks.page"));
    }

    @Test
    void what_is_not_in_the_archive_yet_stays_in_the_log() {
        clicks.upload("clicks/a.json", click("e-1", "2026-11-19T10:00:00Z"));
        clicks.workToTheEnd();
        state.clock().pass(Duration.ofDays(2));
        var ledger = (ClickLedger) clicks.module.beans().get("clickLedger");

        ledger.tidy();
        assertThat(pages()).isNotEqualTo("0");
        files(100).write();
        ledger.tidy();

        assertThat(pages()).isEqualTo("0");
        assertThat(analyst.read("select event_id from clicks")).hasSize(1);
    }

    @Test
    void generated_clicks_come_out_as_many_as_the_ledger_has_delivered_whatever_the_stretches() {
        var upload = clicks.upload("clicks/a.json", generated());
        clicks.workToTheEnd();

        files(server.client(), 7, Duration.ofDays(36_500)).write();

        assertThat(analyst.read("select count(*), count(distinct event_id) from clicks"))
                .containsExactly(List.of(
                        clicks.states(upload).get(State.DELIVERED).toString(),
                        clicks.states(upload).get(State.DELIVERED).toString()));
        assertThat(state.column("select count(*) from clicks.duplicate")).containsExactly("0");
    }

    @Test
    void sessions_of_a_day_that_is_over_are_in_the_archive_as_in_the_database() {
        clicks.upload("clicks/a.json", generated());
        clicks.workToTheEnd();
        clockTo("2030-01-01T00:00:00Z");
        sessionDays(Duration.ofDays(36_500)).write();
        state.clock().pass(Duration.ofMinutes(1));
        sessionDays(Duration.ofDays(36_500)).write();

        assertThat(analyst.read("select visitor, epoch_us(started), clicks, types from sessions order by 1, 2"))
                .isNotEmpty()
                .isEqualTo(
                        Analyst.rows(
                                state.jdbcUrl(),
                                List.of(),
                                "select visitor, cast(extract(epoch from started) * 1000000 as bigint), clicks, types from clicks.session order by visitor collate \"C\", 2"));
        assertThat(analyst.columns(Datasets.SESSIONS))
                .containsExactlyElementsOf(
                        Stream.concat(Datasets.SESSIONS.columns().stream().map(Column::toString), Stream.of("day DATE"))
                                .toList());
        assertThat(analyst.example(Datasets.SESSIONS)).isNotEmpty();
    }

    @Test
    void the_clicks_behind_each_session_are_as_many_as_it_says_and_lead_to_their_records() {
        var upload = clicks.upload(
                "clicks/a.json", generated(EnumSet.of(Edge.DUPLICATE, Edge.STITCHED, Edge.NOT_STITCHED, Edge.SPLIT)));
        clicks.workToTheEnd();
        clockTo("2030-01-01T00:00:00Z");
        sessionDays(Duration.ofDays(36_500)).write();
        state.clock().pass(Duration.ofMinutes(1));
        sessionDays(Duration.ofDays(36_500)).write();
        files(server.client(), 100, Duration.ofDays(36_500)).write();

        var behind = analyst.clicksBehindSessions();

        var bySession = behind.stream().collect(Collectors.groupingBy(row -> row.subList(0, 3)));
        assertThat(bySession)
                .hasSize(Integer.parseInt(
                        state.column("select count(*) from clicks.session").get(0)));
        assertThat(bySession)
                .allSatisfy((session, clicks) -> assertThat(clicks).hasSize(Integer.parseInt(session.get(2))));
        assertThat(behind)
                .allSatisfy(row -> assertThat(row.get(6)).isEqualTo(upload.id().toString()));
        assertThat(behind.stream().map(row -> row.get(7)).distinct()).hasSameSizeAs(behind);
    }

    @Test
    void clicks_leave_after_ninety_days_and_sessions_after_thirteen_months_not_a_second_before() {
        var upload = clicks.upload("clicks/a.json", click("e-1", "2026-11-19T10:00:00Z"));
        clicks.workToTheEnd();
        clicks.upload("clicks/b.json", click("e-0", "2026-11-19T01:00:00Z"));
        clicks.workToTheEnd();
        everyday();
        state.clock().pass(Duration.ofMinutes(1));

        clockTo("2027-02-17T23:59:59Z");
        everyday();
        assertThat(counts()).containsExactly("2 shelves", "1 late", "1 sessions", "1 minutes");
        assertThat(analyst.keys()).anyMatch(key -> key.startsWith("parquet/clicks/"));
        clockTo("2027-02-18T00:00:00Z");
        everyday();
        assertThat(counts()).containsExactly("0 shelves", "0 late", "1 sessions", "1 minutes");
        assertThat(analyst.keys()).singleElement().isEqualTo("parquet/sessions/day=2026-11-19/sessions.parquet");
        assertThat(left()).containsExactly("archive.clicks {\"parquet/clicks/day=2026-11-19/\": 2}");

        clockTo("2027-12-20T23:59:59Z");
        everyday();
        assertThat(counts()).contains("1 sessions", "1 minutes");
        clockTo("2027-12-21T00:00:00Z");
        everyday();
        assertThat(counts()).contains("0 sessions", "0 minutes");
        assertThat(analyst.keys()).isEmpty();
        assertThat(left())
                .last()
                .isEqualTo("archive.sessions {\"parquet/sessions/day=2026-11-19/sessions.parquet\": 1}");
        assertThat(clicks.states(upload)).as("the ledger stays").isEqualTo(Map.of(State.DELIVERED, 1L));
    }

    @Test
    void silences_leave_with_clicks_changes_nobody_follows_with_sessions_and_decisions_with_their_tickets() {
        state.database().write(db -> {
            db.execute("insert into clicks.silence values ('bot', 'u', false, '2026-11-19T23:59:59Z')");
            db.execute("insert into clicks.changed (users, days) values ('{u}', '{2026-11-18,2026-11-19}')");
            db.execute(
                    "insert into clicks.confirmed_appeal values (gen_random_uuid(), '{T-1}', 'lena', 'a trader', '2026-11-19T10:00:00Z', now())");
            db.execute(
                    "insert into clicks.declined_appeal values (gen_random_uuid(), '{T-2}', 'lena', 'nobody', '2026-11-19T10:00:00Z')");
        });
        new TestCustomers(state).upload("tickets/a.json", """
                [{"ticket_id": "T-2", "user_id": "u", "created_at": "2026-11-19T09:00:00Z", "updated_at": "2026-11-19T11:00:00Z", "category": "account", "status": "closed"}]""");

        assertThat(kept("2027-02-17T23:59:59Z")).startsWith("1 silences", "1 changed");
        assertThat(kept("2027-02-18T00:00:00Z")).startsWith("0 silences", "1 changed");
        assertThat(kept("2027-12-20T23:59:59Z")).startsWith("0 silences", "1 changed");
        assertThat(kept("2027-12-21T00:00:00Z")).startsWith("0 silences", "0 changed");
        assertThat(kept("2029-11-19T10:00:00Z")).endsWith("1 confirmed", "1 declined");
        assertThat(kept("2029-11-19T10:00:01Z")).endsWith("0 confirmed", "1 declined");
        state.database().write(db -> db.execute("delete from customers.ticket"));
        assertThat(kept("2029-11-19T11:00:01Z")).endsWith("0 confirmed", "0 declined");
    }

    private static List<String> kept(String now) {
        clockTo(now);
        everyday();
        return state.column("""
                select count(*) || ' silences' from clicks.silence union all select count(*) || ' changed' from clicks.changed
                union all select count(*) || ' confirmed' from clicks.confirmed_appeal union all select count(*) || ' declined' from clicks.declined_appeal""");
    }

    @Test
    void a_profile_counts_no_sessions_that_are_gone() {
        clicks.upload("clicks/a.json", click("e-1", "2026-11-19T10:00:00Z") + click("e-2", "2026-11-21T06:00:00Z"));
        clicks.workToTheEnd();
        var customers = new TestCustomers(state);
        customers.followClicks();
        assertThat(state.column("select user_id || ' ' || sessions || ' ' || clicks from customers.profile"))
                .containsExactly("u-1 2 2");

        clockTo("2027-12-21T00:00:00Z");
        everyday();
        customers.followClicks();
        assertThat(state.column("select user_id || ' ' || sessions || ' ' || clicks from customers.profile"))
                .containsExactly("u-1 1 1");

        clockTo("2027-12-23T00:00:00Z");
        everyday();
        customers.followClicks();
        assertThat(state.column("select user_id from customers.profile")).isEmpty();
    }

    /** Of what left the archive OpenLineage is to be told, a round at a time. */
    private static List<String> left() {
        return state.column("""
                select subject || ' ' || rows from lineage.due
                where kind = 'retention' and subject like 'archive.%' and ended_at is not null order by id""");
    }

    /** What an instance does now and then. */
    private static void everyday() {
        files(1).write();
        sessionDays().write();
        new ClickRetention(state.database(), CLICKS_KEPT, SESSIONS_KEPT, TICKETS_KEPT, state.clock()).sweep();
        sessionDays().write();
    }

    private static List<String> counts() {
        return state.column("""
                select count(*) || ' shelves' from clicks.shelf union all select count(*) || ' late' from clicks.late
                union all select count(*) || ' sessions' from clicks.session union all select count(*) || ' minutes' from clicks.minute""");
    }

    private static ClickFiles files(int pages) {
        return files(server.client(), pages);
    }

    private static ClickFiles files(S3Client s3, int pages) {
        return files(s3, pages, CLICKS_KEPT);
    }

    private static ClickFiles files(S3Client s3, int pages, Duration kept) {
        return new ClickFiles(
                state.database(),
                s3,
                BUCKET,
                new ClickFiles.Settings(true, pages, pages, Duration.ofHours(1), kept),
                () -> false,
                state.clock());
    }

    /** A page at a time. */
    private static ClickFiles readingFiles(int waiting, Duration oldest) {
        return new ClickFiles(
                state.database(),
                server.client(),
                BUCKET,
                new ClickFiles.Settings(true, 1, waiting, oldest, Duration.ofDays(36_500)),
                () -> true,
                state.clock());
    }

    private static ArchivedDays sessionDays() {
        return sessionDays(SESSIONS_KEPT);
    }

    private static ArchivedDays sessionDays(Duration kept) {
        return new ArchivedDays(
                state.database(), server.client(), BUCKET, Map.of(Datasets.SESSIONS, kept), true, state.clock());
    }

    private static String pages() {
        return state.column("select count(*) from clicks.page").get(0);
    }

    private static String generated() {
        return generated(EnumSet.of(Edge.DUPLICATE));
    }

    private static String generated(Set<Edge> edges) {
        var out = new ByteArrayOutputStream();
        try {
            new ClickGenerator(Options.of(2_000, 7)
                            .withPerMinute(40)
                            .withShuffle(Duration.ofMinutes(30))
                            .withEdges(edges))
                    .write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String click(String id, String moment) {
        return "{\"event_id\":\"%s\",\"user_id\":\"u-1\",\"session_id\":\"s-1\",\"timestamp\":\"%s\",\"event_type\":\"page_view\"}\n"
                .formatted(id, moment);
    }

    private static void clockTo(String moment) {
        state.clock().pass(Duration.between(state.clock().instant(), Instant.parse(moment)));
    }
}
