package dev.caravan.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator;
import dev.caravan.products.ProductGenerator.Planted;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.sandbox.CaravanProcess.Options;
import dev.caravan.sandbox.Sandbox;
import dev.caravan.sandbox.pimcore.PimcoreObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The sandbox and the packaged JAR beside it: put a file in, wait until it has come to rest, look what arrived where. */
final class Stack implements AutoCloseable {
    private static final Pattern ROUTE_ID = Pattern.compile("routeId=\"([^\"]+)\"");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Sandbox sandbox;
    private CaravanProcess caravan;

    private Stack(Sandbox sandbox, Options options) {
        this.sandbox = sandbox;
        this.caravan = new CaravanProcess(options);
    }

    /** Writes that both targets carried out. */
    record Writes(long pimcore, long medusa) {
        static final Writes NONE = new Writes(0, 0);
    }

    /**
     * Starts both and waits until the runtime takes work.
     *
     * @param log      name of the runtime's log in {@code target/}
     * @param settings settings beside those that name the sandbox
     */
    static Stack start(String log, UnaryOperator<Options> settings) {
        var sandbox = Sandbox.start();
        try {
            // Retries within a test's patience; everything else as shipped.
            var options = Options.of(sandbox.environment())
                    .withLog(Path.of("target", log + ".log"))
                    .with("CARAVAN_LOG_FORMAT", "text")
                    .with("RETRY_FIRST_DELAY_MILLISECONDS", "200");
            var stack = new Stack(sandbox, settings.apply(options));
            stack.run();
            return stack;
        } catch (RuntimeException e) {
            sandbox.close();
            throw e;
        }
    }

    /** Stops the runtime as an operator would and starts it again with these settings. */
    void restart(UnaryOperator<Options> settings) {
        caravan.close();
        caravan = new CaravanProcess(settings.apply(caravan.options()));
        run();
    }

    private void run() {
        caravan.start();
        sandbox.webhooksTo(caravan.url());
        caravan.awaitReady();
    }

    Sandbox sandbox() {
        return sandbox;
    }

    CaravanProcess caravan() {
        return caravan;
    }

    /** A generated file. */
    static byte[] generated(ProductGenerator.Options options) {
        return generated(options, new ArrayList<>());
    }

