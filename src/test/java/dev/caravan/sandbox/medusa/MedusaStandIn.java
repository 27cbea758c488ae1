package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.sandbox.medusa.Faults.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A shop that behaves as Medusa 2.21.2 does towards a product integration: the Admin API's routes, statuses, messages, limits and
 * traps, and as much of the Store API as shows whether something is visible and can be bought. State is in memory and gone on close.
 *
 * <p>It starts as after a bootstrap: currencies and regions SAR (Saudi Arabia) and USD (United States), a stock location, a shipping
 * profile, and two sales channels, of which the default one is linked with the location and the publishable key.
 *
 * <h2>Traps that are here on purpose, because the real one has them</h2>
 * <ul>
 *   <li>A query parameter that Medusa does not know is ignored: the list then holds everything.
 *   <li>Variants and option values come back in another order than they were sent in.
 *   <li>{@code variants} in a product's update replaces: who is left out is deleted and leaves its inventory item behind, who is new
 *       gets none, an unknown id makes a new empty variant. {@code prices} replace as well.
 *   <li>A products batch that creates and updates, and whose create fails, leaves updated variants without prices and with their new
 *       titles; {@code variants/batch} leaves them without prices. An update that fails at its prices leaves the new variant titles.
 *   <li>Stock levels know no upsert. A variant's new SKU does not reach its inventory item. A product's {@code updated_at} does not
 *       move when only variants, prices or images change.
 *   <li>Bodies over 100 KB are refused, on routes ending in {@code /batch} over 2 MB; so are request lines with headers over 16 KB
 *       (Node's own limit).
 * </ul>
 *
 * <h2>Beyond what was observed</h2>
 * Nobody watched Medusa do these; they are guesses or from its source: unknown ids in {@code variants/batch} (400), what a death in
 * mid-batch leaves of an update (new titles, old prices), category metadata (replaced), several complaints about one body (joined by
 * {@code ;}), all of customers, an unknown sales channel of a product (shown as null), an inventory item whose variant was dropped (no variants).
 *
 * <h2>Control over HTTP, for tests in another process</h2>
 * <pre>
 * POST   /_sandbox/faults    {"kind": "fail", "status": 500, "count": 3}          the next three requests
 *                            {"kind": "fail", "status": 500, "seconds": 60}       all requests for a minute
 *                            {"kind": "throttle", "count": 3, "retryAfterSeconds": 2}
 *                            {"kind": "delay", "millis": 200}                     all requests, until cleared
 *                            {"kind": "die-after-commit", "count": 1}             the next write
 *                            {"kind": "die-in-mid-batch", "leaving": "products-without-variants" or "variants-without-prices"}
 *                            {"kind": "poison", "key": handle or SKU}, {"kind": "cure", "key": …}
 *                            all but the last line take "count", "seconds" and "path" (a prefix)
 * GET    /_sandbox/faults    what waits
 * DELETE /_sandbox/faults    all goes well again
 * GET    /_sandbox/counters  {"requests": {…}, "answers": {…}, "writes": {…}}, see {@link Counters}
 * DELETE /_sandbox/counters  from 0 again
 * GET    /_sandbox/dump      all products, flat, and orphaned inventory items, see {@link #dump}
 * </pre>
 * These need no key, and no fault hits them.
 */
public final class MedusaStandIn implements AutoCloseable {
    private static final int BODY_LIMIT = 100 * 1024;
    private static final int BATCH_BODY_LIMIT = 2 * 1024 * 1024;
    private static final int HEADER_LIMIT = 16 * 1024;
    private static final String SECRET_AS_BEARER =
            "A secret API key was passed as a Bearer token. Secret API keys must be sent using HTTP "
                    + "Basic authentication instead (Authorization: Basic <secret-api-key>).";

    static {
        // Without it, every answer waits for the client's delayed acknowledgement of the headers: 40 ms a request.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final Settings settings;
    private final Shop shop;
    private final StoreApi store;
    private final Faults faults;
    private final Routes routes = new Routes();
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Map<String, Long> requests = new TreeMap<>();
    private final Map<String, Long> answers = new TreeMap<>();
    private final HttpServer server;
    private final ExecutorService threads;

    /**
     * @param port           0 for any free one
     * @param secretKey      starts with {@code sk_}
     * @param publishableKey starts with {@code pk_}
     * @param email          of the one who can log in
     * @param setUp          false for a shop as Medusa's own migrations leave it
     * @param translations   whether its translation module is switched on
     */
    public record Settings(
            int port,
            String secretKey,
            String publishableKey,
            String email,
            String password,
            Clock clock,
            boolean setUp,
            boolean translations) {
        /** Any free port, random keys, the system's clock. */
        public static Settings defaults() {
            return new Settings(
                    0,
                    Secrets.token("sk_"),
                    Secrets.token("pk_"),
                    "admin@example.com",
                    "supersecret",
                    Clock.systemUTC(),
                    true,
                    false);
        }

        /** With translations. */
        public Settings translating() {
            return new Settings(port, secretKey, publishableKey, email, password, clock, setUp, true);
        }

        /** Nobody has set it up: no region, no stock location, nothing to ship with. */
        public Settings bare() {
            return new Settings(port, secretKey, publishableKey, email, password, clock, false, translations);
        }

        public Settings withPort(int value) {
            return new Settings(value, secretKey, publishableKey, email, password, clock, setUp, translations);
        }

        public Settings withKeys(String secret, String publishable) {
            return new Settings(port, secret, publishable, email, password, clock, setUp, translations);
        }

        public Settings withClock(Clock value) {
            return new Settings(port, secretKey, publishableKey, email, password, value, setUp, translations);
        }
    }

    /** Starts with {@link Settings#defaults()}. */
    public MedusaStandIn() {
        this(Settings.defaults());
    }

    /** Starts; answers as soon as this returns. */
    public MedusaStandIn(Settings settings) {
        this.settings = settings;
        shop = new Shop(settings.clock(), settings.secretKey(), settings.publishableKey(), settings.setUp());
        faults = new Faults(settings.clock());
        var view = new View(shop);
        store = new StoreApi(shop, view);
        routes.add(
                "GET",
                "/health",
                request -> new Answer(200, "text/plain", Map.of(), "OK".getBytes(StandardCharsets.UTF_8)));
        routes.post("/auth/user/emailpass", this::logIn);
        new AdminProducts(shop, view, faults).register(routes);
        new AdminInventory(shop, view, faults.poison()).register(routes);
        new AdminTaxonomy(shop, view).register(routes);
        new AdminShop(shop).register(routes);
        new AdminOrders(shop).register(routes);
        new AdminCustomers(shop).register(routes);
        new AdminSetUp(shop).register(routes);
        if (settings.translations()) new AdminTranslations(shop).register(routes);
        store.register(routes);
        registerSandbox();

        threads = Executors.newCachedThreadPool(work -> {
            var thread = new Thread(work, "medusa-stand-in");
            thread.setDaemon(true);
            return thread;
        });
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), settings.port()), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::serve);
        server.setExecutor(threads);
        server.start();
    }

    /** Where it listens, without a slash at the end. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public String secretKey() {
        return settings.secretKey();
    }

    public String publishableKey() {
        return settings.publishableKey();
    }

    /** Id of the channel that the publishable key opens and the stock location sells through. */
    public String salesChannelId() {
        return Shop.text(shop.stores.all().iterator().next(), "default_sales_channel_id");
    }

    public String stockLocationId() {
        return Shop.text(shop.locations.all().iterator().next(), "id");
    }

    public String shippingProfileId() {
        return Shop.text(shop.profiles.all().iterator().next(), "id");
    }

    /** @param currency {@code sar} or {@code usd} */
    public String regionId(String currency) {
        return shop.regions.all().stream()
                .filter(region -> Shop.text(region, "currency_code").equals(currency))
                .map(region -> Shop.text(region, "id"))
                .findFirst()
                .orElseThrow();
    }

    public Faults faults() {
        return faults;
    }

    public Counters counters() {
        lock.readLock().lock();
        try {
            synchronized (requests) {
                return new Counters(requests, answers, shop.journal.written());
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    public void resetCounters() {
        lock.writeLock().lock();
        try {
            synchronized (requests) {
                requests.clear();
                answers.clear();
                shop.journal.forgetCounts();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /**
     * All that is in the shop, in a shape that is easy to assert on: {@code products} with id, handle, external_id, title, status,
     * metadata, channels, shipping_profile, categories (their handles), images (their URLs) and variants, these with id, sku, title,
     * options (title to value), prices (currency to amount), metadata, managed, items (number of inventory items) and stock (a number,
     * or null when nobody counts or no level is there); {@code orphans}, the SKUs of inventory items that no variant uses;
     * {@code categories} with handle, name and the parent's handle.
     */
    public JsonNode dump() {
        lock.readLock().lock();
        try {
            return new Dump(shop).json();
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void registerSandbox() {
        routes.get("/_sandbox/faults", request -> faults.json());
        routes.post("/_sandbox/faults", request -> {
            faults.add(request.object());
            return faults.json();
        });
        routes.delete("/_sandbox/faults", request -> {
            faults.clear();
            return faults.json();
        });
        routes.get("/_sandbox/counters", request -> Request.MAPPER.valueToTree(counters()));
        routes.delete("/_sandbox/counters", request -> {
            resetCounters();
            return Request.MAPPER.valueToTree(counters());
        });
        routes.get("/_sandbox/dump", request -> dump());
    }

    private JsonNode logIn(Request request) {
        var body = request.object();
        if (!settings.email().equals(Shop.text(body, "email"))
                || !settings.password().equals(Shop.text(body, "password"))) {
            throw MedusaError.of(401, "unauthorized", "Invalid email or password");
        }
        var token = Secrets.token("eyJ");
        shop.credentials.add(token);
        return JsonNodeFactory.instance.objectNode().put("token", token);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(exchange);
            } catch (MedusaError refused) {
                answer = refused.answer();
            } catch (RuntimeException broken) {
                broken.printStackTrace();
                answer = unknownError(500);
            }
            count(answers, answer.silent() ? "none" : String.valueOf(answer.status()));
            if (answer.silent()) return;
            exchange.getResponseHeaders().set("Content-Type", answer.contentType());
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        var uri = exchange.getRequestURI();
        var path = uri.getPath();
        var sandbox = path.startsWith("/_sandbox/");
        var bytes = body(exchange, path.endsWith("/batch") ? BATCH_BODY_LIMIT : BODY_LIMIT);
        var blank = new Request(
                exchange.getRequestMethod(),
                path,
                Map.of(),
                Request.query(uri.getRawQuery()),
                MissingNode.getInstance(),
                exchange.getRequestHeaders().getFirst("x-publishable-api-key"));
        var match = routes.find(blank);
        if (!sandbox) {
            count(requests, match == null ? "unknown" : match.label());
            pause(path);
            var failure = faults.next(Kind.FAIL, path);
            if (failure.isPresent()) return failing(failure.get());
            if (headerSize(exchange) > HEADER_LIMIT) return Answer.empty(431);
            admit(exchange, path);
        }
        if (match == null) return Answer.html(404, "Cannot " + blank.method() + " " + path);
        if (bytes == null) throw MedusaError.tooLarge();
        var request = new Request(
                blank.method(), path, match.request().ids(), blank.query(), json(exchange, bytes), blank.key());
        var handler = match.handler();
        if (sandbox) return handler.apply(request);
        if (request.method().equals("GET")) return reading(() -> handler.apply(request));
        var answer = writing(() -> handler.apply(request));
        return faults.next(Kind.DIE_AFTER_COMMIT, path)
                .map(death -> Answer.silence())
                .orElse(answer);
    }

    private <T> T reading(Supplier<T> work) {
        lock.readLock().lock();
        try {
            return work.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    private Answer writing(Supplier<Answer> work) {
        lock.writeLock().lock();
        try {
            return shop.journal.transaction(work);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void pause(String path) {
        var delay = faults.next(Kind.DELAY, path);
        if (delay.isEmpty()) return;
        try {
            Thread.sleep(delay.get().delay().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Answer failing(Faults.Fault fault) {
        if (fault.status() != 429) return unknownError(fault.status());
        var body = JsonNodeFactory.instance
                .objectNode()
                .put("type", "too_many_requests")
                .put("message", "Too many requests");
        return Answer.of(429, body)
                .with("Retry-After", String.valueOf(fault.delay().toSeconds()));
    }

    private static Answer unknownError(int status) {
        return Answer.of(
                status,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("code", "unknown_error")
                        .put("type", "unknown_error")
                        .put("message", "An unknown error occurred."));
    }

    /** Secret keys come as the user of HTTP Basic, encoded or not; tokens of a log-in as Bearer. */
    private void admit(HttpExchange exchange, String path) {
        if (path.startsWith("/store/")) store.admit(exchange.getRequestHeaders().getFirst("x-publishable-api-key"));
        if (!path.startsWith("/admin/")) return;
        var header = exchange.getRequestHeaders().getFirst("Authorization");
        if (header != null && header.startsWith("Bearer sk_")) throw MedusaError.unauthorized(SECRET_AS_BEARER);
        var known = reading(() -> header != null && candidates(header).stream().anyMatch(shop.credentials::contains));
        if (!known) throw MedusaError.unauthorized("Unauthorized");
    }

    private static List<String> candidates(String header) {
        if (header.startsWith("Bearer ")) return List.of(header.substring("Bearer ".length()));
        if (!header.startsWith("Basic ")) return List.of();
        var sent = header.substring("Basic ".length());
        try {
            var decoded = new String(Base64.getDecoder().decode(sent), StandardCharsets.UTF_8);
            return List.of(sent, decoded.split(":", 2)[0]);
        } catch (IllegalArgumentException notEncoded) {
            return List.of(sent);
        }
    }

    /** The whole body, or null when it is over the limit; then it is read all the same, so that the client hears the refusal. */
    private static byte[] body(HttpExchange exchange, int limit) throws IOException {
        var bytes = exchange.getRequestBody().readNBytes(limit + 1);
        if (bytes.length <= limit) return bytes;
        exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        return null;
    }

    /** A body not declared as JSON is not there at all for Medusa. */
    private static JsonNode json(HttpExchange exchange, byte[] bytes) {
        var type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (bytes.length == 0) return JsonNodeFactory.instance.objectNode();
        if (type == null || !type.startsWith("application/json")) return MissingNode.getInstance();
        try {
            return Request.MAPPER.readTree(bytes);
        } catch (IOException malformed) {
            throw MedusaError.invalid("Unexpected end of JSON input");
        }
    }

    private static int headerSize(HttpExchange exchange) {
        var size = exchange.getRequestMethod().length()
                + exchange.getRequestURI().toString().length();
        for (var header : exchange.getRequestHeaders().entrySet()) {
            for (var value : header.getValue()) size += header.getKey().length() + value.length() + 4;
        }
        return size;
    }

    private void count(Map<String, Long> counter, String key) {
        synchronized (requests) {
            counter.merge(key, 1L, Long::sum);
        }
    }
}
