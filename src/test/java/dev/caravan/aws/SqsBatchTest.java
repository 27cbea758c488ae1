package dev.caravan.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckAware;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** Its tests mostly wait for a queue, each for its own, and so do it side by side. */
@Execution(ExecutionMode.CONCURRENT)
class SqsBatchTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static LocalSqs sqs;

    private final BlockingQueue<Batch> pages = new LinkedBlockingQueue<>();
    private final List<DefaultCamelContext> contexts = new ArrayList<>();

    @BeforeAll
    static void start() {
        sqs = new LocalSqs();
    }

    @AfterAll
    static void stop() {
        sqs.close();
    }

    @AfterEach
    void stopRoutes() {
        contexts.forEach(DefaultCamelContext::stop);
    }

    @Test
    void a_page_takes_more_messages_than_one_receive_gives() throws Exception {
        var queue = sqs.queue();
        var sent = bodies(50);
        sqs.send(queue, sent);

        route(queue, "maxMessagesPerPoll=50&batchWaitMillis=5000&waitTimeSeconds=1", Batch::done);

        var page = nextPage();
        assertThat(page.size()).isEqualTo(50);
        assertThat(page.queue()).isEqualTo(queue);
        assertThat(texts(page)).containsExactlyInAnyOrderElementsOf(sent);
        await().until(() -> sqs.isEmpty(queue));
        assertThat(pages).isEmpty();
    }

    @Test
    void a_page_that_does_not_fill_up_goes_on_when_the_batch_wait_is_over() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(3));

        route(queue, "maxMessagesPerPoll=50&batchWaitMillis=1100&waitTimeSeconds=1", Batch::done);

        assertThat(nextPage().size()).isEqualTo(3);
    }

    @Test
    void without_a_batch_wait_a_page_is_what_is_there() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(25));

        route(queue, "maxMessagesPerPoll=100&batchWaitMillis=0", Batch::done);

        assertThat(nextPage().size()).isEqualTo(25);
    }

    @Test
    void a_message_says_what_sqs_and_its_sender_said() throws Exception {
        var queue = sqs.queue();
        sqs.client().sendMessage(request -> request.queueUrl(sqs.url(queue))
                .messageBody("{\"id\":1}")
                .messageAttributes(Map.of(
                        "traceparent", text("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                        "stamp",
                                MessageAttributeValue.builder()
                                        .dataType("Binary")
                                        .binaryValue(software.amazon.awssdk.core.SdkBytes.fromUtf8String("abc"))
                                        .build())));

        route(queue, "attributeNames=SenderId", Batch::done);

        var message = nextPage().messages().get(0);
        assertThat(message.body()).isEqualTo("{\"id\":1}");
        assertThat(message.id()).isNotBlank();
        assertThat(message.receiptHandle()).isNotBlank();
        assertThat(message.receiveCount()).isEqualTo(1);
        assertThat(message.firstReceived()).isPresent();
        assertThat(message.sent()).isPresent();
        assertThat(message.group()).isEmpty();
        assertThat(message.attributes()).containsKey("SentTimestamp");
        assertThat(message.messageAttributes()).containsEntry("stamp", "YWJj").containsKey("traceparent");
        assertThat(message.isHeld()).isTrue();
    }

    @Test
    void only_messages_marked_as_done_are_deleted() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(20));

        route(queue, "maxMessagesPerPoll=20&batchWaitMillis=5000", page -> page.messages()
                .subList(0, 15)
                .forEach(BatchMessage::done));

        var page = nextPage();
        await().untilAsserted(() -> assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 0, "in flight", 5)));
        assertThat(page.undecided()).hasSize(5);
    }

    @Test
    void a_failed_exchange_deletes_what_was_done_before_and_nothing_else() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(4));

        route(queue, "batchWaitMillis=2000&maxMessagesPerPoll=4", page -> {
            page.messages().get(0).done();
            throw new IllegalStateException("the second is bad");
        });

        nextPage();
        await().untilAsserted(() -> assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 0, "in flight", 3)));
    }

    @Test
    void retry_brings_a_message_back_after_its_delay_and_not_after_its_visibility_timeout() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("later"));
        var times = new LinkedBlockingQueue<Long>();

        route(queue, "visibilityTimeout=600", page -> {
            times.add(System.nanoTime());
            if (page.messages().get(0).receiveCount() == 1) page.retry(Duration.ofMillis(1_500));
            else page.done();
        });

        long first = times.poll(60, TimeUnit.SECONDS);
        long second = times.poll(60, TimeUnit.SECONDS);
        assertThat(Duration.ofNanos(second - first)).isBetween(Duration.ofMillis(1_400), Duration.ofSeconds(10));
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void what_was_said_last_about_a_message_counts_until_the_exchange_ends() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a", "b"));

        route(queue, "maxMessagesPerPoll=2&batchWaitMillis=2000", page -> {
            page.done();
            page.messages().get(0).retry(Duration.ofDays(2));
        });

        var page = nextPage();
        await().untilAsserted(() -> assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 0, "in flight", 1)));
        var message = page.messages().get(0);
        assertThat(message.isDone()).isFalse();
        assertThat(message.retryAfter()).contains(BatchMessage.LONGEST_RETRY);
        await().untilAsserted(() -> assertThatThrownBy(message::done)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(message.id()));
    }

    @Test
    void a_route_slower_than_the_visibility_timeout_keeps_its_messages() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(12));
        var extensions = new AtomicInteger();
        var release = new CountDownLatch(1);

        route(queue, "maxMessagesPerPoll=12&batchWaitMillis=1000&visibilityTimeout=2", page -> {
            page.whenExtended(() -> {
                if (extensions.incrementAndGet() == 1) throw new IllegalStateException("the claim is gone");
            });
            release.await();
            page.done();
        });

        var page = nextPage();
        await().until(() -> extensions.get() >= 6);
        assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 0, "in flight", 12));
        assertThat(page.messages()).allMatch(BatchMessage::isHeld);

        release.countDown();
        await().until(() -> sqs.isEmpty(queue));
        assertThat(pages).isEmpty();
    }

    @Test
    void a_message_whose_visibility_sqs_will_not_extend_is_no_longer_held() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a"));
        var client = new TroubledSqs(sqs.client());
        client.refusedChanges.set(Integer.MAX_VALUE);
        client.senderFault = true;
        var release = new CountDownLatch(1);

        route(client, queue, "visibilityTimeout=2", page -> {
            release.await();
            page.done();
        });

        var message = nextPage().messages().get(0);
        await().until(() -> !message.isHeld());
        release.countDown();
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void an_extension_that_fails_for_now_is_asked_for_again() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a"));
        var client = new TroubledSqs(sqs.client());
        client.refusedChanges.set(1);
        var extended = new CountDownLatch(3);

        route(client, queue, "visibilityTimeout=6&concurrentConsumers=2", page -> {
            page.whenExtended(extended::countDown);
            extended.await();
            page.done();
        });

        nextPage();
        await().until(() -> sqs.isEmpty(queue));
        assertThat(pages).isEmpty();
    }

    @Test
    void deletes_that_are_refused_for_single_messages_are_sent_again() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(20));
        var client = new TroubledSqs(sqs.client());
        client.refusedDeletes.set(3);

        route(client, queue, "maxMessagesPerPoll=20&batchWaitMillis=5000", Batch::done);

        nextPage();
        await().until(() -> sqs.isEmpty(queue));
        assertThat(client.deletes)
                .extracting(request -> request.entries().size())
                .containsExactly(10, 10, 2, 1);
    }

    @Test
    void what_is_done_is_deleted_however_often_that_is_interrupted() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(2));
        var client = new TroubledSqs(sqs.client());
        client.interruptedDeletes.set(2);

        route(client, queue, "maxMessagesPerPoll=2&batchWaitMillis=5000", Batch::done);

        nextPage();
        await().until(() -> sqs.isEmpty(queue));
        assertThat(client.deletes).hasSize(3);
    }

    @Test
    void messages_that_cannot_be_deleted_come_again_and_the_health_check_says_so() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a"));
        var client = new TroubledSqs(sqs.client());
        client.refusedDeletes.set(Integer.MAX_VALUE);

        var context = route(client, queue, "visibilityTimeout=1&errorDelay=1500", Batch::done);

        nextPage();
        await().until(() -> health(context).getState() == HealthCheck.State.DOWN);
        assertThat(health(context).getError().orElseThrow())
                .hasMessageContaining("could not be deleted")
                .hasMessageContaining("InternalError");
        assertThat(nextPage().messages().get(0).receiveCount()).isGreaterThan(1);

        client.refusedDeletes.set(0);
        await().until(() -> sqs.isEmpty(queue));
        await().until(() -> health(context).getState() == HealthCheck.State.UP);
    }

    @Test
    void a_delete_refused_for_our_own_fault_is_not_repeated() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a"));
        var client = new TroubledSqs(sqs.client());
        client.refusedDeletes.set(1);
        client.senderFault = true;

        var context = route(client, queue, "visibilityTimeout=600", Batch::done);

        nextPage();
        await().until(() -> client.deletes.size() == 1);
        await().until(() -> health(context).getState() == HealthCheck.State.UP);
        assertThat(client.deletes).hasSize(1);
        assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 0, "in flight", 1));
    }

    @Test
    void the_page_of_an_instance_that_was_killed_comes_to_another() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(20));
        var killed = new TroubledSqs(sqs.client());
        var atWork = new CountDownLatch(1);
        route(
                killed,
                queue,
                "maxMessagesPerPoll=20&batchWaitMillis=3000&visibilityTimeout=6&errorDelay=60000",
                page -> {
                    page.messages().subList(0, 7).forEach(BatchMessage::done);
                    killed.cutOff = true;
                    atWork.countDown();
                });
        assertThat(atWork.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(nextPage().size()).isEqualTo(20);

        route(queue, "maxMessagesPerPoll=20&batchWaitMillis=3000&visibilityTimeout=6", Batch::done);

        var again = new ArrayList<BatchMessage>();
        while (again.size() < 20) again.addAll(nextPage().messages());
        assertThat(again).hasSize(20).allMatch(message -> message.receiveCount() == 2);
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void a_stop_finishes_the_page_in_work() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(10));
        var atWork = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var context = route(queue, "batchWaitMillis=1000", page -> {
            atWork.countDown();
            release.await();
            page.done();
        });
        assertThat(atWork.await(60, TimeUnit.SECONDS)).isTrue();

        var stopper = new Thread(context::stop);
        stopper.start();
        await().until(() -> status(context) == ServiceStatus.Suspended || !context.isStarted());
        release.countDown();
        stopper.join(20_000);

        assertThat(stopper.isAlive()).isFalse();
        assertThat(sqs.isEmpty(queue)).isTrue();
    }

    @Test
    void a_stop_that_takes_too_long_interrupts_the_route_and_still_deletes_what_is_done() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(10));
        var atWork = new CountDownLatch(1);
        var context = route(queue, "batchWaitMillis=1000", page -> {
            page.messages().subList(0, 6).forEach(BatchMessage::done);
            page.messages().subList(6, 10).forEach(message -> message.retry(Duration.ZERO));
            atWork.countDown();
            new CountDownLatch(1).await();
        });
        assertThat(atWork.await(60, TimeUnit.SECONDS)).isTrue();

        context.getShutdownStrategy().setTimeout(1);
        context.stop();

        await().untilAsserted(() -> assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 4, "in flight", 0)));
    }

    @Test
    void messages_received_but_not_started_when_the_route_is_suspended_are_given_back_at_once() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(13));
        var client = new TroubledSqs(sqs.client());
        var received = new CountDownLatch(1);
        client.onReceive = response -> {
            if (response.hasMessages() && !response.messages().isEmpty()) received.countDown();
            return response;
        };
        var context =
                route(client, queue, "maxMessagesPerPoll=50&batchWaitMillis=60000&visibilityTimeout=600", Batch::done);
        assertThat(received.await(60, TimeUnit.SECONDS)).isTrue();

        context.getRouteController().suspendRoute("pages");

        await().untilAsserted(() -> assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 13, "in flight", 0)));
        assertThat(pages).isEmpty();

        client.onReceive = response -> response;
        sqs.send(queue, bodies(37));
        context.getRouteController().resumeRoute("pages");
        assertThat(nextPage().size()).isEqualTo(50);
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void a_suspended_route_receives_nothing() throws Exception {
        var queue = sqs.queue();
        var context = route(queue, "initialDelay=10", Batch::done);
        await().until(() -> health(context).getState() == HealthCheck.State.UP);
        context.getRouteController().suspendRoute("pages");

        sqs.send(queue, bodies(3));

        assertThat(pages.poll(2, TimeUnit.SECONDS)).isNull();
        assertThat(sqs.counts(queue)).isEqualTo(Map.of("visible", 3, "in flight", 0));
        context.getRouteController().resumeRoute("pages");
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void a_fifo_group_behind_a_failing_head_stays_in_order_while_others_go_on() throws Exception {
        var queue = sqs.fifoQueue();
        sqs.sendInGroup(queue, "lane-1", "1a", "1b", "1c");
        sqs.sendInGroup(queue, "lane-2", "2a", "2b");
        var tries = new AtomicInteger();

        route(queue, "maxMessagesPerPoll=10&batchWaitMillis=1500&visibilityTimeout=600", page -> {
            boolean bad = tries.incrementAndGet() == 1;
            for (var message : page) {
                boolean headOfBadLane = bad && message.body().equals("1a");
                boolean behindIt = bad && message.body().matches("1[bc]");
                if (headOfBadLane) message.retry(Duration.ofSeconds(1));
                else if (!behindIt) message.done();
            }
        });

        assertThat(texts(nextPage())).filteredOn(text -> text.startsWith("1")).containsExactly("1a", "1b", "1c");
        var later = new ArrayList<String>();
        while (later.size() < 3) later.addAll(texts(nextPage()));
        assertThat(later).containsExactly("1a", "1b", "1c");
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void what_is_decided_is_settled_while_the_rest_of_its_page_is_in_work() throws Exception {
        var queue = sqs.fifoQueue();
        sqs.sendInGroup(queue, "slow", "s1", "s2");
        sqs.sendInGroup(queue, "quick", "q1");
        sqs.sendInGroup(queue, "waiting", "w1");
        var release = new CountDownLatch(1);
        var first = new AtomicBoolean(true);

        route(queue, "maxMessagesPerPoll=4&batchWaitMillis=1500&visibilityTimeout=600&settleMillis=50", page -> {
            if (!first.getAndSet(false)) {
                page.done();
                return;
            }
            for (var message : page) {
                if (message.body().equals("w1")) message.retry(Duration.ZERO);
                else if (!message.body().equals("s2")) message.done();
            }
            release.await();
            page.done();
        });

        nextPage();
        await().until(() -> sqs.counts(queue).equals(Map.of("visible", 1, "in flight", 2)));
        release.countDown();
        assertThat(texts(nextPage())).containsExactly("w1");
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void messages_that_come_between_two_receives_are_one_page_for_one_of_the_pollers() throws Exception {
        var queue = sqs.queue();
        var context = route(
                queue,
                "maxMessagesPerPoll=10&batchWaitMillis=0&receiveMillis=1500&concurrentConsumers=3&visibilityTimeout=600",
                Batch::done);
        sqs.send(queue, List.of("first"));
        nextPage();

        sqs.send(queue, bodies(6));

        assertThat(texts(nextPage())).hasSize(6);
        context.getRouteController().suspendRoute("pages");
        assertThat(pages).isEmpty();
    }

    @Test
    void in_a_fifo_group_one_that_is_done_is_deleted_although_one_before_it_is_not() throws Exception {
        var queue = sqs.fifoQueue();
        sqs.sendInGroup(queue, "lane", "a", "b", "c");

        var context = route(queue, "maxMessagesPerPoll=3&batchWaitMillis=1500&visibilityTimeout=600", page -> {
            page.messages().get(1).done();
            page.messages().get(2).retry(LONG);
            page.messages().get(0).retry(Duration.ZERO);
        });
        nextPage();
        context.getRouteController().suspendRoute("pages");

        await().untilAsserted(() ->
                assertThat(sqs.receive(queue)).extracting(Message::body).containsExactly("a", "c"));
    }

    @Test
    void an_absent_queue_is_the_health_checks_business_and_is_taken_up_when_it_is_there() throws Exception {
        var queue = "late-" + System.nanoTime();

        var context = route(queue, "errorDelay=100&maxErrorDelay=400", Batch::done);

        await().until(() -> health(context).getState() == HealthCheck.State.DOWN
                && health(context).getError().isPresent());
        assertThat(health(context).getCheck().getId()).isEqualTo("consumer:pages");
        sqs.client().createQueue(request -> request.queueName(queue));
        sqs.send(queue, List.of("a"));
        assertThat(texts(nextPage())).containsExactly("a");
        await().until(() -> health(context).getState() == HealthCheck.State.UP);
    }

    @Test
    void while_sqs_is_away_polls_become_rarer_and_a_stop_does_not_wait_for_the_next() throws Exception {
        var client = new TroubledSqs(sqs.client());
        client.cutOff = true;
        var context = route(client, sqs.queue(), "errorDelay=60000", Batch::done);
        await().until(() -> health(context).getError().isPresent());

        long before = System.nanoTime();
        context.stop();

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void a_failure_in_the_middle_of_filling_a_page_does_not_cost_the_messages_that_came_before() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(20));
        var client = new TroubledSqs(sqs.client());
        var receives = new AtomicInteger();
        client.onReceive = response -> {
            client.cutOff = receives.incrementAndGet() == 1;
            return response;
        };

        route(client, queue, "maxMessagesPerPoll=20&batchWaitMillis=5000&visibilityTimeout=600", page -> {
            client.cutOff = false;
            page.done();
        });

        assertThat(nextPage().size()).isEqualTo(10);
        assertThat(nextPage().size()).isEqualTo(10);
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void several_consumers_have_several_pages_in_work() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, bodies(3));
        var together = new CountDownLatch(3);

        route(queue, "concurrentConsumers=3&maxMessagesPerPoll=1", page -> {
            together.countDown();
            if (!together.await(60, TimeUnit.SECONDS)) throw new IllegalStateException("alone");
            page.done();
        });

        await().until(() -> sqs.isEmpty(queue));
        assertThat(pages).hasSize(3);
    }

    @Test
    void a_yaml_route_names_the_queue_among_the_parameters_and_splits_the_page() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a", "b"));
        var context = context(sqs.client());
        context.getRegistry().bind("pages", (org.apache.camel.Processor) exchange -> {
            var message = exchange.getMessage().getBody(BatchMessage.class);
            message.done();
            pages.add(new Batch(exchange.getMessage().getHeader(Batch.QUEUE_HEADER, String.class), List.of(message)));
        });
        context.getPropertiesComponent().addInitialProperty("queue", queue);
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("pages.camel.yaml", """
                - route:
                    id: pages
                    from:
                      uri: sqs-batch
                      parameters:
                        queueNameOrArn: "{{queue}}"
                        maxMessagesPerPoll: 2
                        batchWaitMillis: 2000
                        waitTimeSeconds: 1
                        amazonSQSClient: "#sqs"
                      steps:
                        - split:
                            simple: "${body}"
                            steps:
                              - process:
                                  ref: pages
                """));

        context.start();

        assertThat(Stream.of(nextPage(), nextPage()).flatMap(page -> texts(page).stream()))
                .containsExactlyInAnyOrder("a", "b");
        await().until(() -> sqs.isEmpty(queue));
    }

    @Test
    void a_queue_can_be_named_by_its_arn_or_its_url() throws Exception {
        var queue = sqs.queue();
        sqs.send(queue, List.of("a"));
        route("arn:aws:sqs:eu-central-1:000000000000:" + queue, "initialDelay=10", Batch::done);
        assertThat(nextPage().queue()).isEqualTo(queue);

        var other = sqs.queue();
        sqs.send(other, List.of("b"));
        route(
                "named",
                "queueOwnerAWSAccountId=000000000000&messageAttributeNames=a,b&queueUrl=" + sqs.url(other),
                Batch::done);
        assertThat(texts(nextPage())).containsExactly("b");
    }

    @Test
    void settings_out_of_range_are_named_at_the_start() {
        assertThatThrownBy(() -> route("q", "maxMessagesPerPoll=0", Batch::done))
                .rootCause()
                .hasMessageContaining("maxMessagesPerPoll is 0");
        assertThatThrownBy(() -> route("q", "waitTimeSeconds=21", Batch::done))
                .rootCause()
                .hasMessageContaining("possible is 0 to 20");
        assertThatThrownBy(() -> route("q", "visibilityTimeout=43201", Batch::done))
                .rootCause()
                .hasMessageContaining("visibilityTimeout");
        assertThatThrownBy(() -> route("q", "batchWaitMillis=31000", Batch::done))
                .rootCause()
                .hasMessageContaining("batchWaitMillis is 31000");
        assertThatThrownBy(() -> route("arn:aws:sns:x", "initialDelay=10", Batch::done))
                .rootCause()
                .hasMessageContaining("arn:aws:sqs:REGION:ACCOUNT:NAME");
    }

    @Test
    void every_option_of_the_endpoint_can_stand_among_the_parameters_of_a_yaml_route() {
        var options = Stream.of(SqsBatchEndpoint.class.getMethods())
                .filter(method ->
                        method.getName().startsWith("set") && method.getDeclaringClass() == SqsBatchEndpoint.class)
                .map(method -> method.getName().substring(3))
                .map(name -> name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1));

        var factory = new SqsBatchUriFactory();
        assertThat(factory.propertyNames()).containsAll(options.toList());
        assertThat(factory.propertyNames())
                .containsAll(List.of("delay", "initialDelay", "greedy", "backoffMultiplier"));
        assertThat(factory.secretPropertyNames()).isEmpty();
        assertThat(factory.isLenientProperties()).isFalse();
    }

    @Test
    void it_cannot_be_sent_to() throws Exception {
        var context = context(sqs.client());
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:in").to("sqs-batch:somewhere");
            }
        });

        assertThatThrownBy(context::start)
                .isInstanceOfAny(FailedToStartRouteException.class, FailedToCreateRouteException.class)
                .rootCause()
                .hasMessageContaining("send with aws2-sqs");
    }

    @Test
    void with_two_clients_in_the_registry_one_has_to_be_named() throws Exception {
        var context = context(sqs.client());
        context.getRegistry().bind("another", new TroubledSqs(sqs.client()));

        assertThatThrownBy(() -> context.getEndpoint("sqs-batch:q").start())
                .rootCause()
                .hasMessageContaining("amazonSQSClient=#name");
        assertThat(((SqsBatchEndpoint) context.getEndpoint("sqs-batch:q?amazonSQSClient=#another"))
                        .getAmazonSQSClient())
                .isInstanceOf(TroubledSqs.class);
    }

    @FunctionalInterface
    private interface Work {
        void on(Batch page) throws Exception;
    }

    private DefaultCamelContext route(String queue, String options, Work work) throws Exception {
        return route(sqs.client(), queue, options, work);
    }

    private DefaultCamelContext route(SqsClient client, String queue, String options, Work work) throws Exception {
        var context = context(client);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                // Short polls unless told otherwise, so that the stop at the end of each test is quick.
                var quick = options.contains("waitTimeSeconds") ? "" : "&waitTimeSeconds=0&delay=50";
                from("sqs-batch:" + queue + "?" + options + quick)
                        .routeId("pages")
                        .process(exchange -> {
                            var page = exchange.getMessage().getBody(Batch.class);
                            pages.add(page);
                            work.on(page);
                        });
            }
        });
        context.start();
        return context;
    }

    private DefaultCamelContext context(SqsClient client) {
        var context = new DefaultCamelContext();
        context.getRegistry().bind("sqs", client);
        context.getShutdownStrategy().setTimeout(30);
        contexts.add(context);
        return context;
    }

    private Batch nextPage() throws InterruptedException {
        var page = pages.poll(60, TimeUnit.SECONDS);
        assertThat(page).as("a page").isNotNull();
        return page;
    }

    private static ServiceStatus status(DefaultCamelContext context) {
        return ((org.apache.camel.StatefulService) context.getRoute("pages").getConsumer()).getStatus();
    }

    private static HealthCheck.Result health(DefaultCamelContext context) {
        return ((HealthCheckAware) context.getRoute("pages").getConsumer())
                .getHealthCheck()
                .call();
    }

    private static List<String> texts(Batch page) {
        return page.messages().stream().map(BatchMessage::body).toList();
    }

    private static List<String> bodies(int count) {
        return IntStream.range(0, count).mapToObj(i -> "message " + i).toList();
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }
}
