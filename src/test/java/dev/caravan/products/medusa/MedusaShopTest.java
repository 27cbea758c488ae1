package dev.caravan.products.medusa;

import static dev.caravan.products.medusa.ShopProducts.dress;
import static dev.caravan.products.medusa.ShopProducts.oil;
import static dev.caravan.products.medusa.ShopProducts.price;
import static dev.caravan.products.medusa.ShopProducts.sized;
import static dev.caravan.products.medusa.ShopProducts.stock;
import static dev.caravan.products.medusa.ShopProducts.sweater;
import static dev.caravan.products.medusa.ShopProducts.three;
import static dev.caravan.products.medusa.ShopProducts.unsized;
import static dev.caravan.products.medusa.ShopProducts.variant;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Reply;
import dev.caravan.products.medusa.Outcome.Created;
import dev.caravan.products.medusa.Outcome.Failed;
import dev.caravan.products.medusa.Outcome.Kind;
import dev.caravan.products.medusa.Outcome.Unchanged;
import dev.caravan.products.medusa.Outcome.Updated;
import dev.caravan.products.medusa.ShopSettings.VariantsGone;
import dev.caravan.sandbox.medusa.Faults.Fault;
import dev.caravan.sandbox.medusa.Faults.Leaving;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MedusaShopTest {
    private static final String VARIANTS = "POST /admin/products/:id/variants/batch";
    private static final String PRODUCTS = "POST /admin/products/batch";
    private static final String LEVELS = "POST /admin/inventory-items/location-levels/batch";

    private final MedusaStandIn medusa = new MedusaStandIn();
    private final HttpPort port = new HttpPort(medusa.url(), medusa.secretKey());
    private final MedusaShop shop = shop(ShopSettings.DEFAULT);

    @BeforeEach
    void open() {
        shop.open();
        port.forget();
    }

    @AfterEach
    void close() {
        medusa.close();
    }

    @Nested
    class Creating {
        @Test
        void three_products_with_ten_skus_are_on_sale_at_the_right_prices_with_their_stock() {
            var outcomes = shop.write(three());

            assertThat(outcomes).hasSize(3).allSatisfy(outcome -> assertThat(outcome)
                    .isInstanceOf(Created.class));
            assertThat(onSale("shein-1", "sar"))
                    .containsExactly(
                            Map.entry("shein-1-L", "23.8 x 20"),
                            Map.entry("shein-1-M", "23.8 x 20"),
                            Map.entry("shein-1-S", "23.8 x 20"),
                            Map.entry("shein-1-XL", "23.8 x 20"),
                            Map.entry("shein-1-XS", "23.8 x 20"));
            assertThat(onSale("shein-2", "sar")).containsExactly(Map.entry("shein-2-sku", "17 x 1"));
            assertThat(onSale("shein-3", "sar")).hasSize(4).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("51.85 x 20"));
            assertThat(onSale("shein-1", "usd")).hasSize(5).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("6.35 x 20"));
            assertThat(onSale("shein-2", "usd")).containsExactly(Map.entry("shein-2-sku", "4.53 x 1"));
            assertThat(onSale("shein-3", "usd")).hasSize(4).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("13.82 x 20"));
        }

        @Test
        void a_product_shows_its_title_images_options_categories_and_its_arabic_name() {
            shop.write(List.of(dress()));

            var product = dumped("shein-1");
            assertThat(product.path("title").asText()).isEqualTo("Midi Dress");
            assertThat(product.path("external_id").asText()).isEqualTo("1");
            assertThat(texts(product.path("images")))
                    .containsExactly(
                            "https://img.example.com/shein-1/1.jpg",
                            "https://img.example.com/shein-1/2.jpg",
                            "https://img.example.com/shein-1/3.jpg");
            assertThat(texts(product.path("categories")))
                    .containsExactlyInAnyOrder("shein-10", "shein-20", "shein-30", "shein-41");
            assertThat(product.at("/metadata/ar/name").asText()).isEqualTo("فستان");
            assertThat(product.at("/metadata/ar/description").asText()).isEqualTo("وصف");
            assertThat(sku("shein-1-XS").path("options")).isEqualTo(Json.read("{\"Color\":\"Black\",\"Size\":\"XS\"}"));
            assertThat(texts(product.path("channels"))).hasSize(1);
            assertThat(product.path("shipping_profile").asText()).isNotBlank();
        }

        @Test
        void the_category_tree_is_made_once_and_shared() {
            shop.write(three());

            var tree = new TreeMap<String, String>();
            medusa.dump()
                    .path("categories")
                    .forEach(one -> tree.put(
                            one.path("handle").asText(), one.path("parent").asText()));
            assertThat(tree)
                    .containsEntry("shein-20", "shein-10")
                    .containsEntry("shein-30", "shein-20")
                    .containsEntry("shein-41", "shein-30")
                    .containsEntry("shein-42", "shein-30")
                    .containsEntry("shein-43", "shein-30")
                    .hasSize(6);
            port.forget();
            shop.write(List.of(sized("shein-51", "Skirt", "تنورة", "9", "3", 1, 1, "M")));
            assertThat(port.writes())
                    .as("only its own leaf is new")
                    .containsExactly("POST /admin/product-categories", PRODUCTS, LEVELS);
        }

        @Test
        void a_page_of_fifty_takes_one_look_one_create_and_one_call_for_the_stock() {
            shop.write(List.of(dress()));
            var page = page(50);
            shop.write(page.subList(0, 1));
            port.forget();

            var outcomes = shop.write(page);

            assertThat(outcomes.get(0)).isInstanceOf(Unchanged.class);
            assertThat(outcomes.subList(1, 50))
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Created.class));
            assertThat(port.calls()).containsExactly("GET /admin/products", PRODUCTS, LEVELS);
        }

        @Test
        void batches_stay_below_the_size_that_is_set() {
            var small = shop(new ShopSettings("", "", "", 50, 10_000, VariantsGone.OUT_OF_STOCK, ""));

            var outcomes = small.write(page(20));

            assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Created.class));
            assertThat(port.bodies())
                    .allSatisfy(body -> assertThat(body.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(10_000));
            assertThat(port.writes().stream().filter(PRODUCTS::equals)).hasSizeGreaterThan(2);
        }

        @Test
        void a_product_larger_than_a_call_may_be_fails_alone() {
            var small = shop(new ShopSettings("", "", "", 50, 10_000, VariantsGone.OUT_OF_STOCK, ""));
            var large = oil().put("description", "x".repeat(20_000));

            var outcomes = small.write(List.of(large, sweater()));

            assertThat(outcomes.get(0)).isInstanceOfSatisfying(Failed.class, failed -> {
                assertThat(failed.kind()).isEqualTo(Kind.BAD_MESSAGE);
                assertThat(failed.message())
                        .startsWith("product \"shein-2\": ")
                        .contains("bytes are more than the 10000");
            });
            assertThat(outcomes.get(1)).isInstanceOf(Created.class);
        }

        @Test
        void an_amount_goes_out_as_a_plain_number_with_the_digits_of_the_source() {
            shop.write(List.of(unsized("shein-5", "Bag", "20.00", "0.10", 1)));

            assertThat(port.bodies())
                    .anySatisfy(
                            body -> assertThat(body)
                                    .contains(
                                            "{\"currency_code\":\"sar\",\"amount\":20.00},{\"currency_code\":\"usd\",\"amount\":0.10}"));
        }

        @Test
        void a_product_whose_stock_is_not_counted_can_be_bought() {
            var product = oil();
            variant(product, 0).put("manage_inventory", false).remove("stock");

            shop.write(List.of(product));

            assertThat(sku("shein-2-sku").path("managed").asBoolean()).isFalse();
            assertThat(shop.write(List.of(product))).singleElement().isInstanceOf(Unchanged.class);
            shop.write(List.of(oil()));
            assertThat(onSale("shein-2", "sar"))
                    .as("counted from now on")
                    .containsExactly(Map.entry("shein-2-sku", "17 x 1"));
        }

        @Test
        void a_product_that_is_there_twice_in_a_page_is_written_twice_in_order() {
            var outcomes = shop.write(List.of(oil(), price(oil(), 0, "sar", "18.00")));

            assertThat(outcomes.get(0)).isInstanceOf(Created.class);
            assertThat(outcomes.get(1)).isInstanceOf(Updated.class);
            assertThat(onSale("shein-2", "sar")).containsExactly(Map.entry("shein-2-sku", "18 x 1"));
        }

        @Test
        void an_inventory_item_left_behind_under_our_sku_is_taken_over() {
            post("/admin/inventory-items", "{\"sku\":\"shein-2-sku\"}");
            post("/admin/inventory-items", "{\"sku\":\"shein-1-S\"}");

            var outcomes = shop.write(three());

            assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Created.class));
            assertThat(onSale("shein-2", "sar")).containsExactly(Map.entry("shein-2-sku", "17 x 1"));
            assertThat(onSale("shein-1", "sar")).hasSize(5).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("23.8 x 20"));
            assertThat(medusa.dump().path("orphans")).isEmpty();
        }

        @Test
        void a_sku_that_belongs_to_another_product_is_refused_and_both_are_named() {
            shop.write(List.of(oil()));
            var other = unsized("shein-9", "Another Oil", "5", "1", 1);
            variant(other, 0).put("sku", "shein-2-sku");

            var outcomes = shop.write(List.of(dress(), other, sweater()));

            assertThat(outcomes.get(0)).isInstanceOf(Created.class);
            assertThat(outcomes.get(1))
                    .isEqualTo(
                            new Failed(
                                    Kind.BAD_MESSAGE,
                                    "product \"shein-9\": sku \"shein-2-sku\" belongs to product \"shein-2\" in the shop already"));
            assertThat(outcomes.get(2)).isInstanceOf(Created.class);
        }
    }

    @Nested
    class WritingAgain {
        @BeforeEach
        void three_products_are_in_the_shop() {
            shop.write(three());
            port.forget();
            medusa.resetCounters();
        }

        @Test
        void unchanged_products_cost_one_look_and_no_write() {
            var outcomes = shop.write(three());

            assertThat(outcomes).hasSize(3).allSatisfy(outcome -> assertThat(outcome)
                    .isInstanceOf(Unchanged.class));
            assertThat(port.calls()).containsExactly("GET /admin/products");
            assertThat(medusa.counters().allWrites()).isZero();
        }

        @Test
        void unchanged_products_cost_no_write_for_a_shop_that_has_just_started() {
            shop(ShopSettings.DEFAULT).write(three());

            assertThat(port.writes()).isEmpty();
        }

        @Test
        void a_changed_price_is_exactly_one_update_that_carries_all_prices_of_the_variant() {
            var outcomes = shop.write(List.of(price(dress(), 1, "sar", "21.50"), oil(), sweater()));

            assertThat(outcomes.get(0)).isInstanceOf(Updated.class);
            assertThat(outcomes.subList(1, 3))
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Unchanged.class));
            assertThat(port.writes()).containsExactly(VARIANTS);
            assertThat(port.bodies().get(0))
                    .contains(
                            "\"prices\":[{\"currency_code\":\"sar\",\"amount\":21.50},{\"currency_code\":\"usd\",\"amount\":6.35}]");
            assertThat(onSale("shein-1", "sar"))
                    .containsEntry("shein-1-S", "21.5 x 20")
                    .containsEntry("shein-1-M", "23.8 x 20");
            assertThat(onSale("shein-1", "usd")).containsEntry("shein-1-S", "6.35 x 20");
        }

        @Test
        void prices_of_several_sizes_go_in_one_call() {
            shop.write(List.of(price(price(dress(), 0, "sar", "1"), 4, "usd", "2")));

            assertThat(port.writes()).containsExactly(VARIANTS);
        }

        @Test
        void a_price_written_with_other_digits_is_the_same_price() {
            shop.write(List.of(price(dress(), 1, "sar", "23.8000")));

            assertThat(port.writes()).isEmpty();
        }

        @Test
        void a_currency_the_source_no_longer_gives_is_no_longer_sold_in() {
            var product = oil();
            ((ArrayNode) variant(product, 0).path("prices")).remove(1);

            shop.write(List.of(product));

            assertThat(sku("shein-2-sku").path("prices")).hasSize(1);
        }

        @Test
        void titles_texts_and_images_of_many_products_change_in_one_call() {
            var first = dress().put("title", "Maxi Dress");
            var second = oil();
            ((ArrayNode) second.path("images")).insert(0, "https://img.example.com/new.jpg");
            second.put("thumbnail", "https://img.example.com/new.jpg").remove("description");

            shop.write(List.of(first, second, sweater()));

            assertThat(port.writes()).containsExactly(PRODUCTS);
            assertThat(dumped("shein-1").path("title").asText()).isEqualTo("Maxi Dress");
            assertThat(texts(dumped("shein-2").path("images")))
                    .hasSize(8)
                    .startsWith("https://img.example.com/new.jpg", "https://img.example.com/shein-2/1.jpg");
            port.forget();
            shop.write(List.of(first, second, sweater()));
            assertThat(port.writes()).isEmpty();
        }

        @Test
        void a_new_size_is_on_sale_and_its_value_is_among_the_options() {
            var product =
                    sized("shein-1", "Midi Dress", "فستان", "23.80", "6.35", 20, 3, "XS", "S", "M", "L", "XL", "XXL");

            assertThat(shop.write(List.of(product))).singleElement().isInstanceOf(Updated.class);

            assertThat(onSale("shein-1", "sar")).hasSize(6).containsEntry("shein-1-XXL", "23.8 x 20");
            assertThat(port.writes()).containsExactly("POST /admin/products/:id/options/batch", VARIANTS, LEVELS);
            port.forget();
            shop.write(List.of(product));
            assertThat(port.writes()).isEmpty();
        }

        @Test
        void a_new_option_reaches_the_variants_that_are_there() {
            var product = dress();
            var option = ((ArrayNode) product.path("options")).addObject().put("title", "Length");
            option.putArray("values").add("Long").add("Short");
            for (int i = 0; i < 5; i++)
                ((ObjectNode) variant(product, i).path("options")).put("Length", i == 0 ? "Short" : "Long");

            shop.write(List.of(product));

            assertThat(sku("shein-1-XS").path("options").path("Length").asText())
                    .isEqualTo("Short");
            assertThat(sku("shein-1-XL").path("options").path("Length").asText())
                    .isEqualTo("Long");
            assertThat(port.bodies().get(0))
                    .as("an option of this product alone")
                    .contains("\"title\":\"Length\",\"is_exclusive\":true");
        }

        @Test
        void a_product_without_options_can_get_some() {
            var product = sized("shein-2", "Hair Oil", "زيت", "17.00", "4.53", 1, 7, "50 ml", "100 ml");
            product.remove("description");

            assertThat(shop.write(List.of(product))).singleElement().isInstanceOf(Updated.class);

            assertThat(onSale("shein-2", "sar"))
                    .containsEntry("shein-2-100 ml", "17 x 1")
                    .containsEntry("shein-2-sku", "17 x 0");
            port.forget();
            shop.write(List.of(product));
            assertThat(port.writes()).isEmpty();
        }

        @Test
        void a_size_that_is_gone_is_out_of_stock_and_sold_again_when_it_is_back() {
            var without = sized("shein-1", "Midi Dress", "فستان", "23.80", "6.35", 20, 3, "XS", "S", "M", "L");

            shop.write(List.of(without));

            assertThat(onSale("shein-1", "sar"))
                    .containsEntry("shein-1-XL", "23.8 x 0")
                    .containsEntry("shein-1-L", "23.8 x 20");
            port.forget();
            shop.write(List.of(without));
            assertThat(port.writes()).as("gone already").isEmpty();
            shop.write(List.of(dress()));
            assertThat(onSale("shein-1", "sar")).containsEntry("shein-1-XL", "23.8 x 20");
        }

        @Test
        void a_size_that_is_gone_is_deleted_when_the_setting_says_so_and_can_come_back() {
            var deleting = shop(new ShopSettings("", "", "", 50, 1_800_000, VariantsGone.DELETE, ""));
            var without = sized("shein-1", "Midi Dress", "فستان", "23.80", "6.35", 20, 3, "XS", "S", "M", "L");

            deleting.write(List.of(without));

            assertThat(onSale("shein-1", "sar")).hasSize(4);
            assertThat(medusa.dump().path("orphans")).isEmpty();
            deleting.write(List.of(dress()));
            assertThat(onSale("shein-1", "sar")).hasSize(5).containsEntry("shein-1-XL", "23.8 x 20");
        }

        @Test
        void a_size_whose_sku_is_another_now_stays_the_same_variant() {
            var before = sku("shein-1-M").path("id").asText();
            var product = dress();
            variant(product, 2).put("sku", "shein-1-M-new");

            assertThat(shop.write(List.of(product))).singleElement().isInstanceOf(Updated.class);

            assertThat(sku("shein-1-M-new").path("id").asText()).isEqualTo(before);
            assertThat(onSale("shein-1", "sar")).hasSize(5).containsEntry("shein-1-M-new", "23.8 x 20");
        }

        @Test
        void a_variant_the_merchant_made_is_left_alone() {
            var option =
                    adminProduct("shein-2", "options.id").at("/options/0/id").asText();
            post(
                    "/admin/products/" + id("shein-2") + "/options/batch",
                    "{\"update\":[{\"product_option_id\":\"" + option + "\",\"add\":[{\"value\":\"Gift box\"}]}]}");
            post("/admin/products/" + id("shein-2") + "/variants/batch", """
                    {"create": [{"title": "Gift box", "sku": "GIFT", "options": {"Default option": "Gift box"},
                                 "prices": [{"currency_code": "sar", "amount": 30}]}]}""");

            shop.write(List.of(oil()));

            assertThat(port.writes()).isEmpty();
            assertThat(sku("GIFT").path("prices").path("sar").asInt()).isEqualTo(30);
        }

        @Test
        void stock_follows_the_source() {
            shop.write(List.of(stock(dress(), 0, 3)));

            assertThat(onSale("shein-1", "sar"))
                    .containsEntry("shein-1-XS", "23.8 x 3")
                    .containsEntry("shein-1-S", "23.8 x 20");
            assertThat(port.writes()).containsExactly(LEVELS, VARIANTS);
        }

        @Test
        void stock_the_shop_has_sold_since_is_left_alone_until_the_source_tells_another() {
            shopSells("shein-1-XS", 2);

            shop.write(List.of(price(dress(), 0, "sar", "22.00")));
            assertThat(onSale("shein-1", "sar")).containsEntry("shein-1-XS", "22 x 18");

            shop.write(List.of(stock(price(dress(), 0, "sar", "22.00"), 0, 30)));
            assertThat(onSale("shein-1", "sar")).containsEntry("shein-1-XS", "22 x 30");
        }

        @Test
        void what_the_merchant_added_survives() {
            var tag = post("/admin/product-tags", "{\"value\":\"summer\"}")
                    .at("/product_tag/id")
                    .asText();
            var sale = post("/admin/product-categories", "{\"name\":\"Sale\",\"handle\":\"sale\",\"is_active\":true}");
            var own = texts(adminProduct("shein-1", "categories.id").path("categories"), "id");
            own.add(sale.at("/product_category/id").asText());
            var categories = Json.array();
            own.forEach(id -> categories.addObject().put("id", id));
            post(
                    "/admin/products/" + id("shein-1"),
                    "{\"subtitle\":\"Our best\",\"tags\":[{\"id\":\"" + tag
                            + "\"}],\"metadata\":{\"margin\":\"high\"},\"categories\":" + categories + "}");

            shop.write(List.of(dress().put("title", "Maxi Dress")));

            var product = adminProduct("shein-1", "title,subtitle,metadata,*tags,*categories");
            assertThat(product.path("title").asText()).isEqualTo("Maxi Dress");
            assertThat(product.path("subtitle").asText()).isEqualTo("Our best");
            assertThat(product.path("tags")).hasSize(1);
            assertThat(product.at("/metadata/margin").asText()).isEqualTo("high");
            assertThat(texts(product.path("categories"), "handle"))
                    .contains("sale", "shein-41")
                    .hasSize(5);
        }

        @Test
        void a_price_the_merchant_made_for_many_at_once_survives_a_new_price() {
            var variant = sku("shein-2-sku").path("id").asText();
            post(
                    "/admin/products/" + id("shein-2") + "/variants/batch",
                    "{\"update\":[{\"id\":\"" + variant + "\",\"prices\":["
                            + "{\"currency_code\":\"sar\",\"amount\":17},{\"currency_code\":\"usd\",\"amount\":4.53},"
                            + "{\"currency_code\":\"sar\",\"amount\":15,\"min_quantity\":10}]}]}");
            shop.write(List.of(oil()));
            assertThat(port.writes()).isEmpty();

            shop.write(List.of(price(oil(), 0, "sar", "18.00")));

            var prices = adminProduct("shein-2", "*variants.prices").at("/variants/0/prices");
            assertThat(texts(prices, "amount")).containsExactlyInAnyOrder("18", "4.53", "15");
        }

        @Test
        void metadata_the_source_no_longer_has_is_taken_away() {
            var product = dress();
            ((ObjectNode) product.path("metadata")).remove("brand");

            shop.write(List.of(product));

            assertThat(dumped("shein-1").path("metadata").has("brand")).isFalse();
            port.forget();
            shop.write(List.of(product));
            assertThat(port.writes()).isEmpty();
        }

        @Test
        void a_missing_sales_channel_is_repaired_and_others_are_kept() {
            var other = post("/admin/sales-channels", "{\"name\":\"Outlet\"}")
                    .at("/sales_channel/id")
                    .asText();
            post("/admin/products/" + id("shein-1"), "{\"sales_channels\":[{\"id\":\"" + other + "\"}]}");

            shop.write(List.of(dress()));

            assertThat(adminProduct("shein-1", "sales_channels.id").path("sales_channels"))
                    .hasSize(2);
            assertThat(onSale("shein-1", "sar")).hasSize(5);
        }

        @Test
        void a_missing_shipping_profile_is_repaired() {
            post("/admin/products/" + id("shein-1"), "{\"shipping_profile_id\":null}");

            shop.write(List.of(dress()));

            assertThat(dumped("shein-1").path("shipping_profile").asText()).isEqualTo(medusa.shippingProfileId());
        }

        @Test
        void a_category_somebody_deleted_is_made_again() {
            var leaf = get("/admin/product-categories?handle=shein-41&fields=id")
                    .at("/product_categories/0/id")
                    .asText();
            port.send(Call.delete("/admin/product-categories/" + leaf));

            shop.write(List.of(dress()));

            assertThat(texts(dumped("shein-1").path("categories"))).contains("shein-41");
        }

        @Test
        void an_unpublished_product_becomes_a_draft_and_comes_back() {
            shop.write(List.of(dress().put("status", "draft")));
            assertThat(onSale("shein-1", "sar")).isEmpty();
            assertThat(port.writes()).containsExactly(PRODUCTS);

            shop.write(List.of(dress()));
            assertThat(onSale("shein-1", "sar")).hasSize(5);
        }

        @Test
        void products_are_taken_off_sale_by_handle_in_one_small_update() {
            var outcomes = shop.draft(List.of("shein-1", "shein-404", "shein-2"));

            assertThat(outcomes.get(0)).isInstanceOf(Updated.class);
            assertThat(outcomes.get(1)).isEqualTo(new Outcome.Absent("shein-404"));
            assertThat(outcomes.get(2)).isInstanceOf(Updated.class);
            assertThat(port.calls()).containsExactly("GET /admin/products", PRODUCTS);
            assertThat(onSale("shein-1", "sar")).isEmpty();
            port.forget();
            assertThat(shop.draft(List.of("shein-1"))).singleElement().isInstanceOf(Unchanged.class);
            assertThat(port.writes()).isEmpty();
        }
    }

    @Nested
    class Failing {
        @ParameterizedTest
        @EnumSource(Leaving.class)
        void a_batch_that_died_half_way_is_completed_by_the_next_write(Leaving leaving) {
            medusa.faults().add(Fault.dieInMidBatch(leaving));
            var first = shop.write(three());
            assertThat(first).allSatisfy(outcome -> assertThat(kind(outcome)).isEqualTo(Kind.HEALS));

            var second = shop.write(three());

            assertThat(second).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Updated.class));
            assertThat(onSale("shein-1", "sar")).hasSize(5).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("23.8 x 20"));
            assertThat(onSale("shein-2", "usd")).containsExactly(Map.entry("shein-2-sku", "4.53 x 1"));
            assertThat(onSale("shein-3", "sar")).hasSize(4).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("51.85 x 20"));
            assertThat(medusa.dump().path("products")).hasSize(3);
            assertThat(medusa.dump().path("orphans")).isEmpty();
        }

        @Test
        void a_connection_lost_after_each_write_in_turn_ends_in_the_same_shop() {
            for (int lost = 0; lost < 20; lost++) {
                medusa.faults().add(Fault.dieAfterCommit());
                if (shop.write(three()).stream().noneMatch(Failed.class::isInstance)) break;
            }
            medusa.faults().clear();

            assertThat(shop.write(three()))
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Unchanged.class));
            assertThat(onSale("shein-1", "sar")).hasSize(5).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("23.8 x 20"));
            assertThat(medusa.dump().path("products")).hasSize(3);
        }

        @Test
        void too_many_requests_heals_and_says_how_long_to_wait() {
            medusa.faults().add(Fault.tooManyRequests(Duration.ofSeconds(7)));

            var outcomes = shop.write(three());

            assertThat(outcomes).hasSize(3).allSatisfy(outcome -> {
                assertThat(kind(outcome)).isEqualTo(Kind.HEALS);
                assertThat(((Failed) outcome).retryAfter()).isEqualTo(Duration.ofSeconds(7));
            });
            assertThat(shop.write(three()))
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Created.class));
        }

        @ParameterizedTest
        @ValueSource(ints = {500, 502, 503, 504})
        void a_server_in_trouble_heals_and_is_not_asked_for_each_product(int status) {
            medusa.faults().add(Fault.fail(status).times(1000));

            var outcomes = shop.write(page(50));

            assertThat(outcomes).allSatisfy(outcome -> assertThat(kind(outcome)).isEqualTo(Kind.HEALS));
            assertThat(port.calls()).hasSizeLessThan(10);
        }

        @Test
        void a_server_that_breaks_on_every_create_is_asked_a_few_times_only() {
            shop.write(page(1));
            port.forget();
            medusa.faults().add(Fault.fail(500).times(1000).on("/admin/products/batch"));

            var outcomes = shop.write(page(50));

            assertThat(outcomes.subList(1, 50))
                    .allSatisfy(outcome -> assertThat(kind(outcome)).isEqualTo(Kind.HEALS));
            assertThat(port.writes()).hasSizeLessThan(10);
        }

        @Test
        void a_poison_product_fails_alone_and_passes_once_the_poison_is_gone() {
            medusa.faults().poison("shein-1017");

            var outcomes = shop.write(page(50));

            assertThat(kind(outcomes.get(17))).isEqualTo(Kind.BAD_MESSAGE);
            assertThat(outcomes.stream().filter(Created.class::isInstance)).hasSize(49);
            medusa.faults().cure("shein-1017");
            assertThat(shop.write(page(50)).get(17)).isInstanceOf(Created.class);
        }

        @Test
        void a_poison_update_fails_alone() {
            shop.write(page(10));
            medusa.faults().poison("shein-1003");

            var outcomes = shop.write(page(10).stream()
                    .map(product -> product.put("title", "New"))
                    .toList());

            assertThat(kind(outcomes.get(3))).isEqualTo(Kind.BAD_MESSAGE);
            assertThat(outcomes.stream().filter(Updated.class::isInstance)).hasSize(9);
        }

        @Test
        void a_poison_variant_does_not_keep_its_sisters_from_their_new_price() {
            shop.write(List.of(dress()));
            medusa.faults().poison("shein-1-M");
            var product = dress().put("title", "Maxi Dress");
            for (int i = 0; i < 5; i++) price(product, i, "sar", "19.90");

            var outcome = shop.write(List.of(product)).get(0);

            assertThat(kind(outcome)).isEqualTo(Kind.BAD_MESSAGE);
            assertThat(((Failed) outcome).message()).startsWith("product \"shein-1\": Medusa answered 400 to POST ");
            medusa.faults().clear();
            assertThat(onSale("shein-1", "sar"))
                    .containsEntry("shein-1-S", "19.9 x 20")
                    .containsEntry("shein-1-M", "23.8 x 20");
            assertThat(shop.write(List.of(product)).get(0)).isInstanceOf(Updated.class);
            assertThat(onSale("shein-1", "sar"))
                    .allSatisfy((sku, sold) -> assertThat(sold).isEqualTo("19.9 x 20"));
        }

        @Test
        void stock_that_was_refused_is_written_when_the_poison_is_gone() {
            shop.write(List.of(dress()));
            medusa.faults().poison("shein-1-M");
            var product = price(stock(dress(), 2, 7), 0, "sar", "19.90");

            assertThat(kind(shop.write(List.of(product)).get(0))).isEqualTo(Kind.BAD_MESSAGE);
            medusa.faults().clear();
            assertThat(onSale("shein-1", "sar"))
                    .containsEntry("shein-1-M", "23.8 x 20")
                    .containsEntry("shein-1-XS", "19.9 x 20");

            assertThat(shop.write(List.of(product)).get(0)).isInstanceOf(Updated.class);
            assertThat(onSale("shein-1", "sar")).containsEntry("shein-1-M", "23.8 x 7");
        }

        @Test
        void a_product_on_whose_update_the_server_breaks_does_not_keep_the_others() {
            shop.write(three());
            medusa.faults().add(Fault.fail(500).times(1000).on("/admin/products/" + id("shein-1") + "/variants/batch"));
            var page = three();
            page.forEach(product -> price(product, 0, "sar", "9"));

            var outcomes = shop.write(page);

            assertThat(kind(outcomes.get(0))).isEqualTo(Kind.HEALS);
            assertThat(outcomes.subList(1, 3))
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Updated.class));
        }

        @Test
        void a_new_size_with_the_sku_of_another_product_is_refused_and_the_rest_is_done() {
            shop.write(three());
            var product = sized(
                    "shein-1", "Maxi Dress", "فستان", "19.90", "6.35", 20, 3, "XS", "S", "M", "L", "XL", "XXL", "3XL");
            variant(product, 5).put("sku", "shein-3-S");

            var outcome = shop.write(List.of(product)).get(0);

            assertThat(outcome)
                    .isEqualTo(
                            new Failed(
                                    Kind.BAD_MESSAGE,
                                    "product \"shein-1\": sku \"shein-3-S\" belongs to product \"shein-3\" in the shop already"));
            assertThat(onSale("shein-1", "sar"))
                    .hasSize(6)
                    .containsEntry("shein-1-XS", "19.9 x 20")
                    .containsEntry("shein-1-3XL", "19.9 x 20");
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void a_variant_without_an_inventory_item_gets_the_one_with_its_sku_or_a_new_one(boolean itemIsThere) {
            shop.write(List.of(sized("shein-1", "Midi Dress", "فستان", "23.80", "6.35", 20, 3, "XS", "S", "M", "L")));
            addWithoutInventoryItem("shein-1", "shein-1-XL", "XL");
            if (itemIsThere) post("/admin/inventory-items", "{\"sku\":\"shein-1-XL\"}");

            assertThat(shop.write(List.of(dress()))).singleElement().isInstanceOf(Updated.class);

            assertThat(onSale("shein-1", "sar")).hasSize(5).containsEntry("shein-1-XL", "23.8 x 20");
            assertThat(medusa.dump().path("orphans")).isEmpty();
        }

        @Test
        void an_inventory_item_that_counts_another_variant_is_not_taken_from_it() {
            post("/admin/inventory-items", "{\"sku\":\"shein-6-sku\"}");
            var used = new MedusaShop(
                    call -> call.path().startsWith("/admin/inventory-items?")
                            ? new Reply(200, Map.of(), """
                            {"inventory_items": [{"id": "iitem_1", "sku": "shein-6-sku", "variants": [{"id": "v", "sku": "other"}]}]}
                            """.getBytes(UTF_8))
                            : port.send(call),
                    ShopSettings.DEFAULT,
                    Clock.systemUTC());

            var outcome =
                    used.write(List.of(unsized("shein-6", "Balm", "5", "1", 3))).get(0);

            assertThat(outcome)
                    .isEqualTo(
                            new Failed(
                                    Kind.BAD_MESSAGE,
                                    "product \"shein-6\": the inventory item of sku \"shein-6-sku\" counts sku \"other\" in the shop"));
        }

        @Test
        void a_size_that_is_gone_but_ordered_is_out_of_stock_instead_of_deleted() {
            shop.write(List.of(dress()));
            var refusing = new MedusaShop(
                    call -> call.path().contains("/variants/batch")
                                    && text(call).startsWith("{\"delete\"")
                            ? refusal(
                                    "Cannot remove following inventory item(s) since they have reservations: [iitem_1].")
                            : port.send(call),
                    new ShopSettings("", "", "", 50, 1_800_000, VariantsGone.DELETE, ""),
                    Clock.systemUTC());

            var without = sized("shein-1", "Midi Dress", "فستان", "23.80", "6.35", 20, 3, "XS", "S", "M", "L");
            var outcome = refusing.write(List.of(without)).get(0);

            assertThat(outcome).isInstanceOf(Updated.class);
            assertThat(onSale("shein-1", "sar")).containsEntry("shein-1-XL", "23.8 x 0");
        }

        @Test
        void a_category_medusa_will_not_have_fails_its_products_alone() {
            var refusing = new MedusaShop(
                    call -> call.path().startsWith("/admin/product-categories?")
                                    && !call.reads()
                                    && text(call).contains("shein-41")
                            ? refusal("Invalid category")
                            : port.send(call),
                    ShopSettings.DEFAULT,
                    Clock.systemUTC());

            var outcomes = refusing.write(List.of(dress(), oil()));

            assertThat(outcomes.get(0))
                    .isEqualTo(new Failed(
                            Kind.BAD_MESSAGE,
                            "product \"shein-1\": category \"shein-41\": "
                                    + "Medusa answered 400 to POST /admin/product-categories: Invalid category"));
            assertThat(outcomes.get(1)).isInstanceOf(Created.class);
        }

        @Test
        void a_category_somebody_else_makes_at_the_same_time_is_used() {
            var racing = new MedusaShop(
                    call -> {
                        if (call.path().startsWith("/admin/product-categories") && !call.reads()) port.send(call);
                        return port.send(call);
                    },
                    ShopSettings.DEFAULT,
                    Clock.systemUTC());

            assertThat(racing.write(List.of(dress()))).singleElement().isInstanceOf(Created.class);
            assertThat(medusa.dump().path("categories")).hasSize(4);
        }

        @Test
        void a_product_somebody_else_makes_at_the_same_time_is_compared_and_completed() {
            var racing = new MedusaShop(
                    call -> {
                        if (call.path().startsWith("/admin/products/batch")) port.send(call);
                        return port.send(call);
                    },
                    ShopSettings.DEFAULT,
                    Clock.systemUTC());

            assertThat(racing.write(three()))
                    .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Updated.class));
            assertThat(onSale("shein-1", "sar")).hasSize(5).allSatisfy((sku, sold) -> assertThat(sold)
                    .isEqualTo("23.8 x 20"));
        }

        @Test
        void what_never_comes_in_order_is_tried_again_later() {
            var stubborn = new MedusaShop(
                    call -> call.path().startsWith("/admin/products/batch")
                            ? refusal("Product with handle: shein-2, already exists.")
                            : port.send(call),
                    ShopSettings.DEFAULT,
                    Clock.systemUTC());

            var outcome = stubborn.write(List.of(oil())).get(0);

            assertThat(kind(outcome)).isEqualTo(Kind.HEALS);
            assertThat(((Failed) outcome).message())
                    .startsWith("product \"shein-2\" was still not in order after 6 looks: Medusa");
        }

        @Test
        void a_product_deleted_while_it_is_taken_off_sale_is_off_sale() {
            shop.write(List.of(oil()));
            var late = new MedusaShop(
                    call -> {
                        if (!call.reads()) port.send(Call.delete("/admin/products/" + id("shein-2")));
                        return port.send(call);
                    },
                    ShopSettings.DEFAULT,
                    Clock.systemUTC());

            assertThat(late.draft(List.of("shein-2"))).containsExactly(new Outcome.Absent("shein-2"));
        }

        @Test
        void a_wrong_key_is_a_bad_setting() {
            var stranger =
                    new MedusaShop(new HttpPort(medusa.url(), "sk_wrong"), ShopSettings.DEFAULT, Clock.systemUTC());

            var outcomes = stranger.write(three());

            assertThat(outcomes).allSatisfy(outcome -> {
                assertThat(kind(outcome)).isEqualTo(Kind.BAD_SETTINGS);
                assertThat(((Failed) outcome).message()).contains("MEDUSA_API_KEY");
            });
        }

        @Test
        void a_server_that_is_not_there_heals() {
            var nowhere = new MedusaShop(
                    new HttpPort(URI.create("http://127.0.0.1:1"), "sk"), ShopSettings.DEFAULT, Clock.systemUTC());

            assertThat(nowhere.write(three())).hasSize(3).allSatisfy(outcome -> assertThat(kind(outcome))
                    .isEqualTo(Kind.HEALS));
        }

        @Test
        void what_is_no_shop_product_fails_without_a_call() {
            var priceless = oil();
            variant(priceless, 0).remove("prices");

            var outcomes = shop.write(List.of(priceless));

            assertThat(outcomes)
                    .containsExactly(
                            new Failed(Kind.BAD_MESSAGE, "product \"shein-2\", sku \"shein-2-sku\" has no price"));
            assertThat(port.calls()).isEmpty();
        }
    }

    // ---- the shop as others see it

    private MedusaShop shop(ShopSettings settings) {
        return new MedusaShop(port, settings, Clock.systemUTC());
    }

    private static List<ObjectNode> page(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> {
                    var product =
                            sized("shein-" + (1000 + i), "Shirt " + i, "قميص", "10.50", "2.80", 5, 2, "S", "M", "L");
                    ((ArrayNode) product.path("categories")).remove(3);
                    return product;
                })
                .toList();
    }

    /** SKU to "price x quantity", as a visitor of the shop sees them. */
    private Map<String, String> onSale(String handle, String currency) {
        var query = "?handle=" + handle + "&region_id=" + medusa.regionId(currency)
                + "&fields=*variants.calculated_price,%2Bvariants.inventory_quantity";
        var request = HttpRequest.newBuilder(URI.create(medusa.url() + "/store/products" + query))
                .header("x-publishable-api-key", medusa.publishableKey())
                .build();
        try {
            var answer = Json.read(HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofByteArray())
                    .body());
            var sold = new TreeMap<String, String>();
            for (var variant : answer.at("/products/0/variants")) {
                var amount = new BigDecimal(
                        variant.at("/calculated_price/calculated_amount").asText());
                var quantity = variant.path("inventory_quantity").asText();
                sold.put(
                        variant.path("sku").asText(),
                        amount.stripTrailingZeros().toPlainString() + " x " + quantity);
            }
            return sold;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As the product's own update adds variants: without anything to count their stock with. */
    private void addWithoutInventoryItem(String handle, String sku, String size) {
        for (var option : adminProduct(handle, "options.id,options.title").path("options")) {
            if (!option.path("title").asText().equals("Size")) continue;
            post(
                    "/admin/products/" + id(handle) + "/options/batch",
                    "{\"update\":[{\"product_option_id\":\"" + option.path("id").asText() + "\",\"add\":[{\"value\":\""
                            + size + "\"}]}]}");
        }
        var variants = Json.array();
        dumped(handle).path("variants").forEach(variant -> variants.addObject()
                .put("id", variant.path("id").asText()));
        var added = variants.addObject().put("title", size).put("sku", sku);
        added.putObject("options").put("Color", "Black").put("Size", size);
        added.putArray("prices");
        post("/admin/products/" + id(handle), "{\"variants\":" + variants + "}");
    }

    private static String text(Call call) {
        return new String(call.body(), UTF_8);
    }

    private static Reply refusal(String message) {
        return new Reply(
                400,
                Map.of(),
                Json.bytes(Json.object().put("type", "invalid_data").put("message", message)));
    }

    private void shopSells(String sku, int quantity) {
        var item = get("/admin/inventory-items?sku[]=" + sku + "&fields=id,*location_levels")
                .at("/inventory_items/0");
        var left = item.at("/location_levels/0/stocked_quantity").asInt() - quantity;
        post(
                "/admin/inventory-items/location-levels/batch",
                "{\"update\":[{\"inventory_item_id\":\"" + item.path("id").asText() + "\",\"location_id\":\""
                        + medusa.stockLocationId() + "\",\"stocked_quantity\":" + left + "}]}");
    }

    private JsonNode dumped(String handle) {
        for (var product : medusa.dump().path("products"))
            if (product.path("handle").asText().equals(handle)) return product;
        throw new AssertionError("no product " + handle);
    }

    private JsonNode sku(String sku) {
        for (var product : medusa.dump().path("products")) {
            for (var variant : product.path("variants"))
                if (variant.path("sku").asText().equals(sku)) return variant;
        }
        throw new AssertionError("no variant " + sku);
    }

    private String id(String handle) {
        return dumped(handle).path("id").asText();
    }

    private JsonNode adminProduct(String handle, String fields) {
        return get("/admin/products/" + id(handle) + "?fields=id," + fields).path("product");
    }

    private JsonNode get(String path) {
        return asMerchant(Call.get(path.replace("[", "%5B").replace("]", "%5D")));
    }

    private JsonNode post(String path, String body) {
        return asMerchant(Call.post(path, body.getBytes(UTF_8)));
    }

    private JsonNode asMerchant(Call call) {
        var reply = new HttpPort(medusa.url(), medusa.secretKey()).send(call);
        assertThat(reply.ok()).as(call + ": " + new String(reply.body(), UTF_8)).isTrue();
        return Json.read(reply.body());
    }

    private static Kind kind(Outcome outcome) {
        return outcome instanceof Failed failed ? failed.kind() : null;
    }

    private static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static List<String> texts(JsonNode list, String field) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.path(field).asText()));
        return texts;
    }
}
