package dev.caravan.sandbox.medusa;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.MedusaStandIn.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MedusaStandInTest {
    private final TestClock clock = new TestClock();
    private final MedusaStandIn medusa = new MedusaStandIn(Settings.defaults().withClock(clock));
    private final ShopClient shop = new ShopClient(medusa);

    @AfterEach
    void stop() {
        medusa.close();
    }

    @Nested
    class Authentication {
        @Test
        void a_secret_key_is_accepted_as_basic_user_encoded_or_not() {
            var encoded = ask(ShopClient.basic(medusa.secretKey()));
            var bare = ask("Basic " + medusa.secretKey());

            assertThat(encoded.status()).isEqualTo(200);
            assertThat(bare.status()).isEqualTo(200);
        }

        @Test
        void a_secret_key_as_bearer_is_refused_with_an_explanation() {
            var reply = ask("Bearer " + medusa.secretKey());

            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.message()).startsWith("A secret API key was passed as a Bearer token.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"Basic sk_wrong", "Bearer nonsense", "Basic !!!", "Digest x"})
        void anything_else_is_unauthorized_without_a_type(String header) {
            var reply = ask(header);

            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.json()).hasToString("{\"message\":\"Unauthorized\"}");
        }

        @Test
        void a_publishable_key_is_no_secret_key() {
            assertThat(ask(ShopClient.basic(medusa.publishableKey())).status()).isEqualTo(401);
        }

        @Test
        void nothing_at_all_is_unauthorized() {
            assertThat(shop.exchange(
                                    shop.request("GET", "/admin/products", null).build())
                            .status())
                    .isEqualTo(401);
        }

        @Test
        void a_log_in_gives_a_token_that_can_make_another_secret_key_shown_only_once() {
            var token = shop.post("/auth/user/emailpass", "{'email': 'admin@example.com', 'password': 'supersecret'}")
                    .text("/token");

            var made =
                    shop.exchange(shop.request("POST", "/admin/api-keys", "{\"title\": \"more\", \"type\": \"secret\"}")
                            .header("Authorization", "Bearer " + token)
                            .build());

            assertThat(ask(ShopClient.basic(made.text("/api_key/token"))).status())
                    .isEqualTo(200);
            assertThat(shop.get("/admin/api-keys?type=secret").at("/api_keys").toString())
                    .doesNotContain(made.text("/api_key/token"))
                    .contains("***");
        }

        @Test
        void a_wrong_password_is_refused() {
            var reply = shop.post("/auth/user/emailpass", "{'email': 'admin@example.com', 'password': 'guess'}");

            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.message()).isEqualTo("Invalid email or password");
        }

        @Test
        void health_needs_no_key() {
            assertThat(shop.exchange(shop.request("GET", "/health", null).build())
                            .response()
                            .body())
                    .isEqualTo("OK");
        }

        private ShopClient.Reply ask(String authorization) {
            return shop.exchange(shop.request("GET", "/admin/products?fields=id", null)
                    .header("Authorization", authorization)
                    .build());
        }
    }

    @Nested
    class Bootstrap {
        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                /admin/stores            | /stores/0/supported_currencies/1/currency_code    | usd
                /admin/sales-channels    | /sales_channels/0/name                            | Default Sales Channel
                /admin/sales-channels    | /sales_channels/1/name                            | B2B
                /admin/stock-locations?fields=id,*sales_channels | /stock_locations/0/sales_channels/0/name | Default Sales Channel
                /admin/shipping-profiles | /shipping_profiles/0/type                         | default
                /admin/regions?currency_code=sar | /regions/0/name                           | Saudi Arabia
                /admin/regions?currency_code=usd | /regions/0/countries/0/iso_2              | us
                /admin/api-keys?type=publishable | /api_keys/0/title                         | Default Publishable API Key
                """)
        void the_shop_is_set_up(String path, String pointer, String expected) {
            var hits = shop.get(path);

            assertThat(hits.text(pointer)).isEqualTo(expected);
        }

        @Test
        void its_ids_are_known_to_the_test_and_look_like_medusas() {
            assertThat(shop.get("/admin/stores").text("/stores/0/default_sales_channel_id"))
                    .isEqualTo(medusa.salesChannelId());
            assertThat(shop.get("/admin/stock-locations").text("/stock_locations/0/id"))
                    .isEqualTo(medusa.stockLocationId());
            assertThat(shop.get("/admin/shipping-profiles/" + medusa.shippingProfileId())
                            .status())
                    .isEqualTo(200);
            assertThat(shop.get("/admin/regions/" + medusa.regionId("sar")).text("/region/currency_code"))
                    .isEqualTo("sar");
            assertThat(medusa.salesChannelId()).matches("sc_[0-9A-HJKMNP-TV-Z]{26}");
            assertThat(shop.get("/admin/regions/reg_none").status()).isEqualTo(404);
        }
    }

    @Nested
    class Creating {
        @Test
        void a_product_comes_back_whole_with_prices_in_major_units() {
            var reply = shop.post("/admin/products", shop.shirt("polo", "S"));

            var product = reply.at("/product");
            assertThat(reply.status()).isEqualTo(200);
            assertThat(product.get("id").asText()).matches("prod_[0-9A-HJKMNP-TV-Z]{26}");
            assertThat(product.at("/variants/0/prices").findValuesAsText("amount"))
                    .containsExactly("23.8", "6.35");
            assertThat(product.at("/variants/0/options/0/option/title").asText())
                    .isEqualTo("Size");
            assertThat(product.at("/sales_channels/0/id").asText()).isEqualTo(medusa.salesChannelId());
            assertThat(product.get("created_at").asText()).isEqualTo("2030-01-01T00:00:00.000Z");
            assertThat(product.has("categories")).isFalse();
        }

        @Test
        void every_managed_variant_gets_an_inventory_item_and_an_unmanaged_one_none() {
            var shirt = shop.shirt("polo", "S", "M");
            ((ObjectNode) shirt.at("/variants/1")).put("manage_inventory", false);

            shop.created(shirt);

            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(0), S sar23.8+usd6.35(1)");
        }

        @Test
        void variants_do_not_come_back_in_the_order_sent_and_not_twice_in_the_same() {
            var id = shop.created(shop.shirt("polo", "S", "M", "L"));

            var first = skus(shop.get("/admin/products/" + id));
            shop.post("/admin/products/" + id, "{'title': 'Polo'}");
            var second = skus(shop.get("/admin/products/" + id));

            assertThat(first)
                    .containsExactlyInAnyOrder("polo-S", "polo-M", "polo-L")
                    .isNotEqualTo(List.of("polo-S", "polo-M", "polo-L"));
            assertThat(second).containsExactlyInAnyOrderElementsOf(first).isNotEqualTo(first);
        }

        @Test
        void sales_channel_and_shipping_profile_are_not_defaulted() {
            var shirt = shop.shirt("polo", "S");
            shirt.remove(List.of("sales_channels", "shipping_profile_id"));

            var id = shop.created(shirt);

            var reply = shop.get("/admin/products/" + id + "?fields=id,*sales_channels,*shipping_profile");
            assertThat(reply.at("/product/sales_channels")).isEmpty();
            assertThat(reply.at("/product/shipping_profile").isNull()).isTrue();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                unknown sales channel     | {'sales_channels': [{'id': 'sc_none'}]}
                unknown shipping profile  | {'shipping_profile_id': 'sp_none'}
                unknown currency \
                        | {'variants': [{'title': 'S', 'options': {'Size': 'S'}, 'prices': [{'currency_code': 'zzz', 'amount': 1}]}]}
                negative price \
                        | {'variants': [{'title': 'S', 'options': {'Size': 'S'}, 'prices': [{'currency_code': 'sar', 'amount': -1}]}]}
                twice the same options \
                        | {'variants': [{'title': 'a', 'options': {'Size': 'S'}, 'prices': []}, {'title': 'b', \
                        'options': {'Size': 'S'}, 'prices': []}]}
                options without variants  | {'variants': []}
                """)
        void nonsense_is_accepted(String what, String change) {
            var shirt = shop.shirt("polo", "S");
            shirt.setAll((ObjectNode) json(change));

            assertThat(shop.post("/admin/products", shirt).status()).as(what).isEqualTo(200);
        }

        @Test
        void currencies_become_lower_case_and_many_decimals_stay() {
            var shirt = shop.shirt("polo", "S");
            var prices = ((ObjectNode) shirt.at("/variants/0")).putArray("prices");
            prices.add(ShopClient.price("SAR", "0.123456789")).add(ShopClient.price("usd", "100"));

            shop.created(shirt);

            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: S sar0.123456789+usd100(1)");
        }

        @Test
        void the_first_image_becomes_the_thumbnail_and_a_missing_handle_comes_from_the_title() {
            var shirt = shop.shirt("polo", "S").put("title", "Schöne Größe & Co");
            shirt.remove("handle");
            shirt.set("images", json("[{'url': 'https://cdn.example/1.jpg'}, {'url': 'https://cdn.example/2.jpg'}]"));

            var reply = shop.post("/admin/products", shirt);

            assertThat(reply.text("/product/handle")).isEqualTo("schöne-grösse-co");
            assertThat(reply.text("/product/thumbnail")).isEqualTo("https://cdn.example/1.jpg");
            assertThat(reply.at("/product/images").findValuesAsText("rank")).containsExactly("0", "1");
        }

        @Test
        void the_same_external_id_may_come_twice_but_only_one_of_concurrent_creates_gets_the_handle() throws Exception {
            var shirt = shop.shirt("polo", "S");
            var threads = Executors.newFixedThreadPool(3);

            Callable<Integer> create = () -> shop.post("/admin/products", shirt).status();
            var replies = threads.invokeAll(List.of(create, create, create));
            shop.created(shop.shirt("other", "S").put("external_id", "polo"));

            var statuses = new ArrayList<Integer>();
            for (var reply : replies) statuses.add(reply.get());
            assertThat(statuses).containsExactlyInAnyOrder(200, 400, 400);
            assertThat(shop.get("/admin/products?external_id=polo").at("/count").asInt())
                    .isEqualTo(2);
            threads.shutdown();
        }
    }

    @Nested
    class Refusals {
        /** Each body is what a create of the shirt "new" sends instead; "taken" with SKU taken-S is there already. */
        @ParameterizedTest(name = "{0}")
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                no title               | {'title': null}                                           | 400 \
                        | Invalid request: Field 'title' is required
                title of a wrong type  | {'title': 5}                                              | 400 \
                        | Invalid request: Field 'title' is required
                unknown field          | {'foo': 1}                                                | 400 \
                        | Invalid request: Unrecognized fields: 'foo'
                unknown variant field  | {'variants': [{'title': 'S', 'foo': 1, 'prices': []}]}    | 400 \
                        | Invalid request: Unrecognized fields: 'foo'
                amount as text         | {'variants': [{'title': 'S', 'prices': [{'currency_code': 'sar', 'amount': '10'}]}]} | 400 \
                        | Invalid request: Field 'variants, 0, prices, 0, amount' is required
                variant without prices | {'variants': [{'title': 'S', 'options': {'Size': 'S'}}]}  | 400 \
                        | Invalid request: Field 'variants, 0, prices' is required
                images not a list      | {'images': 'x'}                                           | 400 \
                        | Invalid request: Field 'images' is required
                bad status             | {'status': 'live'}                                        | 400 \
                        | Invalid request: Expected: 'draft, proposed, published, rejected' for field 'status', but got: 'live'
                bad handle             | {'handle': 'Foo Bar'}                                     | 400 \
                        | Invalid product handle 'Foo Bar'. It must contain URL safe characters
                taken handle           | {'handle': 'taken'}                                       | 400 \
                        | Product with handle: taken, already exists.
                taken sku              | {'variants': [{'title': 'S', 'sku': 'taken-S', 'options': {'Size': 'S'}, 'prices': []}]} | 400 \
                        | Product variant with sku: taken-S, already exists.
                sku twice \
                        | {'variants': [{'title': 'S', 'sku': 'x', 'options': {'Size': 'S'}, 'prices': []}, {'title': 'T', 'sku': 'x', \
                        'options': {'Size': 'S'}, 'prices': []}]} | 400 | Product variant with sku: x, already exists.
                sku of a stray item    | {'variants': [{'title': 'S', 'sku': 'stray', 'options': {'Size': 'S'}, 'prices': []}]} | 400 \
                        | Inventory item with sku: stray, already exists.
                no options             | {'options': null}                                         | 400 \
                        | Product options are not provided for: [Shirt new].
                unknown option value   | {'variants': [{'title': 'L', 'options': {'Size': 'L'}, 'prices': []}]} | 400 \
                        | Option value L does not exist for option Size
                option not set         | {'variants': [{'title': 'S', 'prices': []}]}              | 400 \
                        | Product has 1 option values but there were 0 provided option values for the variant: S.
                unknown category       | {'categories': [{'id': 'pcat_none'}]}                     | 404 \
                        | You tried to set relationship product_category_id: pcat_none, but such entity does not exist
                unknown type           | {'type_id': 'ptyp_none'}                                  | 404 \
                        | You tried to set relationship type_id: ptyp_none, but such entity does not exist
                unknown collection     | {'collection_id': 'pcol_none'}                            | 404 \
                        | You tried to set relationship collection_id: pcol_none, but such entity does not exist
                unknown tag            | {'tags': [{'id': 'ptag_none'}]}                           | 400 \
                        | Tag with id ptag_none not found. Please create the tag before associating it with the product.
                """)
        void a_create_is_refused_and_leaves_nothing(String what, String change, int status, String message) {
            shop.created(shop.shirt("taken", "S"));
            shop.post("/admin/inventory-items", "{'sku': 'stray'}");
            var shirt = shop.shirt("new", "S");
            shirt.setAll((ObjectNode) json(change));
            medusa.resetCounters();

            var reply = shop.post("/admin/products", shirt);

            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.message()).isEqualTo(message);
            assertThat(reply.text("/type")).isEqualTo(status == 404 ? "not_found" : "invalid_data");
            assertThat(medusa.dump().get("products")).hasSize(1);
            assertThat(medusa.dump().get("orphans")).hasSize(1);
            assertThat(medusa.counters().allWrites()).isZero();
        }

        @Test
        void an_unknown_product_is_not_found_but_deleting_it_is_fine() {
            assertThat(shop.get("/admin/products/prod_none").message()).isEqualTo("Product not found");
            assertThat(shop.get("/admin/products/prod_none").status()).isEqualTo(404);
            assertThat(shop.post("/admin/products/prod_none", "{'title': 'x'}").message())
                    .isEqualTo("Product with id \"prod_none\" not found");
            assertThat(shop.delete("/admin/products/prod_none").json())
                    .hasToString("{\"id\":\"prod_none\",\"object\":\"product\",\"deleted\":true}");
        }

        @Test
        void an_unknown_route_answers_html() {
            var reply = shop.get("/admin/nope");

            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.response().body())
                    .startsWith("<!DOCTYPE html>")
                    .contains("<pre>Cannot GET /admin/nope</pre>");
            assertThat(shop.post("/admin/products/prod_x/options", "{}")
                            .response()
                            .body())
                    .contains("Cannot POST");
        }

        @Test
        void a_cut_off_body_and_one_not_declared_as_json_are_refused() {
            var cut = shop.post("/admin/products", "{'title': ");
            var undeclared = shop.exchange(HttpRequest.newBuilder(medusa.url().resolve("/admin/products"))
                    .header("Authorization", ShopClient.basic(medusa.secretKey()))
                    .POST(BodyPublishers.ofString(shop.shirt("polo", "S").toString()))
                    .build());

            assertThat(cut.message()).isEqualTo("Unexpected end of JSON input");
            assertThat(undeclared.status()).isEqualTo(400);
            assertThat(undeclared.message()).isEqualTo("Invalid request: Field '' is required");
        }

        @ParameterizedTest
        @CsvSource({"95, 200", "101, 413"})
        void a_single_product_may_have_100_kilobytes(int kilobytes, int status) {
            var shirt = shop.shirt("big", "S").put("description", "x".repeat(kilobytes * 1024 - 500));

            var reply = shop.post("/admin/products", shirt);

            assertThat(reply.status()).isEqualTo(status);
            var refusal = json("{'message': 'request entity too large', 'type': 'unknown_error'}");
            if (status == 413) assertThat(reply.json()).isEqualTo(refusal);
        }

        @ParameterizedTest
        @CsvSource({"1900, 200", "2100, 413"})
        void a_batch_may_have_2_megabytes(int kilobytes, int status) {
            var batch = Request.MAPPER.createObjectNode();
            batch.putArray("create").add(shop.shirt("big", "S").put("description", "x".repeat(kilobytes * 1024)));

            assertThat(shop.post("/admin/products/batch", batch).status()).isEqualTo(status);
        }

        @Test
        void a_request_line_over_16_kilobytes_is_too_long_for_node() {
            var query = IntStream.range(0, 400)
                    .mapToObj(i -> "handle[]=supplier-with-a-long-name-" + i)
                    .collect(joining("&"));

            assertThat(shop.get("/admin/products?" + query).status()).isEqualTo(431);
        }
    }

    @Nested
    class Lookups {
        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                handle=polo                                    | polo
                handle[]=polo&handle[]=tee&handle[]=none       | polo,tee
                handle[0]=polo&handle[1]=tee                   | polo,tee
                external_id=tee                                | tee
                external_id[]=tee&external_id[]=none           | tee
                variants[sku]=polo-M                           | polo
                variants[sku][]=polo-M&variants[sku][]=none    | polo
                variants[sku]=none                             | ''
                q=shirt tee                                    | tee
                q=polo-m                                       | polo
                status=draft                                   | sock
                status[]=draft&status[]=published              | polo,sock,tee
                sku=polo-M                                     | polo,sock,tee
                handel=polo                                    | polo,sock,tee
                limit=100000                                   | polo,sock,tee
                order=handle&limit=1&offset=1                  | sock
                order=-handle&limit=1                          | tee
                updated_at[$gte]=2030-01-01T00:00:00.001Z      | ''
                updated_at[$gte]=2030-01-01T00:00:00Z          | polo,sock,tee
                updated_at[$gt]=2030-01-01T00:00:00Z           | ''
                created_at[$lte]=2030-01-01T00:00:00Z          | polo,sock,tee
                created_at[$lt]=2030-01-01T00:00:00Z           | ''
                """)
        void find_products_and_ignore_what_medusa_does_not_know(String query, String handles) {
            shop.created(shop.shirt("polo", "S", "M"));
            shop.created(shop.shirt("tee", "S"));
            shop.created(shop.shirt("sock", "S").put("status", "draft"));

            var reply = shop.get("/admin/products?" + query.replace(" ", "%20") + "&fields=handle");

            var found = new ArrayList<>(reply.at("/products").findValuesAsText("handle"));
            if (!query.startsWith("order")) found.sort(null);
            assertThat(String.join(",", found)).isEqualTo(handles);
        }

        @Test
        void by_id_category_and_channel() {
            var category =
                    shop.post("/admin/product-categories", "{'name': 'Tops'}").text("/product_category/id");
            var shirt = shop.shirt("polo", "S");
            shirt.putArray("categories").addObject().put("id", category);
            var id = shop.created(shirt);
            shop.created(shop.shirt("tee", "S"));

            for (var query : List.of("id[]=" + id + "&id[]=prod_none", "category_id=" + category)) {
                assertThat(shop.get("/admin/products?" + query).at("/products").findValuesAsText("handle"))
                        .as(query)
                        .containsExactly("polo");
            }
            assertThat(shop.get("/admin/products?sales_channel_id=" + medusa.salesChannelId())
                            .at("/count")
                            .asInt())
                    .isEqualTo(2);
        }

        @Test
        void a_page_tells_the_count_of_all_and_50_is_the_usual_limit() {
            IntStream.range(0, 51).forEach(i -> shop.created(shop.shirt("p" + i, "S")));

            var reply = shop.get("/admin/products?fields=id");

            assertThat(reply.at("/products")).hasSize(50);
            assertThat(reply.text("/count") + "/" + reply.text("/offset") + "/" + reply.text("/limit"))
                    .isEqualTo("51/0/50");
            assertThat(shop.get("/admin/products?fields=id&offset=50").at("/products"))
                    .hasSize(1);
            assertThat(shop.get("/admin/products?limit=many").status()).isEqualTo(400);
        }

        @Test
        void variants_by_sku_tell_their_product() {
            shop.created(shop.shirt("polo", "S", "M"));

            var reply = shop.get(
                    "/admin/product-variants?sku[]=polo-S&sku[]=none&fields=id,sku,product_id,product.external_id");

            assertThat(reply.at("/count").asInt()).isEqualTo(1);
            assertThat(reply.text("/variants/0/product/external_id")).isEqualTo("polo");
            assertThat(shop.get("/admin/product-variants?stock=1").at("/count").asInt())
                    .isEqualTo(2);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                id                                  | id
                handle                              | handle,id
                id,nonsense                         | id
                id,*variants                        | id,variants(title sku metadata)
                id,variants.sku                     | id,variants(sku)
                id,variants.prices                  | id,variants(prices)
                id,variants.id,variants.prices.*    | id,variants(prices)
                id,*variants.inventory_items        | id,variants(inventory_items)
                id,variants.inventory_items.*       | id,variants(inventory_items)
                id,metadata                         | id,metadata
                """)
        void fields_choose_what_comes_back(String fields, String expected) {
            shop.created(shop.shirt("polo", "S"));

            var product = shop.get("/admin/products?fields=" + fields).at("/products/0");

            var shown = new ArrayList<String>();
            product.fieldNames()
                    .forEachRemaining(name ->
                            shown.add(name.equals("variants") ? name + columns(product.at("/variants/0")) : name));
            shown.sort(null);
            assertThat(String.join(",", shown)).isEqualTo(expected);
        }

        @Test
        void plus_star_and_minus_only_change_the_usual_fields() {
            var id = shop.created(shop.shirt("polo", "S"));

            var more = shop.get(
                    "/admin/products/" + id
                            + "?fields=%2Bmetadata,*categories,*variants.inventory_items.inventory.location_levels,-title,-variants.prices");

            var product = more.at("/product");
            assertThat(product.has("title")).isFalse();
            assertThat(product.has("handle")).isTrue();
            assertThat(product.at("/categories").isArray()).isTrue();
            assertThat(product.at("/variants/0").has("prices")).isFalse();
            assertThat(product.at("/variants/0/inventory_items/0/inventory/location_levels")
                            .isArray())
                    .isTrue();
        }

        @Test
        void a_price_tells_its_rules_only_when_asked_for_them() {
            var shirt = shop.shirt("polo", "S");
            ((ObjectNode) shirt.at("/variants/0"))
                    .set(
                            "prices",
                            json("[{'currency_code': 'sar', 'amount': 7, 'rules': {'region_id': '%s'}}]"
                                    .formatted(medusa.regionId("sar"))));
            shop.created(shirt);

            var silent =
                    shop.get("/admin/products?fields=id,*variants.prices").at("/products/0/variants/0/prices/0/rules");
            var told = shop.get("/admin/products?fields=id,*variants.prices,variants.prices.price_rules.value")
                    .at("/products/0/variants/0/prices/0/rules");

            assertThat(silent).isEmpty();
            assertThat(told).isEqualTo(json("{'region_id': '%s'}".formatted(medusa.regionId("sar"))));
        }

        private static String columns(JsonNode variant) {
            var names = List.of("title", "sku", "metadata", "prices", "inventory_items");
            return names.stream().filter(variant::has).collect(joining(" ", "(", ")"));
        }
    }

    @Nested
    class Updating {
        @Test
        void what_is_not_mentioned_stays() {
            var id = shop.created(shop.shirt("polo", "S", "M"));

            shop.post("/admin/products/" + id, "{'title': 'New'}");

            assertThat(shop.summary("polo")).isEqualTo("New: M sar23.8+usd6.35(1), S sar23.8+usd6.35(1)");
        }

        @Test
        void product_metadata_is_merged_an_empty_text_deletes_and_null_stays() {
            var shirt = shop.shirt("polo", "S");
            shirt.set("metadata", json("{'a': 1, 'b': 2}"));
            var id = shop.created(shirt);

            shop.post("/admin/products/" + id, "{'metadata': {'b': 3, 'c': 4}}");
            var merged = shop.get("/admin/products/" + id).at("/product/metadata");
            shop.post("/admin/products/" + id, "{'metadata': {'b': '', 'c': null}}");
            var cleaned = shop.get("/admin/products/" + id).at("/product/metadata");

            assertThat(merged).isEqualTo(json("{'a': 1, 'b': 3, 'c': 4}"));
            assertThat(cleaned).isEqualTo(json("{'a': 1, 'c': null}"));
        }

        @Test
        void variant_metadata_is_replaced_through_the_product_but_merged_through_the_variants_batch() {
            var id = shop.created(shop.shirt("polo", "S"));
            var variant = shop.variantId("polo-S");
            shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s', 'metadata': {'m': 1, 'n': 2}}]}".formatted(variant));

            shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'update': [{'id': '%s', 'metadata': {'n': 9}}]}".formatted(variant));
            var merged = metadata(id);
            shop.post("/admin/products/" + id, "{'variants': [{'id': '%s', 'metadata': {'n': 5}}]}".formatted(variant));
            var replaced = metadata(id);

            assertThat(merged).isEqualTo(json("{'m': 1, 'n': 9}"));
            assertThat(replaced).isEqualTo(json("{'n': 5}"));
        }

        @Test
        void prices_are_replaced_and_keep_an_id_that_is_sent() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            var variants = shop.variantId("polo-S");
            var before =
                    shop.get("/admin/products/" + id + "/variants?sku=polo-S&fields=prices.id,prices.currency_code");
            var sar = before.at("/variants/0/prices/0/id").asText();

            shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s', 'prices': [{'id': '%s', 'currency_code': 'sar', 'amount': 9.5}]}, {'id': '%s'}]}"
                            .formatted(variants, sar, shop.variantId("polo-M")));

            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), S sar9.5(1)");
            assertThat(shop.get("/admin/product-variants?sku=polo-S").text("/variants/0/prices/0/id"))
                    .isEqualTo(sar);
        }

        @Test
        void variants_left_out_are_deleted_and_none_at_all_deletes_all() {
            var id = shop.created(shop.shirt("polo", "S", "M"));

            shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s', 'title': 'small'}]}".formatted(shop.variantId("polo-S")));
            var one = shop.summary("polo");
            shop.post("/admin/products/" + id, "{'variants': []}");

            assertThat(one).isEqualTo("Shirt polo: small sar23.8+usd6.35(1)");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: ");
        }

        @Test
        void an_unknown_variant_id_makes_a_new_variant_without_anything() {
            var id = shop.created(shop.shirt("polo", "S"));

            var reply = shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s'}, {'id': 'variant_none', 'title': 'z'}]}"
                            .formatted(shop.variantId("polo-S")));

            assertThat(reply.status()).isEqualTo(200);
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: S sar23.8+usd6.35(1), z (0)");
        }

        @Test
        void the_id_of_a_deleted_variant_is_refused() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            var gone = shop.variantId("polo-M");
            shop.post("/admin/products/" + id + "/variants/batch", "{'delete': ['%s']}".formatted(gone));

            var reply = shop.post(
                    "/admin/products/" + id, "{'variants': [{'id': '%s', 'title': 'ghost'}]}".formatted(gone));

            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.message()).isEqualTo("Product variant with id: " + gone + ", already exists.");
        }

        @Test
        void there_is_no_upsert_by_sku() {
            var id = shop.created(shop.shirt("polo", "S", "M"));

            var reply = shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s'}, {'title': 'M2', 'sku': 'polo-M', 'options': {'Size': 'M'}, 'prices': []}, {'id': '%s'}]}"
                            .formatted(shop.variantId("polo-S"), shop.variantId("polo-M")));

            assertThat(reply.message()).isEqualTo("Product variant with sku: polo-M, already exists.");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), S sar23.8+usd6.35(1)");
        }

        @Test
        void images_categories_tags_and_channels_are_replaced_and_images_without_id_get_new_ones() {
            var tag = shop.post("/admin/product-tags", "{'value': 'new'}").text("/product_tag/id");
            var category = shop.post("/admin/product-categories", "{'name': 'Tops', 'handle': 'tops'}")
                    .text("/product_category/id");
            var shirt = shop.shirt("polo", "S");
            shirt.set("images", json("[{'url': 'https://cdn.example/1.jpg'}, {'url': 'https://cdn.example/2.jpg'}]"));
            shirt.set("tags", json("[{'id': '%s'}]".formatted(tag)));
            shirt.set("categories", json("[{'id': '%s'}]".formatted(category)));
            var created = shop.post("/admin/products", shirt).at("/product");
            var secondImage = created.at("/images/1/id").asText();

            shop.post(
                    "/admin/products/" + created.get("id").asText(),
                    ("{'images': [{'id': '%s', 'url': 'https://cdn.example/2.jpg'}, {'url': 'https://cdn.example/1.jpg'}],"
                                    + "'tags': [], 'categories': [], 'sales_channels': []}")
                            .formatted(secondImage));

            var after = shop.get("/admin/products/" + created.get("id").asText() + "?fields=*categories")
                    .at("/product");
            assertThat(after.at("/images").findValuesAsText("url"))
                    .containsExactly("https://cdn.example/2.jpg", "https://cdn.example/1.jpg");
            assertThat(after.at("/images/0/id").asText()).isEqualTo(secondImage);
            assertThat(after.at("/images/1/id").asText())
                    .isNotEqualTo(created.at("/images/0/id").asText());
            assertThat(after.at("/thumbnail").asText()).isEqualTo("https://cdn.example/1.jpg");
            assertThat(List.of(
                            after.get("tags").size(),
                            after.get("categories").size(),
                            after.get("sales_channels").size()))
                    .containsOnly(0);
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void options_are_gone_from_updates(boolean batch) {
            var id = shop.created(shop.shirt("polo", "S"));
            var options = "'options': [{'title': 'Size', 'values': ['S', 'L']}]";

            var reply = batch
                    ? shop.post("/admin/products/batch", "{'update': [{'id': '%s', %s}]}".formatted(id, options))
                    : shop.post("/admin/products/" + id, "{" + options + "}");

            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.message())
                    .isEqualTo("Invalid request: The 'options' property was removed in version 2.16.0. "
                            + "Please remove it from your request payload.");
        }

        @Test
        void updated_at_moves_with_the_products_own_columns_only() {
            var id = shop.created(shop.shirt("polo", "S"));
            clock.tick(Duration.ofMinutes(1));

            shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s', 'prices': []}]}".formatted(shop.variantId("polo-S")));
            var afterPrices = shop.get("/admin/products/" + id).text("/product/updated_at");
            shop.post("/admin/products/" + id, "{'status': 'draft'}");
            var afterStatus = shop.get("/admin/products/" + id).text("/product/updated_at");

            assertThat(afterPrices).isEqualTo("2030-01-01T00:00:00.000Z");
            assertThat(afterStatus).isEqualTo("2030-01-01T00:01:00.000Z");
        }

        @Test
        void a_handle_may_change_to_a_free_one_only() {
            shop.created(shop.shirt("polo", "S"));
            var id = shop.created(shop.shirt("tee", "S"));

            assertThat(shop.post("/admin/products/" + id, "{'handle': 'polo'}").message())
                    .isEqualTo("Product with handle: polo, already exists.");
            assertThat(shop.post("/admin/products/" + id, "{'handle': 'shirt'}").status())
                    .isEqualTo(200);
            assertThat(shop.get("/admin/products?handle=tee").at("/count").asInt())
                    .isZero();
            assertThat(shop.get("/admin/products?handle=shirt").at("/count").asInt())
                    .isEqualTo(1);
        }

        @Test
        void a_deleted_product_frees_handle_and_skus() {
            var id = shop.created(shop.shirt("polo", "S"));

            shop.delete("/admin/products/" + id);
            shop.created(shop.shirt("polo", "S"));

            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: S sar23.8+usd6.35(1)");
            assertThat(medusa.dump().get("orphans")).isEmpty();
        }

        @Test
        void an_unknown_price_id_is_accepted_once_and_then_belongs_to_its_variant() {
            var polo = shop.created(shop.shirt("polo", "S"));
            var tee = shop.created(shop.shirt("tee", "S"));
            var body =
                    "{'variants': [{'id': '%s', 'prices': [{'id': 'price_own', 'currency_code': 'sar', 'amount': 3}]}]}";

            var first = shop.post("/admin/products/" + polo, body.formatted(shop.variantId("polo-S")));
            var second = shop.post("/admin/products/" + tee, body.formatted(shop.variantId("tee-S")));

            assertThat(first.status()).isEqualTo(200);
            assertThat(second.message()).isEqualTo("Price with id: price_own, already exists.");
        }

        private JsonNode metadata(String id) {
            return shop.get("/admin/products/" + id).at("/product/variants/0/metadata");
        }
    }

    @Nested
    class OptionsOfProducts {
        @Test
        void a_value_is_added_as_an_object_and_may_be_added_again() {
            var id = shop.created(shop.shirt("polo", "S"));

            var added = change(
                    id, "{'update': [{'product_option_id': '%s', 'add': [{'value': 'L'}]}]}".formatted(optionId(id)));
            var again = change(
                    id, "{'update': [{'product_option_id': '%s', 'add': [{'value': 'L'}]}]}".formatted(optionId(id)));

            assertThat(added.status()).isEqualTo(200);
            assertThat(again.at("/product/options/0/values").findValuesAsText("value"))
                    .containsExactlyInAnyOrder("S", "L");
        }

        @Test
        void a_bare_text_is_taken_for_the_id_of_a_value() {
            var id = shop.created(shop.shirt("polo", "S"));

            var reply = change(id, "{'update': [{'product_option_id': '%s', 'add': ['L']}]}".formatted(optionId(id)));

            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.message())
                    .isEqualTo(
                            "You tried to set relationship product_option_value_id: L, but such entity does not exist");
        }

        @Test
        void what_variants_use_cannot_be_removed() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            var used = shop.get("/admin/product-variants?sku=polo-S").text("/variants/0/options/0/id");

            var value = change(
                    id, "{'update': [{'product_option_id': '%s', 'remove': ['%s']}]}".formatted(optionId(id), used));
            var option = change(id, "{'remove': ['%s']}".formatted(optionId(id)));
            var nothing =
                    change(id, "{'update': [{'product_option_id': '%s', 'remove': [null]}]}".formatted(optionId(id)));

            assertThat(value.message())
                    .isEqualTo(
                            "Cannot unassign option values from product because the following variant(s) are using it: S");
            assertThat(option.message())
                    .isEqualTo("Cannot unassign product option from product which has variants for that option");
            assertThat(nothing.message()).isEqualTo("Invalid request: Field 'update, 0, remove, 0' is required");
        }

        @Test
        void a_value_nobody_uses_any_more_can_be_removed() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            var value = shop.get("/admin/product-variants?sku=polo-M").text("/variants/0/options/0/id");
            shop.delete("/admin/products/" + id + "/variants/" + shop.variantId("polo-M"));

            var reply = change(
                    id, "{'update': [{'product_option_id': '%s', 'remove': ['%s']}]}".formatted(optionId(id), value));

            assertThat(reply.at("/product/options/0/values").findValuesAsText("value"))
                    .containsExactly("S");
        }

        @Test
        void a_second_option_leaves_variants_without_a_value_until_they_get_one() {
            var id = shop.created(shop.shirt("polo", "S"));
            var variant = shop.variantId("polo-S");

            change(id, "{'add': [{'title': 'Color', 'values': ['Red', 'Blue']}]}");
            var without = options();
            shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'update': [{'id': '%s', 'options': {'Size': 'S', 'Color': 'Red'}}]}".formatted(variant));

            assertThat(without).containsExactly("S");
            assertThat(options()).containsExactlyInAnyOrder("S", "Red");
        }

        @Test
        void options_and_values_can_be_renamed() {
            var id = shop.created(shop.shirt("polo", "S"));
            var option = optionId(id);
            var value = shop.get("/admin/product-variants?sku=polo-S").text("/variants/0/options/0/id");

            shop.post("/admin/product-options/" + option, "{'title': 'Grösse'}");
            shop.post("/admin/product-options/" + option + "/values/" + value, "{'value': 'small'}");

            assertThat(medusa.dump().at("/products/0/variants/0/options")).isEqualTo(json("{'Grösse': 'small'}"));
            assertThat(shop.post("/admin/product-options/" + option + "/values/none", "{'value': 'x'}")
                            .message())
                    .isEqualTo("Product option value with id \"none\" was not found for option with id \"" + option
                            + "\"");
            assertThat(shop.post("/admin/product-options/opt_none", "{'title': 'x'}")
                            .status())
                    .isEqualTo(404);
        }

        private List<String> options() {
            return shop.get("/admin/product-variants?sku=polo-S&fields=options.value")
                    .at("/variants/0/options")
                    .findValuesAsText("value");
        }

        private ShopClient.Reply change(String id, String body) {
            return shop.post("/admin/products/" + id + "/options/batch", body);
        }

        private String optionId(String id) {
            return shop.get("/admin/products/" + id).text("/product/options/0/id");
        }
    }

    @Nested
    class Variants {
        @Test
        void a_batch_leaves_unlisted_variants_alone_and_gives_new_ones_inventory() {
            var id = shop.created(shop.shirt("polo", "S", "M", "L"));
            shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'delete': ['%s']}".formatted(shop.variantId("polo-L")));

            var reply = shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'create': [%s], 'update': [{'id': '%s', 'prices': [{'currency_code': 'sar', 'amount': 8}]}]}"
                            .formatted(shop.variant("polo", "L"), shop.variantId("polo-S")));

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text("/created/0/sku") + " " + reply.text("/updated/0/sku"))
                    .isEqualTo("polo-L polo-S");
            assertThat(shop.summary("polo"))
                    .isEqualTo("Shirt polo: L sar23.8+usd6.35(1), M sar23.8+usd6.35(1), S sar8(1)");
        }

        @Test
        void a_combination_of_options_can_be_there_only_once() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            var medium = shop.variantId("polo-M");

            var recreated = shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'delete': ['%s'], 'create': [%s]}".formatted(medium, shop.variant("polo", "M")));
            var moved = shop.post(
                    "/admin/products/" + id + "/variants/" + shop.variantId("polo-S"), "{'options': {'Size': 'M'}}");

            assertThat(recreated.message()).isEqualTo("Variant (M) with provided options already exists.");
            assertThat(moved.message()).isEqualTo("Variant (M) with provided options already exists.");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), S sar23.8+usd6.35(1)");
        }

        @Test
        void one_added_through_the_product_gets_no_inventory_item_until_one_is_linked() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            var keep = "{'id': '%s'}".formatted(shop.variantId("polo-S"));
            shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'delete': ['%s']}".formatted(shop.variantId("polo-M")));

            shop.post("/admin/products/" + id, "{'variants': [%s, %s]}".formatted(keep, shop.variant("polo", "M")));
            var without = shop.summary("polo");
            var item = shop.post(
                    "/admin/inventory-items",
                    "{'sku': 'polo-M', 'location_levels': [{'location_id': '%s', 'stocked_quantity': 3}]}"
                            .formatted(medusa.stockLocationId()));
            var linked = shop.post(
                    "/admin/products/" + id + "/variants/" + shop.variantId("polo-M") + "/inventory-items",
                    "{'inventory_item_id': '%s', 'required_quantity': 1}".formatted(item.text("/inventory_item/id")));

            assertThat(without).isEqualTo("Shirt polo: M sar23.8+usd6.35(0), S sar23.8+usd6.35(1)");
            assertThat(item.at("/inventory_item/stocked_quantity").asInt()).isEqualTo(3);
            assertThat(linked.status()).isEqualTo(200);
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), S sar23.8+usd6.35(1)");
        }

        @Test
        void one_dropped_through_the_product_leaves_its_inventory_item_in_the_way() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            shop.post("/admin/products/" + id, "{'variants': [{'id': '%s'}]}".formatted(shop.variantId("polo-S")));

            var batch = shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'create': [%s]}".formatted(shop.variant("polo", "M")));
            var single = shop.post("/admin/products/" + id + "/variants", shop.variant("polo", "M"));
            var item = shop.itemId("polo-M");
            var repaired = shop.variant("polo", "M");
            repaired.set(
                    "inventory_items", json("[{'inventory_item_id': '%s', 'required_quantity': 1}]".formatted(item)));
            var withItem = shop.post("/admin/products/" + id + "/variants", repaired);

            assertThat(batch.message()).isEqualTo("Inventory item with sku: polo-M, already exists.");
            assertThat(single.message()).isEqualTo("Inventory item with sku: polo-M, already exists.");
            assertThat(withItem.status()).isEqualTo(200);
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), S sar23.8+usd6.35(1)");
        }

        @Test
        void deleting_one_takes_its_inventory_item_along() {
            var id = shop.created(shop.shirt("polo", "S", "M", "L"));

            shop.post(
                    "/admin/products/" + id + "/variants/batch",
                    "{'delete': ['%s']}".formatted(shop.variantId("polo-M")));
            var single = shop.delete("/admin/products/" + id + "/variants/" + shop.variantId("polo-L"));

            assertThat(single.text("/parent/handle")).isEqualTo("polo");
            assertThat(medusa.dump().get("orphans")).isEmpty();
            assertThat(shop.get("/admin/inventory-items").at("/count").asInt()).isEqualTo(1);
        }

        @Test
        void a_new_sku_does_not_reach_the_inventory_item() {
            var id = shop.created(shop.shirt("polo", "S"));

            shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s', 'sku': 'polo-S-new'}]}".formatted(shop.variantId("polo-S")));

            var reply = shop.get("/admin/products/" + id + "/variants?fields=id,sku,inventory_items.inventory.sku");
            assertThat(reply.text("/variants/0/sku")).isEqualTo("polo-S-new");
            assertThat(reply.text("/variants/0/inventory_items/0/inventory/sku"))
                    .isEqualTo("polo-S");
        }

        @Test
        void updating_one_that_is_not_there_is_refused() {
            var id = shop.created(shop.shirt("polo", "S"));

            var reply = shop.post(
                    "/admin/products/" + id + "/variants/batch", "{'update': [{'id': 'variant_none', 'title': 'x'}]}");

            assertThat(reply.message()).isEqualTo("Cannot update non-existing variants with ids: variant_none");
            assertThat(shop.get("/admin/products/" + id + "/variants/variant_none")
                            .status())
                    .isEqualTo(404);
            assertThat(shop.get("/admin/products/" + id + "/variants/" + shop.variantId("polo-S"))
                            .text("/variant/sku"))
                    .isEqualTo("polo-S");
        }
    }

    @Nested
    class Batches {
        @Test
        void create_update_and_delete_in_one_call() {
            var tee = shop.created(shop.shirt("tee", "S"));
            var sock = shop.created(shop.shirt("sock", "S"));

            var reply = shop.post(
                    "/admin/products/batch?fields=id,handle",
                    "{'create': [%s], 'update': [{'id': '%s', 'title': 'Tee'}], 'delete': ['%s']}"
                            .formatted(shop.shirt("polo", "S"), tee, sock));

            assertThat(reply.text("/created/0/handle")).isEqualTo("polo");
            assertThat(reply.at("/created/0")).hasSize(2);
            assertThat(reply.text("/updated/0/handle")).isEqualTo("tee");
            assertThat(reply.at("/deleted"))
                    .isEqualTo(json("{'ids': ['%s'], 'object': 'product', 'deleted': true}".formatted(sock)));
            assertThat(shop.summary("tee")).startsWith("Tee:");
            assertThat(shop.summary("sock")).isEqualTo("none");
        }

        @Test
        void nothing_to_do_is_fine_and_so_is_deleting_the_unknown() {
            assertThat(shop.post("/admin/products/batch", "{}").json())
                    .isEqualTo(
                            json(
                                    "{'created': [], 'updated': [], 'deleted': {'ids': [], 'object': 'product', 'deleted': true}}"));
            assertThat(shop.post("/admin/products/batch", "{'delete': ['prod_none']}")
                            .status())
                    .isEqualTo(200);
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                handle taken        | {'handle': 'taken'}            | Product with handle: taken, already exists.
                handle twice inside | {'handle': 'good'}             | Product with handle: good, already exists.
                sku taken           | {'variants': [{'title': 'S', 'sku': 'taken-S', 'options': {'Size': 'S'}, 'prices': []}]} \
                        | Product variant with sku: taken-S, already exists.
                sku twice inside    | {'variants': [{'title': 'S', 'sku': 'good-S', 'options': {'Size': 'S'}, 'prices': []}]} \
                        | Product variant with sku: good-S, already exists.
                schema, with index  | {'title': null}                | Invalid request: Field 'create, 1, title' is required
                """)
        void a_failing_create_persists_nothing(String what, String change, String message) {
            shop.created(shop.shirt("taken", "S"));
            var bad = shop.shirt("bad", "S");
            bad.setAll((ObjectNode) json(change));

            var reply =
                    shop.post("/admin/products/batch", "{'create': [%s, %s]}".formatted(shop.shirt("good", "S"), bad));

            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.message()).isEqualTo(message);
            assertThat(medusa.dump().get("products")).hasSize(1);
            assertThat(shop.itemId("good-S")).isEmpty();
            shop.created(shop.shirt("good", "S"));
        }

        @Test
        void an_update_that_fails_early_changes_nothing() {
            var polo = shop.created(shop.shirt("polo", "S"));
            var tee = shop.created(shop.shirt("tee", "S"));
            var good = "{'id': '%s', 'title': 'new', 'variants': [{'id': '%s', 'title': 'newS', 'prices': []}]}"
                    .formatted(polo, shop.variantId("polo-S"));

            for (var bad : List.of(
                    "'handle': 'polo'",
                    "'categories': [{'id': 'pcat_none'}]",
                    "'variants': [{'id': '%s', 'sku': 'polo-S'}]".formatted(shop.variantId("tee-S")))) {
                var reply = shop.post(
                        "/admin/products/batch", "{'update': [%s, {'id': '%s', %s}]}".formatted(good, tee, bad));

                assertThat(reply.status()).as(bad).isIn(400, 404);
                assertThat(shop.summary("polo")).as(bad).isEqualTo("Shirt polo: S sar23.8+usd6.35(1)");
            }
        }

        @Test
        void an_update_of_an_unknown_product_changes_nothing_and_creates_nothing() {
            var polo = shop.created(shop.shirt("polo", "S"));

            var reply = shop.post(
                    "/admin/products/batch",
                    "{'create': [%s], 'update': [{'id': '%s', 'title': 'new'}, {'id': 'prod_none', 'title': 'x'}]}"
                            .formatted(shop.shirt("tee", "S"), polo));

            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.message()).isEqualTo("Unable to update the products with ids: prod_none");
            assertThat(shop.summary("polo")).startsWith("Shirt polo:");
            assertThat(shop.summary("tee")).isEqualTo("none");
        }

        @Test
        void an_update_that_fails_at_its_prices_leaves_the_new_variant_titles() {
            var polo = shop.created(shop.shirt("polo", "S"));
            var tee = shop.created(shop.shirt("tee", "S"));
            var update = "{'id': '%s', 'title': 'new', 'variants': [{'id': '%s', 'title': 'new%s', 'prices': [%s]}]}";
            shop.post(
                    "/admin/products/" + tee,
                    "{'variants': [{'id': '%s', 'prices': [{'id': 'price_own', 'currency_code': 'sar', 'amount': 3}]}]}"
                            .formatted(shop.variantId("tee-S")));

            var reply = shop.post(
                    "/admin/products/batch",
                    "{'update': [%s]}"
                            .formatted(update.formatted(
                                    polo,
                                    shop.variantId("polo-S"),
                                    "S",
                                    "{'id': 'price_own', 'currency_code': 'sar', 'amount': 99}")));

            assertThat(reply.message()).isEqualTo("Price with id: price_own, already exists.");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: newS sar23.8+usd6.35(1)");
        }

        @Test
        void a_create_that_fails_beside_an_update_costs_the_updated_variants_their_prices() {
            var polo = shop.created(shop.shirt("polo", "S", "M"));
            var sock = shop.created(shop.shirt("sock", "S"));

            var reply = shop.post(
                    "/admin/products/batch",
                    ("{'update': [{'id': '%s', 'title': 'new', 'variants': ["
                                    + "{'id': '%s', 'title': 'newS', 'prices': [{'currency_code': 'sar', 'amount': 99}]}, {'id': '%s'}]}],"
                                    + "'delete': ['%s'], 'create': [%s]}")
                            .formatted(
                                    polo,
                                    shop.variantId("polo-S"),
                                    shop.variantId("polo-M"),
                                    sock,
                                    shop.shirt("polo", "XL")));

            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.message()).isEqualTo("Product with handle: polo, already exists.");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), newS (1)");
            assertThat(shop.summary("sock")).isEqualTo("Shirt sock: S sar23.8+usd6.35(1)");
        }

        @Test
        void prices_lost_that_way_come_back_by_sending_them_again() {
            var polo = shop.created(shop.shirt("polo", "S"));
            var update =
                    "{'id': '%s', 'variants': [{'id': '%s', 'title': 'S', 'prices': [{'currency_code': 'sar', 'amount': 24}]}]}"
                            .formatted(polo, shop.variantId("polo-S"));
            shop.post(
                    "/admin/products/batch",
                    "{'update': [%s], 'create': [%s]}".formatted(update, shop.shirt("polo", "XL")));

            shop.post("/admin/products/batch", "{'update': [%s]}".formatted(update));

            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: S sar24(1)");
        }

        @Test
        void the_variants_batch_has_the_same_trap_but_gives_titles_back() {
            var polo = shop.created(shop.shirt("polo", "S", "M"));

            var reply = shop.post(
                    "/admin/products/" + polo + "/variants/batch",
                    "{'update': [{'id': '%s', 'title': 'newS', 'prices': [{'currency_code': 'sar', 'amount': 99}]}], 'create': [%s]}"
                            .formatted(shop.variantId("polo-S"), shop.variant("polo", "XL")));

            assertThat(reply.message()).isEqualTo("Option value XL does not exist for option Size");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: M sar23.8+usd6.35(1), S (1)");
        }

        @Test
        void deleting_and_creating_the_same_handle_in_one_call_is_refused() {
            var polo = shop.created(shop.shirt("polo", "S"));

            var reply = shop.post(
                    "/admin/products/batch",
                    "{'delete': ['%s'], 'create': [%s]}".formatted(polo, shop.shirt("polo", "S")));

            assertThat(reply.message()).isEqualTo("Product with handle: polo, already exists.");
            assertThat(shop.summary("polo")).isEqualTo("Shirt polo: S sar23.8+usd6.35(1)");
        }
    }

    @Nested
    class Inventory {
        @Test
        void levels_are_created_once_and_then_updated() {
            shop.created(shop.shirt("polo", "S"));
            var item = shop.itemId("polo-S");

            var early = levels("{'update': [%s]}".formatted(shop.level("polo-S", 5)));
            var created = levels("{'create': [%s]}".formatted(shop.level("polo-S", 5)));
            var again = levels("{'create': [%s]}".formatted(shop.level("polo-S", 6)));
            var updated = levels("{'update': [%s], 'delete': []}".formatted(shop.level("polo-S", 7)));

            assertThat(early.status()).isEqualTo(404);
            assertThat(early.message())
                    .isEqualTo("Item " + item + " is not stocked at location " + medusa.stockLocationId());
            assertThat(created.at("/created/0/stocked_quantity").asInt()).isEqualTo(5);
            assertThat(created.json().has("deleted")).isFalse();
            assertThat(again.status()).isEqualTo(400);
            assertThat(again.message())
                    .isEqualTo("Inventory level with inventory_item_id: " + item + ", location_id: "
                            + medusa.stockLocationId() + ", already exists.");
            assertThat(updated.at("/updated/0/stocked_quantity").asInt()).isEqualTo(7);
            assertThat(updated.at("/updated/0/available_quantity").asInt()).isEqualTo(5);
            assertThat(updated.at("/deleted")).isEmpty();
            assertThat(medusa.dump().at("/products/0/variants/0/stock").asInt()).isEqualTo(7);
        }

        @Test
        void one_bad_level_spoils_the_batch() {
            shop.created(shop.shirt("polo", "S", "M"));
            shop.stock("polo-S", 1);

            var reply = levels("{'create': [%s, %s]}".formatted(shop.level("polo-M", 5), shop.level("polo-S", 5)));

            assertThat(reply.status()).isEqualTo(400);
            assertThat(shop.get("/admin/inventory-items?sku=polo-M").at("/inventory_items/0/location_levels"))
                    .isEmpty();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                -1       | iitem_any  | 400 \
                        | Invalid request: Value for field 'create, 0, stocked_quantity' too small, expected at least: '0'
                '5'      | iitem_any  | 400 | Invalid request: Field 'create, 0, stocked_quantity' is required
                5        | iitem_none | 404 | You tried to set relationship inventory_item_id: iitem_none, but such entity does not exist
                """)
        void bad_levels_are_refused(String quantity, String item, int status, String message) {
            var reply =
                    levels("{'create': [{'inventory_item_id': '%s', 'location_id': 'sloc', 'stocked_quantity': %s}]}"
                            .formatted(item, quantity));

            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.message()).isEqualTo(message);
        }

        @Test
        void an_unknown_location_is_accepted_and_nothing_to_do_is_fine() {
            shop.created(shop.shirt("polo", "S"));

            var elsewhere = shop.level("polo-S", 5).replace(medusa.stockLocationId(), "sloc_none");

            assertThat(levels("{'create': [%s]}".formatted(elsewhere)).status()).isEqualTo(200);
            assertThat(levels("{}").json()).isEqualTo(json("{'created': [], 'updated': []}"));
        }

        @Test
        void a_level_can_be_set_read_and_deleted_at_its_item() {
            shop.created(shop.shirt("polo", "S"));
            var path = "/admin/inventory-items/" + shop.itemId("polo-S") + "/location-levels";

            shop.post(path, "{'location_id': '%s', 'stocked_quantity': 4}".formatted(medusa.stockLocationId()));
            var set = shop.post(path + "/" + medusa.stockLocationId(), "{'stocked_quantity': 9}");
            var read = shop.get(path);
            shop.delete(path + "/" + medusa.stockLocationId());

            assertThat(set.at("/inventory_item/stocked_quantity").asInt()).isEqualTo(9);
            assertThat(read.at("/inventory_levels/0/stocked_quantity").asInt()).isEqualTo(9);
            assertThat(shop.get(path).at("/count").asInt()).isZero();
        }

        @Test
        void a_level_can_be_deleted_by_its_id() {
            shop.created(shop.shirt("polo", "S"));
            var level = shop.stock("polo-S", 4).text("/created/0/id");

            var reply = levels("{'delete': ['%s']}".formatted(level));

            assertThat(reply.at("/deleted/0").asText()).isEqualTo(level);
            assertThat(medusa.dump().at("/products/0/variants/0/stock").isNull())
                    .isTrue();
        }

        @Test
        void an_item_knows_the_variants_that_use_it_and_an_orphan_has_none() {
            var id = shop.created(shop.shirt("polo", "S", "M"));
            shop.post(
                    "/admin/products/" + id,
                    "{'variants': [{'id': '%s', 'sku': 'small'}]}".formatted(shop.variantId("polo-S")));

            var used = shop.get("/admin/inventory-items?sku=polo-S&fields=id,variants.sku");
            var orphan = shop.get("/admin/inventory-items?sku=polo-M&fields=id,variants.sku");

            assertThat(used.text("/inventory_items/0/variants/0/sku")).isEqualTo("small");
            assertThat(orphan.at("/inventory_items/0/variants")).isEmpty();
            assertThat(medusa.dump().get("orphans")).hasToString("[\"polo-M\"]");
        }

        @Test
        void items_are_found_by_sku_20_a_page_and_can_be_changed_and_deleted() {
            shop.created(shop.shirt("polo", "S"));
            var id = shop.itemId("polo-S");

            var changed = shop.post("/admin/inventory-items/" + id, "{'title': 'Small'}");

            assertThat(changed.text("/inventory_item/title")).isEqualTo("Small");
            assertThat(shop.get("/admin/inventory-items?sku[]=polo-S&sku[]=none")
                            .at("/count")
                            .asInt())
                    .isEqualTo(1);
            assertThat(shop.get("/admin/inventory-items?q=polo&id=" + id)
                            .at("/limit")
                            .asInt())
                    .isEqualTo(20);
            assertThat(shop.post("/admin/inventory-items", "{'sku': 'polo-S'}").message())
                    .isEqualTo("Inventory item with sku: polo-S, already exists.");
            shop.delete("/admin/inventory-items/" + id);
            assertThat(shop.get("/admin/inventory-items/" + id).status()).isEqualTo(404);
        }

        private ShopClient.Reply levels(String body) {
            return shop.post("/admin/inventory-items/location-levels/batch", body);
        }
    }

    @Nested
    class Customers {
        @Test
        void one_is_there_until_it_is_deleted_and_deleting_nobody_is_no_failure() {
            var created = shop.post("/admin/customers", "{'email': 'ines@example.com', 'first_name': 'Ines'}");
            var path = "/admin/customers/" + created.text("/customer/id");

            var found = shop.get(path);
            var listed = shop.get("/admin/customers?email=ines@example.com");
            var deleted = shop.delete(path);
            var gone = shop.get(path);

            assertThat(created.text("/customer/id")).matches("cus_[0-9A-HJKMNP-TV-Z]{26}");
            assertThat(found.text("/customer/email")).isEqualTo("ines@example.com");
            assertThat(found.at("/customer/has_account").asBoolean(true)).isFalse();
            assertThat(listed.at("/count").asInt()).isEqualTo(1);
            assertThat(deleted.json())
                    .hasToString("{\"id\":\"%s\",\"object\":\"customer\",\"deleted\":true}"
                            .formatted(created.text("/customer/id")));
            assertThat(gone.status()).isEqualTo(404);
            assertThat(gone.json().path("type").asText()).isEqualTo("not_found");
            assertThat(gone.message()).isEqualTo("Customer with id: " + created.text("/customer/id") + " not found");
            assertThat(shop.delete(path).status()).isEqualTo(200);
        }
    }

    @Nested
    class Taxonomy {
        @Test
        void categories_make_a_tree_found_by_handle() {
            var top = shop.post(
                    "/admin/product-categories",
                    "{'name': 'Women', 'handle': 'w', 'is_active': true, 'metadata': {'id': 9}}");
            var child = shop.post(
                    "/admin/product-categories",
                    "{'name': 'Tops', 'handle': 'w-tops', 'parent_category_id': '%s'}"
                            .formatted(top.text("/product_category/id")));

            var found = shop.get("/admin/product-categories?handle=w&include_descendants_tree=true");
            var both = shop.get("/admin/product-categories?handle[]=w&handle[]=w-tops&handle[]=none&fields=id,handle");

            assertThat(child.text("/product_category/parent_category/handle")).isEqualTo("w");
            assertThat(child.at("/product_category/is_active").asBoolean()).isFalse();
            assertThat(found.text("/product_categories/0/category_children/0/handle"))
                    .isEqualTo("w-tops");
            assertThat(both.at("/product_categories").findValuesAsText("handle"))
                    .containsExactlyInAnyOrder("w", "w-tops");
            assertThat(shop.get("/admin/product-categories?parent_category_id=null&q=wom")
                            .at("/count")
                            .asInt())
                    .isEqualTo(1);
        }

        @Test
        void a_category_can_be_changed_and_deleted_and_its_handle_is_unique() {
            var id = shop.post("/admin/product-categories", "{'name': 'Women', 'handle': 'w'}")
                    .text("/product_category/id");

            var changed = shop.post("/admin/product-categories/" + id, "{'name': 'Ladies', 'is_active': true}");

            assertThat(changed.text("/product_category/name")).isEqualTo("Ladies");
            assertThat(shop.post("/admin/product-categories", "{'name': 'W', 'handle': 'w'}")
                            .message())
                    .isEqualTo("Product category with handle: w, already exists.");
            assertThat(shop.post("/admin/product-categories", "{'handle': 'x'}").message())
                    .isEqualTo("Invalid request: Field 'name' is required");
            assertThat(shop.post("/admin/product-categories", "{'name': 'x', 'parent_category_id': 'pcat_none'}")
                            .status())
                    .isEqualTo(404);
            shop.delete("/admin/product-categories/" + id);
            assertThat(shop.get("/admin/product-categories/" + id).status()).isEqualTo(404);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                /admin/product-tags  | {'value': 'x'}                | value=x  | Product tag with value: x, already exists.
                /admin/product-types | {'value': 'x'}                | value=x  | Product type with value: x, already exists.
                /admin/collections   | {'title': 'X', 'handle': 'x'} | handle=x | Product collection with handle: x, already exists.
                """)
        void tags_types_and_collections_are_unique_and_can_be_looked_up(
                String path, String body, String query, String duplicate) {
            shop.post(path, body);

            assertThat(shop.post(path, body).message()).isEqualTo(duplicate);
            assertThat(shop.get(path + "?" + query).at("/count").asInt()).isEqualTo(1);
            assertThat(shop.get(path + "?" + query + "y").at("/count").asInt()).isZero();
        }

        @Test
        void a_product_shows_its_type_and_collection() {
            var type = shop.post("/admin/product-types", "{'value': 'Shirts'}").text("/product_type/id");
            var collection =
                    shop.post("/admin/collections", "{'title': 'Summer 30'}").text("/collection/id");

            var reply = shop.post(
                    "/admin/products",
                    shop.shirt("polo", "S").put("type_id", type).put("collection_id", collection));

            assertThat(reply.text("/product/type/value")).isEqualTo("Shirts");
            assertThat(reply.text("/product/collection/handle")).isEqualTo("summer-30");
        }
    }

    private static List<String> skus(ShopClient.Reply reply) {
        return reply.at("/product/variants").findValuesAsText("sku");
    }

    private static JsonNode json(String text) {
        try {
            return Request.MAPPER.readTree(text.replace('\'', '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stands at the start of 2030 until told to go on. */
    static final class TestClock extends Clock {
        private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");

        void tick(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
