package dev.caravan.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.testing.TestClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueueGaugesTest {
    private static final double A_FORTNIGHT = Duration.ofDays(14).toSeconds();

    private final LocalSqs sqs = new LocalSqs();
    private final TestClock clock = new TestClock();
    private final MessageAges ages = new MessageAges(clock);
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final QueueGauges gauges = new QueueGauges(new Queues(() -> camel, sqs.client(), Set::of), ages, metrics);
    private final LinkedBlockingQueue<Batch> pages = new LinkedBlockingQueue<>();
    private final String queue = sqs.queue();

    @BeforeEach
    void a_route_that_reads_one_message_and_leaves_it() throws Exception {
        camel.getRegistry().bind("sqs", sqs.client());
        camel.getRegistry().bind("ages", ages);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("sqs-batch:" + queue + "?maxMessagesPerPoll=1&waitTimeSeconds=0&delay=50")
                        .routeId("pages")
                        .process(exchange -> {
                            var page = exchange.getMessage().getBody(Batch.class);
                            var message = page.messages().get(0);
                            if (message.body().equals("fine")) message.done();
                            pages.add(page);
                        });
            }
        });
        camel.start();
    }

    @AfterEach
    void stop() {
        camel.stop();
        sqs.close();
    }

    @Test
    void an_empty_queue_loses_nothing_for_as_long_as_it_keeps_messages() {
        gauges.measure();

        assertThat(messages("visible")).isZero();
        assertThat(value("caravan.queue.oldest.seconds")).isZero();
        assertThat(value("caravan.queue.loss.seconds")).isEqualTo(A_FORTNIGHT);
    }

    @Test
    void a_message_that_fails_ages_until_it_is_done_and_has_that_much_less_time() throws Exception {
        sqs.send(queue, List.of("poison"));
        var sent = pages.take().messages().get(0).sent().orElseThrow();
        clock.pass(Duration.between(clock.instant(), sent.plusSeconds(3600)));

        gauges.measure();

        assertThat(messages("in work")).isEqualTo(1);
        assertThat(value("caravan.queue.oldest.seconds")).isEqualTo(3600);
        assertThat(value("caravan.queue.loss.seconds")).isEqualTo(A_FORTNIGHT - 3600);
    }

    @Test
    void a_message_that_is_done_ages_no_more() throws Exception {
        sqs.send(queue, List.of("fine"));
        pages.take();
        await().until(() -> sqs.isEmpty(queue));

        gauges.measure();

        assertThat(value("caravan.queue.oldest.seconds")).isZero();
    }

    @Test
    void while_sqs_does_not_answer_nothing_is_claimed() {
        gauges.measure();
        sqs.client().deleteQueue(request -> request.queueUrl(sqs.url(queue)));

        gauges.measure();

        assertThat(messages("visible")).isNaN();
        assertThat(value("caravan.queue.loss.seconds")).isNaN();
    }

    private double messages(String state) {
        return metrics.get("caravan.queue.messages")
                .tags("queue", queue, "state", state)
                .gauge()
                .value();
    }

    private double value(String name) {
        return metrics.get(name).tag("queue", queue).gauge().value();
    }
}
