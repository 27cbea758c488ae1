package dev.caravan.deadletters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.alerts.Alerts;
import dev.caravan.alerts.Finding;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Reason;
import dev.caravan.state.EvidenceRetention;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A closed and an open one of each. */
class EvidenceRetentionTest {
    private static final Duration KEPT = Duration.ofDays(1096);
    private static TestState state;

    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Quarantine quarantine = new Quarantine(state.clock());
    private final Alerts alerts =
            new Alerts(state.database(), (db, lane, title, description, priority) -> new UUID(0, 1), state.clock());
    private final EvidenceRetention retention = new EvidenceRetention(state.database(), KEPT, state.clock());

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
    void what_is_closed_goes_when_it_has_been_kept_for_long_enough_and_what_is_open_stays() {
        var upload = state.opened("products/shein/a.json");
        state.database().write(db -> {
            for (var body : List.of("open", "closed")) letters.park(db, parking(body));
            quarantine.keep(
                    db,
                    "products",
                    Stream.of(0, 1)
                            .map(index -> new Refusal(
                                    new RecordId(upload.id(), index),
                                    index,
                                    "JSON",
                                    null,
                                    new byte[0],
                                    List.of(new Reason("/sku", "no-sku", "broke it", null)),
                                    null))
                            .toList());
            alerts.settle(db, "orders", "low", Optional.empty(), List.of(finding("open"), finding("closed")));
        });
        state.clock().pass(Duration.ofDays(2000));
        state.database().write(db -> {
            close(db, letter("closed"));
            var refused = quarantine.list(db, Quarantine.Filter.open(), 10).get(0);
            quarantine.resolve(db, refused.id(), "discarded", "mara", "a test");
            alerts.settle(db, "orders", "low", Optional.empty(), List.of(finding("open")));
            db.execute("update alerts.alert set raised_event_at = now(), cleared_event_at = now()");
        });

        state.clock().pass(KEPT);
        retention.sweep();
        assertThat(kept()).containsExactly("2 letters", "1 edits", "1 replays", "2 records", "2 alerts");

        state.clock().pass(Duration.ofMillis(1));
        retention.sweep();
        assertThat(kept()).containsExactly("1 letters", "0 edits", "0 replays", "1 records", "1 alerts");
        assertThat(
                        state.column(
                                "select state from dead_letters.letter union all select state from quarantine.record union all select subject from alerts.alert"))
                .containsOnly("open");
        assertThat(
                        state.column(
                                "select cast(rows as text) from lineage.due where kind = 'retention' and subject = 'evidence' and ended_at is not null"))
                .containsExactly(
                        "{\"alerts.alert\": 1, \"quarantine.record\": 1, \"dead_letters.letter\": 1, \"dead_letters.replay\": 1}");
    }

    @Test
    void an_alert_that_nobody_has_been_told_of_yet_and_a_letter_on_its_way_stay() {
        state.database().write(db -> {
            letters.park(db, parking("closed"));
            alerts.settle(db, "orders", "low", Optional.empty(), List.of(finding("closed")));
            alerts.settle(db, "orders", "low", Optional.empty(), List.of());
            close(db, letter("closed"));
            db.execute("update dead_letters.replay_letter set state = 'sent'");
        });

        state.clock().pass(KEPT.multipliedBy(2));
        retention.sweep();

        assertThat(kept()).containsExactly("1 letters", "1 edits", "1 replays", "0 records", "1 alerts");
    }

    private Letter letter(String body) {
        return state.ask(db -> letters.list(db, Filter.open(), 10)).stream()
                .filter(letter -> new String(letter.body(), UTF_8).equals(body))
                .findFirst()
                .orElseThrow();
    }

    /** By hand, with an edit and a replay that is over. */
    private void close(Handle db, Letter letter) {
        letters.edit(db, letter, "better".getBytes(UTF_8), "mara", "a typing error");
        var replay = UUID.randomUUID();
        var now = state.clock().instant().toString();
        db.execute(
                "insert into dead_letters.replay (id, asked_by, asked_at, selection, state, sent_to) values (?, 'mara', cast(? as timestamptz), 'all', 'done', now())",
                replay,
                now);
        db.execute(
                "insert into dead_letters.replay_letter (replay, letter, position, state) values (?, ?, 0, 'passed')",
                replay,
                letter.id());
        letters.resolve(db, letter.id(), "replayed", "mara", null);
    }

    private List<String> kept() {
        return state.column("""
                select count(*) || ' letters' from dead_letters.letter
                union all select count(*) || ' edits' from dead_letters.edit
                union all select count(*) || ' replays' from dead_letters.replay
                union all select count(*) || ' records' from quarantine.record
                union all select count(*) || ' alerts' from alerts.alert""");
    }

    private static Finding finding(String subject) {
        return new Finding(subject, subject + " is low", Json.object(), "never");
    }

    private static Parking parking(String body) {
        return new Parking(
                "products",
                "products-pimcore",
                "products",
                null,
                null,
                body.getBytes(UTF_8),
                Json.object(),
                null,
                new BadMessage("bad"));
    }
}
