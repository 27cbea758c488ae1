package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pimcore with Data Hub, as far as a client of its GraphQL endpoint can tell: statuses, messages, traps and events of Pimcore 11.4 with
 * Data Hub 1.8, over a schema made from the definitions in {@code pimcore/}. Everything is in memory and gone when it is closed.
 *
 * <p>{@code POST /pimcore-graphql-webservices/{endpoint}} is Pimcore's. {@code /_sandbox/} is the stand-in's own, for people in a demo and
 * tests in another process, see {@link SandboxApi}. Bound to 127.0.0.1.
 *
 * <p>Traps worth knowing, all as in Pimcore: a mutation that failed spoils its object for the rest of the request; an update without
 * changes still counts as one; unpublished objects are missing in {@code children}, in relations and in listings without {@code
 * published:false}; listings hold variants too; field collections are not inherited by variants; entries of field collections are validated
 * only when the object is published; texts in unique fields and filters are compared without regard to case.
 */
public final class PimcoreStandIn implements AutoCloseable {
    static {
        // Without it, answers on a kept-alive connection wait 40 ms for the other side's acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** How {@code creationDate} and {@code modificationDate} are given out. */
    public enum Dates {
        /** A whole number, as Data Hub 1.x does. */
        EPOCH_SECONDS,
        /** Text with a time zone, as Data Hub from 2.0 does. */
        TEXT_WITH_ZONE
    }

    /**
     * @param definitions   the folder {@code pimcore/}
     * @param port          0 for a free one
     * @param apiKey        the only key let in, whatever the definitions say
     * @param clock         for all dates and the end of faults
     * @param webhookUrl    where changes of products are told; null for nowhere
     * @param webhookSecret {@code whsec_} and base64
     */
    public record Settings(
            Path definitions, int port, String apiKey, Clock clock, Dates dates, URI webhookUrl, String webhookSecret) {
        public static Settings defaults() {
            return new Settings(
                    Path.of("pimcore"),
                    0,
                    "sandbox-pimcore-key",
                    Clock.systemUTC(),
                    Dates.EPOCH_SECONDS,
                    null,
                    "whsec_c2FuZGJveC1waW1jb3JlLXdlYmhvb2stc2VjcmV0");
        }

        public Settings withDefinitions(Path folder) {
            return new Settings(folder, port, apiKey, clock, dates, webhookUrl, webhookSecret);
        }

        public Settings withPort(int number) {
            return new Settings(definitions, number, apiKey, clock, dates, webhookUrl, webhookSecret);
        }

        public Settings withClock(Clock other) {
            return new Settings(definitions, port, apiKey, other, dates, webhookUrl, webhookSecret);
        }

        public Settings withDates(Dates how) {
            return new Settings(definitions, port, apiKey, clock, how, webhookUrl, webhookSecret);
        }

        public Settings withWebhook(URI url, String secret) {
            return new Settings(definitions, port, apiKey, clock, dates, url, secret);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(PimcoreStandIn.class);
    private static final String GRAPHQL = "/pimcore-graphql-webservices/";
    private static final int WORKERS = 16;

    private final Settings settings;
    private final Definitions definitions;
    private final Faults faults;
    private final CounterSet counters = new CounterSet();
    private final ObjectTree tree;
    private final Map<String, DataHub> endpoints = new HashMap<>();
    private final Webhooks webhooks;
    private final HttpServer server;
    private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS, job -> {
        var thread = new Thread(job, "pimcore");
        thread.setDaemon(true);
        return thread;
    });

    private PimcoreStandIn(Settings settings) throws IOException {
        this.settings = settings;
        this.definitions = Definitions.read(settings.definitions());
        this.faults = new Faults(settings.clock());
        this.tree = new ObjectTree(definitions, settings.clock(), faults);
        definitions
                .endpoints()
                .forEach((name, endpoint) -> endpoints.put(
                        name, new DataHub(DataHubSchema.of(definitions, endpoint, tree, settings.dates()))));
        this.webhooks = new Webhooks(
                settings.clock(), definitions, tree, counters, settings.webhookUrl(), settings.webhookSecret());
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), settings.port()), 0);
        server.setExecutor(workers);
        server.createContext("/", exchange -> html(exchange, 404));
        server.createContext(GRAPHQL, this::graphQl);
        server.createContext("/_sandbox/", new SandboxApi(this)::handle);
        server.start();
    }

    /** Starts one with nothing in it but the root folder. */
    public static PimcoreStandIn start(Settings settings) {
        try {
            return new PimcoreStandIn(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@link #start(Settings)} with {@link Settings#defaults()}. */
    public static PimcoreStandIn start() {
        return start(Settings.defaults());
    }

    /** Scheme, host and port. */
    public URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The Data Hub endpoint {@code products}: what a client's {@code PIMCORE_URL} is set to. */
    public URI endpoint() {
        return base().resolve(GRAPHQL + "products");
    }

    public String apiKey() {
        return settings.apiKey();
    }

    public String webhookSecret() {
        return settings.webhookSecret();
    }

    public Faults faults() {
        return faults;
    }

    public Counters counters() {
        return counters.now();
    }

    public void resetCounters() {
        counters.reset();
    }

    /** All objects, variants and folders, oldest first. */
    public List<PimcoreObject> objects() {
        return tree.all();
    }

    /** All objects and variants of a class, oldest first. */
    public List<PimcoreObject> objects(String className) {
        return tree.all().stream()
                .filter(object -> className.equals(object.className()))
                .toList();
    }

    public Optional<PimcoreObject> object(String fullpath) {
        return tree.byPath(fullpath);
    }

    /**
     * Saves it as published, as an editor does: validated, dated, told of by webhook.
     *
     * @throws IllegalArgumentException when there is none at that path or Pimcore refuses, with its words
     */
    public PimcoreObject publish(String fullpath) {
        return edit(fullpath, Map.of("published", true));
    }

    /** Saves it as unpublished; otherwise as {@link #publish}. */
    public PimcoreObject unpublish(String fullpath) {
        return edit(fullpath, Map.of("published", false));
    }

    /**
     * Saves it with these values, otherwise as {@link #publish}.
     *
     * @param input as in {@code UpdateProductInput}: {@code {"brand": "Acme", "name": {"ar": "حذاء"}}}
     */
    public PimcoreObject edit(String fullpath, Map<String, Object> input) {
        var type = tree.byPath(fullpath)
                .map(object -> definitions.classes().get(object.className()))
                .orElseThrow(() -> new IllegalArgumentException("nothing at " + fullpath));
        var unknown = input.keySet().stream()
                .filter(name -> type.field(name).isEmpty()
                        && !List.of("published", "key").contains(name))
                .toList();
        if (!unknown.isEmpty()) throw new IllegalArgumentException("no fields " + unknown + " in " + type.name());
        var session = session();
        return succeeded(session, session.update(type, Map.of("fullpath", fullpath, "input", input)))
                .object();
    }

    /** Deletes it and all below it; otherwise as {@link #publish}. */
    public void delete(String fullpath) {
        var session = session();
        succeeded(session, session.delete(Map.of("fullpath", fullpath)));
    }

    private Session.Outcome succeeded(Session session, Session.Outcome outcome) {
        if (!outcome.success()) throw new IllegalArgumentException(outcome.message());
        webhooks.about(session.changes()).run();
        return outcome;
    }

    /** Forgets all objects, without events. Ids go on counting. */
    public void clear() {
        tree.clear();
    }

    /** Where changes of products are told from now on; null for nowhere. */
    public void webhookUrl(URI url) {
        webhooks.url(url);
    }

    URI webhookUrl() {
        return webhooks.url();
    }

    /** Off: messages are dropped and counted, and only a sweep can find what they would have told. */
    public void webhooks(boolean on) {
        webhooks.on(on);
    }

    boolean webhooksOn() {
        return webhooks.on();
    }

    private Session session() {
        return new Session(definitions, tree, faults, counters);
    }

    private void graphQl(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        counters.requests.increment();
        pause(faults.delay());
        var failure = faults.nextFailure();
        if (failure.isPresent()) {
            counters.failedOnPurpose.increment();
            if (failure.get().retryAfter() != null) {
                exchange.getResponseHeaders()
                        .set(
                                "Retry-After",
                                Long.toString(failure.get().retryAfter().toSeconds()));
            }
            html(exchange, failure.get().status());
            return;
        }
        var endpoint = endpoints.get(exchange.getRequestURI().getPath().substring(GRAPHQL.length()));
        if (endpoint == null) {
            html(exchange, 404);
        } else if (!settings.apiKey().equals(givenKey(exchange))) {
            html(exchange, 403);
        } else {
            answer(exchange, endpoint, body);
        }
    }

    private void answer(HttpExchange exchange, DataHub endpoint, byte[] body) throws IOException {
        var session = session();
        ObjectNode answer;
        try {
            answer = endpoint.answer(body, session);
        } catch (RuntimeException e) {
            LOG.error("the stand-in itself failed on {}", new String(body, StandardCharsets.UTF_8), e);
            html(exchange, 500);
            return;
        }
        if (session.dead() || !session.changes().isEmpty() && faults.diesAfterCommit()) {
            counters.failedOnPurpose.increment();
            exchange.close();
            return;
        }
        var telling = webhooks.about(session.changes());
        send(exchange, 200, "application/json", Json.bytes(answer));
        telling.run();
    }

    /** The key as Data Hub looks for it: two headers, then the query. */
    private static String givenKey(HttpExchange exchange) {
        for (var header : List.of("apikey", "X-API-Key")) {
            var value = exchange.getRequestHeaders().getFirst(header);
            if (value != null) return value;
        }
        var query = exchange.getRequestURI().getRawQuery();
        return query == null
                ? null
                : Arrays.stream(query.split("&"))
                        .filter(part -> part.startsWith("apikey="))
                        .map(part -> URLDecoder.decode(part.substring("apikey=".length()), StandardCharsets.UTF_8))
                        .findFirst()
                        .orElse(null);
    }

    private static void pause(Duration howLong) {
        if (howLong.isZero()) return;
        try {
            Thread.sleep(howLong.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void html(HttpExchange exchange, int status) throws IOException {
        exchange.getRequestBody().readAllBytes();
        var type = Pages.fromNginx(status) ? "text/html" : "text/html; charset=UTF-8";
        send(exchange, status, type, Pages.html(status).getBytes(StandardCharsets.UTF_8));
    }

    static void send(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (exchange;
                var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
        webhooks.close();
    }
}
