package dev.caravan.observe;

import dev.caravan.observe.Dependency.Probe;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Everything Caravan leans on, and how each is asked whether it is there. PostgreSQL and SQS are needed: without the one nothing can be
 * written down, without the other nothing comes in.
 */
public final class Dependencies implements AutoCloseable {
    private static final int DATABASE_SECONDS = 3;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

    private final ExecutorService threads =
            Executors.newCachedThreadPool(new CamelThreadFactory("#name#", "dependency", true));
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(ANSWER_WITHIN)
            .executor(threads)
            .build();
    private final List<Dependency> all;

    public Dependencies(
            Settings settings,
            Database database,
            S3Client s3,
            SqsClient sqs,
            EventBridgeClient eventBridge,
            MeterRegistry metrics,
            Clock clock) {
        all = List.of(
                dependency("postgresql", true, () -> connects(database), metrics, clock),
                dependency(
                        "sqs",
                        true,
                        () -> sqs.getQueueUrl(request -> request.queueName(settings.text("uploads.queue"))),
                        metrics,
                        clock),
                dependency(
                        "s3",
                        false,
                        answers(() -> s3.headBucket(request -> request.bucket(settings.text("inbox.bucket")))),
                        metrics,
                        clock),
                dependency(
                        "eventbridge",
                        false,
                        answers(() ->
                                eventBridge.describeEventBus(request -> request.name(settings.text("events.bus")))),
                        metrics,
                        clock),
                dependency("pimcore", false, () -> answers(settings.text("pimcore.url")), metrics, clock),
                dependency("medusa", false, () -> answers(settings.text("medusa.url") + "/health"), metrics, clock));
    }

    private Dependency dependency(String name, boolean needed, Probe probe, MeterRegistry metrics, Clock clock) {
        return new Dependency(name, needed, probe, threads, metrics, clock);
    }

    /** Health checks, one a system. */
    public List<Dependency> all() {
        return all;
    }

    /** Looks at all of them, side by side. */
    public void measure() {
        all.parallelStream().forEach(Dependency::look);
    }

    private static void connects(Database database) throws Exception {
        try (var connection = database.dataSource().getConnection()) {
            if (!connection.isValid(DATABASE_SECONDS)) throw new IOException("the connection is dead");
        }
    }

    /** A refusal is an answer, too: it takes fewer permissions to work with a bucket or a bus than to look at it. */
    private static Probe answers(Runnable call) {
        return () -> {
            try {
                call.run();
            } catch (AwsServiceException e) {
                if (e.statusCode() >= 500 || e.statusCode() == 404) throw e;
            }
        };
    }

    private void answers(String url) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(url)).timeout(ANSWER_WITHIN).build();
        int status = http.send(request, BodyHandlers.discarding()).statusCode();
        if (status >= 500) throw new IOException("HTTP " + status);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
