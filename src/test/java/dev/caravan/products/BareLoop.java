package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.medusa.MedusaShop;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.products.medusa.ShopSettings;
import dev.caravan.products.pimcore.Outcome;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreWrite;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * What the products flow is compared with: the same calls in the same batch sizes and with the same concurrency, from threads of its own
 * with the AWS SDK and the JDK's HTTP client, and one PostgreSQL commit a batch. No Camel, no ledger, no journey, no idempotency, no
 * retries; the file is read from S3 and thrown away, its products were normalised before. The bodies of the calls are made by the same
 * mappings as in production.
 *
 * <p>A process of its own, as the runtime is: {@code BareLoop WARM-UP-FILE FILE}, with the settings of the runtime in its environment.
 * Prints the seconds that the second file took.
 */
public final class BareLoop {
    private static final int PAGE = 50;
    private static final int PIMCORE_PAGE = 20;
    private static final int PIMCORE_WORKERS = 4;
    private static final int MEDUSA_PAGE = 50;
    private static final int MEDUSA_WORKERS = 2;
    private static final int MOST_ENTRIES = 10;

    private final S3Client s3 = S3Client.builder().forcePathStyle(true).build();
    private final SqsClient sqs = SqsClient.create();
    private final EventBridgeClient events = EventBridgeClient.create();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Suppliers suppliers = Suppliers.load(RouteFiles.at("classpath:routes"));
    private final PimcoreProducts pimcore;
    private final PimcoreReader reader;
    private final ShopMapping mapping;
    private final MedusaShop shop;
    private final LinkedBlockingQueue<String> written = new LinkedBlockingQueue<>();
    private final AtomicInteger done = new AtomicInteger();

    private BareLoop() {
        var files = RouteFiles.at("classpath:routes");
        var clock = Clock.systemUTC();
        var pimcoreUrl = System.getenv("PIMCORE_URL");
        Port toPimcore = call -> send(pimcoreUrl, "X-API-Key", System.getenv("PIMCORE_API_KEY"), call);
        var credentials = Base64.getEncoder()
                .encodeToString((System.getenv("MEDUSA_API_KEY") + ":").getBytes(StandardCharsets.UTF_8));
        var medusaUrl = System.getenv("MEDUSA_URL").replaceAll("/$", "");
        Port toMedusa = call -> send(medusaUrl, "Authorization", "Basic " + credentials, call);
        pimcore = new PimcoreProducts(
                toPimcore,
                PimcoreMapping.compile(files.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE),
                PimcoreProducts.Settings.DEFAULT,
                clock);
        reader = new PimcoreReader(toPimcore, PimcoreReader.PRODUCTS_PER_REQUEST, clock);
        mapping =
                new ShopMapping(files, new Sellability(false, name -> StockWhenAbsent.HOLD), UnaryOperator.identity());
        shop = new MedusaShop(toMedusa, ShopSettings.DEFAULT, clock);
    }

    public static void main(String[] files) throws Exception {
        var loop = new BareLoop();
        loop.prepare();
        loop.run(Path.of(files[0]));
        System.out.println(loop.run(Path.of(files[1])));
        System.exit(0);
    }

    private void prepare() throws SQLException {
        try (var connection = connection();
                var statement = connection.createStatement()) {
            statement.execute("create table if not exists bare (id text, step text, what text)");
            connection.commit();
        }
    }

    private double run(Path file) throws Exception {
        var products = normalised(file);
        done.set(0);
        var key = "products/shein/" + file.getFileName();
        s3.putObject(request -> request.bucket("caravan-inbox").key(key), RequestBody.fromFile(file));
        long start = System.nanoTime();
        var threads = Executors.newCachedThreadPool();
        var work = new ArrayList<Future<?>>();
        work.add(threads.submit(() -> ingest(key, products)));
        for (int i = 0; i < PIMCORE_WORKERS; i++) work.add(threads.submit(() -> toPimcore(products.size())));
        work.add(threads.submit(() -> announce(products.size())));
        for (int i = 0; i < MEDUSA_WORKERS; i++) work.add(threads.submit(() -> toMedusa(products.size())));
        double seconds = await(threads, work, products.size(), start);
        return seconds;
    }

