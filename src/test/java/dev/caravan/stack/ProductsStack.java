package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator;
import dev.caravan.sandbox.AwsSandbox;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.sandbox.Sandbox;
import dev.caravan.sandbox.SandboxResources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The sandbox, in this JVM, and runtimes that come and go beside it: uploads generated products and asks whether each is on sale once. */
final class ProductsStack implements AutoCloseable {
    /** In SQL: uploads of products; what is published is one to the catalogue of orders, which is another flow. */
    static final String FILES = "object_key like 'products/%'";

    private static final List<QueueAttributeName> DEPTH = List.of(
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);

    /** As shipped (retry.max-delay-seconds): a message that met the outage on each try may wait for so long after it. */
    static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

    private final Sandbox sandbox = Sandbox.start();
    private final Map<String, Map<String, Offer>> expected = new TreeMap<>();
    private CaravanProcess.Options options;
    private CaravanProcess caravan;
    private int files;

    /**
     * What a variant is sold for.
     *
     * @param sar   price
     * @param usd   price
     * @param stock on hand
     */
    record Offer(BigDecimal sar, BigDecimal usd, BigDecimal stock) {
        Offer {
            sar = sar.stripTrailingZeros();
            usd = usd.stripTrailingZeros();
            stock = stock.stripTrailingZeros();
        }
    }

    /** @param log a name for the runtimes' log below {@code target/} */
    ProductsStack(String log) {
        options = CaravanProcess.Options.of(sandbox.environment())
                .withLog(Path.of("target", log + ".log"))
                .with("CARAVAN_LOG_FORMAT", "text");
        sandbox.webhooksTo(new CaravanProcess(options).url());
    }

    /** Visibility and waits short, so that what a kill left is taken up within seconds. */
    ProductsStack impatient() {
        return with("UPLOADS_VISIBILITY_SECONDS", "5")
                .with("PRODUCTS_VISIBILITY_SECONDS", "5")
                .with("PUBLICATIONS_VISIBILITY_SECONDS", "5")
                .with("RETRY_FIRST_DELAY_MILLISECONDS", "200")
                .with("RETRY_MAX_DELAY_SECONDS", "3")
                .with("CIRCUIT_PAUSE_MILLISECONDS", "1000")
                .with("PUBLICATIONS_SWEEP_SECONDS", "5");
    }

