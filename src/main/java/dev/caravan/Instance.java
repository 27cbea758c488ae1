package dev.caravan;

import dev.caravan.Assembly.Edges;
import dev.caravan.alerts.AlertStream;
import dev.caravan.alerts.AlertsApi;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Contract;
import dev.caravan.api.Cors;
import dev.caravan.api.OperatorApi;
import dev.caravan.api.PublicServer;
import dev.caravan.api.Tokens;
import dev.caravan.aws.MessageAges;
import dev.caravan.aws.QueueGauges;
import dev.caravan.aws.Queues;
import dev.caravan.check.Check;
import dev.caravan.check.Problem;
import dev.caravan.clickstream.ClickstreamModule;
import dev.caravan.console.Console;
import dev.caravan.deadletters.Edits;
import dev.caravan.deadletters.MessageSchemas;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.erasure.ErasureApi;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetCircuit;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.hawtio.Hawtio;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Dependencies;
import dev.caravan.observe.Meters;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.StateGauges;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.CamelPort;
import dev.caravan.outbound.PacedPort;
import dev.caravan.products.Suppliers;
import dev.caravan.reload.PatientDirect;
import dev.caravan.reload.Reload;
import dev.caravan.reports.DriftReport;
import dev.caravan.reports.RecordsBehind;
import dev.caravan.reports.ReportsApi;
import dev.caravan.routes.Flows;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Caches;
import dev.caravan.state.Database;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.state.LastSent;
import dev.caravan.state.Membership;
import dev.caravan.tasks.HandlerRoutes;
import dev.caravan.tasks.LaneQueue;
import dev.caravan.tasks.TasksModule;
import dev.caravan.tracing.OpenTelemetryTracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServerConfiguration;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** One running Caravan: state, clients, beans and routes put together. */
public final class Instance implements AutoCloseable {
    /** Folders of routes that run whatever the flows. */
    private static final Set<String> ALWAYS = Set.of("_shared", "dead-letters");

    /** What an instance that stops may need beyond its time for draining. */
    private static final Duration ONE_BEFORE = Duration.ofSeconds(10);

