package dev.caravan.erasure;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A place that may have something of a person and from which Caravan cannot take a single one: what is known of it, for the certificate.
 *
 * @param store as certificates call it
 * @param did   what is done there all the same, or why nothing is, in a sentence
 * @param kept  after how long what is in it now is gone; null when others decide that
 * @param holds how much is in it, whosever that is, by part; empty for a part that cannot be asked
 */
public record Elsewhere(String store, String did, Duration kept, Map<String, OptionalLong> holds) {
    /** The longest that SQS keeps a message. */
    private static final Duration IN_A_QUEUE = Duration.ofDays(14);

    public Elsewhere {
        holds = Map.copyOf(holds);
    }

    private Elsewhere(String store, String did, Duration kept) {
        this(store, did, kept, Map.of());
    }

    /**
     * All of them.
     *
     * @param messages under way, by queue; empty for one that cannot be asked
     */
    public static List<Elsewhere> all(Settings settings, Map<String, OptionalLong> messages) {
        return List.of(
                new Elsewhere(
                        "queues",
                        "a message of the customer's is known by the hash when it arrives, and taken in as the pseudonym's; nobody knows whose those under way are",
                        IN_A_QUEUE,
                        messages),
                new Elsewhere(
                        "event archive",
                        "nothing: events of alerts and tasks may have the id, and EventBridge gives none up before its time",
                        settings.duration("erasure.event-archive-days")),
                new Elsewhere(
                        "logs",
                        "nothing: lines tell of uploads, messages and tasks, but the text of an error may have the id, and the firewall's lines have addresses",
                        settings.duration("erasure.log-days")),
                new Elsewhere(
                        "access logs",
                        "nothing: the load balancer's lines have addresses, and the id where it was in a path, as of the call that began this",
                        settings.duration("erasure.access-log-days")),
                new Elsewhere(
                        "former versions",
                        "nothing: objects that had left on their day before can be had back until then",
                        settings.duration("erasure.former-version-days")),
                new Elsewhere(
                        "backups of the database",
                        "nothing: after one is restored, erase --again erases whoever is back",
                        settings.duration("erasure.backup-days")),
                new Elsewhere(
                        "lineage",
                        settings.text("lineage.transport").equals("off")
                                ? "nobody is told of runs"
                                : "nothing: events tell of tables, numbers of rows and names of files, not of what is in them",
                        null),
                new Elsewhere(
                        "metrics and traces",
                        settings.text("otel.exporter.otlp.endpoint").isEmpty()
                                ? "metrics have no ids of people, and nobody is sent traces"
                                : "nothing: metrics have no ids of people; traces have ids of uploads, and of customers of the shop in paths of calls to it",
                        null));
    }

    /** As one of the stores of a certificate: nobody could look for the person, so it is not said what was found. */
    ObjectNode json() {
        var json = Json.object().put("store", store).putNull("found").put("did", did);
        if (kept != null) json.put("keptDays", kept.toDays());
        if (holds.isEmpty()) return json;
        var parts = json.putObject("holds");
        holds.keySet().stream().sorted().forEach(part -> {
            var count = holds.get(part);
            if (count.isPresent()) parts.put(part, count.getAsLong());
            else parts.putNull(part);
        });
        return json;
    }
}
