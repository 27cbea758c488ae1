package dev.caravan.api;

import static dev.caravan.api.PublicErrors.answer;

import dev.caravan.failure.TargetUnavailable;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Addresses on the public port that answer with server-sent events (WHATWG HTML, 9.2), which go on for as long as the caller listens. */
final class EventStreams {
    static final String TYPE = "text/event-stream";

    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

    /** Before the routes of the same address. */
    private static final int FIRST = -1;

    /** @param admits throws a problem for who may not listen; may take its time */
    private record EventStream(String path, Consumer<HttpServerRequest> admits, Consumer<RoutingContext> opens) {}

    private final List<EventStream> streams = new ArrayList<>();

    void add(String path, Consumer<HttpServerRequest> admits, Consumer<RoutingContext> opens) {
        streams.add(new EventStream(path, admits, opens));
    }

    void addTo(Router router, CamelContext context) {
        for (var stream : streams)
            router.get(stream.path()).order(FIRST).handler(request -> {
                if (context.isStarted() && accepts(request.request())) open(stream, request);
                else request.next();
            });
    }

    /** Who asks for anything else is answered by the route of that address. */
    private static boolean accepts(HttpServerRequest request) {
        var accepted = request.getHeader("Accept");
        return accepted != null && accepted.contains(TYPE);
    }

    private static void open(EventStream stream, RoutingContext request) {
        request.vertx()
                .executeBlocking(
                        () -> {
                            stream.admits().accept(request.request());
                            stream.opens().accept(request);
                            return null;
                        },
                        false)
                .onFailure(failure -> refuse(request, failure));
    }

    private static void refuse(RoutingContext request, Throwable failure) {
        if (failure instanceof Problem problem) answer(request, problem);
        else if (failure instanceof TargetUnavailable)
            answer(
                    request,
                    new Problem(503, "Not available", "a system this needs does not answer; try again later")
                            .header("Retry-After", "5"));
        else {
            LOG.error("{} failed", request.normalizedPath(), failure);
            answer(request, new Problem(500, "Internal error", "the log has the cause"));
        }
    }
}