    ProductsStack with(String setting, String value) {
        options = options.with(setting, value);
        return this;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    /** The runtime that was started last. */
    CaravanProcess caravan() {
        return caravan;
    }

    Path log() {
        return options.log();
    }

    CaravanProcess start() {
        caravan = new CaravanProcess(options).start();
        return caravan.awaitReady();
    }

    CaravanProcess start(List<String> jvmArguments) {
        caravan = new CaravanProcess(options.withJvmArguments(jvmArguments)).start();
        return caravan.awaitReady();
    }

    /** Starts one that ends at a crash point; {@link CaravanProcess#awaitExit} waits for it. */
    CaravanProcess startToCrashAt(String point) {
        caravan = new CaravanProcess(options.with("CARAVAN_CRASH_AT", point)).start();
        return caravan;
    }

    /** Uploads one file of so many new products. */
    void upload(int count) {
        var file = generated(count, ++files);
        Json.read(file).forEach(this::expect);
        upload("products/shein/%s.json".formatted(files), RequestBody.fromBytes(file));
    }

    /** The supplier's id of the first product of the next upload. */
    String nextId() {
        return Json.read(generated(1, files + 1))
                .at("/0/info/productInfo/goods_id")
                .asText();
    }

    private static byte[] generated(int count, long seed) {
        try {
            var file = new ByteArrayOutputStream();
            new ProductGenerator(ProductGenerator.Options.of("shein", count, seed)).write(file);
            return file.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void upload(String key, RequestBody body) {
        sandbox.aws()
                .clients()
                .s3()
                .putObject(request -> request.bucket(resources().inbox()).key(key), body);
    }

    private void expect(JsonNode record) {
        var id = record.at("/info/productInfo/goods_id").asText();
        var offers = new TreeMap<String, Offer>();
        for (var sku : record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list")) {
            var price = sku.at("/price/salePrice");
            offers.put(
                    sku.path("sku_code").asText(),
                    new Offer(
                            decimal(price.path("amount")),
                            decimal(price.path("usdAmount")),
                            decimal(sku.path("stock"))));
        }
        expected.put("shein-" + id, offers);
    }

    private static BigDecimal decimal(JsonNode value) {
        return new BigDecimal(value.asText());
    }

    /** How many uploads are being read, records in flight, messages in queues; asked of database and queues, not of the runtime. */
    String inFlight() {
        return "%d uploads being read, %d records in flight, queues %s"
                .formatted(
                        count("select count(*) from ledger.upload where state = 'receiving'"),
                        count("select count(*) from ledger.entry where state = 'in flight'"),
                        queued());
    }

    boolean worksOnSomething() {
        return count("select count(*) from ledger.entry where state = 'in flight'") > 0;
    }

    /** Steps products have made so far: grows while a runtime works. */
    long hops() {
        return count("select count(*) from journey.hop");
    }

    /** A number out of the runtime's database. */
    long count(String sql) {
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl());
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            if ("42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState()))
                return 0; // before the first runtime made its tables
            throw new IllegalStateException(sql, e);
        }
    }

    /** Messages of each queue, visible or not, dead letters' queues included. */
    Map<String, Long> queued() {
        var depths = new TreeMap<String, Long>();
        Stream.of(resources().uploads(), resources().products(), resources().publications())
                .flatMap(queue -> Stream.of(queue, SandboxResources.dead(queue)))
                .forEach(queue -> depths.put(queue.replace("caravan-", ""), depth(queue)));
        depths.values().removeIf(depth -> depth == 0);
        return depths;
    }

    private long depth(String queue) {
        return sandbox
                .aws()
                .clients()
                .sqs()
                .getQueueAttributes(request ->
                        request.queueUrl(sandbox.aws().queueUrl(queue)).attributeNames(DEPTH))
                .attributes()
                .values()
                .stream()
                .mapToLong(Long::parseLong)
                .sum();
    }

    private SandboxResources resources() {
        return AwsSandbox.Options.defaults().resources();
    }

    /** Waits until all that was uploaded is at rest and the queues are empty. */
    void awaitRest(Duration atMost) {
        try {
            await().atMost(atMost)
                    .pollInterval(Duration.ofMillis(250))
                    .ignoreExceptions()
                    .until(this::atRest);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "not at rest after %s: %s; ledger %s; dead letters %s"
                            .formatted(
                                    atMost,
                                    inFlight(),
                                    caravan.get("/api/ledger"),
                                    caravan.get("/api/dead-letters?limit=3")),
                    e);
        }
    }

    private boolean atRest() {
        return count("select coalesce(sum(received), 0) from ledger.upload where " + FILES) >= expected.size()
                && count("select count(*) from ledger.upload where state <> 'complete'") == 0
                && !worksOnSomething()
                && count("select count(*) from products.notice") == 0
                && queued().isEmpty();
    }

    /** Every product that was ever uploaded is on sale exactly once, and nothing else is anywhere. */
    void assertAllOnSaleOnce() {
        assertInMedusa();
        assertInPimcore();
        assertBooks();
    }

    private void assertInMedusa() {
        var offers = new TreeMap<String, Map<String, Offer>>();
        var dump = sandbox.medusa().dump();
        for (var product : dump.path("products")) {
            assertThat(product.path("status").asText())
                    .as("status of %s", product)
                    .isEqualTo("published");
            var variants = new TreeMap<String, Offer>();
            for (var variant : product.path("variants")) {
                var prices = variant.path("prices");
                var before = variants.put(
                        variant.path("sku").asText(),
                        new Offer(
                                decimal(prices.path("sar")),
                                decimal(prices.path("usd")),
                                decimal(variant.path("stock"))));
                assertThat(before).as("a second variant %s", variant).isNull();
            }
            assertThat(offers.put(product.path("handle").asText(), variants))
                    .as("a second product %s", product)
                    .isNull();
        }
        assertThat(dump.path("orphans")).as("inventory items of no variant").isEmpty();
        assertThat(offers).isEqualTo(expected);
    }

    private void assertInPimcore() {
        var objects = sandbox.pimcore().objects("Product");
        var products = objects.stream().filter(object -> !object.isVariant()).toList();
        assertThat(products.stream().map(object -> object.key()).toList())
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertThat(products).allMatch(object -> object.published());

        var keys = products.stream().collect(Collectors.toMap(object -> object.id(), object -> object.key()));
        var variants = objects.stream()
                .filter(object -> object.isVariant())
                .map(object -> keys.get(object.parentId()) + " " + object.text("sku"))
                .toList();
        assertThat(variants)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(expected.entrySet().stream()
                        .flatMap(product ->
                                product.getValue().keySet().stream().map(sku -> product.getKey() + " " + sku))
                        .toList());
    }

    private void assertBooks() {
        var ledger = caravan.get("/api/ledger");
        assertThat(ledger.path("balanced").asBoolean()).isTrue();
        long delivered = 0;
        for (var upload : ledger.path("uploads")) {
            if (!upload.path("key").asText().startsWith("products/")) continue;
            assertThat(upload.path("atRest").asBoolean()).as(upload.toString()).isTrue();
            assertThat(upload.path("states").path("delivered").asLong())
                    .as(upload.toString())
                    .isEqualTo(upload.path("received").asLong());
            delivered += upload.path("received").asLong();
        }
        assertThat(delivered).isEqualTo(expected.size());
        assertThat(caravan.get("/api/dead-letters")).isEmpty();
        assertThat(caravan.get("/api/quarantine")).isEmpty();
        assertThat(queued()).isEmpty();
        // The flow of orders reads the same publications in its own queue, and may still be trying.
        await().atMost(LONGEST_DELAY.plusMinutes(1))
                .untilAsserted(() -> assertThat(count("select count(*) from dead_letters.attempt"))
                        .as("attempts of messages that are done")
                        .isZero());
        assertThat(count("""
                select count(*) from (select thing from journey.hop
                                      where step in ('products-normalise', 'products-pimcore', 'products-medusa')
                                      group by thing having count(distinct step) = 3) complete""")).as("complete journeys").isEqualTo(expected.size());
    }

    @Override
    public void close() {
        if (caravan != null) caravan.close();
        sandbox.close();
    }
}
