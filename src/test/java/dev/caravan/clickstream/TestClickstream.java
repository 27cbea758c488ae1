package dev.caravan.clickstream;

import dev.caravan.alerts.AlertEvents;
import dev.caravan.alerts.Alerts;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.testing.Surroundings;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An instance of the clickstream flow on a real database: files go in as its routes would send them through, work is done when the test says. */
public final class TestClickstream {
    final TestState state;
    final Ledger ledger;
    final Quarantine quarantine;
    public final ClickstreamModule module;
    final Alerts alerts;
    final ClickLog log;

    final Surroundings around;
    private final ClickIntake intake;
    private final ClickLedger telling;
    private int uploads;

    public TestClickstream(TestState state) {
        this(state, state.database(), Map.of());
    }

    public TestClickstream(TestState state, Map<String, String> settings) {
        this(state, state.database(), settings);
    }

    TestClickstream(TestState state, Database database, Map<String, String> given) {
        this.state = state;
        var clock = state.clock();
        var set = new HashMap<>(given);
        set.putIfAbsent("CLICKSTREAM_CHECKPOINT_SECONDS", "0");
        set.putIfAbsent("CLICKSTREAM_OPEN_SESSIONS_SECONDS", "0");
        var settings = Settings.of(set);
        var routes = RouteFiles.at("classpath:routes");
        around = new Surroundings(database, settings, routes, clock);
        ledger = around.ledger;
        quarantine = new Quarantine(clock);
        alerts = around.alerts;
        module = new ClickstreamModule(new ClickstreamModule.Needs(
                settings,
                routes,
                database,
                ledger,
                quarantine,
                new Audit(clock),
                around.outcomes,
                around.failures,
                around.originals,
                alerts,
                around.events,
                null,
                clock));
        intake = (ClickIntake) module.beans().get("clickIntake");
        log = (ClickLog) module.beans().get("clickLog");
        telling = (ClickLedger) module.beans().get("clickLedger");
    }

    /** Uploads a file, each a second after the last. */
    public Upload upload(String key, String content) {
        return upload(key, content, () -> {});
    }

    /** @param afterEachPage what the route does then */
    Upload upload(String key, String content, Runnable afterEachPage) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        receive(upload, content.getBytes(StandardCharsets.UTF_8), afterEachPage);
        return upload;
    }

    /** As often as its announcement comes. */
    void receive(Upload upload, byte[] content) {
        receive(upload, content, () -> {});
    }

    private void receive(Upload upload, byte[] content, Runnable afterEachPage) {
        if (intake.open(upload) == null) return;
        try (var pages = intake.pages(new ByteArrayInputStream(content), upload)) {
            while (pages.hasNext()) {
                log.append(pages.next());
                afterEachPage.run();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        intake.complete(upload);
        intake.close(upload);
    }

    /** Works until there is nothing more to do, and tells the ledger. */
    public TestClickstream work() {
        for (int idle = 0; idle < 2; ) idle = module.worker().stepAndSettle() ? 0 : idle + 1;
        telling.tell();
        return this;
    }

    /** As {@link #work}, when no source has said anything for so long that nobody waits for it. */
    public TestClickstream workToTheEnd() {
        work();
        state.clock().pass(Duration.ofHours(1));
        // What partitions tell each other is written when their turn has come again.
        for (int turns = 0; turns < 3; turns++) {
            work();
            state.clock().pass(Duration.ofSeconds(10));
        }
        return work();
    }

    /** Tells the bus of alerts. */
    void publish() {
        ((AlertEvents) module.beans().get("clickAlertEvents")).publish();
    }

    Map<State, Long> states(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id())).states();
    }

    long missing(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id())).missing();
    }

    List<Kept> quarantined() {
        return state.list(db -> quarantine.list(db, Filter.open(), 1_000_000));
    }

    /** Everything that must not depend on pages, partitions, instances and crashes, as text. */
    String tables() {
        return String.join("\n", state.column("""
                select t::text from (
                  select 'session' as kind, to_jsonb(s) as row from clicks.session s
                  union all select 'minute', jsonb_build_object('minute', minute, 'events', sum(events), 'users', sum(users), 'anonymous', sum(anonymous))
                    from clicks.minute group by minute having sum(events) <> 0
                  union all select 'type', jsonb_build_object('minute', minute, key, sum(value::bigint)) from clicks.minute, jsonb_each_text(types)
                    group by minute, key
                  union all select 'country', jsonb_build_object('minute', minute, key, sum(value::bigint)) from clicks.minute, jsonb_each_text(countries)
                    group by minute, key
                  union all select 'late', to_jsonb(event_id) from clicks.late
                  union all select 'alert', jsonb_build_object('id', id, 'rule', rule, 'subject', subject, 'evidence', evidence, 'open', cleared_at is null)
                    from alerts.alert) t order by 1"""));
    }
}
