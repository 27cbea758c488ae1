package dev.caravan;

import dev.caravan.Assembly.Edges;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Outcomes;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Changes;
import dev.caravan.outbound.RecordingPort;
import dev.caravan.outbound.Reply;
import dev.caravan.products.Suppliers;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import dev.caravan.tasks.HandlerRoutes;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.RoutePolicySupport;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * The routes as their files are now, in a Camel context of their own where nothing comes in by itself and nothing goes out: consumers of
 * queues and timers are replaced, targets and S3 are only looked at, events and messages go nowhere, the database forgets.
 */
final class Stage implements Rehearsals.Stage {
    /** How long a product that is being worked on is waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Pattern QUEUE = Pattern.compile("sqs-batch:/*([^?]+).*");

    private final Database.Rehearsal rehearsal;
    private final Changes changes = new Changes();
    private final DefaultCamelContext context;
    private final Map<String, String> routes = new HashMap<>();
    private final ProducerTemplate template;

    /**
     * @param live where work is done
     * @throws BadSettings when a route, mapping or schema is broken
     */
    Stage(Settings settings, Edges live, Clock clock) {
        rehearsal = live.database().rehearsal(PATIENCE);
        context = new DefaultCamelContext();
        try {
            var files = RouteFiles.at(settings.text("caravan.routes"));
            var edges = edges(live, Suppliers.load(files));
            var assembly = new Assembly(settings, files, edges, clock);
            load(settings, files, assembly.beans(), edges);
            context.start();
            template = context.createProducerTemplate();
        } catch (RuntimeException e) {
            close();
            throw e;
        } catch (Exception e) {
            close();
            throw new BadSettings("the routes cannot be rehearsed: " + e.getMessage());
        }
    }

    private Edges edges(Edges live, Suppliers suppliers) {
        return new Edges(
                suppliers,
                rehearsal.database(),
                new LookingS3(live.s3()),
                Stage::taken,
                (queue, body) -> {},
                wakeups -> Set.of(),
                new HandlerRoutes(() -> context),
                new RecordingPort(live.pimcore(), Stage::asks, Stage::unheard),
                new RecordingPort(live.medusa(), Call::reads, Stage::unheard),
                live.lastSent().lookingOnly(),
                live.inProgress(),
                live.webhookIds(),
                new Outcomes(new SimpleMeterRegistry()),
                Optional.of(changes));
    }

    private void load(Settings settings, RouteFiles files, Map<String, Object> beans, Edges edges) throws Exception {
        context.getCamelContextExtension().setName("rehearsal");
        context.disableJMX();
        context.getPropertiesComponent().setInitialProperties(Instance.properties(settings, files));
        context.getCamelContextExtension().addContextPlugin(ComponentResolver.class, new LocalComponents());
        context.getComponent("kamelet", KameletComponent.class).setLocation(settings.text("caravan.kamelets"));
        beans.forEach(context.getRegistry()::bind);
        context.getRegistry().bind("s3", edges.s3());
        context.getRegistry().bind("idempotent", edges.inProgress().lookingOnly());
        for (var circuit : List.of("pimcoreCircuit", "medusaCircuit"))
            context.getRegistry().bind(circuit, new RoutePolicySupport() {});
        for (var file : Instance.patterns(settings, files).split(",")) {
            var resource = PluginHelper.getResourceLoader(context).resolveResource(file);
            PluginHelper.getRoutesLoader(context).loadRoutes(resource);
        }
        for (var route : List.copyOf(context.getRouteDefinitions())) {
            var uri = context.resolvePropertyPlaceholders(route.getInput().getEndpointUri());
            var queue = QUEUE.matcher(uri);
            if (queue.matches()) {
                routes.put(queue.group(1), route.getId());
                route.getInput().setUri("direct:rehearse-" + route.getId());
            } else if (!uri.startsWith("direct:")) {
                context.removeRouteDefinitions(List.of(route)); // It begins by itself.
            }
        }
    }

    @Override
    public Database database() {
        return rehearsal.database();
    }

    @Override
    public void perform(String queue, BatchMessage message) {
        var route = routes.get(queue);
        if (route == null) throw new BadMessage("no route reads the queue " + queue);
        var batch = new Batch(queue, List.of(message));
        template.request("direct:rehearse-" + route, exchange -> {
            exchange.getExchangeExtension().setFromRouteId(route);
            exchange.getMessage().setBody(batch);
            exchange.getMessage().setHeader(Batch.QUEUE_HEADER, queue);
            exchange.getMessage().setHeader(Batch.SIZE_HEADER, 1);
        });
    }

    @Override
    public Changes.Told told() {
        return changes.take();
    }

    @Override
    public void undo() {
        rehearsal.undo();
    }

    @Override
    public void close() {
        context.stop();
        rehearsal.close();
    }

    /** Whether a GraphQL call only asks. */
    private static boolean asks(Call call) {
        return !Json.read(call.body()).path("query").asText().stripLeading().startsWith("mutation");
    }

    /** Nothing here writes to a target; were it tried all the same, nobody would say that it went well. */
    private static Reply unheard(Call call) {
        throw new TargetUnavailable("rehearsal", "a rehearsal sends nothing: " + call);
    }

    private static PutEventsResponse taken(PutEventsRequest request) {
        return PutEventsResponse.builder()
                .failedEntryCount(0)
                .entries(request.entries().stream()
                        .map(entry -> PutEventsResultEntry.builder()
                                .eventId(UUID.randomUUID().toString())
                                .build())
                        .toList())
                .build();
    }

    /** Objects can be read; those put are not kept. */
    private static final class LookingS3 extends DelegatingS3Client {
        LookingS3(S3Client s3) {
            super(s3);
        }

        @Override
        @SuppressWarnings("unchecked")
        protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
            if (request instanceof GetObjectRequest || request instanceof HeadObjectRequest)
                return operation.apply(request);
            // Asked by Camel when a route starts; the instance has seen the bucket.
            if (request instanceof HeadBucketRequest)
                return (R) HeadBucketResponse.builder().build();
            if (request instanceof PutObjectRequest)
                return (R) PutObjectResponse.builder().build();
            throw new TargetUnavailable(
                    "rehearsal",
                    "a rehearsal changes nothing in S3: " + request.getClass().getSimpleName());
        }

        /** The client is the instance's. */
        @Override
        public void close() {}
    }
}
