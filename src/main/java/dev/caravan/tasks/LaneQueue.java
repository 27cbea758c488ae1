package dev.caravan.tasks;

import dev.caravan.tasks.Wakeups.Wakeup;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** The SQS FIFO queue of wake-ups. A lane is a message group: SQS gives out one message of a lane at a time. */
public final class LaneQueue implements Wakeups.Queue {
    private final SqsClient sqs;
    private final String name;
    private String url;

    /** @param name of the queue, which is looked up with the first message */
    public LaneQueue(SqsClient sqs, String name) {
        this.sqs = sqs;
        this.name = name;
    }

    @Override
    public Set<String> send(List<Wakeup> wakeups) {
        var entries = IntStream.range(0, wakeups.size())
                .mapToObj(i -> SendMessageBatchRequestEntry.builder()
                        .id(String.valueOf(i))
                        .messageGroupId(wakeups.get(i).lane())
                        .messageDeduplicationId(wakeups.get(i).deduplicationId())
                        .messageBody(wakeups.get(i).body())
                        .build())
                .toList();
        return sqs.sendMessageBatch(request -> request.queueUrl(url()).entries(entries)).failed().stream()
                .map(failure -> wakeups.get(Integer.parseInt(failure.id())).lane())
                .collect(Collectors.toSet());
    }

    private synchronized String url() {
        if (url == null)
            url = sqs.getQueueUrl(request -> request.queueName(name)).queueUrl();
        return url;
    }
}
