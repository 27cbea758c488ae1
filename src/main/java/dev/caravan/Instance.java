package dev.caravan;

import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.OperatorApi;
import dev.caravan.aws.ClaimCheck;
import dev.caravan.aws.EventPublisher;
import dev.caravan.aws.S3ClaimStore;
import dev.caravan.check.Check;
import dev.caravan.check.Problem;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.outbound.CamelPort;
import dev.caravan.outbound.PacedPort;
import dev.caravan.products.ProductsModule;
import dev.caravan.products.Suppliers;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.reload.PatientDirect;
import dev.caravan.reload.Reload;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Caches;
import dev.caravan.state.Database;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.state.LastSent;
import dev.caravan.uploads.Uploads;
import dev.caravan.webhooks.StandardWebhooks;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServerConfiguration;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.throttling.ThrottlingExceptionRoutePolicy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** One running Caravan: state, clients, beans and routes put together. */
public final class Instance implements AutoCloseable {
    /** Folders of routes that run whatever the flows. */
    private static final Set<String> ALWAYS = Set.of("_shared", "dead-letters");

    /** Before an event that EventBridge did not take is sent again. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final Main main = new Main();
    private final Database database;
    private final Caches caches;
    private Reload reload;

    /**
     * Opens database and caches and prepares the routes; nothing is consumed before {@link #run()}.
     *
     * @param settings validated
     * @throws dev.caravan.failure.BadSettings when a route, mapping or schema is broken
     * @throws TargetUnavailable               when the database does not answer
     */
    public Instance(Settings settings, Clock clock) {
        var routes = RouteFiles.at(settings.text("caravan.routes"));
        var keys = ApiKeys.parse(settings.text("caravan.api-keys"));
        Supplier<S3Client> s3 = meanwhile(Instance::s3);
        Supplier<SqsClient> sqs = meanwhile(SqsClient::create);
        Supplier<EventBridgeClient> eventBridge = meanwhile(EventBridgeClient::create);
        Supplier<Suppliers> suppliers = meanwhile(() -> Suppliers.load(routes));
        Supplier<List<Problem>> problems = meanwhile(() -> problems(settings, routes));
        database = Database.open(settings.text("database.url"), settings.integer("database.connections"));
        var cached = Caches.Settings.read(settings::text);
        caches = Caches.start(database.dataSource(), cached);
        main.setOverrideProperties(properties(settings, routes));
        main.configure().withRoutesIncludePattern(patterns(settings, routes));
        main.bind("eventBridge", eventBridge.get());
        assemble(settings, cached.nodeName(), routes, suppliers.get(), s3.get(), sqs.get(), keys, clock);
        refuse(problems.get());
    }

    /** What lies in the JAR was checked when it was built; what lies in a folder, nobody knows. */
    private static List<Problem> problems(Settings settings, RouteFiles routes) {
        return isEditable(settings)
                ? new Check(routes, RouteFiles.at(settings.text("caravan.kamelets")), settings).quickly(true)
                : List.of();
    }

    private static boolean isEditable(Settings settings) {
        return settings.text("caravan.routes").startsWith("file:")
                || settings.text("caravan.kamelets").startsWith("file:");
    }

    private static void refuse(List<Problem> problems) {
        if (!problems.isEmpty())
            throw new BadSettings(
                    problems.stream().map(Problem::toString).collect(Collectors.joining(System.lineSeparator())));
    }

