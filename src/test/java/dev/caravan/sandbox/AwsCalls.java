package dev.caravan.sandbox;

import java.util.Map;

/**
 * What the sandbox's AWS was asked to do since it started.
 *
 * @param putEventsRequests   refused ones included; those the AWS SDK repeats by itself count again
 * @param entriesAccepted     of PutEvents
 * @param entriesFailed       of PutEvents, each with its own error code
 * @param eventsUnmatched     events, S3's own included, that no rule of their bus wanted
 * @param eventsDelivered     messages put into queues by rules
 * @param eventsDeadLettered  messages put into the dead-letter queues of rules
 * @param deliveriesPending   events not yet in a queue
 * @param messagesSent        messages put into each queue by anyone, rules and redrives included; a queue never sent to is absent
 */
public record AwsCalls(
        long putEventsRequests,
        long entriesAccepted,
        long entriesFailed,
        long eventsUnmatched,
        long eventsDelivered,
        long eventsDeadLettered,
        long deliveriesPending,
        Map<String, Long> messagesSent) {
    public long sentTo(String queue) {
        return messagesSent.getOrDefault(queue, 0L);
    }
}
