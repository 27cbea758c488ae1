package dev.caravan.aws;

import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE;
import static software.amazon.awssdk.services.sqs.model.QueueAttributeName.REDRIVE_POLICY;

import dev.caravan.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** How many messages queues have, and the dead-letter queues behind them: those that wait, those in work and those that are delayed. */
public final class MessagesUnderWay {
    private static final Logger LOG = LoggerFactory.getLogger(MessagesUnderWay.class);

    private static final List<QueueAttributeName> NUMBERS = List.of(
            APPROXIMATE_NUMBER_OF_MESSAGES,
            APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
            APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED);

    private static final AwsRequestOverrideConfiguration IN_TIME = AwsRequestOverrideConfiguration.builder()
            .apiCallTimeout(Duration.ofSeconds(2))
            .build();

    private final SqsClient sqs;
    private final List<String> queues;

    /** @param queues by name, without those for dead letters */
    public MessagesUnderWay(SqsClient sqs, List<String> queues) {
        this.sqs = sqs;
        this.queues = List.copyOf(queues);
    }

    /**
     * Asks SQS, whose numbers are approximate, and waits for no more than seconds.
     *
     * @return each queue by name, empty for one of which SQS says nothing; for those behind it, too, when SQS does not answer at all
     */
    public Map<String, OptionalLong> count() {
        var counted = new TreeMap<String, OptionalLong>();
        for (var queue : queues) counted.put(queue, OptionalLong.empty());
        try {
            for (var queue : queues) count(queue, counted);
        } catch (SdkClientException e) {
            LOG.warn("nobody knows how many messages there are: {}", e.getMessage());
        }
        return counted;
    }

    private void count(String queue, Map<String, OptionalLong> counted) {
        try {
            var url = sqs.getQueueUrl(request -> request.queueName(queue).overrideConfiguration(IN_TIME))
                    .queueUrl();
            var said = sqs.getQueueAttributes(request -> request.queueUrl(url)
                            .attributeNames(QueueAttributeName.ALL)
                            .overrideConfiguration(IN_TIME))
                    .attributes();
            counted.put(
                    queue,
                    OptionalLong.of(NUMBERS.stream()
                            .mapToLong(name -> Long.parseLong(said.getOrDefault(name, "0")))
                            .sum()));
            if (said.containsKey(REDRIVE_POLICY)) count(deadLetters(said.get(REDRIVE_POLICY)), counted);
        } catch (SqsException e) {
            LOG.warn("nobody knows how many messages {} has: {}", queue, e.getMessage());
            counted.put(queue, OptionalLong.empty());
        }
    }

    /** The name of the queue that a redrive policy leads to. */
    private static String deadLetters(String policy) {
        return Json.read(policy).path("deadLetterTargetArn").asText().replaceFirst(".*:", "");
    }
}
