package dev.caravan.sandbox;

/**
 * A rule on a bus and its one target.
 *
 * @param bus             {@code default} or the name of an own bus
 * @param name            unique on its bus
 * @param pattern         AWS event pattern, JSON
 * @param queue           name of the SQS queue that gets the whole event
 * @param deadLetterQueue name of the queue for events that {@code queue} cannot take
 */
public record EventRule(String bus, String name, String pattern, String queue, String deadLetterQueue) {
    String arn() {
        var path = bus.equals(EventBridge.DEFAULT_BUS) ? name : bus + "/" + name;
        return "arn:aws:events:" + AwsSandbox.REGION + ":" + AwsSandbox.ACCOUNT + ":rule/" + path;
    }
}
