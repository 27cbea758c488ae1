package dev.caravan.alerts;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.aws.EventPublisher;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.statement.Update;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on the bus that alerts of a flow were raised, once they are the tasks that they are to be, and have cleared, after that is safe. What is
 * told may be told twice, and late.
 */
public final class AlertEvents {
    private static final Logger LOG = LoggerFactory.getLogger(AlertEvents.class);
    private static final int AT_ONCE = 100;
    private static final int AWAY = -1;

    private final Alerts alerts;
    private final Database database;
    private final EventPublisher events;
    private final String flow;
    private final String prefix;
    private final Clock clock;

    /** @param prefix what the events' detail types begin with: {@code OrderAlert} for {@code OrderAlertRaised} and {@code OrderAlertCleared} */
    public AlertEvents(
            Alerts alerts, Database database, EventPublisher events, String flow, String prefix, Clock clock) {
        this.alerts = alerts;
        this.database = database;
        this.events = events;
        this.flow = flow;
        this.prefix = prefix;
        this.clock = clock;
    }

    /** @param raised whether that it was raised has not been told */
    private record Untold(Alert alert, boolean raised) {}

    /** Makes tasks of the alerts that are to be some, and puts what is to be told on the bus. */
    public void publish() {
        int told = 0;
        int handedOver;
        do {
            // Tasks do not wait for a bus that is away.
            if (told != AWAY) told = publishSome();
            handedOver = alerts.handOver(flow);
            if (handedOver > 0) CrashPoint.ALERTS_HANDED_OVER.pass();
        } while (told == AT_ONCE || handedOver > 0);
    }

    /** @return how many alerts were told of, or {@link #AWAY} */
    private int publishSome() {
        var waiting = database.transaction(
                db -> db.createQuery("select raised_event_at is null as raised, " + Alert.COLUMNS + """
                         from alerts.alert where flow = :flow and task_wanted is null and (raised_event_at is null or cleared_at is not null and cleared_event_at is null)
                        order by id limit :limit""")
                        .bind("flow", flow)
                        .bind("limit", AT_ONCE)
                        .map((row, context) -> new Untold(Alert.of(row, context), row.getBoolean("raised")))
                        .list());
        if (waiting.isEmpty()) return 0;
        var told = new ArrayList<BusEvent>();
        for (var untold : waiting) {
            if (untold.raised()) told.add(raised(untold.alert()));
            if (!untold.alert().open()) told.add(cleared(untold.alert()));
        }
        List<EventPublisher.Outcome> outcomes;
        try {
            outcomes = events.publish(told);
        } catch (TargetUnavailable e) {
            LOG.warn("{} alerts of {} wait to be told of: {}", waiting.size(), flow, e.getMessage());
            return AWAY;
        }
        CrashPoint.ALERTS_TOLD.pass();
        for (var outcome : outcomes)
            if (!outcome.sent())
                LOG.error("nobody hears of an alert: {}", outcome.refusal().getMessage());
        database.write(db -> {
            note(
                    db.createUpdate("update alerts.alert set raised_event_at = :now where id = any(:ids)"),
                    waiting.stream().filter(Untold::raised).toList());
            note(
                    db.createUpdate("update alerts.alert set cleared_event_at = :now where id = any(:ids)"),
                    waiting.stream().filter(untold -> !untold.alert().open()).toList());
        });
        return waiting.size();
    }

    private void note(Update update, List<Untold> told) {
        update.bind("now", clock.instant())
                .bindArray(
                        "ids",
                        UUID.class,
                        told.stream().map(untold -> untold.alert().id()).toList())
                .execute();
    }

    private BusEvent raised(Alert alert) {
        var detail = Json.object()
                .put("version", 1)
                .put("correlationId", alert.id().toString())
                .put("alertId", alert.id().toString())
                .put("rule", alert.rule())
                .put("subject", alert.subject())
                .put("title", alert.title());
        detail.set("evidence", alert.evidence());
        detail.put("clearsWhen", alert.clearsWhen())
                .put("raisedAt", alert.raisedAt().toString());
        if (alert.task() != null) detail.put("taskId", alert.task().toString());
        return new BusEvent("caravan." + flow, prefix + "Raised", detail, alert.raisedAt());
    }

    private BusEvent cleared(Alert alert) {
        var detail = Json.object()
                .put("version", 1)
                .put("correlationId", alert.id().toString())
                .put("alertId", alert.id().toString())
                .put("rule", alert.rule())
                .put("subject", alert.subject())
                .put("raisedAt", alert.raisedAt().toString())
                .put("clearedAt", alert.clearedAt().toString());
        return new BusEvent("caravan." + flow, prefix + "Cleared", detail, alert.clearedAt());
    }
}