    private double await(ExecutorService threads, List<Future<?>> work, int count, long start) throws Exception {
        while (done.get() < count) {
            for (var part : work) {
                if (part.isDone()) part.get();
            }
            Thread.sleep(5);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        threads.shutdown();
        threads.awaitTermination(1, TimeUnit.MINUTES);
        return seconds;
    }

    private List<Decision.Accepted> normalised(Path file) throws IOException {
        var accepted = new ArrayList<Decision.Accepted>();
        var supplier = suppliers.find("shein").orElseThrow();
        var normaliser = new Normaliser();
        try (var records = new RecordReader(Files.newInputStream(file), ReaderLimits.DEFAULT)) {
            while (records.hasNext()) {
                var record = records.next();
                var origin = new Origin(
                        "caravan-inbox", "products/shein/" + file.getFileName(), "1", record.index(), record.sha256());
                if (normaliser.normalise(supplier, origin, record) instanceof Decision.Accepted product)
                    accepted.add(product);
            }
        }
        return accepted;
    }

    private Void ingest(String key, List<Decision.Accepted> products) throws SQLException {
        var url = url("caravan-uploads");
        var announcements = List.<Message>of();
        while (announcements.isEmpty()) announcements = receive(url, 1, 5);
        try (var object =
                s3.getObject(request -> request.bucket("caravan-inbox").key(key))) {
            object.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (var connection = connection()) {
            for (int from = 0; from < products.size(); from += PAGE) {
                var page = products.subList(from, Math.min(products.size(), from + PAGE));
                commit(
                        connection,
                        "normalise",
                        page.stream().map(product -> product.key().toString()).toList());
                put("ProductIngested", page.stream().map(BareLoop::detail).toList());
            }
        }
        delete(url, announcements);
        return null;
    }

    private static ObjectNode detail(Decision.Accepted product) {
        var detail = Json.object()
                .put("version", 1)
                .put("supplier", product.key().supplier())
                .put("id", product.key().id())
                .put("contentHash", product.contentHash())
                .put("sourceVersion", "1");
        detail.set("product", product.product());
        return detail;
    }

    private Void toPimcore(int all) throws SQLException {
        var url = url("caravan-products");
        try (var connection = connection()) {
            while (done.get() < all) {
                var messages = page(url, PIMCORE_PAGE);
                if (messages.isEmpty()) continue;
                var writes = new ArrayList<PimcoreWrite>();
                for (var message : messages) {
                    var detail = Json.read(message.body()).path("detail");
                    writes.add(new PimcoreWrite(
                            new ProductKey(
                                    detail.path("supplier").asText(),
                                    detail.path("id").asText()),
                            (ObjectNode) detail.path("product"),
                            detail.path("contentHash").asText(),
                            "1",
                            true));
                }
                var paths = new ArrayList<String>();
                for (var outcome : pimcore.upsert(writes)) paths.add(((Outcome.Written) outcome).fullpath());
                commit(connection, "pimcore", paths);
                written.addAll(paths);
                delete(url, messages);
            }
        }
        return null;
    }

    private Void announce(int all) throws InterruptedException {
        while (done.get() < all) {
            var first = written.poll(50, TimeUnit.MILLISECONDS);
            if (first == null) continue;
            var paths = new ArrayList<>(List.of(first));
            written.drainTo(paths, 99);
            put(
                    "ProductPublished",
                    paths.stream()
                            .map(path -> Json.object().put("version", 1).put("fullpath", path))
                            .toList());
        }
        return null;
    }

    private Void toMedusa(int all) throws SQLException {
        var url = url("caravan-publications");
        try (var connection = connection()) {
            while (done.get() < all) {
                var messages = page(url, MEDUSA_PAGE);
                if (messages.isEmpty()) continue;
                var paths = messages.stream()
                        .map(message ->
                                Json.read(message.body()).at("/detail/fullpath").asText())
                        .toList();
                var documents = reader.read(paths);
                var outcomes = shop.write(documents.values().stream()
                        .map(document -> mapping.shopProduct("shein", document))
                        .toList());
                if (outcomes.stream()
                        .anyMatch(outcome -> outcome instanceof dev.caravan.products.medusa.Outcome.Failed)) {
                    throw new IllegalStateException("Medusa refused: " + outcomes);
                }
                commit(connection, "medusa", paths);
                delete(url, messages);
                done.addAndGet(paths.size());
            }
        }
        return null;
    }

    private String url(String queue) {
        return sqs.getQueueUrl(request -> request.queueName(queue)).queueUrl();
    }

    private List<Message> page(String url, int most) {
        var page = new ArrayList<Message>(receive(url, MOST_ENTRIES, 1));
        for (int got = page.size(); got == MOST_ENTRIES && page.size() < most; ) {
            var more = receive(url, MOST_ENTRIES, 0);
            page.addAll(more);
            got = more.size();
        }
        return page;
    }

    private List<Message> receive(String url, int most, int waitSeconds) {
        return sqs.receiveMessage(request -> request.queueUrl(url)
                        .maxNumberOfMessages(most)
                        .waitTimeSeconds(waitSeconds)
                        .visibilityTimeout(60))
                .messages();
    }

    private void delete(String url, List<Message> messages) {
        for (int from = 0; from < messages.size(); from += MOST_ENTRIES) {
            var entries = messages.subList(from, Math.min(messages.size(), from + MOST_ENTRIES)).stream()
                    .map(message -> DeleteMessageBatchRequestEntry.builder()
                            .id(message.messageId())
                            .receiptHandle(message.receiptHandle())
                            .build())
                    .toList();
            sqs.deleteMessageBatch(request -> request.queueUrl(url).entries(entries));
        }
    }

    private void put(String type, List<ObjectNode> details) {
        for (int from = 0; from < details.size(); from += MOST_ENTRIES) {
            var entries = details.subList(from, Math.min(details.size(), from + MOST_ENTRIES)).stream()
                    .map(detail -> PutEventsRequestEntry.builder()
                            .eventBusName("caravan")
                            .source("caravan.products")
                            .detailType(type)
                            .detail(new String(Json.bytes(detail), StandardCharsets.UTF_8))
                            .build())
                    .toList();
            if (events.putEvents(request -> request.entries(entries)).failedEntryCount() > 0)
                throw new IllegalStateException("not put");
        }
    }

    private static Connection connection() throws SQLException {
        var url = System.getenv("DATABASE_URL");
        var connection =
                DriverManager.getConnection(url + (url.contains("?") ? "&" : "?") + "reWriteBatchedInserts=true");
        connection.setAutoCommit(false);
        return connection;
    }

    private static void commit(Connection connection, String step, List<String> ids) throws SQLException {
        try (var insert = connection.prepareStatement("insert into bare values (?, ?, 'done')")) {
            for (var id : ids) {
                insert.setString(1, id);
                insert.setString(2, step);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        connection.commit();
    }

    private Reply send(String base, String header, String value, Call call) {
        var request = HttpRequest.newBuilder(URI.create(base + call.path())).header(header, value);
        if (call.body() == null) request.method(call.method(), BodyPublishers.noBody());
        else
            request.header("Content-Type", "application/json")
                    .method(call.method(), BodyPublishers.ofByteArray(call.body()));
        try {
            var response = http.send(request.build(), BodyHandlers.ofByteArray());
            var headers = new HashMap<String, String>();
            response.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
            return new Reply(response.statusCode(), headers, response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
