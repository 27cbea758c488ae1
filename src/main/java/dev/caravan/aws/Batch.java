package dev.caravan.aws;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A page of messages: the body of an exchange that {@code sqs-batch:} makes. The route says for each message whether its effect is safe
 * ({@link BatchMessage#done()}) or when it shall come again ({@link BatchMessage#retry}). Splitting the body gives the messages.
 */
public final class Batch implements Iterable<BatchMessage> {
    /** Exchange header: the queue's name. */
    public static final String QUEUE_HEADER = "CaravanQueue";

    /** Exchange header: how many messages the batch has. */
    public static final String SIZE_HEADER = "CaravanBatchSize";

    private final String queue;
    private final List<BatchMessage> messages;
    private final List<Runnable> companions = new CopyOnWriteArrayList<>();

    /**
     * @param queue    the queue's name
     * @param messages in the order received, which on a FIFO queue is the order sent within a group; at least one
     */
    public Batch(String queue, List<BatchMessage> messages) {
        if (messages.isEmpty()) throw new IllegalArgumentException("an empty batch from " + queue);
        this.queue = queue;
        this.messages = List.copyOf(messages);
    }

    public String queue() {
        return queue;
    }

    /** In the order received, at least one. */
    public List<BatchMessage> messages() {
        return messages;
    }

    public int size() {
        return messages.size();
    }

    @Override
    public Iterator<BatchMessage> iterator() {
        return messages.iterator();
    }

    /** The messages about which nothing was said yet, in order. */
    public List<BatchMessage> undecided() {
        return messages.stream().filter(BatchMessage::isUndecided).toList();
    }

    /** Marks every message that is still undecided as done. */
    public void done() {
        undecided().forEach(BatchMessage::done);
    }

    /** Lets every message that is still undecided come again; see {@link BatchMessage#retry}. */
    public void retry(Duration after) {
        undecided().forEach(message -> message.retry(after));
    }

    /**
     * Runs something each time the visibility of the batch has been extended, such as the extension of the claims that go with it, so that
     * both lapse together after a crash. Called on another thread until the exchange ends; what it throws is logged.
     */
    public void whenExtended(Runnable companion) {
        companions.add(companion);
    }

    List<Runnable> companions() {
        return companions;
    }

    @Override
    public String toString() {
        return messages.size() + " messages of " + queue;
    }
}
