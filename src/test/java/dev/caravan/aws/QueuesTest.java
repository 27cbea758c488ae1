package dev.caravan.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

class QueuesTest {
    private final LocalSqs sqs = new LocalSqs();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final String queue = sqs.queue();

    @BeforeEach
    void a_setting_names_the_queue() {
        var settings = new Properties();
        settings.setProperty("goods.queue", queue);
        camel.getPropertiesComponent().setInitialProperties(settings);
        camel.getRegistry().bind("sqs", sqs.client());
    }

    @AfterEach
    void stop() {
        camel.stop();
        sqs.close();
    }

    @Test
    void a_queue_for_dead_letters_is_named_though_no_route_reads_it() {
        var behind = sqs.queue();
        sqs.client().setQueueAttributes(request -> request.queueUrl(sqs.url(queue))
                .attributes(Map.of(QueueAttributeName.REDRIVE_POLICY, """
                        {"deadLetterTargetArn": "arn:aws:sqs:elasticmq:000000000000:%s", "maxReceiveCount": 5}""".formatted(behind))));
        sqs.send(queue, List.of("one", "two"));

        var messages = new Queues(() -> camel, sqs.client(), () -> Set.of("{{goods.queue}}", "arn:aws:sqs:x:1:none"))
                .messages();

        assertThat(messages)
                .isEqualTo(Map.of(queue, OptionalLong.of(2), behind, OptionalLong.of(0), "none", OptionalLong.empty()));
    }

    @Test
    void a_queue_that_a_route_reads_since_it_was_edited_is_named_too() {
        camel.getEndpoint("sqs-batch:edited?amazonSQSClient=#sqs");

        assertThat(new Queues(() -> camel, sqs.client(), Set::of).messages())
                .isEqualTo(Map.of("edited", OptionalLong.empty()));
    }

    @Test
    void while_sqs_does_not_answer_the_queues_are_named_all_the_same() {
        try (var nobody = SqsClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:1"))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build()) {
            assertThat(new Queues(() -> camel, nobody, () -> Set.of("{{goods.queue}}", "other")).messages())
                    .isEqualTo(Map.of(queue, OptionalLong.empty(), "other", OptionalLong.empty()));
        }
    }
}
