package dev.caravan.sandbox;

import com.typesafe.config.ConfigFactory;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.AbstractActor;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.http.scaladsl.Http;
import org.elasticmq.StrictSQSLimits$;
import org.elasticmq.actor.QueueManagerActor;
import org.elasticmq.actor.queue.OperationSuccessful$;
import org.elasticmq.actor.queue.QueueEvent;
import org.elasticmq.actor.queue.QueueEventWithOperationStatus;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.elasticmq.util.NowProvider;
import scala.Option;
import scala.concurrent.Await;
import scala.concurrent.Awaitable;
import scala.concurrent.duration.FiniteDuration;

/** ElasticMQ. Its queues outlive its socket, so that it can be away for a while and come back with every message. */
final class SqsServer implements AutoCloseable {
    private final ActorSystem system;
    private final ActorRef queues;
    private final Map<String, LongAdder> sent = new ConcurrentHashMap<>();
    private final int port;
    private Http.ServerBinding socket;

    SqsServer(int port) {
        system = ActorSystem.create(
                "sandbox-sqs",
                ConfigFactory.parseMap(Map.of(
                                "pekko.loglevel", "WARNING",
                                "pekko.daemonic", "on",
                                "pekko.coordinated-shutdown.run-by-jvm-shutdown-hook", "off"))
                        .withFallback(ConfigFactory.load(SqsServer.class.getClassLoader())));
        var counter = system.actorOf(Props.create(SentCounter.class, () -> new SentCounter(sent)));
        queues = system.actorOf(Props.create(
                QueueManagerActor.class, new NowProvider(), StrictSQSLimits$.MODULE$, Option.apply(counter)));
        try {
            socket = listen(port);
        } catch (RuntimeException e) {
            await(system.terminate());
            throw new IllegalStateException("SQS does not start on port " + port, e);
        }
        this.port = socket.localAddress().getPort();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Messages put into each queue by anyone, those moved there by a redrive included. */
    Map<String, Long> sent() {
        var counts = new TreeMap<String, Long>();
        sent.forEach((queue, count) -> counts.put(queue, count.sum()));
        return counts;
    }

    /** From now on connections are refused; those open are closed. */
    synchronized void down() {
        if (socket == null) return;
        await(socket.terminate(FiniteDuration.apply(100, TimeUnit.MILLISECONDS)));
        socket = null;
    }

    /** Back on the same port, with the messages it had. */
    synchronized void up() {
        if (socket == null) socket = listen(port);
    }

    @Override
    public void close() {
        down();
        await(system.terminate());
    }

    private Http.ServerBinding listen(int onPort) {
        return SQSRestServerBuilder.withActorSystem(system)
                .withQueueManagerActor(queues)
                .withInterface("127.0.0.1")
                .withPort(onPort)
                .withAWSRegion(AwsSandbox.REGION)
                .withAWSAccountId(AwsSandbox.ACCOUNT)
                .start()
                .waitUntilStarted();
    }

    private static void await(Awaitable<?> future) {
        try {
            Await.result(future, FiniteDuration.apply(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            throw new IllegalStateException("SQS does not stop", e);
        }
    }

    /** ElasticMQ waits for its answer before it answers the client, so it does nothing but count. */
    private static final class SentCounter extends AbstractActor {
        private final Map<String, LongAdder> sent;

        SentCounter(Map<String, LongAdder> sent) {
            this.sent = sent;
        }

        @Override
        public Receive createReceive() {
            return receiveBuilder()
                    .match(QueueEvent.MessageAdded.class, this::count)
                    .match(QueueEventWithOperationStatus.class, event -> acknowledge())
                    .matchAny(event -> {})
                    .build();
        }

        private void count(QueueEvent.MessageAdded added) {
            sent.computeIfAbsent(added.queueName(), queue -> new LongAdder()).increment();
            acknowledge();
        }

        private void acknowledge() {
            getSender().tell(OperationSuccessful$.MODULE$, getSelf());
        }
    }
}
