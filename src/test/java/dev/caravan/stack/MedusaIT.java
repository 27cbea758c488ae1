package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.records.read.Csv;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.sandbox.MedusaServer;
import dev.caravan.sandbox.Storefront;
import dev.caravan.sandbox.Storefront.Refused;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The packaged JAR sells with a real Medusa: what counts is what the Store API offers, sells and has left. */
@Tag("medusa")
class MedusaIT {
    private static MedusaServer medusa;
    private static Storefront storefront;
    private static Stack stack;

    @BeforeAll
    static void start() {
        medusa = MedusaServer.shared();
        var setup = new Cli(medusa.settings()).run("setup", "medusa");
        assertThat(setup.code()).as(setup.err()).isZero();
        // With only one channel in its database the Store API would show everything to everybody.
        medusa.post("/admin/sales-channels", Json.object().put("name", "B2B"));
        storefront = medusa.storefront();
        int port = CaravanProcess.freePort();
        var secret = "whsec_"
                + Base64.getEncoder()
                        .encodeToString(UUID.randomUUID().toString().getBytes(UTF_8));
        medusa.tellsOfOrders(URI.create("http://127.0.0.1:" + port + "/hooks/medusa"), secret);
        stack = Stack.start("medusa-it", options -> {
            for (var setting : medusa.settings().entrySet())
                options = options.with(setting.getKey(), setting.getValue());
            return options.withPorts(port, options.managementPort())
                    .with("RETRY_MAX_DELAY_SECONDS", "3")
                    .with("CIRCUIT_PAUSE_MILLISECONDS", "1000")
                    .with("MEDUSA_WEBHOOK_SECRET", secret)
                    .with("ORDERS_SHOP_SWEEP_SECONDS", "86400");
        });
    }

    @AfterAll
    static void stop() {
        if (stack != null) stack.close();
    }

    @Test
    void setting_up_again_makes_nothing_and_the_live_check_misses_nothing() {
        var again = new Cli(medusa.settings()).run("setup", "medusa");
        var check = new Cli(stack.caravan().options().environment()).run("check", "--live");

        assertThat(again.code()).isZero();
        assertThat(again.out().lines()).isNotEmpty().allMatch(line -> line.startsWith("there "));
        assertThat(check.out()).doesNotContain("Medusa:");
    }

