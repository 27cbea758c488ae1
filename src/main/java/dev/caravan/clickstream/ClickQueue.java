package dev.caravan.clickstream;

import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.clickstream.ClickDeliveries.Delivery;
import dev.caravan.deadletters.Failures;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.records.CoreRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Body;

/** Takes clicks in that are sent as messages, many in each. */
public final class ClickQueue {
    private static final String ROUTE = "clickstream-queue";

    /** Broken so that nobody can tell what it was. */
    private static final Set<String> NOT_UNDERSTOOD = Stream.of(
                    CoreRule.FILE_UNREADABLE,
                    CoreRule.FILE_TRUNCATED,
                    CoreRule.FILE_CORRUPT,
                    CoreRule.RECORD_MALFORMED,
                    CoreRule.RECORD_NOT_UTF8)
            .map(CoreRule::id)
            .collect(Collectors.toUnmodifiableSet());

    private final ClickLog log;
    private final ClickDeliveries deliveries;
    private final Failures failures;

    ClickQueue(ClickLog log, ClickDeliveries deliveries, Failures failures) {
        this.log = log;
        this.deliveries = deliveries;
        this.failures = failures;
    }

    /**
     * Puts a page of messages into the log, together. Each ends up done, sent back to wait, or parked when nothing in it is understood.
     *
     * @throws TargetUnavailable when the database does not answer: nothing was said about the messages
     */
    public void take(@Body Batch batch) {
        var sent = new ArrayList<Map.Entry<BatchMessage, Delivery>>();
        var unreadable = new LinkedHashMap<BatchMessage, BadMessage>();
        for (var message : batch) {
            var delivery = deliveries.sent(message.id(), message.body().getBytes(StandardCharsets.UTF_8));
            var wrong = wrong(delivery.page());
            if (wrong == null) sent.add(Map.entry(message, delivery));
            else unreadable.put(message, new BadMessage("no clicks: " + wrong));
        }
        failures.unreadable(batch.queue(), ClickFlow.NAME, ROUTE, unreadable);
        var outage =
                failures.together(batch.queue(), ROUTE, sent, Map.Entry::getKey, part -> append(batch.queue(), part));
        if (outage != null) throw outage;
    }

    /** Why nothing of a message is understood; null when something is. */
    private static String wrong(ClickPage page) {
        if (page == null) return "there is nothing in it";
        if (!page.clicks().isEmpty()) return null;
        for (var refusal : page.refusals())
            if (!NOT_UNDERSTOOD.contains(refusal.reasons().get(0).rule())) return null;
        return page.refusals().get(0).reasons().get(0).message();
    }

    private TargetUnavailable append(String queue, List<Map.Entry<BatchMessage, Delivery>> part) {
        log.append(part.stream()
                .map(entry -> deliveries.entry(
                        entry.getValue(), db -> failures.succeeded(db, queue, List.of(entry.getKey()))))
                .toList());
        return null;
    }
}
