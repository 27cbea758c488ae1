package dev.caravan.hawtio;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Sessions;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hawtio at {@code /hawtio} on the management port, and Jolokia, through which it sees, there and at {@code /observe/jolokia}. One signs in
 * at Hawtio with the name of an API key and the key; Jolokia at its own address takes the key with each request.
 */
public final class Hawtio implements AutoCloseable {
    static final String PATH = "/hawtio";
    static final String JOLOKIA = "/observe/jolokia";

    private static final Logger LOG = LoggerFactory.getLogger(Hawtio.class);
    private static final String SESSION = "caravan-hawtio";

    /** What Hawtio asks for before anybody signs in, by path behind {@code /hawtio}: none of it is here. */
    private static final Map<String, JsonNode> ABSENT = Map.of(
            "/auth/config/login", Json.array(),
            "/auth/config/oidc", Json.array(),
            "/keycloak/enabled", BooleanNode.FALSE,
            "/proxy/enabled", BooleanNode.FALSE,
            "/plugin", Json.array(),
            "/preset-connections", Json.array());

    private final Needs needs;
    private final Sessions sessions;
    private final Duration idle;
    private final Jolokia jolokia;
    private final List<ObjectName> beans;
    private final HawtioFiles files = new HawtioFiles();

    /** What Hawtio uses. */
    public record Needs(
            Settings settings,
            ApiKeys keys,
            Database database,
            Ledger ledger,
            DeadLetters deadLetters,
            Replay replay,
            Replays replays,
            Rehearsals rehearsals,
            Repairs repairs,
            Clock clock) {}

    /** Registers Caravan's own beans; nothing answers before {@link #open}. */
    public Hawtio(Needs needs) {
        this.needs = needs;
        idle = needs.settings().duration("console.idle-seconds");
        sessions = new Sessions(needs.database(), needs.keys(), idle, needs.clock());
        jolokia = new Jolokia(needs.settings().secrets());
        beans = List.of(
                register(
                        "DeadLetters",
                        new DescribedBean(
                                new ManagedDeadLetters(
                                        needs.database(),
                                        needs.deadLetters(),
                                        needs.replay(),
                                        needs.replays(),
                                        needs.rehearsals(),
                                        needs.repairs()),
                                DeadLettersBean.class)),
                register(
                        "Ledger",
                        new DescribedBean(
                                new ManagedLedger(needs.database(), needs.ledger(), needs.clock()), LedgerBean.class)));
    }