    /** Watches the files from when the routes run. */
    private void watch(Settings settings, RouteFiles routes, Audit audit, ProductsModule products) {
        var pause = settings.duration("caravan.routes-reload-seconds");
        if (pause.isZero() || !isEditable(settings)) return;
        reload = new Reload(
                new Reload.Sources(
                        routes,
                        RouteFiles.at(settings.text("caravan.kamelets")),
                        settings,
                        path -> runs(settings, path)),
                new Reload.Target(main::getCamelContext, properties(settings, routes), products::edited),
                database,
                audit);
        main.bind("direct", new PatientDirect());
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void afterStart(BaseMainSupport started) {
                reload.every(pause);
            }
        });
    }

    /** Made while the database and its caches start, which takes as long. */
    private static <T> Supplier<T> meanwhile(Supplier<T> making) {
        var made = CompletableFuture.supplyAsync(making);
        return () -> {
            try {
                return made.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        };
    }

    private void assemble(
            Settings settings,
            String nodeName,
            RouteFiles routes,
            Suppliers suppliers,
            S3Client s3,
            SqsClient sqs,
            ApiKeys keys,
            Clock clock) {
        var ledger = new Ledger(clock);
        var journey = new Journey(clock);
        var quarantine = new Quarantine(clock);
        var deadLetters = new DeadLetters(clock);
        var audit = new Audit(clock);
        var retries = new RetryRules(
                settings.integer("retry.attempts"),
                settings.duration("retry.first-delay-milliseconds"),
                settings.duration("retry.max-delay-seconds"));
        Replay.Sender sender = (queue, body) -> send(sqs, queue, body);
        var claims = new ClaimCheck(new S3ClaimStore(s3), settings.text("archive.bucket"));
        var events = new EventPublisher(
                this::putEvents,
                claims,
                new EventPublisher.Settings(
                        settings.text("events.bus"),
                        settings.integer("events.max-request-bytes"),
                        settings.integer("events.max-request-bytes"),
                        settings.integer("events.attempts"),
                        FIRST_PAUSE));
        var idempotent = new InProgressIdempotentRepository(
                caches.idempotent(), "uploads", nodeName, settings.duration("uploads.visibility-seconds"), clock);
        var uploads = new Uploads(
                database,
                ledger,
                quarantine,
                idempotent,
                s3,
                sender,
                settings.text("inbox.bucket"),
                settings.text("uploads.queue"),
                clock);
        var failures = new Failures(
                database, deadLetters, ledger, journey, retries, uploads::parked, ThreadLocalRandom::current);
        var webhookIds = new CachedIds(caches.idempotent(), "pimcore");
        var products = new ProductsModule(new ProductsModule.Needs(
                settings,
                routes,
                suppliers,
                database,
                ledger,
                journey,
                quarantine,
                failures,
                audit,
                new LastSent(caches.lastSent()),
                events,
                claims,
                sender,
                new StandardWebhooks(
                        List.of(settings.text("pimcore.webhook-secret").split("\\s+")), webhookIds, clock),
                webhookIds,
                new CamelPort(main::getCamelContext, "pimcore", "direct:pimcore-call"),
                new PacedPort(
                        new CamelPort(main::getCamelContext, "medusa", "direct:medusa-call"),
                        settings.integer("medusa.parallel-requests"),
                        clock),
                s3,
                clock));
        var replay = new Replay(database, deadLetters, ledger, journey, audit, sender);
        var replays = new Replays(database, deadLetters, replay, audit, clock);
        var api = new Api(keys)
                .on("GET", "/health", null, request -> Answer.ok(Json.object().put("status", "up")));
        new OperatorApi(database, ledger, deadLetters, replay, replays, quarantine, products.desk(), uploads)
                .addTo(api);
        products.addTo(api);

        main.bind("s3", s3);
        main.bind("sqs", sqs);
        main.bind("failures", failures);
        main.bind("replays", replays);
        main.bind("events", events);
        main.bind("uploads", uploads);
        main.bind("idempotent", idempotent);
        // The client would repeat a 503 by itself, unseen; here repeating is counted and waits for its turn.
        main.bind("noOwnRetries", (HttpClientConfigurer) HttpClientBuilder::disableAutomaticRetries);
        main.bind("publicServer", publicServer(settings));
        main.bind("pimcoreCircuit", circuit(settings));
        main.bind("medusaCircuit", circuit(settings));
        products.beans().forEach(main::bind);
        main.configure().addRoutesBuilder(api);
        watch(settings, routes, audit, products);
    }

    /** Suspends a target's queue after so many failed pages in a row, and lets one through after the pause to see whether it is back. */
    private static ThrottlingExceptionRoutePolicy circuit(Settings settings) {
        var pause = settings.duration("circuit.pause-milliseconds").toMillis();
        return new ThrottlingExceptionRoutePolicy(
                settings.integer("circuit.failures"), pause * 12, pause, List.of(TargetUnavailable.class));
    }

    /** With a second server for management, Camel takes port 8080 for the public one whatever it is, unless it finds this. */
    private static VertxPlatformHttpServerConfiguration publicServer(Settings settings) {
        var configuration = new VertxPlatformHttpServerConfiguration();
        configuration.setBindPort(settings.integer("camel.server.port"));
        return configuration;
    }

    private PutEventsResponse putEvents(PutEventsRequest request) {
        return main.getCamelContext()
                .createFluentProducerTemplate()
                .to("direct:events-put")
                .withBody(request)
                .request(PutEventsResponse.class);
    }

    private static void send(SqsClient sqs, String queue, byte[] body) {
        var url = sqs.getQueueUrl(request -> request.queueName(queue)).queueUrl();
        sqs.sendMessage(request -> request.queueUrl(url).messageBody(new String(body, StandardCharsets.UTF_8)));
    }

    /** Other servers than AWS's own seldom answer to a bucket in the host name. */
    private static S3Client s3() {
        var elsewhere = System.getenv("AWS_ENDPOINT_URL_S3") != null || System.getenv("AWS_ENDPOINT_URL") != null;
        return S3Client.builder().forcePathStyle(elsewhere).build();
    }

    private static Properties properties(Settings settings, RouteFiles routes) {
        var properties = settings.forCamel();
        properties.setProperty("routes", routes.location());
        var credentials = (settings.text("medusa.api-key") + ":").getBytes(StandardCharsets.UTF_8);
        properties.setProperty(
                "medusa.authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
        return properties;
    }

    /** Each file by its name: from inside a JAR Camel does not find files in nested folders by a pattern. */
    private static String patterns(Settings settings, RouteFiles routes) {
        return routes.endingWith(".camel.yaml").stream()
                .filter(path -> runs(settings, path))
                .map(routes::uri)
                .collect(Collectors.joining(","));
    }

    /** Whether this instance runs the routes of a file, given by its path below {@code routes/}. */
    private static boolean runs(Settings settings, String path) {
        var flow = path.split("/")[0];
        return ALWAYS.contains(flow)
                || List.of(settings.text("caravan.flows").split(",")).contains(flow);
    }

    /**
     * Runs until the process is told to stop.
     *
     * @return the exit code
     */
    public int run() throws Exception {
        main.run();
        return main.getExitCode();
    }

    @Override
    public void close() {
        if (reload != null) reload.close();
        main.stop();
        caches.close();
        database.close();
    }
}
