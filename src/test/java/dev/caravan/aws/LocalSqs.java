package dev.caravan.aws;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** ElasticMQ on a free loopback port, with the calls the tests of {@code sqs-batch:} make beside the component. */
final class LocalSqs implements AutoCloseable {
    private final SQSRestServer server;
    private final SqsClient client;

    LocalSqs() {
        server = SQSRestServerBuilder.withInterface("127.0.0.1")
                .withDynamicPort()
                .start();
        int port = server.waitUntilStarted().localAddress().getPort();
        client = SqsClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .build();
    }

    SqsClient client() {
        return client;
    }

    /** A new queue with a name of its own. */
    String queue() {
        var name = "queue-" + UUID.randomUUID();
        client.createQueue(request -> request.queueName(name));
        return name;
    }

    /** A new FIFO queue with a name of its own. */
    String fifoQueue() {
        var name = "queue-" + UUID.randomUUID() + ".fifo";
        client.createQueue(request -> request.queueName(name)
                .attributes(Map.of(
                        QueueAttributeName.FIFO_QUEUE,
                        "true",
                        QueueAttributeName.CONTENT_BASED_DEDUPLICATION,
                        "true")));
        return name;
    }

    void send(String queue, List<String> bodies) {
        for (int from = 0; from < bodies.size(); from += 10) {
            var entries = new ArrayList<SendMessageBatchRequestEntry>();
            for (var body : bodies.subList(from, Math.min(from + 10, bodies.size()))) {
                entries.add(SendMessageBatchRequestEntry.builder()
                        .id("m" + entries.size())
                        .messageBody(body)
                        .build());
            }
            client.sendMessageBatch(request -> request.queueUrl(url(queue)).entries(entries));
        }
    }

    void sendInGroup(String queue, String group, String... bodies) {
        for (var body : bodies) {
            client.sendMessage(request ->
                    request.queueUrl(url(queue)).messageGroupId(group).messageBody(body));
        }
    }

    /** What a receive gives now, without waiting, all at most ten. */
    List<Message> receive(String queue) {
        return client.receiveMessage(request -> request.queueUrl(url(queue))
                        .maxNumberOfMessages(10)
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
                .messages();
    }

    /** How many messages the queue has: those that can be received now, and those in flight. */
    Map<String, Integer> counts(String queue) {
        var attributes = client.getQueueAttributes(
                        request -> request.queueUrl(url(queue)).attributeNames(QueueAttributeName.ALL))
                .attributes();
        var counts = new HashMap<String, Integer>();
        counts.put("visible", Integer.valueOf(attributes.get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)));
        counts.put(
                "in flight",
                Integer.valueOf(attributes.get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE)));
        return counts;
    }

    boolean isEmpty(String queue) {
        return counts(queue).values().stream().allMatch(count -> count == 0);
    }

    String url(String queue) {
        return client.getQueueUrl(request -> request.queueName(queue)).queueUrl();
    }

    @Override
    public void close() {
        client.close();
        server.stopAndWait();
    }
}