    /** A generated file; what is wrong in it is added to the manifest. */
    static byte[] generated(ProductGenerator.Options options, List<Planted> manifest) {
        try {
            var out = new ByteArrayOutputStream();
            new ProductGenerator(options).write(out, manifest::add);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Puts a file into the inbox.
     *
     * @return its version id
     */
    String upload(String key, byte[] content) {
        return sandbox.aws()
                .clients()
                .s3()
                .putObject(
                        request -> request.bucket(sandbox.aws().resources().inbox())
                                .key(key),
                        RequestBody.fromBytes(content))
                .versionId();
    }

    /** Puts a file into the inbox and waits until all its records have come to rest; what the ledger says of it then. */
    JsonNode delivered(String key, byte[] content) {
        return atRest(key, upload(key, content));
    }

    /** Waits until an upload has come to rest; its balance. */
    JsonNode atRest(String key, String version) {
        var found = new AtomicReference<JsonNode>();
        patiently().until(() -> {
            var balance = balance(key, version);
            found.set(balance);
            return balance.path("atRest").asBoolean();
        });
        return found.get();
    }

    /** What the ledger says of an object version now; missing when it does not know it. */
    JsonNode balance(String key, String version) {
        for (var balance : balances(key)) {
            if (balance.path("versionId").asText().equals(version)) return balance;
        }
        return Json.object();
    }

    /** What the ledger says of all versions of an object. */
    JsonNode balances(String key) {
        return caravan.get("/api/ledger?upload=" + encoded(key)).path("uploads");
    }

    /** How many records are in which state. */
    static Map<String, Long> states(JsonNode balance) {
        var states = new TreeMap<String, Long>();
        balance.path("states")
                .properties()
                .forEach(state -> states.put(state.getKey(), state.getValue().asLong()));
        return states;
    }

    /** What is in quarantine of an upload. */
    JsonNode quarantined(String key) {
        return caravan.get("/api/quarantine?upload=" + encoded(key));
    }

    /** All that is known of a product, its journey included. */
    JsonNode journey(String id) {
        return caravan.get("/api/journeys?id=" + encoded(id)).path(0);
    }

    /** Announces an object version as S3 would, at the time given, whatever else S3 announces. */
    void announce(String bucket, String key, String version, Instant time) {
        send(sandbox.aws().resources().uploads(), announcement(bucket, key, version, time));
    }

    /** What SQS does with an announcement whose reader dies over it too often. */
    void giveUp(String bucket, String key, String version, Instant time) {
        send(sandbox.aws().resources().uploads() + "-dead", announcement(bucket, key, version, time));
    }

    private static String announcement(String bucket, String key, String version, Instant time) {
        var event = Json.object()
                .put("version", "0")
                .put("detail-type", "Object Created")
                .put("source", "aws.s3")
                .put("time", time.toString());
        var detail = event.putObject("detail");
        detail.putObject("bucket").put("name", bucket);
        detail.putObject("object")
                .put("key", key)
                .put("version-id", version)
                .put("etag", "e")
                .put("sequencer", "00");
        return event.toString();
    }

    /** Puts a message into a queue, whatever it is. */
    void send(String queue, String body) {
        sandbox.aws().clients().sqs().sendMessage(request -> request.queueUrl(
                        sandbox.aws().queueUrl(queue))
                .messageBody(body));
    }

    /** Waits until no message is in any queue and nothing that was noticed or handed in waits in the instance's database. */
    void quiet() {
        // Twice: what is handed in may have become a message after the queues were counted.
        for (int looks = 0; looks < 2; looks++)
            patiently().untilAsserted(() -> assertThat(underWay()).isEmpty());
    }

    /** What is still to be done, by queue and by table. */
    private Map<String, Long> underWay() {
        var counts = new TreeMap<String, Long>();
        for (var queue : sandbox.aws().resources().queues()) counts.put(queue, messages(queue));
        try (var connection = DriverManager.getConnection(
                        caravan.options().environment().get("DATABASE_URL"));
                var statement = connection.createStatement()) {
            for (var table : List.of("products.notice", "ledger.original")) {
                try (var rows = statement.executeQuery("select count(*) from " + table)) {
                    rows.next();
                    counts.put(table, rows.getLong(1));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        counts.values().removeIf(count -> count == 0);
        return counts;
    }

    private long messages(String queue) {
        var counters = List.of(
                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED);
        var attributes = sandbox.aws()
                .clients()
                .sqs()
                .getQueueAttributes(request ->
                        request.queueUrl(sandbox.aws().queueUrl(queue)).attributeNames(counters))
                .attributes();
        return counters.stream().map(attributes::get).mapToLong(Long::parseLong).sum();
    }

    /** Writes that the targets carry out from when everything is quiet until the work is done and everything is quiet again. */
    Writes writesOf(Runnable work) {
        quiet();
        sandbox.pimcore().resetCounters();
        sandbox.medusa().resetCounters();
        work.run();
        quiet();
        return new Writes(
                sandbox.pimcore().counters().objectsWritten(),
                sandbox.medusa().counters().allWrites());
    }

    /** What a customer sees in the shop, by handle: asked of the Store API with a publishable key, in one currency. */
    Map<String, JsonNode> onSale(String currency) {
        var offers = new TreeMap<String, JsonNode>();
        var query =
                "/store/products?limit=1000&fields=*images,*variants.calculated_price,%2Bvariants.inventory_quantity,%2Bmetadata&region_id="
                        + sandbox.medusa().regionId(currency);
        var answer = get(
                sandbox.medusa().url().resolve(query),
                "x-publishable-api-key",
                sandbox.medusa().publishableKey());
        for (var product : answer.path("products"))
            offers.put(product.path("handle").asText(), product);
        return offers;
    }

    /** What a SKU costs in the shop; empty when it is not on sale. */
    String price(String currency, String handle, String sku) {
        for (var variant : onSale(currency).getOrDefault(handle, Json.object()).path("variants")) {
            if (variant.path("sku").asText().equals(sku))
                return variant.at("/calculated_price/calculated_amount").asText();
        }
        return "";
    }

    /** A product in Medusa, on sale or not; missing when there is none. */
    JsonNode inMedusa(String handle) {
        for (var product : sandbox.medusa().dump().path("products")) {
            if (product.path("handle").asText().equals(handle)) return product;
        }
        return Json.object().path("none");
    }

    /** A product in Pimcore, without its variants. */
    PimcoreObject inPimcore(String handle) {
        return sandbox.pimcore().objects("Product").stream()
                .filter(object -> !object.isVariant() && object.key().equals(handle))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no product " + handle + " in Pimcore"));
    }

    /** The variants of a product in Pimcore. */
    List<PimcoreObject> variantsInPimcore(String handle) {
        long product = inPimcore(handle).id();
        return sandbox.pimcore().objects("Product").stream()
                .filter(object -> object.parentId() == product && object.isVariant())
                .toList();
    }

    /** Handles of the products that came out of an upload, in the order they were first accepted. */
    List<String> handles(JsonNode balance) {
        var handles = new ArrayList<String>();
        for (var product : caravan.get("/api/products?limit=100000")) {
            if (product.path("upload").asText().equals(balance.path("upload").asText()))
                handles.add(product.path("handle").asText());
        }
        return handles;
    }

    /** Ids of the routes that run, as the metrics name them. */
    Set<String> routeIds() {
        var metrics = new String(
                send(HttpRequest.newBuilder(caravan.management().resolve("/observe/metrics"))
                        .build()),
                UTF_8);
        return ROUTE_ID.matcher(metrics)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Asks Jolokia with the operator's key. */
    JsonNode jolokia(JsonNode question) {
        return Json.read(send(HttpRequest.newBuilder(caravan.management().resolve("/observe/jolokia"))
                .header("X-API-Key", caravan.options().apiKey())
                .POST(BodyPublishers.ofByteArray(Json.bytes(question)))
                .build()));
    }

    private JsonNode get(URI url, String header, String value) {
        return Json.read(send(HttpRequest.newBuilder(url).header(header, value).build()));
    }

    private byte[] send(HttpRequest request) {
        try {
            var answer = http.send(request, BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200)
                throw new IllegalStateException(answer.statusCode() + " " + new String(answer.body(), UTF_8));
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits as long as a busy machine may need. */
    static ConditionFactory patiently() {
        return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    /** An independent copy of a generated file's records, to be bent. */
    static List<ObjectNode> records(byte[] array) {
        var records = new ArrayList<ObjectNode>();
        Json.read(array).forEach(record -> records.add(record.deepCopy()));
        return records;
    }

    @Override
    public void close() {
        caravan.close();
        sandbox.close();
    }
}
