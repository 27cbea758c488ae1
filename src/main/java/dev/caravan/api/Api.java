package dev.caravan.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API on the public port: who may call what, how an answer looks, and that no error shows more than it should. */
public final class Api extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);

    private final ApiKeys keys;
    private final List<Endpoint> endpoints = new ArrayList<>();

    public Api(ApiKeys keys) {
        this.keys = keys;
    }

    /** An answer: a status and JSON, or no body when it is null. */
    public record Answer(int status, JsonNode json) {
        public static Answer ok(JsonNode json) {
            return new Answer(200, json);
        }
    }

    private record Endpoint(String method, String path, Role role, Function<Request, Answer> handler) {}

    /**
     * Adds an endpoint; before the routes start.
     *
     * @param role what the caller's key must cover; null for an endpoint that authenticates in another way, or not at all
     */
    public Api on(String method, String path, Role role, Function<Request, Answer> handler) {
        endpoints.add(new Endpoint(method, path, role, handler));
        return this;
    }

    @Override
    public void configure() throws Exception {
        getContext().addStartupListener((context, started) -> PublicErrors.answerFor(context));
        for (var endpoint : endpoints) {
            from("platform-http:" + endpoint.path() + "?httpMethodRestrict=" + endpoint.method())
                    .routeId("api-" + endpoint.method().toLowerCase(Locale.ROOT)
                            + endpoint.path().replaceAll("[/{}]+", "-").replaceAll("-$", ""))
                    .routeGroup("api")
                    .errorHandler(noErrorHandler())
                    .process(exchange -> answer(exchange, endpoint));
        }
    }

    private void answer(Exchange exchange, Endpoint endpoint) {
        Answer answer;
        var type = "application/json";
        try {
            answer = endpoint.handler().apply(request(exchange, endpoint));
        } catch (Problem problem) {
            answer = new Answer(problem.status(), problem.json());
            type = "application/problem+json";
        } catch (TargetUnavailable e) {
            LOG.warn("{} {} failed: {}", endpoint.method(), endpoint.path(), e.toString());
            answer = new Answer(
                    503,
                    new Problem(503, "Not available", "a system this needs does not answer; try again later").json());
            exchange.getMessage()
                    .setHeader(
                            "Retry-After",
                            e.retryAfter()
                                    .map(wait -> Math.max(1, wait.toSeconds()))
                                    .orElse(5L));
            type = "application/problem+json";
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", endpoint.method(), endpoint.path(), e);
            answer = new Answer(500, new Problem(500, "Internal error", "the log has the cause").json());
            type = "application/problem+json";
        }
        var message = exchange.getMessage();
        message.removeHeaders("*", "Retry-After");
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, answer.status());
        // Not as one of Camel's headers: it keeps this one to itself.
        ((HttpMessage) message).getResponse().putHeader("Cache-Control", "no-store");
        message.setHeader("X-Content-Type-Options", "nosniff");
        if (answer.json() == null) {
            message.setBody(null);
        } else {
            message.setHeader(Exchange.CONTENT_TYPE, type);
            message.setBody(Json.bytes(answer.json()));
        }
    }

    private Request request(Exchange exchange, Endpoint endpoint) {
        var message = exchange.getMessage();
        // As they came: Camel mixes parameters of the query and fields of forms into its headers.
        var received = ((HttpMessage) message).getRequest();
        var headers = new HashMap<String, String>();
        for (var header : received.headers()) {
            var name = header.getKey().toLowerCase(Locale.ROOT);
            if (!name.startsWith("camel")) headers.putIfAbsent(name, header.getValue());
        }
        ApiKeys.Caller caller = null;
        if (endpoint.role() != null) {
            caller = keys.caller(key(headers))
                    .orElseThrow(() -> new Problem(
                            401,
                            "Unauthorized",
                            "send an API key as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\""));
            if (!caller.role().covers(endpoint.role())) {
                throw new Problem(
                        403,
                        "Forbidden",
                        "this needs a key with the role "
                                + endpoint.role().name().toLowerCase(Locale.ROOT));
            }
        }
        var parameters = new HashMap<String, String>();
        if (received.query() != null) query(received.query(), parameters);
        var template = endpoint.path().split("/");
        var path = received.path().split("/");
        for (int i = 0; i < template.length; i++) {
            if (template[i].startsWith("{"))
                parameters.put(template[i].substring(1, template[i].length() - 1), decoded(path[i]));
        }
        if (isForm(headers.get("content-type"))) throw formsAreNotTaken();
        var body = message.getBody(byte[].class);
        return new Request(Map.copyOf(parameters), headers, body == null ? new byte[0] : body, caller);
    }

    /** @param contentType may be null */
    static boolean isForm(String contentType) {
        if (contentType == null) return false;
        var type = contentType.toLowerCase(Locale.ROOT);
        return type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/");
    }

    static Problem formsAreNotTaken() {
        return new Problem(415, "Unsupported media type", "send JSON, with \"Content-Type: application/json\"");
    }

    private static String key(Map<String, String> headers) {
        var authorization = headers.getOrDefault("authorization", "");
        return authorization.startsWith("Bearer ")
                ? authorization.substring("Bearer ".length()).strip()
                : headers.getOrDefault("x-api-key", "");
    }

    private static void query(String query, Map<String, String> parameters) {
        for (var pair : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) parameters.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
        }
    }

    private static String decoded(String text) {
        try {
            return java.net.URLDecoder.decode(text, java.nio.charset.StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "Invalid parameter", "the query is not percent-encoded as it should be");
        }
    }
}
