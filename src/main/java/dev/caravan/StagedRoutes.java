package dev.caravan;

import dev.caravan.Assembly.Edges;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.RoutePolicySupport;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/**
 * Routes from their files in a Camel context of their own, where nothing comes in by itself and nothing goes out: who owns the stage says
 * when a route works, and on what.
 */
final class StagedRoutes implements AutoCloseable {
    private static final Pattern QUEUE = Pattern.compile("sqs-batch:/*([^?]+).*");
    /** Of the routes that begin by themselves the one that hands on from one step to the next. */
    private static final String ANNOUNCE = "products-announce";

    private static final String ON_STAGE = "direct:rehearse-";

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final Map<String, String> readers = new HashMap<>();
    private final ProducerTemplate template;

    /**
     * @param beans by the names the routes use
     * @param edges whose S3 client and claims the routes get, the latter only to look at
     * @throws BadSettings when a route is broken
     */
    StagedRoutes(Settings settings, RouteFiles files, Map<String, Object> beans, Edges edges) {
        try {
            load(settings, files, beans, edges);
            context.start();
            template = context.createProducerTemplate();
        } catch (BadSettings e) {
            context.stop();
            throw e;
        } catch (Exception e) {
            context.stop();
            throw new BadSettings("the routes cannot be rehearsed: " + e.getMessage());
        }
    }

    CamelContext context() {
        return context;
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
        context.getRegistry().bind("shadow", Shadow.off());
        for (var circuit : List.of("pimcoreCircuit", "medusaCircuit"))
            context.getRegistry().bind(circuit, new RoutePolicySupport() {});
        for (var file : Instance.patterns(settings, files).split(",")) {
            var resource = PluginHelper.getResourceLoader(context).resolveResource(file);
            PluginHelper.getRoutesLoader(context).loadRoutes(resource);
        }
        for (var route : List.copyOf(context.getRouteDefinitions())) {
            var uri = context.resolvePropertyPlaceholders(route.getInput().getEndpointUri());
            if (uri.startsWith("direct:")) continue;
            var queue = QUEUE.matcher(uri);
            if (queue.matches()) readers.put(queue.group(1), route.getId());
            if (queue.matches() || route.getId().equals(ANNOUNCE))
                route.getInput().setUri(ON_STAGE + route.getId());
            else context.removeRouteDefinitions(List.of(route)); // It begins by itself.
        }
    }

    /**
     * Has the route that reads a queue work on messages, as a page.
     *
     * @throws BadMessage when no route reads it
     */
    void perform(String queue, List<BatchMessage> messages) {
        var route = readers.get(queue);
        if (route == null) throw new BadMessage("no route reads the queue " + queue);
        template.request(ON_STAGE + route, exchange -> {
            exchange.getExchangeExtension().setFromRouteId(route);
            exchange.getMessage().setBody(new Batch(queue, messages));
            exchange.getMessage().setHeader(Batch.QUEUE_HEADER, queue);
            exchange.getMessage().setHeader(Batch.SIZE_HEADER, messages.size());
        });
    }

    /**
     * Has noticed changes put on the bus, a page of them.
     *
     * @return whether there were any
     */
    boolean announce() {
        if (context.getRouteDefinition(ANNOUNCE) == null) return false;
        var announced = request(ON_STAGE + ANNOUNCE, null).getMessage().getBody(Integer.class);
        return announced != null && announced > 0;
    }

    /**
     * Hands something to an endpoint.
     *
     * @throws RuntimeException when that fails, and no route has handled it
     */
    Exchange request(String uri, Object body) {
        var exchange = template.request(uri, asked -> asked.getMessage().setBody(body));
        if (exchange.getException() != null) throw RuntimeCamelException.wrapRuntimeException(exchange.getException());
        return exchange;
    }

    @Override
    public void close() {
        context.stop();
    }

    /** What EventBridge says when it takes all. */
    static PutEventsResponse taken(PutEventsRequest request) {
        return PutEventsResponse.builder()
                .failedEntryCount(0)
                .entries(request.entries().stream()
                        .map(entry -> PutEventsResultEntry.builder()
                                .eventId(UUID.randomUUID().toString())
                                .build())
                        .toList())
                .build();
    }
}
