package dev.caravan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.OperatorApi;
import dev.caravan.aws.ClaimCheck;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.deadletters.Replay;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.outbound.CamelPort;
import dev.caravan.products.ProductsModule;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Caches;
import dev.caravan.state.Database;
import dev.caravan.state.LastSent;
import dev.caravan.uploads.Uploads;
import dev.caravan.webhooks.StandardWebhooks;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.main.Main;
import org.apache.camel.throttling.ThrottlingExceptionRoutePolicy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** One running instance: state, clients, beans and routes put together. */
public final class Runtime implements AutoCloseable {
    /** Folders of routes that run whatever the flows. */
    private static final Set<String> ALWAYS = Set.of("_shared", "dead-letters");

    private final Main main = new Main();
    private final Database database;
    private final Caches caches;

    /**
     * Opens database and caches and prepares the routes; nothing is consumed before {@link #run()}.
     *
     * @param settings validated
     * @throws dev.caravan.failure.BadSettings when a route, mapping or schema is broken
     * @throws TargetUnavailable               when the database does not answer
     */
    public Runtime(Settings settings, Clock clock) {
        var routes = RouteFiles.at(settings.text("caravan.routes"));
        database = Database.open(settings.text("database.url"), settings.integer("database.connections"));
        caches = Caches.open(database.dataSource(), settings.flag("caravan.cluster"), settings.duration("caravan.idempotency-days"));
        var s3 = s3();
        var sqs = SqsClient.create();
        var ledger = new Ledger(clock);
        var journey = new Journey(clock);
        var quarantine = new Quarantine(clock);
        var deadLetters = new DeadLetters(clock);
        var audit = new Audit(clock);
        var retries = new RetryRules(
                settings.integer("retry.attempts"), settings.duration("retry.first-delay-milliseconds"), settings.duration("retry.max-delay-seconds"));
        var failures = new Failures(database, deadLetters, ledger, journey, retries, ThreadLocalRandom.current());
        Replay.Sender sender = (queue, body) -> sqs.sendMessage(request ->
                request.queueUrl(sqs.getQueueUrl(name -> name.queueName(queue)).queueUrl()).messageBody(new String(body, StandardCharsets.UTF_8)));

        main.setOverrideProperties(settings.forCamel());
        main.bind("s3", s3);
        main.bind("sqs", sqs);
        main.bind("eventBridge", EventBridgeClient.create());
    }

    @Override
    public void close() {
        main.stop();
        caches.close();
        database.close();
    }
}
