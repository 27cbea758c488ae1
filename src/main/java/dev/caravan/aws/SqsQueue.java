package dev.caravan.aws;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;

/** The batch calls to one queue: at most ten messages a call, each entry's own result checked, what can heal sent again. */
final class SqsQueue {
    /** SQS takes and gives at most ten messages a call. */
    static final int MOST_PER_CALL = 10;

    private static final int ATTEMPTS = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    /**
     * A message for which a call was refused.
     *
     * @param heals whether it was SQS's fault and not that of what was asked, such as a receipt handle that has expired
     * @param cause in words
     */
    record Refusal(BatchMessage message, boolean heals, String cause) {
        @Override
        public String toString() {
            return message.id() + " (" + cause + ")";
        }
    }

    private final SqsClient client;
    private final String name;
    private final String url;

    SqsQueue(SqsClient client, String name, String url) {
        this.client = client;
        this.name = name;
        this.url = url;
    }

    SqsClient client() {
        return client;
    }

    String name() {
        return name;
    }

    String url() {
        return url;
    }

    /** Deletes the messages; returns those that are still there after all attempts. */
    List<Refusal> delete(Collection<BatchMessage> messages) {
        return inTens(messages, ATTEMPTS, ten -> client.deleteMessageBatch(request -> request.queueUrl(url)
                        .entries(numbered(ten, (id, message) -> DeleteMessageBatchRequestEntry.builder()
                                .id(id)
                                .receiptHandle(message.receiptHandle())
                                .build())))
                .failed());
    }

    /** Lets each message be visible again after its time; returns those for which that was refused after all attempts. */
    List<Refusal> changeVisibility(Map<BatchMessage, Duration> times) {
        return changeVisibility(times, ATTEMPTS);
    }

    /** As {@link #changeVisibility(Map)} with one attempt, for what is asked again soon anyway. */
    List<Refusal> changeVisibilityOnce(Map<BatchMessage, Duration> times) {
        return changeVisibility(times, 1);
    }

    private List<Refusal> changeVisibility(Map<BatchMessage, Duration> times, int attempts) {
        return inTens(times.keySet(), attempts, ten -> client.changeMessageVisibilityBatch(request -> request.queueUrl(
                                url)
                        .entries(numbered(ten, (id, message) -> ChangeMessageVisibilityBatchRequestEntry.builder()
                                .id(id)
                                .receiptHandle(message.receiptHandle())
                                .visibilityTimeout(wholeSeconds(times.get(message)))
                                .build())))
                .failed());
    }

    private static List<Refusal> inTens(
            Collection<BatchMessage> messages,
            int attempts,
            Function<List<BatchMessage>, List<BatchResultErrorEntry>> call) {
        var finalRefusals = new ArrayList<Refusal>();
        var left = List.copyOf(messages);
        boolean interrupted = false;
        for (int attempt = 1; !left.isEmpty(); attempt++) {
            var again = new LinkedHashMap<BatchMessage, Refusal>();
            for (int from = 0; from < left.size(); from += MOST_PER_CALL) {
                // A forced stop interrupts, and more than once; the SDK would give up.
                interrupted |= Thread.interrupted();
                for (var refusal : refused(left.subList(from, Math.min(from + MOST_PER_CALL, left.size())), call)) {
                    if (refusal.heals()) again.put(refusal.message(), refusal);
                    else finalRefusals.add(refusal);
                }
            }
            if (attempt == attempts) {
                finalRefusals.addAll(again.values());
                break;
            }
            left = List.copyOf(again.keySet());
            if (!left.isEmpty()) pause(attempt);
        }
        if (interrupted) Thread.currentThread().interrupt();
        return finalRefusals;
    }

    private static List<Refusal> refused(
            List<BatchMessage> ten, Function<List<BatchMessage>, List<BatchResultErrorEntry>> call) {
        try {
            return call.apply(ten).stream()
                    .map(entry -> new Refusal(
                            ten.get(Integer.parseInt(entry.id())),
                            !Boolean.TRUE.equals(entry.senderFault()),
                            entry.code() + ": " + entry.message()))
                    .toList();
        } catch (SdkException e) {
            return ten.stream()
                    .map(message -> new Refusal(message, true, e.getMessage()))
                    .toList();
        }
    }

    private interface Entry<E> {
        E of(String id, BatchMessage message);
    }

    private static <E> List<E> numbered(List<BatchMessage> ten, Entry<E> entry) {
        return IntStream.range(0, ten.size())
                .mapToObj(i -> entry.of(String.valueOf(i), ten.get(i)))
                .toList();
    }

    private static int wholeSeconds(Duration time) {
        return (int) time.plusNanos(999_999_999).toSeconds();
    }

    private static void pause(int attempt) {
        long most = FIRST_PAUSE.toNanos() << attempt;
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(most / 2, most));
    }
}
