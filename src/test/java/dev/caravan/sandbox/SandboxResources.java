package dev.caravan.sandbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * What Caravan needs in AWS, by name: the sandbox's counterpart of the CloudFormation template.
 *
 * @param prefix            before every name
 * @param maxReceiveCount   receives until a message goes to the dead-letter queue of its queue
 * @param visibilityTimeout of every queue, whole seconds
 */
public record SandboxResources(String prefix, int maxReceiveCount, Duration visibilityTimeout) {
    /** How long every queue keeps a message. */
    public static final Duration RETENTION = Duration.ofDays(14);

    public static SandboxResources defaults() {
        return new SandboxResources("caravan", 100, Duration.ofSeconds(60));
    }

    public SandboxResources withPrefix(String newPrefix) {
        return new SandboxResources(newPrefix, maxReceiveCount, visibilityTimeout);
    }

    public SandboxResources withMaxReceiveCount(int newMaxReceiveCount) {
        return new SandboxResources(prefix, newMaxReceiveCount, visibilityTimeout);
    }

    public SandboxResources withVisibilityTimeout(Duration newVisibilityTimeout) {
        return new SandboxResources(prefix, maxReceiveCount, newVisibilityTimeout);
    }

    public String inbox() {
        return prefix + "-inbox";
    }

    public String archive() {
        return prefix + "-archive";
    }

    public String uploads() {
        return prefix + "-uploads";
    }

    public String products() {
        return prefix + "-products";
    }

    public String publications() {
        return prefix + "-publications";
    }

    public String catalogue() {
        return prefix + "-catalogue";
    }

    public String clicks() {
        return prefix + "-clicks";
    }

    public String tasks() {
        return prefix + "-tasks.fifo";
    }

    /** Caravan's own bus. */
    public String bus() {
        return prefix;
    }

    /** The dead-letter queue of a queue: {@code NAME-dead}, with {@code .fifo} staying at the end. */
    public static String dead(String queue) {
        return queue.endsWith(".fifo") ? queue.replace(".fifo", "-dead.fifo") : queue + "-dead";
    }

    public List<String> queues() {
        return List.of(uploads(), products(), publications(), catalogue(), clicks(), tasks());
    }

    public List<EventRule> rules() {
        return List.of(
                rule(EventBridge.DEFAULT_BUS, uploads(), """
                        {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["%s"]}}}""".formatted(inbox())),
                rule(bus(), products(), """
                        {"detail-type": ["ProductIngested"]}"""),
                rule(bus(), publications(), """
                        {"detail-type": ["ProductPublished", "ProductUnpublished"]}"""),
                rule(bus(), catalogue(), """
                        {"detail-type": ["ProductPublished"]}"""));
    }

    void createBuckets(S3Client s3) {
        for (var bucket : List.of(inbox(), archive())) {
            s3.createBucket(request -> request.bucket(bucket));
            s3.putBucketVersioning(request -> request.bucket(bucket)
                    .versioningConfiguration(versioning -> versioning.status(BucketVersioningStatus.ENABLED)));
        }
    }

    void createQueues(SqsClient sqs) {
        for (var queue : queues()) {
            sqs.createQueue(request -> request.queueName(dead(queue)).attributes(attributes(queue)));
            var redriven = attributes(queue);
            redriven.put(QueueAttributeName.REDRIVE_POLICY, """
                    {"deadLetterTargetArn": "%s", "maxReceiveCount": %s}""".formatted(
                            AwsSandbox.queueArn(dead(queue)), maxReceiveCount));
            sqs.createQueue(request -> request.queueName(queue).attributes(redriven));
        }
    }

    void createRules(EventBridge events) {
        events.createBus(bus());
        rules().forEach(events::addRule);
    }

    private Map<QueueAttributeName, String> attributes(String queue) {
        var attributes = new HashMap<QueueAttributeName, String>();
        attributes.put(QueueAttributeName.VISIBILITY_TIMEOUT, Long.toString(visibilityTimeout.toSeconds()));
        attributes.put(QueueAttributeName.MESSAGE_RETENTION_PERIOD, Long.toString(RETENTION.toSeconds()));
        if (queue.endsWith(".fifo")) attributes.put(QueueAttributeName.FIFO_QUEUE, "true");
        return attributes;
    }

    private static EventRule rule(String bus, String queue, String pattern) {
        return new EventRule(bus, queue, pattern, queue, dead(queue));
    }
}
