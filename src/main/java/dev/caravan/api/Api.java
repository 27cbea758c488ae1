package dev.caravan.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API on the public port: who may call what, how an answer looks, and that no error shows more than it should. */
public final class Api extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);

    private final ApiKeys keys;
    private final Function<String, Optional<ApiKeys.Caller>> tokens;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final EventStreams streams = new EventStreams();
    private Cors cors = Cors.NONE;

    /** Lets in who has a key, and nobody else. */
    public Api(ApiKeys keys) {
        this(keys, token -> Optional.empty());
    }

    /** @param tokens whose a token is that is no key of ours; empty for a wrong one */
    public Api(ApiKeys keys, Function<String, Optional<ApiKeys.Caller>> tokens) {
        this.keys = keys;
        this.tokens = tokens;
    }

    /**
     * An answer.
     *
     * @param json    null for no body
     * @param headers further ones
     */
    public record Answer(int status, JsonNode json, Map<String, String> headers) {
        public Answer(int status, JsonNode json) {
            this(status, json, Map.of());
        }

        public static Answer ok(JsonNode json) {
            return new Answer(200, json);
        }

        static Answer of(Problem problem) {
            return new Answer(problem.status(), problem.json(), problem.headers());
        }
    }

    /** @param roles of which the caller has to have one; empty when anybody may call */
    private record Endpoint(String method, String path, Set<Role> roles, Function<Request, Answer> handler) {}

    /**
     * Adds an endpoint; before the routes start.
     *
     * @param role what the caller's key must cover; null for an endpoint that authenticates in another way, or not at all
     */
    public Api on(String method, String path, Role role, Function<Request, Answer> handler) {
        return onAny(method, path, role == null ? Set.of() : Set.of(role), handler);
    }

    /** As {@link #on(String, String, Role, Function)}, for callers with any of these roles; for anybody when there are none. */
    public Api onAny(String method, String path, Set<Role> roles, Function<Request, Answer> handler) {
        endpoints.add(new Endpoint(method, path, roles, handler));
        return this;
    }

    /**
     * Adds an address whose callers are told of events for as long as they listen, when they accept {@code text/event-stream}; what else is
     * there answers the others. Before the routes start.
     *
     * @param role  what the caller's key must cover
     * @param opens answers, and returns
     */
    public Api stream(String path, Role role, Consumer<RoutingContext> opens) {
        return stream(path, request -> caller(headers(request), Set.of(role)), opens);
    }

    /** As {@link #stream(String, Role, Consumer)}; {@code admits} throws a problem for who may not listen. */
    public Api stream(String path, Consumer<HttpServerRequest> admits, Consumer<RoutingContext> opens) {
        streams.add(path, admits, opens);
        return this;
    }

    /** Lets scripts of other sites call some paths; before the routes start. */
    public Api allow(Cors allowed) {
        cors = allowed;
        return this;
    }

    @Override
    public void configure() throws Exception {
        var server = getContext().hasService(PublicServer.class);
        if (server == null) throw new IllegalStateException("there is no public port");
        server.prepare(this::prepare);
        for (var endpoint : endpoints) {
            from("platform-http:" + endpoint.path() + "?httpMethodRestrict=" + endpoint.method())
                    .routeId("api-" + endpoint.method().toLowerCase(Locale.ROOT)
                            + endpoint.path().replaceAll("[/{}]+", "-").replaceAll("-$", ""))
                    .routeGroup("api")
                    .errorHandler(noErrorHandler())
                    .process(exchange -> answer(exchange, endpoint));
        }
    }

    /** Before the port is open: who comes before the routes have started is told to come again. */
    private void prepare(Router router) {
        cors.addTo(router);
        streams.addTo(router, getContext());
        PublicErrors.answerFor(router, getContext(), methods());
    }

    /** What each path takes. */
    private Map<String, Set<String>> methods() {
        return endpoints.stream()
                .collect(Collectors.groupingBy(
                        Endpoint::path, Collectors.mapping(Endpoint::method, Collectors.toUnmodifiableSet())));
    }

    private void answer(Exchange exchange, Endpoint endpoint) {
        Answer answer;
        var type = "application/json";
        try {
            answer = endpoint.handler().apply(request(exchange, endpoint));
        } catch (Problem problem) {
            answer = Answer.of(problem);
            type = "application/problem+json";
        } catch (TargetUnavailable e) {
            LOG.warn("{} {} failed: {}", endpoint.method(), endpoint.path(), e.toString());
            long wait =
                    e.retryAfter().map(asked -> Math.max(1, asked.toSeconds())).orElse(5L);
            answer = Answer.of(new Problem(503, "Not available", "a system this needs does not answer; try again later")
                    .header("Retry-After", String.valueOf(wait)));
            type = "application/problem+json";
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", endpoint.method(), endpoint.path(), e);
            answer = Answer.of(new Problem(500, "Internal error", "the log has the cause"));
            type = "application/problem+json";
        }
        var message = exchange.getMessage();
        message.removeHeaders("*");
        answer.headers().forEach(message::setHeader);
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
        var headers = headers(received);
        var caller = endpoint.roles().isEmpty() ? null : caller(headers, endpoint.roles());
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

    /** By lower-case name. */
    private static Map<String, String> headers(HttpServerRequest received) {
        var headers = new HashMap<String, String>();
        for (var header : received.headers()) {
            var name = header.getKey().toLowerCase(Locale.ROOT);
            if (!name.startsWith("camel")) headers.putIfAbsent(name, header.getValue());
        }
        return headers;
    }

    /** @param roles of which the caller has to have one */
    private ApiKeys.Caller caller(Map<String, String> headers, Set<Role> roles) {
        var key = key(headers);
        var caller = keys.caller(key).or(() -> tokens.apply(key)).orElseThrow(() -> new Problem(
                        401, "Unauthorized", "send an API key as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\"")
                .header("WWW-Authenticate", "Bearer"));
        if (roles.stream().noneMatch(caller.role()::covers))
            throw new Problem(
                    403,
                    "Forbidden",
                    "this needs a key with the role "
                            + roles.stream()
                                    .map(role -> role.name().toLowerCase(Locale.ROOT))
                                    .sorted()
                                    .collect(Collectors.joining(" or ")));
        return caller;
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
