package dev.caravan.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.EventBridgeException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.eventbridge.model.ResourceNotFoundException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResultEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResultEntry;
import software.amazon.awssdk.services.sqs.model.SqsException;
import software.amazon.awssdk.services.sqs.model.TooManyEntriesInBatchRequestException;

/**
 * The semantics of AWS that Caravan leans on, asked of the sandbox through the AWS SDK. Where the sandbox is known to differ from AWS, a
 * test whose name starts with {@code unlike_aws} says how.
 */
class SandboxConformanceTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00.250Z");
    private static final Duration SOON = Duration.ofSeconds(10);

    private static AwsSandbox sandbox;
    private static SqsClient sqs;
    private static S3Client s3;
    private static EventBridgeClient events;
    private static SandboxResources names;

    @BeforeAll
    static void start() {
        sandbox = AwsSandbox.start(AwsSandbox.Options.defaults().withClock(Clock.fixed(NOON, ZoneOffset.UTC)));
        sqs = sandbox.clients().sqs();
        s3 = sandbox.clients().s3();
        events = sandbox.clients().eventBridge();
        names = sandbox.resources();
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Nested
    class Queues {
        private String queue;

        @BeforeEach
        void create() {
            queue = createQueue(Map.of());
        }

        @Test
        void a_received_message_is_invisible_until_its_visibility_timeout_has_passed() {
            send(queue, "one");

            var first = receive(queue, 1, 1);
            var meanwhile = receiveNow(queue, 1);
            var again = await().atMost(SOON).until(() -> receiveNow(queue, 1), found -> !found.isEmpty());

            assertThat(first).extracting(Message::body).containsExactly("one");
            assertThat(meanwhile).isEmpty();
            assertThat(again.get(0).attributes())
                    .containsEntry(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, "2");
        }

        @Test
        void visibility_can_be_extended_and_given_up_while_working() {
            send(queue, "one");
            var receipt = receive(queue, 1, 1).get(0).receiptHandle();

            sqs.changeMessageVisibility(
                    request -> request.queueUrl(queue).receiptHandle(receipt).visibilityTimeout(30));
            await().during(Duration.ofMillis(1300)).atMost(SOON).until(() -> receiveNow(queue, 30)
                    .isEmpty());
            sqs.changeMessageVisibility(
                    request -> request.queueUrl(queue).receiptHandle(receipt).visibilityTimeout(0));

            assertThat(receiveNow(queue, 30)).extracting(Message::body).containsExactly("one");
        }

        @Test
        void one_bad_entry_of_a_send_batch_fails_alone() {
            var answer = sqs.sendMessageBatch(request -> request.queueUrl(queue)
                    .entries(
                            SendMessageBatchRequestEntry.builder()
                                    .id("a")
                                    .messageBody("fine")
                                    .build(),
                            SendMessageBatchRequestEntry.builder()
                                    .id("b")
                                    .messageBody("bad \u0001")
                                    .build(),
                            SendMessageBatchRequestEntry.builder()
                                    .id("c")
                                    .messageBody("fine too")
                                    .build()));

            assertThat(answer.successful())
                    .extracting(SendMessageBatchResultEntry::id)
                    .containsExactly("a", "c");
            assertThat(answer.failed())
                    .extracting(BatchResultErrorEntry::id, BatchResultErrorEntry::senderFault)
                    .containsExactly(tuple("b", true));
            assertThat(receive(queue, 10, 30)).extracting(Message::body).containsExactlyInAnyOrder("fine", "fine too");
        }

        @Test
        void one_bad_entry_of_a_delete_batch_fails_alone() {
            send(queue, "one");
            var receipt = receive(queue, 1, 1).get(0).receiptHandle();

            var answer = sqs.deleteMessageBatch(request -> request.queueUrl(queue)
                    .entries(
                            DeleteMessageBatchRequestEntry.builder()
                                    .id("good")
                                    .receiptHandle(receipt)
                                    .build(),
                            DeleteMessageBatchRequestEntry.builder()
                                    .id("bad")
                                    .receiptHandle("nonsense")
                                    .build()));

            assertThat(answer.successful())
                    .extracting(DeleteMessageBatchResultEntry::id)
                    .containsExactly("good");
            assertThat(answer.failed()).extracting(BatchResultErrorEntry::id).containsExactly("bad");
        }

        @Test
        void a_receipt_no_longer_deletes_once_the_message_was_received_again() {
            send(queue, "one");
            var early = receive(queue, 1, 0).get(0);
            var late = receive(queue, 1, 30).get(0);

            var answer = sqs.deleteMessageBatch(request -> request.queueUrl(queue)
                    .entries(DeleteMessageBatchRequestEntry.builder()
                            .id("early")
                            .receiptHandle(early.receiptHandle())
                            .build()));
            sqs.changeMessageVisibility(request ->
                    request.queueUrl(queue).receiptHandle(late.receiptHandle()).visibilityTimeout(0));

            // AWS may answer that it deleted the message, but does not promise it: nobody may rely on an early receipt.
            assertThat(answer.failed()).extracting(BatchResultErrorEntry::id).containsExactly("early");
            assertThat(receive(queue, 1, 30)).extracting(Message::messageId).containsExactly(late.messageId());
        }

        @Test
        void unlike_aws_deleting_twice_fails_the_second_time() {
            send(queue, "one");
            var message = receive(queue, 1, 30).get(0);
            delete(queue, message);

            assertThatThrownBy(() -> delete(queue, message)).isInstanceOf(SqsException.class);
        }

        @Test
        void unlike_aws_the_retention_period_is_taken_and_forgotten() {
            var kept = createQueue(Map.of(QueueAttributeName.MESSAGE_RETENTION_PERIOD, "1209600"));

            var attributes = sqs.getQueueAttributes(
                            request -> request.queueUrl(kept).attributeNames(QueueAttributeName.ALL))
                    .attributes();

            assertThat(attributes).doesNotContainKey(QueueAttributeName.MESSAGE_RETENTION_PERIOD);
        }

        @Test
        void a_batch_of_eleven_is_refused_whole() {
            var eleven = IntStream.range(0, 11)
                    .mapToObj(i -> SendMessageBatchRequestEntry.builder()
                            .id("m" + i)
                            .messageBody("m")
                            .build())
                    .toList();

            assertThatThrownBy(() -> sqs.sendMessageBatch(
                            request -> request.queueUrl(queue).entries(eleven)))
                    .isInstanceOf(TooManyEntriesInBatchRequestException.class);
            assertThat(receiveNow(queue, 1)).isEmpty();
        }

        @Test
        void a_message_of_1_MiB_is_accepted_and_one_byte_more_is_not() {
            var body = "x".repeat(1 << 20);

            send(queue, body);

            assertThat(receive(queue, 1, 30).get(0).body()).isEqualTo(body);
            assertThatThrownBy(() -> send(queue, body + "x")).isInstanceOf(SqsException.class);
        }

        @Test
        void a_batch_may_hold_1_MiB_together_and_no_more() {
            var half = "x".repeat(1 << 19);

            var fits = sqs.sendMessageBatch(request -> request.queueUrl(queue)
                    .entries(
                            SendMessageBatchRequestEntry.builder()
                                    .id("a")
                                    .messageBody(half)
                                    .build(),
                            SendMessageBatchRequestEntry.builder()
                                    .id("b")
                                    .messageBody(half)
                                    .build()));

            assertThat(fits.successful()).hasSize(2);
            assertThatThrownBy(() -> sqs.sendMessageBatch(request -> request.queueUrl(queue)
                            .entries(
                                    SendMessageBatchRequestEntry.builder()
                                            .id("a")
                                            .messageBody(half)
                                            .build(),
                                    SendMessageBatchRequestEntry.builder()
                                            .id("b")
                                            .messageBody(half + "x")
                                            .build())))
                    .isInstanceOf(SqsException.class);
        }

        @Test
        void unlike_aws_the_size_limit_counts_characters_and_not_bytes() {
            var arabic = "\u0642".repeat((1 << 19) + 1);
            assertThat(arabic.getBytes(UTF_8).length).isGreaterThan(1 << 20);

            send(queue, arabic);

            assertThat(receive(queue, 1, 30)).hasSize(1);
        }

        @Test
        void a_message_received_too_often_goes_to_the_dead_queue_with_its_attributes() {
            var dead = createQueue(Map.of());
            var twice = createQueue(Map.of(QueueAttributeName.REDRIVE_POLICY, redriveTo(dead, 2)));
            sqs.sendMessage(request -> request.queueUrl(twice)
                    .messageBody("poison")
                    .messageAttributes(Map.of("correlation-id", text("upload-1"))));

            receive(twice, 1, 0);
            receive(twice, 1, 0);
            var third = receiveNow(twice, 0);

            assertThat(third).isEmpty();
            var parked = receive(dead, 1, 30).get(0);
            assertThat(parked.body()).isEqualTo("poison");
            assertThat(parked.messageAttributes().get("correlation-id").stringValue())
                    .isEqualTo("upload-1");
        }

        @Test
        void long_polling_returns_as_soon_as_a_message_comes() {
            var started = System.nanoTime();
            var sender = new Thread(() -> send(queue, "late"));
            sender.start();

            var messages = sqs.receiveMessage(request -> request.queueUrl(queue).waitTimeSeconds(20))
                    .messages();

            assertThat(messages).extracting(Message::body).containsExactly("late");
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(15));
        }

        @Test
        void messages_survive_a_time_in_which_sqs_is_away() {
            send(queue, "before");

            sandbox.sqsDown(true);
            try {
                assertThatThrownBy(() -> sqs.sendMessage(request -> request.queueUrl(queue)
                                .messageBody("during")
                                .overrideConfiguration(options -> options.apiCallTimeout(Duration.ofSeconds(1)))))
                        .isInstanceOf(SdkClientException.class);
            } finally {
                sandbox.sqsDown(false);
            }

            assertThat(receive(queue, 10, 30)).extracting(Message::body).containsExactly("before");
        }

        @Test
        void sent_messages_are_counted() {
            send(queue, "one");
            send(queue, "two");

            assertThat(sandbox.calls().sentTo(nameOf(queue))).isEqualTo(2);
        }
    }

    @Nested
    class FifoQueues {
        private String queue;

        @BeforeEach
        void create() {
            queue = createQueue(Map.of(QueueAttributeName.FIFO_QUEUE, "true"));
        }

        @Test
        void while_the_head_of_a_group_is_invisible_the_group_waits_and_others_do_not() {
            sendFifo(queue, "a", "a1");
            sendFifo(queue, "a", "a2");
            sendFifo(queue, "b", "b1");

            var heads = new ArrayList<>(receive(queue, 1, 30));
            heads.addAll(receive(queue, 1, 30));
            var meanwhile = receiveNow(queue, 30);
            heads.forEach(message -> delete(queue, message));

            assertThat(heads).extracting(Message::body).containsExactlyInAnyOrder("a1", "b1");
            assertThat(meanwhile).isEmpty();
            assertThat(receive(queue, 10, 30)).extracting(Message::body).containsExactly("a2");
        }

        @Test
        void a_group_is_received_in_the_order_sent_also_by_several_and_after_its_head_came_back() {
            for (var i = 0; i < 5; i++) sendFifo(queue, "a", "a" + i);

            var head = receive(queue, 1, 30).get(0);
            sqs.changeMessageVisibility(request ->
                    request.queueUrl(queue).receiptHandle(head.receiptHandle()).visibilityTimeout(0));

            assertThat(receive(queue, 10, 30)).extracting(Message::body).containsExactly("a0", "a1", "a2", "a3", "a4");
        }

        @Test
        void messages_behind_one_that_was_given_back_wait_for_it_even_when_received_together() {
            sendFifo(queue, "a", "a0");
            sendFifo(queue, "a", "a1");
            var both = receive(queue, 10, 30);

            sqs.changeMessageVisibility(request -> request.queueUrl(queue)
                    .receiptHandle(both.get(1).receiptHandle())
                    .visibilityTimeout(0));
            var behind = receiveNow(queue, 30);

            assertThat(both).extracting(Message::body).containsExactly("a0", "a1");
            assertThat(behind).isEmpty();
        }

        @Test
        void a_deduplication_id_seen_within_five_minutes_is_accepted_and_dropped() {
            var first = sqs.sendMessage(request -> request.queueUrl(queue)
                    .messageGroupId("a")
                    .messageDeduplicationId("task-1")
                    .messageBody("one"));
            var second = sqs.sendMessage(request -> request.queueUrl(queue)
                    .messageGroupId("a")
                    .messageDeduplicationId("task-1")
                    .messageBody("one again"));

            assertThat(second.messageId()).isEqualTo(first.messageId());
            assertThat(receive(queue, 10, 30)).extracting(Message::body).containsExactly("one");
        }

        @Test
        void a_deduplication_id_is_remembered_after_its_message_was_deleted() {
            sendFifo(queue, "a", "one", "task-1");
            delete(queue, receive(queue, 1, 30).get(0));

            sendFifo(queue, "a", "one", "task-1");

            assertThat(receiveNow(queue, 30)).isEmpty();
        }

        @Test
        void a_message_without_group_is_refused() {
            assertThatThrownBy(() -> sqs.sendMessage(request ->
                            request.queueUrl(queue).messageDeduplicationId("1").messageBody("x")))
                    .isInstanceOf(SqsException.class)
                    .hasMessageContaining("MessageGroupId");
        }

        @Test
        void the_dead_queue_of_a_fifo_queue_takes_the_poison_and_the_group_goes_on() {
            var dead = createQueue(Map.of(QueueAttributeName.FIFO_QUEUE, "true"));
            var once = createQueue(Map.of(
                    QueueAttributeName.FIFO_QUEUE, "true", QueueAttributeName.REDRIVE_POLICY, redriveTo(dead, 1)));
            sendFifo(once, "a", "poison");
            sendFifo(once, "a", "next");

            receive(once, 1, 0);
            var next = await().atMost(SOON).until(() -> receiveNow(once, 30), found -> !found.isEmpty());

            assertThat(next).extracting(Message::body).containsExactly("next");
            var parked = receive(dead, 1, 30).get(0);
            assertThat(parked.body()).isEqualTo("poison");
            assertThat(parked.attributes()).containsEntry(MessageSystemAttributeName.MESSAGE_GROUP_ID, "a");
        }
    }

    @Nested
    class Events {
        @BeforeEach
        void empty() {
            sandbox.eventBridge().faults().clear();
            drain(names.products());
            drain(names.publications());
        }

        @Test
        void an_event_arrives_whole_in_the_queue_of_the_rule_that_wants_it() {
            var detail = "{\"price\":23.80,\"name\":\"\u0642\u0645\u064a\u0635\"}";

            var answer = put(event("ProductIngested", detail)
                    .resources("caravan:products")
                    .time(Instant.parse("2026-11-20T08:00:00Z")));

            var body = receiveFrom(names.products()).get(0).body();
            var event = Json.read(body);
            assertThat(event.properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactly(
                            "version",
                            "id",
                            "detail-type",
                            "source",
                            "account",
                            "time",
                            "region",
                            "resources",
                            "detail");
            assertThat(event.get("id").asText())
                    .isEqualTo(answer.entries().get(0).eventId());
            assertThat(event.get("time").asText()).isEqualTo("2026-11-20T08:00:00Z");
            assertThat(event.get("region").asText()).isEqualTo("us-east-1");
            assertThat(event.get("resources")).hasToString("[\"caravan:products\"]");
            assertThat(body).endsWith("\"detail\":" + detail + "}");
        }

        @Test
        void an_event_without_time_has_the_time_of_its_arrival_in_whole_seconds() {
            put(event("ProductIngested", "{}"));

            assertThat(Json.read(receiveFrom(names.products()).get(0).body())
                            .get("time")
                            .asText())
                    .isEqualTo("2026-11-21T12:00:00Z");
        }

        @Test
        void rules_separate_the_detail_types() {
            put(
                    event("ProductPublished", "{\"id\":\"1\"}"),
                    event("ProductIngested", "{\"id\":\"2\"}"),
                    event("ProductUnpublished", "{\"id\":\"3\"}"),
                    event("NobodyAsked", "{\"id\":\"4\"}"));

            assertThat(detailIds(receiveFrom(names.publications(), 2))).containsExactlyInAnyOrder("1", "3");
            assertThat(detailIds(receiveFrom(names.products()))).containsExactly("2");
        }

        @Test
        void entries_that_cannot_be_events_fail_alone() {
            var answer = events.putEvents(request -> request.entries(
                    event("ProductIngested", "{\"id\":\"first\"}").build(),
                    event("ProductIngested", "not json").build(),
                    event("ProductIngested", "[1]").build(),
                    event("ProductIngested", "{}").source(null).build(),
                    event(null, "{}").build(),
                    event("ProductIngested", null).build(),
                    event("ProductIngested", "{}").source("aws.s3").build(),
                    event("ProductIngested", "{\"id\":\"last\"}").build()));

            assertThat(answer.failedEntryCount()).isEqualTo(6);
            assertThat(answer.entries())
                    .extracting(PutEventsResultEntry::errorCode)
                    .containsExactly(
                            null,
                            "MalformedDetail",
                            "MalformedDetail",
                            "InvalidArgument",
                            "InvalidArgument",
                            "InvalidArgument",
                            "NotAuthorizedForSourceException",
                            null);
            assertThat(detailIds(receiveFrom(names.products(), 2))).containsExactlyInAnyOrder("first", "last");
        }

        @Test
        void eleven_entries_are_refused_whole() {
            var eleven = IntStream.range(0, 11)
                    .mapToObj(i -> event("ProductIngested", "{}").build())
                    .toList();

            assertThatThrownBy(() -> events.putEvents(request -> request.entries(eleven)))
                    .isInstanceOfSatisfying(EventBridgeException.class, e -> {
                        assertThat(e.statusCode()).isEqualTo(400);
                        assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
                    });
            assertThat(receiveNow(sandbox.queueUrl(names.products()), 1)).isEmpty();
        }

        @Test
        void no_entry_at_all_is_refused() {
            assertThatThrownBy(() -> events.putEvents(request -> request.entries(List.of())))
                    .isInstanceOf(EventBridgeException.class)
                    .hasMessageContaining("greater than or equal to 1");
        }

        @Test
        void entries_of_1_MiB_together_are_taken_and_one_byte_more_is_refused_whole() {
            var overhead = "caravan.products".length() + "NobodyAsked".length() + "{\"a\":\"\"}".length();
            var half = event("NobodyAsked", "{\"a\":\"" + "x".repeat((1 << 19) - overhead) + "\"}")
                    .build();
            var more = event("NobodyAsked", "{\"a\":\"" + "x".repeat((1 << 19) - overhead + 1) + "\"}")
                    .build();

            var answer = events.putEvents(request -> request.entries(half, half));

            assertThat(answer.failedEntryCount()).isZero();
            assertThatThrownBy(() -> events.putEvents(request -> request.entries(half, more)))
                    .isInstanceOf(EventBridgeException.class)
                    .hasMessageContaining("Total size of the entries in the request is over the limit");
        }

        @Test
        void an_event_of_almost_1_MiB_reaches_its_queue() {
            var name = "x".repeat((1 << 20) - 400);

            put(event("ProductIngested", "{\"id\":\"" + name + "\"}"));

            assertThat(detailIds(receiveFrom(names.products()))).containsExactly(name);
        }

        @Test
        void an_event_for_a_bus_that_does_not_exist_is_accepted_and_lost() {
            var answer = events.putEvents(request -> request.entries(
                    event("ProductIngested", "{}").eventBusName("nowhere").build()));

            assertThat(answer.failedEntryCount()).isZero();
            assertThat(receiveNow(sandbox.queueUrl(names.products()), 1)).isEmpty();
        }

        @Test
        void a_bus_can_be_named_by_its_arn_and_described() {
            var arn = events.describeEventBus(request -> request.name(names.bus()))
                    .arn();

            put(event("ProductIngested", "{\"id\":\"1\"}").eventBusName(arn));

            assertThat(detailIds(receiveFrom(names.products()))).containsExactly("1");
            assertThatThrownBy(() -> events.describeEventBus(request -> request.name("nowhere")))
                    .isInstanceOf(ResourceNotFoundException.class);
        }

        @Test
        void an_event_goes_to_each_rule_that_wants_it() {
            var copy = createQueue(Map.of());
            sandbox.eventBridge().addRule(new EventRule(names.bus(), "copies", """
                    {"detail": {"sku": [{"prefix": "twice-"}]}}""", nameOf(copy), names.products()));

            put(event("ProductIngested", "{\"id\":\"1\",\"sku\":\"twice-1\"}"));

            assertThat(detailIds(receiveFrom(names.products()))).containsExactly("1");
            assertThat(detailIds(receiveFrom(nameOf(copy)))).containsExactly("1");
        }

        @Test
        void what_the_queue_of_a_rule_cannot_take_goes_to_the_rules_dead_letter_queue_with_the_cause() {
            var dead = createQueue(Map.of());
            sandbox.eventBridge().addRule(new EventRule(names.bus(), "broken", """
                    {"detail-type": ["ForBrokenTarget"]}""", "no-such-queue", nameOf(dead)));
            put(event("ForBrokenTarget", "{\"id\":\"1\"}"));

            var parked = sqs.receiveMessage(request ->
                            request.queueUrl(dead).waitTimeSeconds(10).messageAttributeNames("All"))
                    .messages()
                    .get(0);

            assertThat(detailIds(List.of(parked))).containsExactly("1");
            assertThat(parked.messageAttributes().get("RULE_ARN").stringValue()).endsWith(":rule/caravan/broken");
            assertThat(parked.messageAttributes().get("TARGET_ARN").stringValue())
                    .endsWith(":no-such-queue");
            assertThat(parked.messageAttributes()).containsKeys("ERROR_CODE", "ERROR_MESSAGE");
        }

        @Test
        void events_taken_while_sqs_is_away_are_delivered_when_it_is_back() {
            sandbox.sqsDown(true);
            try {
                put(event("ProductIngested", "{\"id\":\"1\"}"), event("ProductIngested", "{\"id\":\"2\"}"));
                assertThat(sandbox.calls().deliveriesPending()).isEqualTo(2);
            } finally {
                sandbox.sqsDown(false);
            }

            assertThat(detailIds(receiveFrom(names.products(), 2))).containsExactlyInAnyOrder("1", "2");
        }

        @Test
        void entries_can_be_made_to_fail_by_number_by_content_and_by_position() {
            var faults = sandbox.eventBridge().faults();
            faults.failEntries(1, EventBridgeFaults.INTERNAL_FAILURE);
            faults.failEntries(
                    entry -> entry.path("Detail").asText().contains("\"2\""), 1, EventBridgeFaults.THROTTLING);
            faults.failPositions("LimitExceededException", 3);

            var answer = put(
                    event("ProductIngested", "{\"id\":\"0\"}"), event("ProductIngested", "{\"id\":\"1\"}"),
                    event("ProductIngested", "{\"id\":\"2\"}"), event("ProductIngested", "{\"id\":\"3\"}"));

            assertThat(answer.entries())
                    .extracting(PutEventsResultEntry::errorCode)
                    .containsExactly("InternalFailure", null, "ThrottlingException", "LimitExceededException");
            assertThat(detailIds(receiveFrom(names.products()))).containsExactly("1");
            assertThat(put(event("NobodyAsked", "{\"id\":\"2\"}")).failedEntryCount())
                    .isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {500, 503})
        void whole_requests_can_be_refused_which_the_sdk_repeats_by_itself(int status) {
            var before = sandbox.calls();
            sandbox.eventBridge().faults().refuseRequests(2, status, EventBridgeFaults.INTERNAL_FAILURE);

            var answer = put(event("ProductIngested", "{\"id\":\"1\"}"));

            assertThat(answer.failedEntryCount()).isZero();
            assertThat(detailIds(receiveFrom(names.products()))).containsExactly("1");
            assertThat(sandbox.calls().putEventsRequests() - before.putEventsRequests())
                    .isEqualTo(3);
            assertThat(sandbox.calls().entriesAccepted() - before.entriesAccepted())
                    .isEqualTo(1);
        }

        @Test
        void an_event_can_be_delivered_twice() {
            sandbox.eventBridge().faults().deliverTwice(1);

            put(event("ProductIngested", "{\"id\":\"1\"}"), event("ProductIngested", "{\"id\":\"2\"}"));

            assertThat(detailIds(receiveFrom(names.products(), 3))).containsExactlyInAnyOrder("1", "1", "2");
        }

        @Test
        void requests_can_be_delayed() {
            sandbox.eventBridge().faults().delay(Duration.ofMillis(300));

            var started = System.nanoTime();
            put(event("NobodyAsked", "{}"));

            assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        }

        @Test
        void an_operation_the_sandbox_does_not_have_is_refused() {
            assertThatThrownBy(() -> events.listRules(request -> request.eventBusName(names.bus())))
                    .isInstanceOf(EventBridgeException.class)
                    .hasMessageContaining("ListRules");
        }

        @Test
        void calls_are_counted() {
            var before = sandbox.calls();

            put(event("NobodyAsked", "{}"), event("NobodyAsked", "bad"));

            var after = sandbox.calls();
            assertThat(after.putEventsRequests() - before.putEventsRequests()).isEqualTo(1);
            assertThat(after.entriesAccepted() - before.entriesAccepted()).isEqualTo(1);
            assertThat(after.entriesFailed() - before.entriesFailed()).isEqualTo(1);
            assertThat(after.eventsUnmatched() - before.eventsUnmatched()).isEqualTo(1);
        }

        private PutEventsResponse put(PutEventsRequestEntry.Builder... entries) {
            return events.putEvents(request -> request.entries(Arrays.stream(entries)
                    .map(PutEventsRequestEntry.Builder::build)
                    .toList()));
        }

        private PutEventsRequestEntry.Builder event(String type, String detail) {
            return PutEventsRequestEntry.builder()
                    .eventBusName(names.bus())
                    .source("caravan.products")
                    .detailType(type)
                    .detail(detail);
        }

        private List<String> detailIds(List<Message> messages) {
            return messages.stream()
                    .map(message -> Json.read(message.body()).at("/detail/id").asText())
                    .toList();
        }
    }

    @Nested
    class Objects {
        private String prefix;

        @BeforeEach
        void empty() {
            prefix = UUID.randomUUID() + "/";
            sandbox.s3Faults().clear();
            drain(names.uploads());
        }

        @Test
        void an_upload_is_told_to_eventbridge_in_the_shape_of_aws() {
            var put = putObject("shein/day 1.json", "[{}]");

            var event = uploadEvent();
            assertThat(event.get("source").asText()).isEqualTo("aws.s3");
            assertThat(event.get("detail-type").asText()).isEqualTo("Object Created");
            assertThat(event.get("account").asText()).isEqualTo("000000000000");
            assertThat(event.get("time").asText()).isEqualTo("2026-11-21T12:00:00Z");
            assertThat(event.get("resources")).hasToString("[\"arn:aws:s3:::caravan-inbox\"]");
            var detail = event.get("detail");
            assertThat(detail.properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactly(
                            "version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason");
            assertThat(detail.get("bucket")).hasToString("{\"name\":\"caravan-inbox\"}");
            assertThat(detail.get("reason").asText()).isEqualTo("PutObject");
            var object = detail.get("object");
            assertThat(object.properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactly("key", "size", "etag", "version-id", "sequencer");
            assertThat(object.get("key").asText()).isEqualTo(prefix + "shein/day 1.json");
            assertThat(object.get("size").asLong()).isEqualTo(4);
            assertThat(object.get("etag").asText()).isEqualTo(put.eTag().replace("\"", ""));
            assertThat(object.get("version-id").asText())
                    .isEqualTo(put.versionId())
                    .isNotBlank();
            assertThat(object.get("sequencer").asText()).matches("[0-9A-F]+");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "a+b",
                    "a%2Bb",
                    "with blank.json",
                    "\u0645\u0644\u0627\u0628\u0633/\u0642\u0645\u064a\u0635.json",
                    "\ud83d\ude00",
                    "100%",
                    "a&b=c?d#e",
                    "tab\there",
                    "a//b",
                    "a/b",
                    "dots/../up"
                })
        void a_key_stands_raw_in_the_event_and_leads_back_to_its_object(String key) {
            putObject(key, key + "!");

            var object = uploadEvent().at("/detail/object");
            var found = s3.getObjectAsBytes(request -> request.bucket(names.inbox())
                    .key(object.get("key").asText())
                    .versionId(object.get("version-id").asText()));

            assertThat(object.get("key").asText()).isEqualTo(prefix + key);
            assertThat(found.asString(UTF_8)).isEqualTo(key + "!");
            assertThat(s3.listObjectsV2(request -> request.bucket(names.inbox()).prefix(prefix))
                            .contents())
                    .extracting(S3Object::key)
                    .containsExactly(prefix + key);
        }

        @Test
        void a_key_as_long_as_s3_allows_is_kept() {
            var key = "x".repeat(1024 - prefix.length());

            putObject(key, "long");

            assertThat(read(key, null)).isEqualTo("long");
        }

        @Test
        void overwriting_makes_a_new_version_with_its_own_event_and_the_old_one_stays_readable() {
            var first = putObject("k", "one");
            var second = putObject("k", "two");

            var told = uploadEventsInOrder(2);
            assertThat(first.versionId()).isNotEqualTo(second.versionId());
            assertThat(told)
                    .extracting(object -> object.get("version-id").asText())
                    .containsExactly(first.versionId(), second.versionId());
            assertThat(read("k", first.versionId())).isEqualTo("one");
            assertThat(read("k", second.versionId())).isEqualTo("two");
            assertThat(read("k", null)).isEqualTo("two");
            assertThat(s3.headObject(request ->
                            request.bucket(names.inbox()).key(prefix + "k").versionId(first.versionId())))
                    .satisfies(head -> assertThat(head.contentLength()).isEqualTo(3))
                    .satisfies(head -> assertThat(head.versionId()).isEqualTo(first.versionId()))
                    .satisfies(head -> assertThat(head.eTag()).isEqualTo(first.eTag()));
        }

        @Test
        void the_sequencers_of_a_key_grow_and_are_compared_padded_on_the_right() {
            for (var i = 0; i < 20; i++) putObject("k", "content " + i);

            var told = uploadEventsInOrder(20);
            assertThat(told)
                    .extracting(object -> object.get("sequencer").asText())
                    .doesNotHaveDuplicates();
            assertThat(told)
                    .extracting(object -> object.get("sequencer").asText().length())
                    .contains(17, 18);
            assertThat(told)
                    .extracting(object -> read("k", object.get("version-id").asText()))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 20).mapToObj(i -> "content " + i).toList());
        }

        @Test
        void writers_of_one_key_at_the_same_time_all_get_a_version_and_the_greatest_sequencer_is_the_current_one() {
            IntStream.range(0, 16).parallel().forEach(i -> putObject("k", "writer " + i));

            var last = uploadEventsInOrder(16).get(15);
            assertThat(read("k", null))
                    .isEqualTo(read("k", last.get("version-id").asText()));
            assertThat(versions())
                    .hasSize(16)
                    .extracting(ObjectVersion::versionId)
                    .doesNotHaveDuplicates();
        }

        @Test
        void deleting_hides_the_versions_which_stay_readable() {
            var put = putObject("k", "one");

            var deleted =
                    s3.deleteObject(request -> request.bucket(names.inbox()).key(prefix + "k"));

            assertThat(deleted.deleteMarker()).isTrue();
            assertThatThrownBy(() -> read("k", null)).isInstanceOf(NoSuchKeyException.class);
            assertThat(read("k", put.versionId())).isEqualTo("one");
            assertThatThrownBy(() -> read("k", deleted.versionId()))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(405));
            var listed = s3.listObjectVersions(
                    request -> request.bucket(names.inbox()).prefix(prefix));
            assertThat(listed.versions()).extracting(ObjectVersion::isLatest).containsExactly(false);
            assertThat(listed.deleteMarkers()).hasSize(1).allMatch(marker -> marker.isLatest());
        }

        @Test
        void deleting_the_marker_brings_the_object_back_and_deleting_the_version_removes_it_for_good() {
            var put = putObject("k", "one");
            var marker = s3.deleteObject(
                            request -> request.bucket(names.inbox()).key(prefix + "k"))
                    .versionId();

            s3.deleteObject(
                    request -> request.bucket(names.inbox()).key(prefix + "k").versionId(marker));
            var back = read("k", null);
            s3.deleteObject(
                    request -> request.bucket(names.inbox()).key(prefix + "k").versionId(put.versionId()));

            assertThat(back).isEqualTo("one");
            assertThatThrownBy(() -> read("k", put.versionId()))
                    .isInstanceOfSatisfying(
                            S3Exception.class,
                            e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("NoSuchVersion"));
            assertThat(versions()).isEmpty();
        }

        @Test
        void deletions_are_told_too_but_the_uploads_rule_does_not_want_them() {
            putObject("k", "one");
            uploadEvent();
            var before = sandbox.calls().eventsUnmatched();

            s3.deleteObject(request -> request.bucket(names.inbox()).key(prefix + "k"));

            await().atMost(SOON).until(() -> sandbox.calls().eventsUnmatched() == before + 1);
            assertThat(receiveNow(sandbox.queueUrl(names.uploads()), 1)).isEmpty();
        }

        @Test
        void a_copy_is_told_as_a_copy() {
            putObject("from +", "content");
            uploadEvent();

            var copy = s3.copyObject(request -> request.sourceBucket(names.inbox())
                    .sourceKey(prefix + "from +")
                    .destinationBucket(names.inbox())
                    .destinationKey(prefix + "to"));

            var detail = uploadEvent().get("detail");
            assertThat(detail.get("reason").asText()).isEqualTo("CopyObject");
            assertThat(detail.at("/object/key").asText()).isEqualTo(prefix + "to");
            assertThat(detail.at("/object/version-id").asText()).isEqualTo(copy.versionId());
            assertThat(read("to", copy.versionId())).isEqualTo("content");
        }

        @Test
        void an_old_version_can_be_copied_over_a_new_one() {
            var old = putObject("k", "old");
            putObject("k", "new");

            s3.copyObject(request -> request.sourceBucket(names.inbox())
                    .sourceKey(prefix + "k")
                    .sourceVersionId(old.versionId())
                    .destinationBucket(names.inbox())
                    .destinationKey(prefix + "k"));

            assertThat(read("k", null)).isEqualTo("old");
            assertThat(versions()).hasSize(3);
        }

        @Test
        void a_copy_is_made_only_of_what_was_seen() {
            var seen = putObject("k", "content");

            assertThatThrownBy(() -> copy("other", seen.versionId(), "\"other\""))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
            copy("copy", seen.versionId(), seen.eTag());
            assertThat(read("copy", null)).isEqualTo("content");
        }

        private void copy(String to, String version, String etag) {
            s3.copyObject(request -> request.sourceBucket(names.inbox())
                    .sourceKey(prefix + "k")
                    .sourceVersionId(version)
                    .copySourceIfMatch(etag)
                    .destinationBucket(names.inbox())
                    .destinationKey(prefix + to));
        }

        @Test
        void a_multipart_upload_is_told_once_when_it_is_complete() {
            var part = new byte[5 << 20];
            Arrays.fill(part, (byte) 'x');
            var key = prefix + "large";
            var upload = s3.createMultipartUpload(request -> request.bucket(names.inbox())
                            .key(key)
                            .contentType("application/json")
                            .metadata(Map.of("from", "test")))
                    .uploadId();
            var parts = IntStream.rangeClosed(1, 3)
                    .mapToObj(number -> CompletedPart.builder()
                            .partNumber(number)
                            .eTag(s3.uploadPart(
                                            request -> request.bucket(names.inbox())
                                                    .key(key)
                                                    .uploadId(upload)
                                                    .partNumber(number),
                                            RequestBody.fromBytes(number < 3 ? part : "end".getBytes(UTF_8)))
                                    .eTag())
                            .build())
                    .toList();
            assertThat(s3.listParts(request ->
                                    request.bucket(names.inbox()).key(key).uploadId(upload))
                            .parts())
                    .hasSize(3);

            var complete = s3.completeMultipartUpload(request ->
                    request.bucket(names.inbox()).key(key).uploadId(upload).multipartUpload(all -> all.parts(parts)));

            var detail = uploadEvent().get("detail");
            assertThat(detail.get("reason").asText()).isEqualTo("CompleteMultipartUpload");
            assertThat(detail.at("/object/size").asLong()).isEqualTo((10 << 20) + 3);
            assertThat(detail.at("/object/etag").asText())
                    .isEqualTo(complete.eTag().replace("\"", ""))
                    .endsWith("-3");
            var head = s3.headObject(
                    request -> request.bucket(names.inbox()).key(key).versionId(complete.versionId()));
            assertThat(head.contentType()).isEqualTo("application/json");
            assertThat(head.metadata()).isEqualTo(Map.of("from", "test"));
            assertThat(s3.getObjectAsBytes(
                            request -> request.bucket(names.inbox()).key(key).range("bytes=-4")))
                    .extracting(bytes -> bytes.asString(UTF_8))
                    .isEqualTo("xend");
            assertThat(receiveNow(sandbox.queueUrl(names.uploads()), 1)).isEmpty();
        }

        @Test
        void an_aborted_multipart_upload_leaves_nothing() {
            var upload = s3.createMultipartUpload(
                            request -> request.bucket(names.inbox()).key(prefix + "k"))
                    .uploadId();
            s3.uploadPart(
                    request -> request.bucket(names.inbox())
                            .key(prefix + "k")
                            .uploadId(upload)
                            .partNumber(1),
                    RequestBody.fromString("part"));

            s3.abortMultipartUpload(
                    request -> request.bucket(names.inbox()).key(prefix + "k").uploadId(upload));

            assertThat(versions()).isEmpty();
            assertThat(s3.listMultipartUploads(request -> request.bucket(names.inbox()))
                            .uploads())
                    .isEmpty();
        }

        @Test
        void if_none_match_lets_only_the_first_writer_through() {
            s3.putObject(
                    request -> request.bucket(names.inbox()).key(prefix + "k").ifNoneMatch("*"),
                    RequestBody.fromString("one"));

            assertThatThrownBy(() -> s3.putObject(
                            request -> request.bucket(names.inbox())
                                    .key(prefix + "k")
                                    .ifNoneMatch("*"),
                            RequestBody.fromString("two")))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
            assertThat(read("k", null)).isEqualTo("one");
            assertThat(versions()).hasSize(1);
        }

        @Test
        void if_match_lets_only_through_who_knows_the_current_content() {
            var first = putObject("k", "one");
            s3.putObject(
                    request -> request.bucket(names.inbox()).key(prefix + "k").ifMatch(first.eTag()),
                    RequestBody.fromString("two"));

            assertThatThrownBy(() -> s3.putObject(
                            request -> request.bucket(names.inbox())
                                    .key(prefix + "k")
                                    .ifMatch(first.eTag()),
                            RequestBody.fromString("three")))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        }

        @Test
        void listing_goes_page_by_page_and_folder_by_folder() {
            for (var key : List.of("a/1", "a/2", "b", "c/1", "d")) putObject(key, key);

            var folders = s3.listObjectsV2(
                    request -> request.bucket(names.inbox()).prefix(prefix).delimiter("/"));
            var pages = s3.listObjectsV2Paginator(request ->
                    request.bucket(names.inbox()).prefix(prefix).delimiter("/").maxKeys(1));

            assertThat(folders.commonPrefixes())
                    .extracting(common -> common.prefix())
                    .containsExactly(prefix + "a/", prefix + "c/");
            assertThat(folders.contents()).extracting(S3Object::key).containsExactly(prefix + "b", prefix + "d");
            assertThat(pages.stream().flatMap(page -> page.contents().stream()).map(S3Object::key))
                    .containsExactly(prefix + "b", prefix + "d");
            assertThat(pages.stream()
                            .flatMap(page -> page.commonPrefixes().stream())
                            .map(common -> common.prefix()))
                    .containsExactly(prefix + "a/", prefix + "c/");
        }

        @Test
        void versions_are_listed_page_by_page_newest_first() {
            var ids = IntStream.range(0, 5)
                    .mapToObj(i -> putObject("k", "content " + i).versionId())
                    .toList();

            var listed = s3.listObjectVersionsPaginator(request ->
                            request.bucket(names.inbox()).prefix(prefix).maxKeys(2))
                    .versions();

            assertThat(listed.stream().map(ObjectVersion::versionId))
                    .containsExactly(ids.get(4), ids.get(3), ids.get(2), ids.get(1), ids.get(0));
        }

        @Test
        void many_keys_are_deleted_in_one_request() {
            for (var key : List.of("a", "b")) putObject(key, key);

            s3.deleteObjects(request -> request.bucket(names.inbox())
                    .delete(all -> all.objects(key -> key.key(prefix + "a"), key -> key.key(prefix + "b"))));

            assertThat(s3.listObjectsV2(request -> request.bucket(names.inbox()).prefix(prefix))
                            .contents())
                    .isEmpty();
        }

        @Test
        void a_range_is_read_and_one_beyond_the_end_refused() {
            putObject("k", "0123456789");

            assertThat(range("bytes=3-5").asString(UTF_8)).isEqualTo("345");
            assertThat(range("bytes=7-").response().contentRange()).isEqualTo("bytes 7-9/10");
            assertThatThrownBy(() -> range("bytes=10-"))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(416));
        }

        @Test
        void the_archive_tells_nobody() {
            s3.putObject(request -> request.bucket(names.archive()).key(prefix + "raw"), RequestBody.fromString("x"));

            assertThat(receiveNow(sandbox.queueUrl(names.uploads()), 1)).isEmpty();
        }

        @Test
        void reading_can_be_refused_for_a_while_which_the_sdk_bears_twice() {
            putObject("k", "content");
            sandbox.s3Faults().failGets(2, 503);

            var borne = read("k", null);
            sandbox.s3Faults().failGets(100, 500);

            assertThat(borne).isEqualTo("content");
            assertThatThrownBy(() -> read("k", null))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(500));
        }

        @Test
        void a_body_can_break_off_and_the_rest_be_read_by_range() throws IOException {
            var content = "0123456789".repeat(100_000);
            putObject("k", content);
            sandbox.s3Faults().cutGets(1, 300_000);
            var read = new ByteArrayOutputStream();

            assertThatThrownBy(() -> s3.getObject(
                                    request -> request.bucket(names.inbox()).key(prefix + "k"))
                            .transferTo(read))
                    .isInstanceOf(IOException.class);
            s3.getObject(request ->
                            request.bucket(names.inbox()).key(prefix + "k").range("bytes=" + read.size() + "-"))
                    .transferTo(read);

            assertThat(read.toString(UTF_8)).isEqualTo(content);
        }

        @Test
        void reading_can_be_slow() {
            putObject("k", "content");
            sandbox.s3Faults().delayGets(Duration.ofMillis(300));

            var started = System.nanoTime();
            read("k", null);

            assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        }

        private ResponseBytes<GetObjectResponse> range(String range) {
            return s3.getObjectAsBytes(
                    request -> request.bucket(names.inbox()).key(prefix + "k").range(range));
        }

        private PutObjectResponse putObject(String key, String content) {
            return s3.putObject(
                    request -> request.bucket(names.inbox()).key(prefix + key), RequestBody.fromString(content));
        }

        private String read(String key, String versionId) {
            return s3.getObjectAsBytes(request ->
                            request.bucket(names.inbox()).key(prefix + key).versionId(versionId))
                    .asString(UTF_8);
        }

        private List<ObjectVersion> versions() {
            return s3.listObjectVersions(
                            request -> request.bucket(names.inbox()).prefix(prefix))
                    .versions();
        }

        /** What the events say of the object. The queue keeps no order; the sequencers do. */
        private List<JsonNode> uploadEventsInOrder(int count) {
            return IntStream.range(0, count)
                    .mapToObj(i -> uploadEvent().at("/detail/object"))
                    .sorted(Comparator.comparing(
                            object -> paddedOnTheRight(object.get("sequencer").asText())))
                    .toList();
        }

        private String paddedOnTheRight(String sequencer) {
            return sequencer + "0".repeat(32 - sequencer.length());
        }

        private JsonNode uploadEvent() {
            var message = receiveFrom(names.uploads()).get(0);
            delete(sandbox.queueUrl(names.uploads()), message);
            return Json.read(message.body());
        }
    }

    @Test
    void the_queues_have_dead_queues_and_the_settings_of_production() {
        for (var queue : names.queues()) {
            var attributes = sqs.getQueueAttributes(
                            request -> request.queueUrl(sandbox.queueUrl(queue)).attributeNames(QueueAttributeName.ALL))
                    .attributes();

            var redrive = Json.read(attributes.get(QueueAttributeName.REDRIVE_POLICY));
            assertThat(redrive.get("deadLetterTargetArn").asText())
                    .isEqualTo("arn:aws:sqs:us-east-1:000000000000:" + SandboxResources.dead(queue));
            assertThat(redrive.get("maxReceiveCount").asInt()).isEqualTo(100);
            assertThat(attributes).containsEntry(QueueAttributeName.VISIBILITY_TIMEOUT, "60");
            assertThat(sqs.getQueueUrl(request -> request.queueName(SandboxResources.dead(queue)))
                            .queueUrl())
                    .isEqualTo(sandbox.queueUrl(SandboxResources.dead(queue)));
        }
    }

    private static String createQueue(Map<QueueAttributeName, String> attributes) {
        var name = "q-" + UUID.randomUUID() + (attributes.containsKey(QueueAttributeName.FIFO_QUEUE) ? ".fifo" : "");
        return sqs.createQueue(request -> request.queueName(name).attributes(attributes))
                .queueUrl();
    }

    private static String redriveTo(String deadQueueUrl, int maxReceiveCount) {
        return "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":%s}"
                .formatted(AwsSandbox.queueArn(nameOf(deadQueueUrl)), maxReceiveCount);
    }

    private static String nameOf(String queueUrl) {
        return queueUrl.substring(queueUrl.lastIndexOf('/') + 1);
    }

    private static void send(String queueUrl, String body) {
        sqs.sendMessage(request -> request.queueUrl(queueUrl).messageBody(body));
    }

    private static void sendFifo(String queueUrl, String group, String body) {
        sendFifo(queueUrl, group, body, UUID.randomUUID().toString());
    }

    private static void sendFifo(String queueUrl, String group, String body, String deduplicationId) {
        sqs.sendMessage(request -> request.queueUrl(queueUrl)
                .messageGroupId(group)
                .messageDeduplicationId(deduplicationId)
                .messageBody(body));
    }

    private static List<Message> receive(String queueUrl, int count, int visibilitySeconds) {
        return receive(queueUrl, count, visibilitySeconds, 10);
    }

    private static List<Message> receiveNow(String queueUrl, int visibilitySeconds) {
        return receive(queueUrl, 10, visibilitySeconds, 0);
    }

    private static List<Message> receive(String queueUrl, int count, int visibilitySeconds, int waitSeconds) {
        return sqs.receiveMessage(request -> request.queueUrl(queueUrl)
                        .maxNumberOfMessages(count)
                        .visibilityTimeout(visibilitySeconds)
                        .waitTimeSeconds(waitSeconds)
                        .messageAttributeNames("All")
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
                .messages();
    }

    private static List<Message> receiveFrom(String queue) {
        return receive(sandbox.queueUrl(queue), 1, 30);
    }

    private static List<Message> receiveFrom(String queue, int count) {
        var messages = new ArrayList<Message>();
        await().atMost(SOON)
                .until(() -> messages.addAll(receive(sandbox.queueUrl(queue), 10, 30, 1)) && messages.size() >= count);
        return messages;
    }

    /** Of what earlier tests left behind, also of what is still on its way. */
    private static void drain(String queue) {
        await().atMost(SOON).until(() -> sandbox.calls().deliveriesPending() == 0);
        sqs.purgeQueue(request -> request.queueUrl(sandbox.queueUrl(queue)));
    }

    private static void delete(String queueUrl, Message message) {
        sqs.deleteMessage(request -> request.queueUrl(queueUrl).receiptHandle(message.receiptHandle()));
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }
}
