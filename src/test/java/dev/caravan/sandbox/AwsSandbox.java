package dev.caravan.sandbox;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.caravan.sandbox.awssdk.ObjectChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * S3, SQS and EventBridge on 127.0.0.1, with the buckets, queues, bus and rules Caravan needs. Queues live in memory; objects live in a
 * folder and are still there after a restart when that folder was given.
 */
public final class AwsSandbox implements AutoCloseable {
    public static final String REGION = "us-east-1";
    public static final String ACCOUNT = "000000000000";

    private static final Logger LOG = LoggerFactory.getLogger(AwsSandbox.class);

    private final Options options;
    private final S3Faults s3Faults = new S3Faults();
    private final Deque<AutoCloseable> running = new ConcurrentLinkedDeque<>();
    private final SqsServer sqs;
    private final EventBridge eventBridge;
    private final S3Server s3;
    private final AwsClients clients;

    private AwsSandbox(Options options) {
        this.options = options;
        // S3 tells EventBridge nothing before the sandbox is handed out: until then its buckets are empty.
        var s3Start = CompletableFuture.supplyAsync(() -> {
            var server = closedAtEnd(
                    new S3Server(options.s3Port(), directory(), options.clock(), s3Faults, this::tellEventBridge));
            try (var client = AwsClients.s3(server.endpoint())) {
                options.resources().createBuckets(client);
            }
            return server;
        });
        try {
            sqs = closedAtEnd(new SqsServer(options.sqsPort()));
            eventBridge = closedAtEnd(new EventBridge(options.eventBridgePort(), options.clock(), sqs.endpoint()));
            s3 = s3Start.join();
            clients = closedAtEnd(new AwsClients(s3(), sqs(), eventBridge.endpoint()));
            options.resources().createQueues(clients.sqs());
            options.resources().createRules(eventBridge);
        } catch (RuntimeException e) {
            s3Start.handle((server, failure) -> null).join();
            close();
            throw e instanceof CompletionException && e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private <T extends AutoCloseable> T closedAtEnd(T part) {
        running.push(part);
        return part;
    }

    private Path directory() {
        try {
            if (options.s3Directory() != null) return Files.createDirectories(options.s3Directory());
            var temporary = Files.createTempDirectory(
                    "caravan-s3-" + ProcessHandle.current().pid() + "-");
            closedAtEnd(() -> MoreFiles.deleteRecursively(temporary, RecursiveDeleteOption.ALLOW_INSECURE));
            return temporary;
        } catch (IOException e) {
            throw new UncheckedIOException("no folder for S3", e);
        }
    }

    private void tellEventBridge(ObjectChange change) {
        if (change.bucket().equals(options.resources().inbox())) eventBridge.objectChanged(change);
    }

    /** On free ports, with a temporary folder that is deleted at the end. */
    public static AwsSandbox start() {
        return start(Options.defaults());
    }

    /** @throws RuntimeException when a port is taken or the folder cannot be written */
    public static AwsSandbox start(Options options) {
        return new AwsSandbox(options);
    }

    public URI s3() {
        return s3.endpoint();
    }

    public URI sqs() {
        return sqs.endpoint();
    }

    /** Of the queue of that name, whether it exists or not. */
    public String queueUrl(String queue) {
        return sqs() + "/" + ACCOUNT + "/" + queue;
    }

    static String queueArn(String queue) {
        return "arn:aws:sqs:" + REGION + ":" + ACCOUNT + ":" + queue;
    }

    /** EventBridge itself: its endpoint, its faults, further buses and rules. */
    public EventBridge eventBridge() {
        return eventBridge;
    }

    public SandboxResources resources() {
        return options.resources();
    }

    /** Closed together with the sandbox. */
    public AwsClients clients() {
        return clients;
    }

    public S3Faults s3Faults() {
        return s3Faults;
    }

    /** Takes SQS away (connections are refused), or brings it back with the messages it had. Events wait for it meanwhile. */
    public void sqsDown(boolean down) {
        if (down) sqs.down();
        else sqs.up();
    }

    public AwsCalls calls() {
        return eventBridge.calls(sqs.sent());
    }

    /** Settings by which the AWS SDK of another process finds this sandbox. */
    public Map<String, String> environment() {
        return new TreeMap<>(Map.of(
                "AWS_REGION",
                REGION,
                "AWS_ACCESS_KEY_ID",
                AwsClients.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                AwsClients.SECRET_KEY,
                "AWS_ENDPOINT_URL_S3",
                s3().toString(),
                "AWS_ENDPOINT_URL_SQS",
                sqs().toString(),
                "AWS_ENDPOINT_URL_EVENTBRIDGE",
                eventBridge.endpoint().toString()));
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception e) {
                LOG.warn("a part of the sandbox does not stop", e);
            }
        }
    }

    /**
     * How to start it.
     *
     * @param s3Port          0 for a free one, as with the other ports
     * @param sqsPort         see above
     * @param eventBridgePort see above
     * @param s3Directory     where objects are kept; null for a temporary folder
     * @param resources       what to create
     * @param clock           the time of objects and events; SQS keeps real time
     */
    public record Options(
            int s3Port, int sqsPort, int eventBridgePort, Path s3Directory, SandboxResources resources, Clock clock) {
        public static Options defaults() {
            return new Options(0, 0, 0, null, SandboxResources.defaults(), Clock.systemUTC());
        }

        public Options withPorts(int newS3Port, int newSqsPort, int newEventBridgePort) {
            return new Options(newS3Port, newSqsPort, newEventBridgePort, s3Directory, resources, clock);
        }

        public Options withS3Directory(Path newS3Directory) {
            return new Options(s3Port, sqsPort, eventBridgePort, newS3Directory, resources, clock);
        }

        public Options withResources(SandboxResources newResources) {
            return new Options(s3Port, sqsPort, eventBridgePort, s3Directory, newResources, clock);
        }

        public Options withClock(Clock newClock) {
            return new Options(s3Port, sqsPort, eventBridgePort, s3Directory, resources, newClock);
        }
    }
}
