package dev.caravan.clickstream;

import dev.caravan.alerts.Alerts;
import dev.caravan.alerts.Alerts.Episode;
import dev.caravan.alerts.Finding;
import dev.caravan.clickstream.Alert.State;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Alerts about clicks among all others: at once when they are raised, and with each checkpoint as they are then. */
final class ClickAlerts {
    private final Database database;
    private final Alerts alerts;

    ClickAlerts(Database database, Alerts alerts) {
        this.database = database;
        this.alerts = alerts;
    }

    /** Raises alerts in a transaction of their own; those that are there already stay as they are. */
    void raise(Collection<Alert> raised) {
        if (!raised.isEmpty()) database.write(db -> alerts.raise(db, episodes(raised)));
    }

    /** Writes alerts as they stand. */
    void tell(Handle db, Collection<Alert> told) {
        var episodes = episodes(told);
        alerts.raise(db, episodes);
        alerts.tell(db, episodes);
    }

    private static List<Episode> episodes(Collection<Alert> alerts) {
        return alerts.stream()
                .map(alert -> new Episode(
                        ClickFlow.NAME,
                        alert.rule().name(),
                        alert.rule().task(),
                        alert.id(),
                        Instant.ofEpochMilli(alert.start()),
                        finding(alert),
                        alert.state() == State.OPEN))
                .toList();
    }

    /** What an alert about a visitor is about, as it says. */
    static String subject(Visitor visitor) {
        return (visitor.anonymous() ? "session " : "user ") + visitor.id();
    }

    private static Finding finding(Alert alert) {
        var subject = subject(alert.visitor());
        var evidence = Json.object()
                .put("severity", alert.rule().severity())
                .put("windowSeconds", alert.rule().window().toSeconds())
                .put("from", Instant.ofEpochMilli(alert.from()).toString())
                .put("start", Instant.ofEpochMilli(alert.start()).toString())
                .put("last", Instant.ofEpochMilli(alert.last()).toString())
                .put("events", alert.events())
                .put("peak", alert.peak())
                .put("peakMinute", alert.peakMinute());
        var ids = evidence.putArray("eventIds");
        alert.eventIds().forEach(ids::add);
        if (alert.state() == State.MERGED)
            evidence.put("mergedInto", alert.mergedInto().toString());
        if (alert.state() == State.WITHDRAWN) evidence.put("withdrawn", true);
        return new Finding(
                subject,
                alert.rule().name() + ": " + subject + ", " + alert.events() + " clicks from "
                        + Instant.ofEpochMilli(alert.from()),
                evidence,
                alert.rule().clearsWhen());
    }
}
