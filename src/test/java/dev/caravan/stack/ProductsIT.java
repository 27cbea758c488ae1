package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Defect;
import dev.caravan.products.ProductGenerator.Layout;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.products.ProductGenerator.Planted;
import dev.caravan.routes.RouteFiles;
import dev.caravan.stack.Stack.Writes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Supplier files on their way through the packaged JAR: from S3 to Pimcore, and on sale in Medusa. */
class ProductsIT {
    private static final String NOWHERE = "http://127.0.0.1:9/";
    private static final Pattern ID = Pattern.compile("(?m)^\\s*- route:\\R\\s+id: (\\S+)$");
    private static Stack stack;

    @BeforeAll
    static void start() {
        // With the routes, too, that only a setting brings.
        stack = Stack.start("products-it", settings -> settings.with("TASKS_HTTP_URL", NOWHERE)
                .with("TASKS_HTTP_SECRET", TaskTarget.SECRET)
                .with("TASKS_NOTIFY_URL", NOWHERE)
                .with("TASKS_NOTIFY_SECRET", TaskTarget.SECRET));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void a_running_jar_has_the_routes_of_the_yaml_files_and_those_of_its_api_and_console_and_no_others() {
        var running = stack.routeIds();

        var own = running.stream()
                .filter(id -> !id.startsWith("api-") && !id.equals("console"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(own).isEqualTo(idsOf(Path.of("routes")));
        assertThat(running).contains("api-get-health", "api-get-api-ledger", "api-post-hooks-pimcore", "console");
    }

    @Test
    void the_sample_file_is_on_sale_with_its_ten_skus() throws Exception {
        var balance = stack.delivered(
                "products/shein/shein_products.json", Files.readAllBytes(Path.of("samples", "shein_products.json")));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 3L));
        assertThat(balance.path("missing").asLong()).isZero();
        assertThat(offers("shein-71000101")).hasSize(5).containsOnly("23.80 SAR, 6.35 USD, 20 pieces");
        assertThat(offers("shein-710002021")).containsExactly("17.00 SAR, 4.53 USD, 1 pieces");
        assertThat(offers("shein-71000303")).hasSize(4).containsOnly("51.85 SAR, 13.82 USD, 20 pieces");
        assertThat(categories("shein-71000101"))
                .containsExactly("Women Apparel", "Women Clothing", "Women Dresses", "Women Midi Dresses");
        assertThat(categories("shein-710002021")).hasSize(4);
        assertThat(categories("shein-71000303")).hasSize(4);
        var onSale = stack.onSale("sar");
        assertThat(onSale.get("shein-71000101").path("images")).hasSize(3);
        assertThat(onSale.get("shein-710002021").path("images")).hasSize(7);
        assertThat(onSale.get("shein-71000303").path("images")).hasSize(9);
        assertThat(stack.inMedusa("shein-71000101").at("/metadata/ar/name").asText())
                .contains("فستان");
        assertThat(stack.inPimcore("shein-71000101").text("name", "ar")).contains("فستان");
        assertThat(stack.variantsInPimcore("shein-71000101")).hasSize(5);
        var journey = stack.journey("71000101");
        assertThat(journey.path("journey").findValuesAsText("step"))
                .startsWith("products-normalise", "products-pimcore", "products-medusa");
        assertThat(journey.path("state").asText()).isEqualTo("delivered");
        assertThat(stack.journey("Ipwvz1q1xxgy").path("handle").asText()).isEqualTo("shein-71000101");
    }

    @Test
    void the_same_content_in_another_order_and_spacing_writes_nothing() {
        var options = Options.of("shein", 6, 11);
        stack.delivered("products/shein/first.json", generated(options));

        var writes = stack.writesOf(() -> {
            var again = stack.delivered("products/shein/again.json", generated(options.withOtherOrderAndSpacing()));
            assertThat(states(again)).isEqualTo(Map.of("unchanged", 6L));
        });

        assertThat(writes).isEqualTo(Writes.NONE);
    }

    @Test
    void one_changed_price_writes_one_product() {
        var options = Options.of("shein", 6, 12);
        stack.delivered("products/shein/prices.json", generated(options));

        var writes = stack.writesOf(() -> {
            var changed = stack.delivered("products/shein/prices.json", generated(options.withPriceChangeOf(2)));
            assertThat(states(changed)).isEqualTo(Map.of("delivered", 1L, "unchanged", 5L));
        });

        // In Pimcore the variant and, with its content hash, the product; in Medusa the variant alone.
        assertThat(writes.pimcore()).isEqualTo(2);
        assertThat(stack.sandbox().medusa().counters().writes()).isEqualTo(Map.of("variants.updated", 1L));
        var record = records(generated(options)).get(2);
        var handle = "shein-" + record.at("/info/productInfo/goods_id").asText();
        var sku = record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0");
        var price = new BigDecimal(sku.at("/price/salePrice/amount").asText()).add(BigDecimal.ONE);
        assertThat(stack.price("sar", handle, sku.path("sku_code").asText()))
                .isEqualTo(price.stripTrailingZeros().toPlainString());
    }

    @Test
    void an_older_version_that_arrives_late_changes_nothing() {
        var options = Options.of("shein", 3, 13);
        var archive = stack.sandbox().aws().resources().archive();
        var key = "products/shein/late.json";
        var old = put(archive, key, generated(options));
        var recent = put(archive, key, generated(options.withPriceChangeOf(1)));
        var noon = Instant.parse("2026-05-04T12:00:00Z");
        stack.announce(archive, key, recent, noon);
        assertThat(states(stack.atRest(key, recent))).isEqualTo(Map.of("delivered", 3L));

        var writes = stack.writesOf(() -> {
            stack.announce(archive, key, old, noon.minusSeconds(60));
            assertThat(states(stack.atRest(key, old))).isEqualTo(Map.of("superseded", 3L));
        });

        assertThat(writes).isEqualTo(Writes.NONE);
    }

    @Test
    void an_object_version_announced_again_is_one_upload() {
        var key = "products/shein/twice.json";
        var version = stack.upload(key, generated(Options.of("shein", 2, 14)));
        stack.atRest(key, version);

        var writes = stack.writesOf(() -> {
            for (int i = 0; i < 3; i++)
                stack.announce(stack.sandbox().aws().resources().inbox(), key, version, Instant.now());
        });

        assertThat(writes).isEqualTo(Writes.NONE);
        assertThat(stack.balances(key)).singleElement().satisfies(balance -> assertThat(states(balance))
                .isEqualTo(Map.of("delivered", 2L)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a+b.json", "50%2B50.json", "with two  blanks.json", "منتجات جديدة.json", "50% off & more?.json"
            })
    void a_key_may_look_strange(String name) {
        var balance = stack.delivered("products/shein/" + name, generated(Options.of("shein", 1, name.hashCode())));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 1L));
        assertThat(balance.path("key").asText()).isEqualTo("products/shein/" + name);
    }

