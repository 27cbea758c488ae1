package dev.caravan.aws;

import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.MESSAGE_RETENTION_PERIOD;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.REDRIVE_POLICY;

import dev.caravan.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** The queues that routes read, and how many messages they have. SQS, whose numbers are approximate, has two seconds for an answer. */
public final class Queues {
    private static final Logger LOG = LoggerFactory.getLogger(Queues.class);

    /** How long our queues keep a message, for stand-ins of SQS that do not say. */
    private static final Duration KEPT = Duration.ofDays(14);

    private static final AwsRequestOverrideConfiguration IN_TIME = AwsRequestOverrideConfiguration.builder()
            .apiCallTimeout(Duration.ofSeconds(2))
            .build();

    private final Supplier<CamelContext> context;
    private final SqsClient sqs;
    private final Supplier<Set<String>> named;
    private final Map<String, SqsQueue> found = new ConcurrentHashMap<>();
    private volatile Set<String> everywhere;

    /**
     * What SQS says of a queue.
     *
     * @param kept        for how long it keeps a message
     * @param deadLetters name of the queue for what it gives up; empty for none
     */
    record Depth(long visible, long inWork, long delayed, Duration kept, Optional<String> deadLetters) {
        long messages() {
            return visible + inWork + delayed;
        }
    }

    /**
     * @param context asked each time: its routes are started later than this is made
     * @param named   the queues of all routes, also of those that only other instances run: names or ARNs, with placeholders; asked once
     */
    public Queues(Supplier<CamelContext> context, SqsClient sqs, Supplier<Set<String>> named) {
        this.context = context;
        this.sqs = sqs;
        this.named = named;
    }

    /** Those that this instance reads. */
    List<SqsBatchEndpoint> here() {
        everywhere(); // Read by whoever measures, so that no transaction waits for files.
        return context.get().getEndpoints().stream()
                .filter(SqsBatchEndpoint.class::isInstance)
                .map(SqsBatchEndpoint.class::cast)
                .toList();
    }

    private Set<String> everywhere() {
        if (everywhere == null) everywhere = named.get();
        return everywhere;
    }

    /** @throws software.amazon.awssdk.core.exception.SdkException when there is no such queue or SQS does not answer in time */
    Depth depth(SqsQueue queue) {
        var said = queue.client()
                .getQueueAttributes(request -> request.queueUrl(queue.url())
                        .attributeNames(QueueAttributeName.ALL)
                        .overrideConfiguration(IN_TIME))
                .attributes();
        return new Depth(
                number(said, APPROXIMATE_NUMBER_OF_MESSAGES, 0),
                number(said, APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE, 0),
                number(said, APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED, 0),
                Duration.ofSeconds(number(said, MESSAGE_RETENTION_PERIOD, KEPT.toSeconds())),
                Optional.ofNullable(said.get(REDRIVE_POLICY))
                        .map(policy -> name(
                                Json.read(policy).path("deadLetterTargetArn").asText())));
    }

    private static long number(Map<QueueAttributeName, String> said, QueueAttributeName name, long otherwise) {
        return said.containsKey(name) ? Long.parseLong(said.get(name)) : otherwise;
    }

    private static String name(String nameOrArn) {
        return nameOrArn.replaceFirst(".*:", "");
    }

    /**
     * The messages under way in those that any instance reads, and in the queues behind them for dead letters.
     *
     * @return each queue by name, empty for one of which SQS says nothing; for those asked after it, too, when SQS does not answer at all
     */
    public Map<String, OptionalLong> messages() {
        var counted = new TreeMap<String, OptionalLong>();
        for (var queue : here()) counted.put(queue.name(), OptionalLong.empty());
        for (var queue : everywhere())
            counted.put(name(context.get().resolvePropertyPlaceholders(queue)), OptionalLong.empty());
        try {
            for (var queue : List.copyOf(counted.keySet())) count(queue, counted);
        } catch (SdkClientException e) {
            LOG.warn("nobody knows how many messages there are: {}", e.getMessage());
        }
        return counted;
    }

    private void count(String queue, Map<String, OptionalLong> counted) {
        counted.put(queue, OptionalLong.empty());
        try {
            var depth = depth(found.computeIfAbsent(queue, this::find));
            counted.put(queue, OptionalLong.of(depth.messages()));
            depth.deadLetters()
                    .filter(behind -> !counted.containsKey(behind))
                    .ifPresent(behind -> count(behind, counted));
        } catch (SqsException e) {
            LOG.warn("nobody knows how many messages {} has: {}", queue, e.getMessage());
        }
    }

    private SqsQueue find(String queue) {
        return new SqsQueue(
                sqs,
                queue,
                sqs.getQueueUrl(request -> request.queueName(queue).overrideConfiguration(IN_TIME))
                        .queueUrl());
    }
}