    @Test
    void the_sample_products_are_listed_and_each_sku_costs_in_the_cart_what_the_source_says() throws Exception {
        var file = Files.readAllBytes(Path.of("samples", "shein_products.json"));

        var balance = stack.delivered("products/shein/shein_products.json", file);

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 3L));
        assertThat(storefront.onSale("sar", handles(file))).hasSize(3);
        assertThat(b2b().onSale("sar", handles(file))).isEmpty();
        var offers = offers(file);
        assertThat(offers).hasSize(10);
        var variants = variants("sar", handles(file));
        offers.forEach((sku, offer) -> {
            var id = variants.get(sku).path("id").asText();
            assertThat(priceInCart("sar", id)).as(sku).isEqualByComparingTo(offer.sar());
            assertThat(priceInCart("usd", id)).as(sku).isEqualByComparingTo(offer.usd());
        });
    }

    @Test
    void what_was_sold_stays_sold_when_a_file_with_unchanged_stock_comes() {
        var options = Options.of("shein", 1, 301);
        var record = stocked(options, 20);
        stack.delivered("products/shein/sold.json", Json.bytes(record));
        var sku = record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0/sku_code")
                .asText();

        var order = storefront.checkOut(
                storefront.cart(
                        "sar",
                        variants("sar", handle(record)).get(sku).path("id").asText(),
                        3),
                "sa");
        stack.delivered("products/shein/sold.json", Json.bytes(renamed(record, "Reserved")));
        var whenReserved = left(handle(record), sku);
        fulfil(order);
        stack.delivered("products/shein/sold.json", Json.bytes(renamed(record, "Sent")));
        var whenSent = left(handle(record), sku);
        stack.delivered("products/shein/sold.json", Json.bytes(renamed(stocked(options, 25), "Counted")));

        assertThat(order.path("email").asText()).isEqualTo("noura@example.com");
        assertThat(whenReserved).isEqualTo(17);
        assertThat(whenSent).isEqualTo(17);
        assertThat(left(handle(record), sku)).as("the supplier counted anew").isEqualTo(25);
        assertThat(storefront
                        .onSale("sar", handle(record))
                        .get(handle(record))
                        .path("title")
                        .asText())
                .contains("Counted");
    }

    /** It looks by itself once a day here: whatever is known of the order sooner, Medusa has told. */
    @Test
    void an_order_is_counted_when_it_is_placed_paid_and_cancelled() {
        var record = stocked(Options.of("shein", 1, 306), 20);
        stack.delivered("products/shein/ordered.json", Json.bytes(record));
        var sku = record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0/sku_code")
                .asText();
        var variant = variants("sar", handle(record)).get(sku);

        var paid = order(variant, 2);
        var cancelled = order(variant, 1);
        awaitOrder(paid, "pending");
        awaitOrder(cancelled, "pending");
        medusa.post(
                "/admin/payments/"
                        + medusa.get("/admin/orders/" + paid + "?fields=payment_collections.payments.id")
                                .at("/order/payment_collections/0/payments/0/id")
                                .asText()
                        + "/capture",
                Json.object());
        medusa.post("/admin/orders/" + cancelled + "/cancel", Json.object());
        awaitOrder(paid, "confirmed");
        awaitOrder(cancelled, "cancelled");

        var told = Cli.of(stack.caravan(), stack.caravan().options().apiKey())
                .run("trace", paid)
                .out();
        var sum = price(variant).multiply(BigDecimal.valueOf(2)).stripTrailingZeros();
        assertThat(told).contains(sum.toPlainString() + " SAR").contains("bucket: medusa");
        assertThat(stack.caravan().get("/api/reports/top-products").findValuesAsText("product"))
                .contains(handle(record));
    }

    @Test
    void an_order_nobody_told_of_is_found_by_asking() {
        var record = stocked(Options.of("shein", 1, 307), 20);
        stack.delivered("products/shein/asked.json", Json.bytes(record));
        var sku = record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list/0/sku_code")
                .asText();
        var variant = variants("sar", handle(record)).get(sku);
        var asBefore = stack.caravan().options();
        stack.caravan().close();

        var untold = order(variant, 3);
        // Without the secret nobody is listened to: Medusa may tell of it again and again.
        stack.restart(settings -> settings.with("MEDUSA_WEBHOOK_SECRET", "").with("ORDERS_SHOP_SWEEP_SECONDS", "1"));
        awaitOrder(untold, "pending");
        stack.restart(any -> asBefore);
    }

    private static String order(JsonNode variant, int pieces) {
        return storefront
                .checkOut(storefront.cart("sar", variant.path("id").asText(), pieces), "sa")
                .path("id")
                .asText();
    }

    private static void awaitOrder(String id, String status) {
        await().untilAsserted(() -> assertThat(
                        Cli.of(stack.caravan(), stack.caravan().options().apiKey())
                                .run("trace", id)
                                .out())
                .contains(status + " at"));
    }

    @Test
    void the_second_supplier_sells_in_the_currency_its_source_gives_once_somebody_has_counted() {
        var file = generated(Options.of("shein-us", 3, 302));
        var told = told(new String(file, UTF_8).lines().map(Csv::cells).toList());

        var balance = stack.delivered("products/shein-us/us.csv", file);
        assertThat(states(balance)).as("nobody knows the stock").isEqualTo(Map.of("held", 3L));

        for (var handle : stack.handles(balance)) {
            for (var variant : stack.variantsInPimcore(handle))
                stack.sandbox().pimcore().edit(variant.fullpath(), Map.of("stock", 7));
            stack.sandbox().pimcore().publish(stack.inPimcore(handle).fullpath());
        }

        await().untilAsserted(() -> assertThat(storefront.onSale("usd"))
                .containsKeys(stack.handles(balance).toArray(String[]::new)));
        for (var handle : stack.handles(balance)) {
            var variant = storefront.onSale("usd", handle).get(handle).at("/variants/0");
            assertThat(priceInCart("usd", variant.path("id").asText()))
                    .isEqualByComparingTo(told.get(variant.path("sku").asText()));
            assertThatThrownBy(() -> storefront.cart("sar", variant.path("id").asText(), 1))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("do not have a price");
            var order = storefront.checkOut(
                    storefront.cart("usd", variant.path("id").asText(), 2), "us");
            assertThat(order.path("currency_code").asText()).isEqualTo("usd");
            assertThat(left(handle, variant.path("sku").asText())).isEqualTo(5);
        }
    }

    @Test
    void the_same_content_again_changes_no_row_of_medusas() throws SQLException {
        var options = Options.of("shein", 20, 303);
        stack.delivered("products/shein/again.json", generated(options));
        stack.quiet();
        var before = rows();

        var again = stack.delivered("products/shein/again.json", generated(options.withOtherOrderAndSpacing()));
        stack.quiet();

        assertThat(states(again)).isEqualTo(Map.of("unchanged", 20L));
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void a_medusa_killed_in_mid_batch_has_everything_once_it_is_back() throws SQLException {
        var file = generated(Options.of("shein", 60, 304).withSkus(10));
        var version = stack.upload("products/shein/killed.json", file);
        await().pollInterval(Duration.ofMillis(10)).until(() -> torn() > 0);

        medusa.kill();
        var torn = torn();
        medusa.run();

        assertThat(torn)
                .as("products without variants, variants without prices")
                .isPositive();
        await().atMost(Duration.ofMinutes(2)).until(() -> stack.balance("products/shein/killed.json", version)
                .path("atRest")
                .asBoolean());
        assertThat(states(stack.balance("products/shein/killed.json", version))).isEqualTo(Map.of("delivered", 60L));
        assertThat(torn()).isZero();
        var offers = offers(file);
        assertThat(offers).hasSize(600);
        assertThat(sold(handles(file))).isEqualTo(offers);
    }

    @Test
    void one_percent_of_drift_put_in_by_hand_is_found_completely_and_nothing_else_is_written() {
        var file = generated(Options.of("shein", 200, 305));
        var handles = handles(file);
        stack.delivered("products/shein/drifted.json", file);
        stack.quiet();
        var cli = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
        cli.run("reconcile", "--repair"); // what other tests left
        stack.quiet();
        var before = shopSide(handles);
        var titled = handles[20];
        var priced = handles[150];
        var sku = before.get(priced).at("/variants/0/sku").asText();
        change(before.get(titled), "", Json.object().put("title", "Drifted"));
        var price = Json.object();
        price.putArray("prices").addObject().put("currency_code", "sar").put("amount", 1.25);
        change(
                before.get(priced),
                "/variants/" + before.get(priced).at("/variants/0/id").asText(),
                price);

        var seen = cli.run("reconcile");
        var repaired = cli.run("reconcile", "--repair", "--rate", "1000");
        stack.quiet();

        assertThat(seen.out())
                .contains(", 2 different, ")
                .contains("  different  " + titled)
                .contains("  different  " + priced);
        assertThat(repaired.out()).contains("repaired 0 products in Pimcore with 0 writes, and 2 in Medusa");
        var after = shopSide(handles);
        assertThat(after.get(titled).path("title")).isEqualTo(before.get(titled).path("title"));
        assertThat(sold(handles)).isEqualTo(offers(file)).containsKey(sku);
        assertThat(Stream.of(handles).filter(handle -> !after.get(handle)
                        .path("updated_at")
                        .equals(before.get(handle).path("updated_at"))))
                .as("written")
                .isSubsetOf(titled, priced);
        assertThat(cli.run("reconcile").out()).contains(", 0 different, ");
    }

    private static void change(JsonNode product, String what, JsonNode to) {
        medusa.post("/admin/products/" + product.path("id").asText() + what, to);
    }

    /** The products as Medusa's Admin API has them, by handle. */
    private static Map<String, JsonNode> shopSide(String... handles) {
        var products = new TreeMap<String, JsonNode>();
        for (int from = 0; from < handles.length; from += 50) {
            var page =
                    Stream.of(handles).skip(from).limit(50).collect(Collectors.joining("&handle[]=", "handle[]=", ""));
            medusa.get("/admin/products?limit=50&fields=id,handle,title,updated_at,variants.id,variants.sku&"
                            + page.replace("[", "%5B").replace("]", "%5D"))
                    .path("products")
                    .forEach(product -> products.put(product.path("handle").asText(), product));
        }
        return products;
    }

    /**
     * What a SKU is sold for.
     *
     * @param sar   price
     * @param usd   price
     * @param stock on hand
     */
    private record Offer(BigDecimal sar, BigDecimal usd, int stock) {
        Offer {
            sar = sar.stripTrailingZeros();
            usd = usd.stripTrailingZeros();
        }
    }

    /** What a file says of its SKUs. */
    private static Map<String, Offer> offers(byte[] file) {
        var offers = new TreeMap<String, Offer>();
        for (var record : Json.read(file)) {
            for (var sku : record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list")) {
                var price = sku.at("/price/salePrice");
                offers.put(
                        sku.path("sku_code").asText(),
                        new Offer(
                                new BigDecimal(price.path("amount").asText()),
                                new BigDecimal(price.path("usdAmount").asText()),
                                sku.path("stock").asInt()));
            }
        }
        return offers;
    }

    /** Prices by SKU, out of a flat file's rows, the header first. */
    private static Map<String, BigDecimal> told(List<List<String>> rows) {
        int sku = rows.get(0).indexOf("model_number");
        int price = rows.get(0).indexOf("final_price");
        return rows.stream()
                .skip(1)
                .collect(Collectors.toMap(row -> row.get(sku), row -> new BigDecimal(row.get(price))));
    }

    /** What the shop offers of these products. */
    private static Map<String, Offer> sold(String... handles) {
        var dollars = variants("usd", handles);
        var sold = new TreeMap<String, Offer>();
        variants("sar", handles)
                .forEach((sku, variant) -> sold.put(
                        sku,
                        new Offer(
                                price(variant),
                                price(dollars.get(sku)),
                                variant.path("inventory_quantity").asInt())));
        return sold;
    }

    /** By SKU. */
    private static Map<String, JsonNode> variants(String currency, String... handles) {
        var variants = new TreeMap<String, JsonNode>();
        storefront.onSale(currency, handles).values().forEach(product -> product.path("variants")
                .forEach(variant -> variants.put(variant.path("sku").asText(), variant)));
        return variants;
    }

    private static BigDecimal price(JsonNode variant) {
        return variant.at("/calculated_price/calculated_amount").decimalValue();
    }

    private static BigDecimal priceInCart(String currency, String variantId) {
        return Storefront.unitPrice(storefront.cart(currency, variantId, 1));
    }

    private static int left(String handle, String sku) {
        return variants("usd", handle).get(sku).path("inventory_quantity").asInt();
    }

    /** A shop window that looks at the other sales channel. */
    private static Storefront b2b() {
        var channel = "";
        for (var one : medusa.get("/admin/sales-channels").path("sales_channels"))
            if (one.path("name").asText().equals("B2B"))
                channel = one.path("id").asText();
        var key = medusa.post(
                        "/admin/api-keys", Json.object().put("title", "B2B").put("type", "publishable"))
                .path("api_key");
        var link = Json.object();
        link.putArray("add").add(channel);
        medusa.post("/admin/api-keys/" + key.path("id").asText() + "/sales-channels", link);
        return new Storefront(medusa.url(), key.path("token").asText());
    }

    /** The merchant has sent it: now it is gone from the stock itself, and no longer only reserved. */
    private static void fulfil(JsonNode order) {
        var body = Json.object();
        var items = body.putArray("items");
        for (var item : order.path("items"))
            items.addObject()
                    .put("id", item.path("id").asText())
                    .put("quantity", item.path("quantity").asInt());
        medusa.post("/admin/orders/" + order.path("id").asText() + "/fulfillments", body);
    }

    /** The one record of a file, each SKU with so many pieces. */
    private static ObjectNode stocked(Options options, int pieces) {
        var record = records(generated(options)).get(0);
        record.at("/info/saleAttr/multiLevelSaleAttribute/sku_list")
                .forEach(sku -> ((ObjectNode) sku).put("stock", String.valueOf(pieces)));
        return record;
    }

    /** The same product by another English name. */
    private static ObjectNode renamed(ObjectNode record, String name) {
        var other = record.deepCopy();
        other.at("/info/saleAttr/mainSaleAttribute/info")
                .forEach(colour -> ((ObjectNode) colour).put("goods_url_name", name));
        return other;
    }

    private static String[] handles(byte[] file) {
        return StreamSupport.stream(Json.read(file).spliterator(), false)
                .map(MedusaIT::handle)
                .toArray(String[]::new);
    }

    private static String handle(JsonNode record) {
        return "shein-" + record.at("/info/productInfo/goods_id").asText();
    }

    /** All rows that make up products in Medusa's database, to be compared. */
    private static List<String> rows() throws SQLException {
        var tables = List.of(
                "product",
                "product_variant",
                "product_option",
                "product_option_value",
                "image",
                "price",
                "price_set",
                "inventory_item",
                "inventory_level",
                "product_category",
                "product_sales_channel");
        var rows = new ArrayList<String>();
        try (var connection = medusa.database().connect();
                var statement = connection.createStatement()) {
            for (var table : tables) {
                var row = statement.executeQuery(
                        "select count(*), md5(string_agg(t::text, ' ' order by t::text)) from \"" + table + "\" t");
                row.next();
                rows.add(table + " " + row.getLong(1) + " " + row.getString(2));
            }
        }
        return rows;
    }

    /** Products without variants and variants without prices: what a death in mid-batch leaves. */
    private static long torn() throws SQLException {
        try (var connection = medusa.database().connect();
                var statement = connection.createStatement()) {
            var row = statement.executeQuery("""
                    select (select count(*) from product p where not exists
                               (select from product_variant v where v.product_id = p.id and v.deleted_at is null))
                         + (select count(*) from product_variant v where v.deleted_at is null and not exists
                               (select from product_variant_price_set l join price on price.price_set_id = l.price_set_id
                                where l.variant_id = v.id and price.deleted_at is null))""");
            row.next();
            return row.getLong(1);
        }
    }
}