    private final Main main = new Main();
    private final Database database;
    private final Membership membership;
    private final Caches caches;
    private final Dependencies dependencies;
    private final Tracing tracing;
    private Shadow shadow;
    private ClickstreamModule clicks;
    private Reload reload;
    private Hawtio hawtio;

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
        tracing = tracing(settings);
        Supplier<S3Client> s3 = meanwhile(Instance::s3);
        Supplier<SqsClient> sqs = meanwhile(SqsClient::create);
        Supplier<EventBridgeClient> eventBridge = meanwhile(EventBridgeClient::create);
        Supplier<Suppliers> suppliers = meanwhile(() -> Suppliers.load(routes));
        Supplier<List<Problem>> problems = meanwhile(() -> problems(settings, routes));
        database = Database.open(settings.text("database.url"), settings.integer("database.connections"));
        membership = Membership.join(
                settings.text("database.url"),
                settings.flag("caravan.cluster"),
                settings.duration("caravan.shutdown-seconds").plus(ONE_BEFORE));
        var cached = Caches.Settings.read(settings::text);
        caches = Caches.start(database.dataSource(), cached);
        main.setOverrideProperties(properties(settings, routes));
        main.configure().withRoutesIncludePattern(patterns(settings, routes));
        main.bind("eventBridge", eventBridge.get());
        var metrics = Meters.registry();
        dependencies = new Dependencies(settings, database, s3.get(), sqs.get(), eventBridge.get(), metrics, clock);
        assemble(settings, cached.nodeName(), routes, suppliers.get(), s3.get(), sqs.get(), keys, metrics, clock);
        refuse(problems.get());
    }

    /** Without an address to send traces to, no class of OpenTelemetry is loaded. */
    private static Tracing tracing(Settings settings) {
        return settings.text("otel.exporter.otlp.endpoint").isEmpty()
                ? Tracing.OFF
                : OpenTelemetryTracing.start(settings);
    }

    /** Traces what the routes do, from their first exchange on. */
    private void trace() {
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void afterConfigure(BaseMainSupport configured) {
                tracing.watch(configured.getCamelContext());
            }
        });
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

    /** @throws BadSettings with each problem on a line, when there are any */
    static void refuse(List<Problem> problems) {
        if (!problems.isEmpty())
            throw new BadSettings(
                    problems.stream().map(Problem::toString).collect(Collectors.joining(System.lineSeparator())));
    }

    /** Watches the files from when the routes run. */
    private void watch(Settings settings, RouteFiles routes, Assembly assembly) {
        var pause = settings.duration("caravan.routes-reload-seconds");
        if (pause.isZero() || !isEditable(settings)) return;
        reload = new Reload(
                new Reload.Sources(
                        routes,
                        RouteFiles.at(settings.text("caravan.kamelets")),
                        settings,
                        path -> runs(settings, path)),
                new Reload.Target(main::getCamelContext, properties(settings, routes), assembly::edited),
                database,
                assembly.audit);
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
            MeterRegistry metrics,
            Clock clock) {
        var idempotent = new InProgressIdempotentRepository(
                caches.idempotent(), "uploads", nodeName, settings.duration("uploads.visibility-seconds"), clock);
        var queues =
                new Queues(main::getCamelContext, sqs, () -> Flows.of(routes).queues());
        var edges = new Edges(
                suppliers,
                database,
                s3,
                this::putEvents,
                (queue, body) -> send(sqs, queue, body, tracing.current()),
                queues::messages,
                new LaneQueue(sqs, TasksModule.queue(settings)),
                new HandlerRoutes(main::getCamelContext),
                new CamelPort(main::getCamelContext, "pimcore", "direct:pimcore-call"),
                new PacedPort(
                        new CamelPort(main::getCamelContext, "medusa", "direct:medusa-call"),
                        settings.integer("medusa.parallel-requests"),
                        clock),
                new LastSent(caches.lastSent()),
                idempotent,
                new CachedIds(caches.idempotent(), "pimcore"),
                new Outcomes(metrics),
                tracing,
                Optional.empty());
        var assembly = new Assembly(settings, routes, edges, clock);
        clicks = assembly.clicks;
        var replay = new Replay(
                database,
                assembly.deadLetters,
                assembly.ledger,
                assembly.journey,
                assembly.audit,
                edges.queues(),
                assembly.tasks,
                tracing);
        var replays = new Replays(database, assembly.deadLetters, replay, assembly.audit, this::works, clock);
        var edits = new Edits(database, assembly.deadLetters, assembly.audit, () -> rules(routes, assembly.tasks));
        var repairs = new Repairs(
                database,
                assembly.deadLetters,
                edits,
                replay,
                replays,
                assembly.audit,
                Repairs.Rules.of(settings),
                clock);
        var rehearsals = new Rehearsals(
                assembly.deadLetters,
                assembly.ledger,
                assembly.journey,
                assembly.audit,
                () -> new Stage(settings, edges, clock));
        var api = new Api(keys, Tokens.of(settings))
                .allow(Cors.of(settings.text("tasks.origins"), List.of("/tasks", "/openapi.json")))
                .on("GET", "/health", null, request -> Answer.ok(Json.object().put("status", "up")));
        Contract.addTo(api, routes);
        new OperatorApi(
                        database,
                        assembly.ledger,
                        assembly.deadLetters,
                        replay,
                        replays,
                        rehearsals,
                        edits,
                        repairs,
                        assembly.audit,
                        assembly.quarantine,
                        assembly.quarantineDesk,
                        assembly.products.desk(),
                        assembly.tasks,
                        assembly.orders,
                        assembly.customers,
                        assembly.uploads)
                .addTo(api);
        assembly.products.addTo(api);
        new ErasureApi(database, assembly.erasures, repairs).addTo(api);
        new AlertsApi(assembly.alerts).addTo(api);
        var alertStream = new AlertStream(assembly.alerts, settings.integer("alerts.listeners"), clock);
        api.stream("/api/alerts", Role.VIEWER, alertStream::open);
        var reports = new ReportsApi(List.of(
                assembly.orders.reportDesk(),
                assembly.customers.reportDesk(),
                assembly.clicks.reportDesk(),
                new DriftReport(database, clock)));
        new RecordsBehind(database).addTo(api);
        reports.addTo(api);
        if (flows(settings).contains("orders")) assembly.orders.addTo(api);
        if (flows(settings).contains("customers")) assembly.customers.addTo(api);
        if (flows(settings).contains("clickstream")) assembly.clicks.addTo(api);
        if (flows(settings).contains("tasks")) assembly.tasks.addTo(api);

        main.bind("s3", s3);
        main.bind("sqs", sqs);
        main.bind("replays", replays);
        shadow = new Shadow(settings, s3, metrics, clock);
        main.bind("shadow", shadow);
        api.on("GET", "/api/shadow", Role.VIEWER, request -> Answer.ok(shadow.json()));
        main.bind("idempotent", idempotent);
        main.bind("publicServer", publicServer(settings));
        main.bind("publicServerFactory", new PublicServer.Factory());
        var circuits = new LinkedHashMap<String, TargetCircuit>();
        circuits.put("Pimcore", circuit(settings));
        circuits.put("Medusa", circuit(settings));
        circuits.forEach((target, circuit) -> main.bind(target.toLowerCase(Locale.ROOT) + "Circuit", circuit));
        circuits.forEach((target, circuit) -> Meters.circuit(metrics, target.toLowerCase(Locale.ROOT), circuit));
        assembly.beans().forEach(main::bind);
        measure(settings, assembly.ledger, queues, metrics, clock);
        trace();
        main.configure().addRoutesBuilder(api);
        main.configure().addRoutesBuilder(alertStream);
        var console = new Console(new Console.Needs(
                settings,
                keys,
                database,
                assembly.ledger,
                assembly.deadLetters,
                replay,
                replays,
                rehearsals,
                edits,
                repairs,
                assembly.audit,
                assembly.quarantine,
                assembly.quarantineDesk,
                assembly.products.desk(),
                assembly.products::explain,
                assembly.products.approvals(),
                reports::report,
                reports.names(),
                shadow::json,
                assembly.alerts,
                assembly.clicks.appeals(),
                circuits,
                clock));
        api.stream(Console.ALERTS, console::admit, alertStream::open);
        main.configure().addRoutesBuilder(console);
        if (settings.flag("hawtio.enabled"))
            show(new Hawtio(new Hawtio.Needs(
                    settings,
                    keys,
                    database,
                    assembly.ledger,
                    assembly.deadLetters,
                    replay,
                    replays,
                    rehearsals,
                    repairs,
                    clock)));
        watch(settings, routes, assembly);
    }

    /** Opens Hawtio when the management port is there, before any route starts. */
    private void show(Hawtio shown) {
        hawtio = shown;
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void afterConfigure(BaseMainSupport configured) {
                try {
                    configured.getCamelContext().addStartupListener((context, started) -> shown.open(context));
                } catch (Exception e) {
                    throw RuntimeCamelException.wrapRuntimeException(e);
                }
            }
        });
    }

    private void measure(Settings settings, Ledger ledger, Queues queues, MeterRegistry metrics, Clock clock) {
        var ages = new MessageAges(clock);
        main.bind("messageAges", ages);
        main.bind("queueGauges", new QueueGauges(queues, ages, metrics));
        main.bind("stateGauges", new StateGauges(database, ledger, flows(settings), metrics, clock));
        main.bind("dependencies", dependencies);
        dependencies.all().forEach(dependency -> main.bind(dependency.getId() + "Health", dependency));
        main.bind(MicrometerConstants.METRICS_REGISTRY_NAME, metrics);
    }

    /** Whether no circuit keeps a route from its target; one that is not there is nobody's to keep. */
    private boolean works(String routeId) {
        var route = main.getCamelContext().getRoute(routeId);
        return route == null
                || route.getRoutePolicyList().stream()
                        .noneMatch(policy -> policy instanceof TargetCircuit circuit && !circuit.isClosed());
    }

    private static TargetCircuit circuit(Settings settings) {
        return new TargetCircuit(settings.integer("circuit.failures"), settings.duration("circuit.pause-milliseconds"));
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

    /** @param trace the context it is sent in; null when that is not traced */
    private static void send(SqsClient sqs, String queue, byte[] body, String trace) {
        var url = sqs.getQueueUrl(request -> request.queueName(queue)).queueUrl();
        var attributes = trace == null
                ? Map.<String, MessageAttributeValue>of()
                : Map.of(
                        Tracing.TRACEPARENT,
                        MessageAttributeValue.builder()
                                .dataType("String")
                                .stringValue(trace)
                                .build());
        sqs.sendMessage(request -> request.queueUrl(url)
                .messageBody(new String(body, StandardCharsets.UTF_8))
                .messageAttributes(attributes));
    }

    /** What an edited message has to look like: a task, or what the step that reads it was promised. */
    private static Edits.Rules rules(RouteFiles routes, TasksModule tasks) {
        var schemas = new MessageSchemas(routes);
        return (flow, message) -> flow.equals("tasks") ? tasks.check(message) : schemas.check(message);
    }

    /** Other servers than AWS's own seldom answer to a bucket in the host name. */
    private static S3Client s3() {
        var elsewhere = System.getenv("AWS_ENDPOINT_URL_S3") != null || System.getenv("AWS_ENDPOINT_URL") != null;
        return S3Client.builder().forcePathStyle(elsewhere).build();
    }

    static Properties properties(Settings settings, RouteFiles routes) {
        var properties = settings.forCamel();
        properties.setProperty("routes", routes.location());
        var credentials = (settings.text("medusa.api-key") + ":").getBytes(StandardCharsets.UTF_8);
        properties.setProperty(
                "medusa.authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
        return properties;
    }

    private static List<String> flows(Settings settings) {
        return List.of(settings.text("caravan.flows").split(","));
    }

    /** Each file by its name: from inside a JAR Camel does not find files in nested folders by a pattern. */
    static String patterns(Settings settings, RouteFiles routes) {
        return routes.endingWith(".camel.yaml").stream()
                .filter(path -> runs(settings, path))
                .map(routes::uri)
                .collect(Collectors.joining(","));
    }

    /** Whether this instance runs the routes of a file, given by its path below {@code routes/}. */
    private static boolean runs(Settings settings, String path) {
        var flow = path.split("/")[0];
        return ALWAYS.contains(flow) || flows(settings).contains(flow);
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
        if (hawtio != null) hawtio.close();
        main.stop();
        if (clicks != null) clicks.close();
        if (shadow != null) shadow.close();
        tracing.close();
        dependencies.close();
        caches.close();
        membership.close();
        database.close();
    }
}
