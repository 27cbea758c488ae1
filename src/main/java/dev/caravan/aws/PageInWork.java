package dev.caravan.aws;

import dev.caravan.aws.SqsQueue.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages that a poll holds: from their receive on they are kept invisible to others, until they are settled or given back. The two
 * cannot overlap, so that a late extension never undoes a retry time.
 */
final class PageInWork {
    private static final Logger LOG = LoggerFactory.getLogger(PageInWork.class);

    private final SqsQueue queue;
    private final Duration visibility;
    private final Map<BatchMessage, Long> invisibleUntil = new LinkedHashMap<>();
    private final Map<BatchMessage, Long> received = new HashMap<>();
    private List<Runnable> companions = List.of();
    private volatile long begun = System.nanoTime();
    private boolean released;

    /** @param visibility how long SQS keeps the messages invisible when asked once */
    PageInWork(SqsQueue queue, Duration visibility) {
        this.queue = queue;
        this.visibility = visibility;
    }

    /** @param askedAt {@link System#nanoTime} before the receive: no timeout ends earlier than counted from there */
    synchronized void add(List<BatchMessage> messages, long askedAt) {
        for (var message : messages) {
            invisibleUntil.put(message, askedAt + visibility.toNanos());
            received.put(message, askedAt);
        }
    }

    synchronized List<BatchMessage> messages() {
        return List.copyOf(invisibleUntil.keySet());
    }

    synchronized int size() {
        return invisibleUntil.size();
    }

    /** The route begins to work on the page. */
    synchronized void accompaniedBy(List<Runnable> companions) {
        this.begun = System.nanoTime();
        this.companions = companions;
    }

    /** Extends what has less than two thirds of its time left. */
    synchronized void extend() {
        if (released) return;
        long now = System.nanoTime();
        var due = new LinkedHashMap<BatchMessage, Duration>();
        invisibleUntil.forEach((message, until) -> {
            if (message.isHeld() && until - now < visibility.toNanos() * 2 / 3)
                due.put(message, atMostTwelveHours(message, visibility, now));
        });
        if (due.isEmpty()) return;

        var refusals = queue.changeVisibilityOnce(due);
        due.keySet().forEach(message -> invisibleUntil.put(message, now + visibility.toNanos()));
        for (var refusal : refusals) {
            if (refusal.heals()) invisibleUntil.put(refusal.message(), now); // asked again next time
            else refusal.message().lost();
        }
        if (!refusals.isEmpty())
            LOG.warn("{}: visibility not extended, may be received again: {}", queue.name(), refusals);
        for (var companion : companions) {
            try {
                companion.run();
            } catch (RuntimeException e) {
                LOG.warn("{}: what goes with the extension of {} messages failed", queue.name(), due.size(), e);
            }
        }
    }

    /** Gives every message back as if it had never been received; but for its receive count, which SQS keeps. */
    void giveBack() {
        release();
        var now = new LinkedHashMap<BatchMessage, Duration>();
        messages().forEach(message -> now.put(message, Duration.ZERO));
        var refusals = queue.changeVisibility(now);
        if (!refusals.isEmpty())
            LOG.warn("{}: not given back, visible when their timeout is over: {}", queue.name(), refusals);
    }

    /**
     * Deletes what is done and lets come again what shall.
     *
     * <p>On a FIFO queue a group stays in order: when one of its messages is not done, those after it in the page that are not done either
     * come again together with it, at the time asked for the first of them. One marked done is deleted wherever it stands.
     *
     * @return the messages that are done and could not be deleted, for reasons that heal: they come again
     */
    List<Refusal> settle() {
        release();
        return settle(messages());
    }

    /**
     * As {@link #settle()}, for what is decided by now; the rest stays in work. On a FIFO queue that is what belongs to groups of which
     * nothing in the page is undecided.
     *
     * @param age  pages younger than that are left alone: they may end soon
     * @param gone told what was settled
     */
    List<Refusal> settleDecided(Duration age, Consumer<List<BatchMessage>> gone) {
        if (System.nanoTime() - begun < age.toNanos()) return List.of();
        var decided = takeDecided();
        if (decided.isEmpty()) return List.of();
        var notDeleted = settle(decided);
        gone.accept(decided);
        return notDeleted;
    }

    private synchronized List<BatchMessage> takeDecided() {
        if (released) return List.of();
        var undecided = messages().stream().filter(BatchMessage::isUndecided).toList();
        var groups = undecided.stream().map(BatchMessage::group).collect(Collectors.toSet());
        var decided = messages().stream()
                .filter(message -> !undecided.contains(message))
                .filter(message -> message.group().isEmpty() || !groups.contains(message.group()))
                .toList();
        decided.forEach(invisibleUntil::remove);
        return decided;
    }

    private List<Refusal> settle(List<BatchMessage> messages) {
        messages.forEach(BatchMessage::settle);

        var done = messages.stream().filter(BatchMessage::isDone).toList();
        var notDeleted = new ArrayList<Refusal>();
        for (var refusal : queue.delete(done)) {
            if (refusal.heals()) notDeleted.add(refusal);
            else LOG.warn("{}: done but not deleted, comes again: {}", queue.name(), refusal);
        }

        var refusals = queue.changeVisibility(retryTimes(messages));
        if (!refusals.isEmpty())
            LOG.warn("{}: retry time not set, visible when their timeout is over: {}", queue.name(), refusals);
        return notDeleted;
    }

    private Map<BatchMessage, Duration> retryTimes(List<BatchMessage> messages) {
        long now = System.nanoTime();
        var firstOfGroup = new HashMap<String, BatchMessage>();
        var times = new LinkedHashMap<BatchMessage, Duration>();
        for (var message : messages) {
            if (message.isDone()) continue;
            var decides = message.group()
                    .map(group -> firstOfGroup.computeIfAbsent(group, first -> message))
                    .orElse(message);
            decides.retryAfter().ifPresent(after -> times.put(message, atMostTwelveHours(message, after, now)));
        }
        return times;
    }

    /** SQS counts the twelve hours from the receive. */
    private Duration atMostTwelveHours(BatchMessage message, Duration wanted, long now) {
        var left = BatchMessage.LONGEST_RETRY
                .minusNanos(now - received.get(message))
                .minusSeconds(1);
        return wanted.compareTo(left) > 0 ? left : wanted;
    }

    private synchronized void release() {
        released = true;
    }
}
