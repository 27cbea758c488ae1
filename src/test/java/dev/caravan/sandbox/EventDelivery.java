package dev.caravan.sandbox;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SqsException;

/**
 * Takes matched events to their queues. While SQS cannot be reached it waits, as EventBridge does for up to 24 hours; what a queue refuses
 * goes to the dead-letter queue of the rule.
 */
final class EventDelivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventDelivery.class);
    private static final int BATCH_BYTES = 1 << 20;
    private static final long PAUSE_MILLIS = 100;

    private final SqsClient sqs;
    private final URI endpoint;
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder deadLettered = new LongAdder();
    private final AtomicLong pending = new AtomicLong();

    EventDelivery(URI endpoint) {
        this.endpoint = endpoint;
        this.sqs = AwsClients.sqsOnce(endpoint);
    }

    void deliver(EventRule rule, String event) {
        pending.incrementAndGet();
        lanes.computeIfAbsent(rule.queue(), Lane::new).waiting.add(new Delivery(rule, event));
    }

    long delivered() {
        return delivered.sum();
    }

    long deadLettered() {
        return deadLettered.sum();
    }

    long pending() {
        return pending.get();
    }

    @Override
    public void close() {
        lanes.values().forEach(lane -> lane.thread.interrupt());
        sqs.close();
    }

    private void send(String queue, List<Delivery> batch) throws InterruptedException {
        var entries = new ArrayList<SendMessageBatchRequestEntry>();
        for (var delivery : batch) {
            entries.add(SendMessageBatchRequestEntry.builder()
                    .id(Integer.toString(entries.size()))
                    .messageBody(delivery.event())
                    .build());
        }
        while (true) {
            try {
                var answer = sqs.sendMessageBatch(
                        request -> request.queueUrl(url(queue)).entries(entries));
                delivered.add(answer.successful().size());
                for (var failure : answer.failed()) {
                    deadLetter(batch.get(Integer.parseInt(failure.id())), failure.code(), failure.message());
                }
                return;
            } catch (SqsException e) {
                if (e.statusCode() < 500) {
                    for (var delivery : batch) {
                        deadLetter(
                                delivery,
                                e.awsErrorDetails().errorCode(),
                                e.awsErrorDetails().errorMessage());
                    }
                    return;
                }
            } catch (SdkClientException e) {
                if (Thread.interrupted()) throw new InterruptedException();
                LOG.debug("SQS is away, events wait", e);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private void deadLetter(Delivery delivery, String code, String message) throws InterruptedException {
        var rule = delivery.rule();
        var attributes = Map.of(
                "RULE_ARN", text(rule.arn()),
                "TARGET_ARN", text(AwsSandbox.queueArn(rule.queue())),
                "ERROR_CODE", text(code),
                "ERROR_MESSAGE", text(message),
                "RETRY_ATTEMPTS", text("0"));
        while (true) {
            try {
                sqs.sendMessage(request -> request.queueUrl(url(rule.deadLetterQueue()))
                        .messageBody(delivery.event())
                        .messageAttributes(attributes));
                deadLettered.increment();
                return;
            } catch (SqsException e) {
                if (e.statusCode() < 500) {
                    LOG.warn("event of rule \"{}\" is lost: its dead-letter queue does not take it", rule.name(), e);
                    return;
                }
            } catch (SdkClientException e) {
                if (Thread.interrupted()) throw new InterruptedException();
                LOG.debug("SQS is away, events wait", e);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private String url(String queue) {
        return endpoint + "/" + AwsSandbox.ACCOUNT + "/" + queue;
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }

    private record Delivery(EventRule rule, String event) {
        int bytes() {
            return event.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    private final class Lane {
        private final BlockingQueue<Delivery> waiting = new LinkedBlockingQueue<>();
        private final Thread thread;

        Lane(String queue) {
            thread = new Thread(() -> run(queue), "sandbox-to-" + queue);
            thread.setDaemon(true);
            thread.start();
        }

        private void run(String queue) {
            try {
                while (true) {
                    var batch = nextBatch();
                    send(queue, batch);
                    pending.addAndGet(-batch.size());
                }
            } catch (InterruptedException | IllegalStateException e) {
                LOG.debug("no more deliveries to {}", queue);
            }
        }

        /** Up to ten events that fit into one request, at least one. */
        private List<Delivery> nextBatch() throws InterruptedException {
            var batch = new ArrayList<Delivery>();
            batch.add(waiting.take());
            var bytes = batch.get(0).bytes();
            while (batch.size() < 10) {
                var next = waiting.peek();
                if (next == null || bytes + next.bytes() > BATCH_BYTES) break;
                bytes += next.bytes();
                batch.add(waiting.take());
            }
            return batch;
        }
    }
}