    private static ObjectName register(String type, DescribedBean bean) {
        try {
            var name = new ObjectName("dev.caravan:type=" + type);
            ManagementFactory.getPlatformMBeanServer().registerMBean(bean, name);
            return name;
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Answers on the management port from now on; once its server is there. */
    public void open(CamelContext context) {
        // Camel's debugger, there but at rest, has switched it on; the tracer, at rest too, then writes out every
        // message at every node.
        context.setMessageHistory(false);
        var port = needs.settings().integer("camel.management.port");
        open(VertxPlatformHttpRouter.lookup(context, VertxPlatformHttpRouter.getRouterNameFromPort(port)));
    }

    private void open(Router router) {
        var body = BodyHandler.create(false).setBodyLimit(needs.settings().number("http.max-body-bytes"));
        router.route(PATH + "/*").handler(body).blockingHandler(web -> answer(web, this::hawtio), false);
        router.route(JOLOKIA + "/*").handler(body).blockingHandler(web -> answer(web, this::observed), false);
    }

    private interface Answer {
        void to(RoutingContext web);
    }

    private static void answer(RoutingContext web, Answer answer) {
        try {
            if (fromElsewhere(web)) throw new Problem(403, "Forbidden", "this was sent by another site");
            answer.to(web);
        } catch (Problem problem) {
            json(web, problem.status(), problem.json());
        } catch (BadMessage e) {
            json(web, 400, new Problem(400, "Malformed JSON", e.getMessage()).json());
        } catch (RuntimeException e) {
            LOG.error("{} failed", web.request().path(), e);
            json(web, 500, new Problem(500, "Internal error", "the log has the cause").json());
        }
    }

    /** Whether a browser says that a page of another site sent this. Who is no browser says nothing. */
    private static boolean fromElsewhere(RoutingContext web) {
        var site = web.request().getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) return true;
        var origin = web.request().getHeader("Origin");
        return origin != null
                && !origin.replaceFirst("^https?://", "")
                        .equals(web.request().authority().toString());
    }

    /** Jolokia at its own address, for who brings a key with each request. */
    private void observed(RoutingContext web) {
        jolokia(web, JOLOKIA, needs.keys().caller(key(web)).orElseThrow(Hawtio::unknown));
    }

    private static String key(RoutingContext web) {
        var authorization = web.request().getHeader("Authorization");
        if (authorization != null && authorization.startsWith("Bearer "))
            return authorization.substring("Bearer ".length()).strip();
        return Optional.ofNullable(web.request().getHeader("X-API-Key")).orElse("");
    }

    private void hawtio(RoutingContext web) {
        var path = web.request().path().substring(PATH.length());
        if (path.isEmpty()) {
            redirect(web, PATH + "/");
        } else if (ABSENT.containsKey(path)) {
            json(web, 200, ABSENT.get(path));
        } else if (path.equals("/user") || path.equals("/refresh")) {
            json(web, 200, new TextNode(signedIn(web, true).name()));
        } else if (path.equals("/auth/config/session-timeout")) {
            json(web, 200, timeout(web));
        } else if (path.equals("/auth/login")) {
            signIn(web);
        } else if (path.equals("/auth/logout")) {
            session(web, false).ifPresent(sessions::end);
            setCookie(web, "", Duration.ZERO);
            redirect(web, PATH + "/");
        } else if (path.equals("/jolokia") || path.startsWith("/jolokia/")) {
            // Hawtio looks every few seconds by itself; a person's click says so with a refresh.
            jolokia(web, PATH + "/jolokia", signedIn(web, false));
        } else {
            files.answer(web, path);
        }
    }

    private void signIn(RoutingContext web) {
        if (web.request().method() != HttpMethod.POST) throw new Problem(405, "Method not allowed", "send a POST");
        var form = Json.read(bytes(web));
        var address = web.request().remoteAddress().hostAddress();
        var session = sessions.open(form.path("password").asText().strip(), address);
        var name = session.map(opened -> opened.caller().name()).orElse("");
        if (!name.equals(form.path("username").asText().strip()) || session.isEmpty()) {
            session.ifPresent(sessions::end);
            LOG.warn("a wrong name or key at Hawtio, from {}", address);
            throw new Problem(401, "Unauthorized", "the name of an API key and that key sign in");
        }
        LOG.info("{} signed in at Hawtio", name);
        setCookie(web, session.get().token(), Sessions.LONGEST);
        json(web, 200, Json.object().put("user", name));
    }

    private JsonNode timeout(RoutingContext web) {
        long now = needs.clock().millis();
        return Json.object()
                .put("timeout", session(web, false).isPresent() ? idle.toSeconds() : -1)
                .put("now", now)
                .put("req", now);
    }

    private Caller signedIn(RoutingContext web, boolean active) {
        return session(web, active).orElseThrow(Hawtio::unknown).caller();
    }

    private Optional<Sessions.Session> session(RoutingContext web, boolean active) {
        var cookie = web.request().getCookie(SESSION);
        return sessions.find(cookie == null ? "" : cookie.getValue(), active);
    }

    private static Problem unknown() {
        return new Problem(
                401,
                "Unauthorized",
                "sign in at " + PATH + ", or send an API key as \"Authorization: Bearer KEY\" to " + JOLOKIA);
    }

    private void jolokia(RoutingContext web, String base, Caller caller) {
        if (!caller.role().covers(Role.VIEWER))
            throw new Problem(403, "Forbidden", "this needs a key with the role viewer");
        var request = web.request();
        var parameters = request.params().names().stream()
                .collect(Collectors.toMap(
                        name -> name, name -> request.params().getAll(name).toArray(String[]::new)));
        String answer;
        if (request.method() == HttpMethod.GET)
            answer = jolokia.get(caller, request.uri(), request.path().substring(base.length()), parameters);
        else if (request.method() == HttpMethod.POST)
            answer = jolokia.post(caller, request.uri(), bytes(web), parameters);
        else throw new Problem(405, "Method not allowed", "send a GET or a POST");
        send(web, 200, "application/json", answer.getBytes(UTF_8));
    }

    private static byte[] bytes(RoutingContext web) {
        var body = web.body().buffer();
        return body == null ? new byte[0] : body.getBytes();
    }

    private static void setCookie(RoutingContext web, String value, Duration kept) {
        web.response()
                .addCookie(Cookie.cookie(SESSION, value)
                        .setPath(PATH)
                        .setHttpOnly(true)
                        .setSameSite(CookieSameSite.STRICT)
                        .setSecure(web.request().isSSL()
                                || "https".equals(web.request().getHeader("X-Forwarded-Proto")))
                        .setMaxAge(kept.toSeconds()));
    }

    private static void redirect(RoutingContext web, String path) {
        web.response().putHeader("Location", path);
        send(web, 303, "text/plain", new byte[0]);
    }

    private static void json(RoutingContext web, int status, JsonNode json) {
        send(web, status, status < 400 ? "application/json" : "application/problem+json", Json.bytes(json));
    }

    private static void send(RoutingContext web, int status, String type, byte[] body) {
        web.response().putHeader("Cache-Control", "no-store");
        HawtioFiles.send(web, status, type, body);
    }

    @Override
    public void close() {
        jolokia.close();
        for (var bean : beans) {
            try {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(bean);
            } catch (JMException e) {
                LOG.warn("{} is not unregistered: {}", bean, e.toString());
            }
        }
    }
}