    @Test
    void gzip_is_seen_by_its_content_whatever_the_name() {
        var balance = stack.delivered("products/shein/zipped.json", gzip(generated(Options.of("shein", 2, 15))));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 2L));
    }

    @Test
    void json_lines_are_records_too() {
        var balance = stack.delivered(
                "products/shein/lines.jsonl",
                generated(Options.of("shein", 3, 16).withLayout(Layout.NDJSON)));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 3L));
    }

    @Test
    void a_file_that_breaks_off_keeps_its_good_records_and_says_where_it_broke() {
        var whole = generated(Options.of("shein", 4, 17));
        var broken = java.util.Arrays.copyOf(whole, whole.length * 5 / 8);

        var balance = stack.delivered("products/shein/broken.json", broken);

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 2L, "quarantined", 1L));
        assertThat(stack.quarantined("products/shein/broken.json"))
                .singleElement()
                .satisfies(record -> {
                    assertThat(record.path("index").asLong()).isEqualTo(2);
                    assertThat(record.at("/reasons/0/rule").asText()).isEqualTo("file-truncated");
                });
    }

    @Test
    void what_nobody_knows_is_quarantined_whole() {
        var supplier = stack.delivered("products/nobody/file.json", generated(Options.of("shein", 5, 18)));
        var prefix = stack.delivered("holidays/2026.json", "[]".getBytes(UTF_8));

        assertThat(states(supplier)).isEqualTo(Map.of("quarantined", 1L));
        assertThat(stack.quarantined("products/nobody/file.json").findValuesAsText("rule"))
                .containsExactly("unknown-supplier");
        assertThat(states(prefix)).isEqualTo(Map.of("quarantined", 1L));
        assertThat(stack.quarantined("holidays/2026.json").findValuesAsText("rule"))
                .containsExactly("unknown-prefix");
    }

    @Test
    void bad_records_are_quarantined_one_by_one_while_their_neighbours_pass() {
        var manifest = new ArrayList<Planted>();
        var file = generated(Options.of("shein", 60, 19).withDefects(0.5, EnumSet.allOf(Defect.class)), manifest);
        assertThat(manifest).extracting(Planted::defect).hasSizeGreaterThan(20);

        var balance = stack.delivered("products/shein/defects.json", file);

        assertThat(states(balance))
                .isEqualTo(Map.of("delivered", 60L - manifest.size(), "quarantined", (long) manifest.size()));
        var rules = manifest.stream().collect(Collectors.toMap(Planted::index, planted -> planted.defect()
                .rule()));
        var found = new HashMap<Long, String>();
        for (var record : stack.quarantined("products/shein/defects.json")) {
            var reason = record.at("/reasons/0");
            found.put(record.path("index").asLong(), reason.path("rule").asText());
            assertThat(record.path("line").asLong())
                    .as("line of %s", record.path("index"))
                    .isPositive();
            assertThat(record.path("raw").asText()).isNotBlank();
            assertThat(reason.path("message").asText()).isNotBlank();
            if (List.of("price-unreadable", "stock-negative")
                    .contains(reason.path("rule").asText())) {
                assertThat(reason.path("pointer").asText())
                        .startsWith("/info/saleAttr/multiLevelSaleAttribute/sku_list/1/");
                assertThat(reason.path("value").asText()).isIn("1,2,3", "-3");
            }
        }
        assertThat(found).isEqualTo(rules);
    }

    @Test
    void a_second_supplier_is_read_by_its_mapping_and_held_while_nobody_says_what_its_missing_stock_means() {
        var balance = stack.delivered("products/shein-us/us.csv", generated(Options.of("shein-us", 4, 20)));

        assertThat(states(balance)).isEqualTo(Map.of("held", 4L));
        for (var handle : stack.handles(balance)) {
            assertThat(stack.inPimcore(handle).published()).isFalse();
            assertThat(stack.onSale("usd")).doesNotContainKey(handle);
            assertThat(stack.journey(handle).path("held").asText())
                    .contains("has no stock")
                    .contains("stock-when-absent is hold");
        }
    }

    @Test
    void a_sku_that_another_supplier_sells_is_quarantined() {
        var first = records(generated(Options.of("shein", 1, 21))).get(0);
        var sku = first.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0/sku_code")
                .asText();
        stack.delivered("products/shein/owner.json", Json.bytes(first));
        var row = new String(generated(Options.of("shein-us", 1, 22)), UTF_8).replaceFirst("sm[0-9]+", sku);

        var balance = stack.delivered("products/shein-us/thief.csv", row.getBytes(UTF_8));

        assertThat(states(balance)).isEqualTo(Map.of("quarantined", 1L));
        var reason = stack.quarantined("products/shein-us/thief.csv").at("/0/reasons/0");
        assertThat(reason.path("rule").asText()).isEqualTo("sku-taken");
        assertThat(reason.path("message").asText()).contains(sku).contains("shein/");
    }

    @Test
    void nothing_unsellable_is_ever_published() {
        var unsellable = EnumSet.of(
                Defect.NO_SKU,
                Defect.SKU_WITHOUT_CODE,
                Defect.REPEATED_SKU,
                Defect.NO_PRICE,
                Defect.ZERO_PRICE,
                Defect.NEGATIVE_PRICE,
                Defect.UNREADABLE_PRICE,
                Defect.NEGATIVE_STOCK,
                Defect.UNREADABLE_STOCK,
                Defect.NO_NAME);
        var refused = records(generated(Options.of("shein", 20, 23).withDefects(1, unsellable)));
        var undecided = records(generated(Options.of("shein", 3, 24)));
        undecided.forEach(record -> record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list")
                .forEach(sku -> ((ObjectNode) sku).putNull("stock")));
        var all = Json.array();
        refused.forEach(all::add);
        undecided.forEach(all::add);

        var balance = stack.delivered("products/shein/unsellable.json", Json.bytes(all));

        assertThat(states(balance)).isEqualTo(Map.of("quarantined", 20L, "held", 3L));
        var ids = new ArrayList<String>();
        all.forEach(record -> ids.add(record.at("/info/productInfo/goods_id").asText()));
        assertThat(stack.sandbox().pimcore().objects("Product"))
                .filteredOn(object -> ids.stream().anyMatch(id -> object.key().equals("shein-" + id)))
                .hasSize(3)
                .noneMatch(object -> object.published());
        assertThat(stack.onSale("sar").keySet()).noneMatch(handle -> ids.contains(handle.replace("shein-", "")));
        stack.quarantined("products/shein/unsellable.json").forEach(record -> assertThat(record.path("reasons"))
                .as("reasons of %s", record.path("index"))
                .isNotEmpty());
        stack.handles(balance)
                .forEach(handle ->
                        assertThat(stack.journey(handle).path("held").asText()).isNotBlank());
    }

    @Test
    void what_a_person_unpublishes_in_pimcore_is_off_sale_within_ten_seconds_and_back_when_published_again() {
        var handle = onlyHandle("products/shein/unpublished.json", 25);
        var path = stack.inPimcore(handle).fullpath();

        stack.sandbox().pimcore().unpublish(path);

        within10Seconds(
                () -> assertThat(stack.inMedusa(handle).path("status").asText()).isEqualTo("draft"));
        assertThat(stack.onSale("sar")).doesNotContainKey(handle);

        stack.sandbox().pimcore().publish(path);

        within10Seconds(() -> assertThat(stack.onSale("sar")).containsKey(handle));
    }

    @Test
    void what_a_person_edits_in_pimcore_reaches_the_shop() {
        var handle = onlyHandle("products/shein/edited.json", 26);
        var variant = stack.variantsInPimcore(handle).get(0);

        stack.sandbox().pimcore().edit(variant.fullpath(), Map.of("prices", prices("77.77", "20.74")));

        within10Seconds(() ->
                assertThat(stack.price("sar", handle, variant.text("sku"))).isEqualTo("77.77"));
        assertThat(stack.price("usd", handle, variant.text("sku"))).isEqualTo("20.74");
    }

    @Test
    void a_product_deleted_in_pimcore_is_taken_off_sale() {
        var handle = onlyHandle("products/shein/deleted.json", 27);
        assertThat(stack.onSale("sar")).containsKey(handle);

        stack.sandbox().pimcore().delete(stack.inPimcore(handle).fullpath());

        within10Seconds(() -> assertThat(stack.onSale("sar")).doesNotContainKey(handle));
    }

    @Test
    void a_canary_goes_through_to_the_shop_and_leaves_nothing_there() {
        var environment = new TreeMap<>(stack.sandbox().environment());
        environment.put("CARAVAN_URL", stack.caravan().url().toString());
        environment.put("CARAVAN_API_KEY", stack.caravan().options().apiKey());
        var before = stack.onSale("sar").keySet();

        var ended = new Cli(environment).run("doctor", "--canary", "--wait-seconds", "60");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).matches("(?s)canary \\d+ is on sale after \\d+ s\nnothing wrong\n");
        assertThat(ended.code()).isZero();
        var handle = "shein-" + ended.out().split(" ")[1];
        stack.quiet();
        assertThat(stack.inMedusa(handle).isMissingNode()).isTrue();
        assertThat(stack.sandbox().pimcore().objects("Product"))
                .noneMatch(object -> object.key().contains(handle));
        assertThat(stack.onSale("sar").keySet()).isEqualTo(before);
        assertThat(stack.sandbox()
                        .aws()
                        .clients()
                        .s3()
                        .listObjectsV2(request -> request.bucket(
                                        stack.sandbox().aws().resources().inbox())
                                .prefix("products/shein/canary-"))
                        .contents())
                .isEmpty();
    }

    @Test
    void a_file_of_nothing_is_received_and_done() {
        var empty = stack.delivered("products/shein/empty-list.json", "[]".getBytes(UTF_8));

        assertThat(states(empty)).isEmpty();
        assertThat(empty.path("received").asLong()).isZero();
        assertThat(empty.path("state").asText()).isEqualTo("complete");
    }

    /** What a customer is offered of a product: an entry a SKU. */
    private static List<String> offers(String handle) {
        var usd = stack.onSale("usd").get(handle);
        var offers = new ArrayList<String>();
        for (var variant : stack.onSale("sar").get(handle).path("variants")) {
            var sku = variant.path("sku").asText();
            var dollars = "";
            for (var same : usd.path("variants")) if (same.path("sku").asText().equals(sku)) dollars = amount(same);
            offers.add(amount(variant) + " SAR, " + dollars + " USD, "
                    + variant.path("inventory_quantity").asText() + " pieces");
        }
        return offers;
    }

    private static String amount(JsonNode variant) {
        return variant.at("/calculated_price/calculated_amount")
                .decimalValue()
                .setScale(2)
                .toPlainString();
    }

    /** Names of a product's categories in the shop, from the root down. */
    private static List<String> categories(String handle) {
        var all = new HashMap<String, JsonNode>();
        stack.sandbox()
                .medusa()
                .dump()
                .path("categories")
                .forEach(category -> all.put(category.path("handle").asText(), category));
        var deepest = new ArrayList<String>();
        for (var leaf : stack.inMedusa(handle).path("categories")) {
            var path = new ArrayList<String>();
            for (var at = all.get(leaf.asText());
                    at != null;
                    at = all.get(at.path("parent").asText()))
                path.add(0, at.path("name").asText());
            if (path.size() > deepest.size()) deepest = path;
        }
        return deepest;
    }

    private static String onlyHandle(String key, long seed) {
        return stack.handles(stack.delivered(key, generated(Options.of("shein", 1, seed))))
                .get(0);
    }

    private static Map<String, Object> prices(String riyals, String dollars) {
        return Map.of(
                "replace",
                true,
                "items",
                Map.of(
                        "ProductPrice",
                        List.of(
                                Map.of("index", 0, "currency", "SAR", "amount", riyals),
                                Map.of("index", 1, "currency", "USD", "amount", dollars))));
    }

    private static void within10Seconds(org.awaitility.core.ThrowingRunnable assertion) {
        patiently().atMost(Duration.ofSeconds(10)).untilAsserted(assertion);
    }

    private static String put(String bucket, String key, byte[] content) {
        return stack.sandbox()
                .aws()
                .clients()
                .s3()
                .putObject(
                        request -> request.bucket(bucket).key(key),
                        software.amazon.awssdk.core.sync.RequestBody.fromBytes(content))
                .versionId();
    }

    private static TreeSet<String> idsOf(Path folder) {
        var files = RouteFiles.at("file:" + folder);
        var ids = new TreeSet<String>();
        for (var path : files.endingWith(".camel.yaml")) {
            var yaml = ID.matcher(new String(files.bytes(path), UTF_8));
            while (yaml.find()) ids.add(yaml.group(1));
        }
        return ids;
    }

    private static byte[] gzip(byte[] content) {
        var out = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(out)) {
            zip.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
