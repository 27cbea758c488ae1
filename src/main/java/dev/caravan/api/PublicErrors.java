package dev.caravan.api;

import dev.caravan.json.Json;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the public port answers when no route does: as a problem, like every other error. */
final class PublicErrors {
    private static final Logger LOG = LoggerFactory.getLogger(PublicErrors.class);

    private final Map<String, Set<String>> methods;
    private final CamelContext context;

    private PublicErrors(CamelContext context, Map<String, Set<String>> methods) {
        this.context = context;
        this.methods = methods;
    }

    /**
     * From now on.
     *
     * @param methods of the API, by path; Camel knows one endpoint a path, and so not all of them
     */
    static void answerFor(Router router, CamelContext context, Map<String, Set<String>> methods) {
        var errors = new PublicErrors(context, methods);
        router.errorHandler(400, PublicErrors::answerUnreadable);
        router.route().last().handler(errors::unmatched).failureHandler(errors::failed);
    }

    private void unmatched(RoutingContext request) {
        if (!context.isStarted()) {
            notNow(request);
            return;
        }
        var allowed = new TreeSet<String>();
        var http = context.getComponent("platform-http", PlatformHttpComponent.class);
        for (var endpoint : http.getHttpEndpoints()) {
            if (endpoint.getVerbs() != null && request.normalizedPath().matches(pattern(endpoint.getUri()))) {
                allowed.addAll(Arrays.asList(endpoint.getVerbs().split(",")));
            }
        }
        methods.forEach((path, taken) -> {
            if (request.normalizedPath().matches(pattern(path))) allowed.addAll(taken);
        });
        if (allowed.isEmpty()) {
            answer(request, new Problem(404, "Not found", "there is nothing at this path"));
        } else {
            var methodsHere = String.join(", ", allowed);
            answer(
                    request,
                    new Problem(405, "Method not allowed", "this path takes " + methodsHere)
                            .header("Allow", methodsHere));
        }
    }

    private void failed(RoutingContext request) {
        if (request.response().ended()) return;
        int status = request.statusCode();
        if (status == 413)
            answer(request, new Problem(413, "Too large", "the body is larger than http.max-body-bytes allows"));
        else if (status == 403)
            answer(request, new Problem(403, "Forbidden", "scripts of this origin may not call this"));
        else if (status >= 400 && status < 500) answer(request, unreadable(status));
        else if (Api.isForm(request.request().getHeader("Content-Type"))) answer(request, Api.formsAreNotTaken());
        else if (!context.isStarted()) notNow(request);
        else {
            LOG.error("{} {} failed", request.request().method(), request.normalizedPath(), request.failure());
            answer(request, new Problem(500, "Internal error", "the log has the cause"));
        }
    }

    private static void notNow(RoutingContext request) {
        answer(
                request,
                new Problem(503, "Not available", "it is being started or stopped; try again")
                        .header("Retry-After", "1"));
    }

    static void answerUnreadable(RoutingContext request) {
        if (!request.response().ended()) answer(request, unreadable(400));
    }

    private static Problem unreadable(int status) {
        return new Problem(status, "Bad request", "the request cannot be read");
    }

    private static String pattern(String uri) {
        return "\\Q" + uri.replaceAll("\\{[^/}]+}", "\\\\E[^/]+\\\\Q") + "\\E";
    }

    static void answer(RoutingContext request, Problem problem) {
        problem.headers().forEach((name, value) -> request.response().putHeader(name, value));
        request.response()
                .setStatusCode(problem.status())
                .putHeader("Content-Type", "application/problem+json")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Content-Type-Options", "nosniff")
                .end(Buffer.buffer(Json.bytes(problem.json())));
    }
}
