package dev.caravan.aws;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * One message of a {@link Batch}, and what shall become of it. A route calls {@link #done()} when the message's effect is safe, or
 * {@link #retry(Duration)} when it shall come again after a while; what it says last counts. A message about which nothing was said stays
 * in the queue and comes again when its visibility timeout is over.
 *
 * <p>Safe for use by several threads.
 */
public final class BatchMessage {
    /** The longest SQS keeps a message invisible. */
    public static final Duration LONGEST_RETRY = Duration.ofHours(12);

    private enum State {
        UNDECIDED,
        DONE,
        RETRY
    }

    private final String id;
    private final String receiptHandle;
    private final String body;
    private final Map<String, String> attributes;
    private final Map<String, String> messageAttributes;

    private State state = State.UNDECIDED;
    private Duration retryAfter;
    private boolean settled;
    private volatile boolean held = true;
    private volatile String trace;
    private volatile Throwable failure;

    /**
     * @param id                SQS's message id
     * @param receiptHandle     what deletes this receive of the message
     * @param body              as sent
     * @param attributes        SQS's own, by the names of {@link MessageSystemAttributeName}, such as {@code ApproximateReceiveCount}
     * @param messageAttributes the sender's; binary ones in Base64
     */
    public BatchMessage(
            String id,
            String receiptHandle,
            String body,
            Map<String, String> attributes,
            Map<String, String> messageAttributes) {
        this.id = Objects.requireNonNull(id);
        this.receiptHandle = Objects.requireNonNull(receiptHandle);
        this.body = Objects.requireNonNull(body);
        this.attributes = Map.copyOf(attributes);
        this.messageAttributes = Map.copyOf(messageAttributes);
    }

    static BatchMessage of(Message message) {
        var messageAttributes = new TreeMap<String, String>();
        message.messageAttributes()
                .forEach((name, value) -> messageAttributes.put(
                        name,
                        value.binaryValue() == null
                                ? Objects.requireNonNullElse(value.stringValue(), "")
                                : Base64.getEncoder()
                                        .encodeToString(value.binaryValue().asByteArray())));
        return new BatchMessage(
                message.messageId(),
                message.receiptHandle(),
                message.body(),
                message.attributesAsStrings(),
                messageAttributes);
    }

    public String id() {
        return id;
    }

    public String receiptHandle() {
        return receiptHandle;
    }

    public String body() {
        return body;
    }

    /** SQS's own attributes, by name. */
    public Map<String, String> attributes() {
        return attributes;
    }

    /** What the sender attached, as text; binary values in Base64. */
    public Map<String, String> messageAttributes() {
        return messageAttributes;
    }

    /** How often the message was received, this time included; at least 1. A receive is no attempt: a stop returns messages unseen. */
    public int receiveCount() {
        return Integer.parseInt(
                attributes.getOrDefault(name(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT), "1"));
    }

    /** When anyone first received the message; empty when SQS did not say. */
    public Optional<Instant> firstReceived() {
        return time(MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP);
    }

    /** When the message was sent; empty when SQS did not say. */
    public Optional<Instant> sent() {
        return time(MessageSystemAttributeName.SENT_TIMESTAMP);
    }

    /** The message group, on a FIFO queue: messages of a group come in the order they were sent. */
    public Optional<String> group() {
        return Optional.ofNullable(attributes.get(name(MessageSystemAttributeName.MESSAGE_GROUP_ID)));
    }

    /** The effect is safe: the message is deleted when the exchange ends, even when the exchange fails. */
    public void done() {
        decide(State.DONE, null);
    }

    /**
     * The message shall come again.
     *
     * @param after counted from the end of the exchange, rounded up to whole seconds; {@link Duration#ZERO} for at once, more than
     *     {@link #LONGEST_RETRY} counts as that
     */
    public void retry(Duration after) {
        if (after.isNegative()) throw new IllegalArgumentException("message " + id + ": retry after " + after);
        decide(State.RETRY, after.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : after);
    }

    public synchronized boolean isDone() {
        return state == State.DONE;
    }

    /** Neither {@link #done()} nor {@link #retry(Duration)} was called. */
    public synchronized boolean isUndecided() {
        return state == State.UNDECIDED;
    }

    /** What {@link #retry(Duration)} asked for; empty when it was not called or {@link #done()} was called after it. */
    public synchronized Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /**
     * Whether the message is still ours alone, as far as we know. False once SQS refused to extend its visibility: somebody else may have
     * received it meanwhile, so the effect must bear happening twice (it must anyway).
     */
    public boolean isHeld() {
        return held;
    }

    /** What is done for this message goes on with this context, as W3C's {@code traceparent}; null when that is not traced. */
    public String trace() {
        return trace;
    }

    /** Says so, before the route works on it. */
    public void traced(String traceparent) {
        trace = traceparent;
    }

    /** Why it did not come through, for who watches; that alone decides nothing. */
    public void failed(Throwable cause) {
        failure = cause;
    }

    /** Why it did not come through; empty when nothing was said. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    void lost() {
        held = false;
    }

    /** From now on nothing can be said about the message. */
    synchronized void settle() {
        settled = true;
    }

    private synchronized void decide(State decision, Duration after) {
        if (settled)
            throw new IllegalStateException(
                    "message " + id + ": its exchange has ended, what becomes of it is settled");
        state = decision;
        retryAfter = after;
    }

    private Optional<Instant> time(MessageSystemAttributeName name) {
        return Optional.ofNullable(attributes.get(name(name)))
                .map(millis -> Instant.ofEpochMilli(Long.parseLong(millis)));
    }

    private static String name(MessageSystemAttributeName name) {
        return name.toString();
    }

    @Override
    public String toString() {
        return "message " + id;
    }
}
