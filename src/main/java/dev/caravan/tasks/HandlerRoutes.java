package dev.caravan.tasks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.deadletters.Failures;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;

/** Handlers are routes: that of a kind is named {@code tasks-handle-KIND}. */
public final class HandlerRoutes implements Handlers {
    /** Header: the task's id, the same at each attempt. */
    static final String ID_HEADER = "Idempotency-Key";

    private static final String HANDLER = "tasks-handle-";
    private static final String NOTIFIER = "tasks-notify-call";

    private final Supplier<CamelContext> context;
    private volatile ProducerTemplate template;

    /** @param context asked at the first call: this is made before the context starts */
    public HandlerRoutes(Supplier<CamelContext> context) {
        this.context = context;
    }

    @Override
    public boolean has(String kind) {
        // While routes come and go, nobody knows which there will be.
        if (!context.get().isStarted()) throw new TargetUnavailable("caravan", "the routes are not all there");
        return context.get().getRoute(HANDLER + kind) != null;
    }

    @Override
    public void handle(String kind, String id, ObjectNode task) {
        if (!has(kind)) throw new BadMessage("there is no route " + HANDLER + kind + " for tasks of this kind");
        call(HANDLER + kind, id, task);
    }

    @Override
    public void notify(String id, ObjectNode body) {
        call(NOTIFIER, id, body);
    }

    private void call(String route, String id, ObjectNode body) {
        if (template == null) template = context.get().createProducerTemplate();
        var answer = template.request("direct:" + route, exchange -> {
            exchange.getMessage().setBody(Json.bytes(body));
            exchange.getMessage().setHeader(ID_HEADER, id);
            exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
        });
        Throwable cause = answer.getException();
        // A handler without errorHandler of its own is within the error net, for which what it took is no exception any
        // more.
        if (cause == null
                && answer.getExchangeExtension().isErrorHandlerHandledSet()
                && answer.getExchangeExtension().isErrorHandlerHandled())
            cause = answer.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        if (cause == null) return;
        throw Failures.healing(cause) instanceof RuntimeException known
                ? known
                : new IllegalStateException(route + " failed: " + cause.getMessage(), cause);
    }
}
