package dev.caravan.check;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.products.medusa.ShopSetup;
import dev.caravan.products.medusa.ShopSetup.State;
import dev.caravan.products.pimcore.PimcoreSetup;
import dev.caravan.settings.Settings;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Asks everything Caravan needs whether it is there, and says what is missing. Only looks. */
public final class LiveCheck {
    private static final int OLDEST_POSTGRESQL = 13;

    private final Settings settings;
    private final AwsLook aws;
    private final Clock clock;
    private final List<Problem> problems = new ArrayList<>();

    /** Clients of AWS, as the environment says. */
    public record AwsLook(S3Client s3, SqsClient sqs, EventBridgeClient eventBridge) {
        /** By the SDK's own variables. */
        public static AwsLook ofProcess() {
            var elsewhere = System.getenv("AWS_ENDPOINT_URL_S3") != null || System.getenv("AWS_ENDPOINT_URL") != null;
            return new AwsLook(
                    S3Client.builder().forcePathStyle(elsewhere).build(),
                    SqsClient.create(),
                    EventBridgeClient.create());
        }
    }

    public LiveCheck(Settings settings, AwsLook aws, Clock clock) {
        this.settings = settings;
        this.aws = aws;
        this.clock = clock;
    }

    /** What is missing; empty when a {@code run} would find all it needs. */
    public List<Problem> problems() {
        postgresql();
        bucket("inbox.bucket");
        bucket("archive.bucket");
        for (var queue : List.of(
                "uploads.queue",
                "products.queue",
                "publications.queue",
                "catalogue.queue",
                "clickstream.queue",
                "tasks.queue")) queue(queue);
        bus();
        pimcore();
        medusa();
        return List.copyOf(problems);
    }

    private void postgresql() {
        try (var connection = DriverManager.getConnection(settings.text("database.url"))) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version < OLDEST_POSTGRESQL)
                missing("PostgreSQL", "is version " + version + ": use " + OLDEST_POSTGRESQL + " or newer");
            try (var rows = connection
                    .createStatement()
                    .executeQuery("select has_database_privilege(current_database(), 'CREATE')")) {
                if (!rows.next() || !rows.getBoolean(1))
                    missing(
                            "PostgreSQL",
                            "the user may not create schemas: grant create on database " + connection.getCatalog());
            }
        } catch (SQLException e) {
            missing("PostgreSQL", firstLine(e) + ": check host, user and password in DATABASE_URL");
        }
    }

    private void bucket(String key) {
        var bucket = settings.text(key);
        look("S3 bucket " + bucket, "create it, or set " + variable(key) + ", and let this role read it", () -> {
            aws.s3().headBucket(request -> request.bucket(bucket));
            if (!key.equals("inbox.bucket")) return;
            if (aws.s3().getBucketVersioning(request -> request.bucket(bucket)).status()
                    != BucketVersioningStatus.ENABLED) {
                missing(
                        "S3 bucket " + bucket,
                        "keeps no versions: switch versioning on, so that a file replaced while it is read is read whole");
            }
        });
    }

    private void queue(String key) {
        var fifo = key.equals("tasks.queue") ? ".fifo" : "";
        var queue = settings.text(key) + fifo;
        look("SQS queue " + queue, "create it, or set " + variable(key) + ", and let this role receive from it", () -> {
            var url = aws.sqs().getQueueUrl(request -> request.queueName(queue)).queueUrl();
            var attributes = aws.sqs()
                    .getQueueAttributes(request -> request.queueUrl(url).attributeNames(QueueAttributeName.ALL))
                    .attributes();
            if (!attributes.containsKey(QueueAttributeName.REDRIVE_POLICY))
                missing(
                        "SQS queue " + queue,
                        "has no dead-letter queue: give it " + settings.text(key) + "-dead" + fifo);
        });
    }

    private void bus() {
        var bus = settings.text("events.bus");
        look(
                "EventBridge bus " + bus,
                "create it, or set EVENTS_BUS, and let this role put events on it",
                () -> aws.eventBridge().describeEventBus(request -> request.name(bus)));
    }

    private void look(String what, String advice, Runnable call) {
        try {
            call.run();
        } catch (SdkException e) {
            missing(what, firstLine(e) + ": " + advice);
        }
    }

    private void pimcore() {
        try {
            for (var part : PimcoreSetup.of(settings, clock).look()) {
                if (part.state() != PimcoreSetup.State.MISSING) continue;
                // Of an endpoint that is not there, the remedy says why.
                if (part.what().equals(PimcoreSetup.ENDPOINT))
                    missing("Pimcore", part.remedy() + "; check PIMCORE_API_KEY and PIMCORE_URL");
                else missing("Pimcore", "has no " + part.what() + ": " + part.remedy() + "; setup pimcore says how");
            }
        } catch (TargetUnavailable e) {
            missing("Pimcore", e.getMessage() + ": check PIMCORE_URL");
        } catch (BadSettings e) {
            missing("Pimcore", e.getMessage());
        }
    }

    private void medusa() {
        try {
            for (var part : ShopSetup.of(settings, clock).look())
                if (part.state() == State.MISSING)
                    missing("Medusa", "has no " + part.what() + ": " + part.remedy() + ", or run setup medusa");
        } catch (TargetUnavailable e) {
            missing("Medusa", e.getMessage() + ": check MEDUSA_URL");
        } catch (BadSettings e) {
            missing("Medusa", e.getMessage());
        }
    }

    private void missing(String who, String what) {
        problems.add(new Problem(who, 0, what));
    }

    private static String variable(String key) {
        return key.toUpperCase(java.util.Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
