package dev.caravan.aws;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How old the oldest message of a queue is. SQS tells that to CloudWatch only, so it is concluded from what is known here: when the messages
 * that were received and are still there were sent, and when the queue was last seen empty.
 *
 * <p>A message that nobody here has received yet was sent after those that were, as far as SQS keeps the order, and after the queue was last
 * seen empty; before either happened, its age counts from the start, and is more in truth.
 */
public final class MessageAges {
    /** A message that others have overtaken for so long is not there any more: SQS gave it up, or somebody else has deleted it. */
    private static final Duration OVERTAKEN = Duration.ofHours(13);

    private static final int MOST_KEPT = 10_000;

    private final Map<String, Known> queues = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Instant began;

    public MessageAges(Clock clock) {
        this.clock = clock;
        began = clock.instant();
    }

    /** What is known of a queue. */
    private static final class Known {
        private final Map<String, Seen> there = new LinkedHashMap<>();
        private Instant newerThan;

        private synchronized void received(Collection<BatchMessage> messages, Instant now) {
            for (var message : messages) {
                var sent = message.sent().orElse(now);
                if (there.size() < MOST_KEPT || there.containsKey(message.id()))
                    there.put(message.id(), new Seen(sent, now));
                // The first receive of a message tells how far SQS has got; one that comes again does not.
                if (message.receiveCount() == 1) unseenAfter(sent);
            }
            there.values().removeIf(seen -> seen.at().isBefore(now.minus(OVERTAKEN)));
        }

        private synchronized void gone(Collection<BatchMessage> messages) {
            messages.forEach(message -> there.remove(message.id()));
        }

        private synchronized void empty(Instant now) {
            there.clear();
            unseenAfter(now);
        }

        private void unseenAfter(Instant sent) {
            if (newerThan == null || newerThan.isBefore(sent)) newerThan = sent;
        }

        private synchronized Instant oldest(long messages, Instant began) {
            var oldest = there.values().stream().map(Seen::sent).min(Comparator.naturalOrder());
            if (messages <= there.size() && oldest.isPresent()) return oldest.get();
            var unseen = newerThan == null ? began : newerThan;
            return oldest.filter(sent -> sent.isBefore(unseen)).orElse(unseen);
        }
    }

    /** When a message was sent, and when it was last received. */
    private record Seen(Instant sent, Instant at) {}

    void received(String queue, Collection<BatchMessage> messages) {
        known(queue).received(messages, clock.instant());
    }

    /** These were deleted. */
    void gone(String queue, Collection<BatchMessage> messages) {
        known(queue).gone(messages);
    }

    /**
     * The age of the oldest message, told that the queue has so many, visible or not.
     *
     * @return empty when the queue is
     */
    public Optional<Duration> oldest(String queue, long messages) {
        var now = clock.instant();
        if (messages == 0) {
            known(queue).empty(now);
            return Optional.empty();
        }
        var age = Duration.between(known(queue).oldest(messages, began), now);
        return Optional.of(age.isNegative() ? Duration.ZERO : age);
    }

    private Known known(String queue) {
        return queues.computeIfAbsent(queue, name -> new Known());
    }
}
