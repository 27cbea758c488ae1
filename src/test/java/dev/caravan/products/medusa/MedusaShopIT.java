package dev.caravan.products.medusa;

import static dev.caravan.products.medusa.ShopProducts.sized;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.Outcome.Created;
import dev.caravan.products.medusa.Outcome.Unchanged;
import dev.caravan.products.medusa.Outcome.Updated;
import dev.caravan.products.medusa.ShopSettings.VariantsGone;
import dev.caravan.sandbox.MedusaServer;
import dev.caravan.sandbox.Storefront;
import dev.caravan.sandbox.Storefront.Refused;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The writer against a real Medusa, where the stand-in can only be believed. */
@Tag("medusa")
class MedusaShopIT {
    private static MedusaServer medusa;
    private static Storefront storefront;
    private static HttpPort port;

    @BeforeAll
    static void start() {
        medusa = MedusaServer.shared();
        ShopSetup.of(Settings.of(medusa.settings()), Clock.systemUTC()).make();
        storefront = medusa.storefront();
        port = new HttpPort(medusa.url(), medusa.secretKey());
    }

    @Test
    void a_product_of_414_variants_is_updated_in_under_ten_seconds() {
        var shop = shop(VariantsGone.OUT_OF_STOCK);
        var sizes = IntStream.range(0, 414).mapToObj(i -> "EU " + i).toArray(String[]::new);
        assertThat(shop.write(List.of(sized("shein-414", "Shirt", "قميص", "23.80", "6.35", 20, 3, sizes))))
                .hasOnlyElementsOfType(Created.class);
        var dearer = sized("shein-414", "Dearer shirt", "قميص", "24.80", "6.61", 19, 3, sizes);

        long began = System.nanoTime();
        var outcomes = shop.write(List.of(dearer));
        var took = Duration.ofNanos(System.nanoTime() - began);

        assertThat(outcomes).hasOnlyElementsOfType(Updated.class);
        assertThat(took).isLessThan(Duration.ofSeconds(10));
        assertThat(shop.write(List.of(dearer))).hasOnlyElementsOfType(Unchanged.class);
        assertThat(variants("shein-414")).hasSize(414).allSatisfy(variant -> {
            assertThat(price(variant)).isEqualTo("24.8");
            assertThat(variant.path("inventory_quantity").asInt()).isEqualTo(19);
        });
    }

    @Test
    void a_size_that_is_gone_cannot_be_bought_and_can_be_again_when_it_is_back() {
        var shop = shop(VariantsGone.OUT_OF_STOCK);
        var both = sized("shein-501", "Dress", "فستان", "23.80", "6.35", 20, 3, "S", "M");
        shop.write(List.of(both));
        var gone = variant("shein-501", "shein-501-M");

        shop.write(List.of(sized("shein-501", "Dress", "فستان", "23.80", "6.35", 20, 3, "S")));

        assertThatThrownBy(() -> storefront.cart("sar", gone.path("id").asText(), 1))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("not have the required inventory");
        assertThat(shop.write(List.of(both))).hasOnlyElementsOfType(Updated.class);
        assertThat(storefront.cart("sar", gone.path("id").asText(), 1).path("items"))
                .hasSize(1);
    }

    @Test
    void a_size_that_is_gone_is_deleted_with_its_stock_when_the_setting_says_so_and_can_come_back() {
        var shop = shop(VariantsGone.DELETE);
        var both = sized("shein-502", "Dress", "فستان", "23.80", "6.35", 20, 3, "S", "M");
        shop.write(List.of(both));

        shop.write(List.of(sized("shein-502", "Dress", "فستان", "23.80", "6.35", 20, 3, "S")));

        assertThat(variants("shein-502")).hasSize(1);
        assertThat(medusa.get("/admin/inventory-items?sku=shein-502-M").path("inventory_items"))
                .as("no orphan")
                .isEmpty();
        assertThat(shop.write(List.of(both))).hasOnlyElementsOfType(Updated.class);
        assertThat(variants("shein-502")).hasSize(2);
        assertThat(variant("shein-502", "shein-502-M")
                        .path("inventory_quantity")
                        .asInt())
                .isEqualTo(20);
    }

    @Test
    void a_new_size_and_a_new_option_reach_a_product_that_is_there() {
        var shop = shop(VariantsGone.OUT_OF_STOCK);
        shop.write(List.of(sized("shein-503", "Dress", "فستان", "23.80", "6.35", 20, 3, "S")));
        var wanted = sized("shein-503", "Dress", "فستان", "23.80", "6.35", 20, 3, "S", "XXL");
        wanted.withArray("options")
                .addObject()
                .put("title", "Length")
                .putArray("values")
                .add("Midi");
        wanted.path("variants").forEach(variant -> ((ObjectNode) variant.path("options")).put("Length", "Midi"));

        var outcomes = shop.write(List.of(wanted));

        assertThat(outcomes).hasOnlyElementsOfType(Updated.class);
        assertThat(shop.write(List.of(wanted))).hasOnlyElementsOfType(Unchanged.class);
        assertThat(variants("shein-503")).hasSize(2).allSatisfy(variant -> assertThat(
                        storefront.cart("sar", variant.path("id").asText(), 1).path("items"))
                .hasSize(1));
    }

    @Test
    void who_asks_in_arabic_is_answered_in_arabic() {
        var shop = shop(VariantsGone.OUT_OF_STOCK);
        var dress = sized("shein-505", "Dress", "فستان", "23.80", "6.35", 20, 3, "S");
        shop.write(List.of(dress));

        var renamed = sized("shein-505", "Dress", "فستان طويل", "23.80", "6.35", 20, 3, "S");
        var outcomes = shop.write(List.of(renamed));

        assertThat(outcomes).hasOnlyElementsOfType(Updated.class);
        assertThat(shop.write(List.of(renamed))).hasOnlyElementsOfType(Unchanged.class);
        var arabic = storefront.product("shein-505", "ar-SA");
        assertThat(arabic.path("title").asText()).isEqualTo("فستان طويل");
        assertThat(arabic.path("description").asText()).isEqualTo("وصف");
        assertThat(arabic.path("categories").findValuesAsText("name")).anyMatch(name -> name.startsWith("فئة"));
        assertThat(storefront.product("shein-505", "en-US").path("title").asText())
                .isEqualTo("Dress");
    }

    @Test
    void what_merchants_own_survives_100_syncs() {
        var shop = new MedusaShop(port, ShopSettings.DEFAULT, Clock.systemUTC());
        shop.write(List.of(sized("shein-504", "Dress 0", "فستان", "23.80", "6.35", 20, 3, "S")));
        var product = storefront
                .onSale("sar", "shein-504")
                .get("shein-504")
                .path("id")
                .asText();
        var collection = medusa.post("/admin/collections", Json.object().put("title", "Eid"))
                .at("/collection/id")
                .asText();
        var tag = medusa.post("/admin/product-tags", Json.object().put("value", "gift"))
                .at("/product_tag/id")
                .asText();
        var category = medusa.post("/admin/product-categories", Json.object().put("name", "Our favourites"))
                .at("/product_category/id")
                .asText();
        var there = medusa.get("/admin/products/" + product + "?fields=id,*categories")
                .at("/product/categories");
        var merchants = Json.object().put("subtitle", "Ours").put("collection_id", collection);
        merchants.putArray("tags").addObject().put("id", tag);
        var categories = merchants.putArray("categories");
        there.forEach(one -> categories.addObject().put("id", one.path("id").asText()));
        categories.addObject().put("id", category);
        merchants.putObject("metadata").put("care", "by hand");
        medusa.post("/admin/products/" + product, merchants);

        for (int i = 1; i <= 100; i++) {
            var again = sized("shein-504", "Dress " + i, "فستان", "23.80", "6.35", 20, 1 + i % 3, "S");
            assertThat(shop.write(List.of(again))).hasOnlyElementsOfType(Updated.class);
        }

        var kept = medusa.get("/admin/products/" + product
                        + "?fields=title,subtitle,collection_id,metadata,*tags,*categories")
                .path("product");
        assertThat(kept.path("title").asText()).isEqualTo("Dress 100");
        assertThat(kept.path("subtitle").asText()).isEqualTo("Ours");
        assertThat(kept.path("collection_id").asText()).isEqualTo(collection);
        assertThat(kept.at("/tags/0/id").asText()).isEqualTo(tag);
        assertThat(kept.at("/metadata/care").asText()).isEqualTo("by hand");
        assertThat(kept.path("categories"))
                .hasSize(there.size() + 1)
                .extracting(one -> one.path("id").asText())
                .contains(category);
    }

    private static MedusaShop shop(VariantsGone gone) {
        return new MedusaShop(
                port, ShopSettings.DEFAULT.withVariantsGone(gone).withArabicLocale("ar-SA"), Clock.systemUTC());
    }

    private static List<JsonNode> variants(String handle) {
        return StreamSupport.stream(
                        storefront
                                .onSale("sar", handle)
                                .get(handle)
                                .path("variants")
                                .spliterator(),
                        false)
                .toList();
    }

    private static JsonNode variant(String handle, String sku) {
        return variants(handle).stream()
                .filter(variant -> variant.path("sku").asText().equals(sku))
                .findFirst()
                .orElseThrow();
    }

    private static String price(JsonNode variant) {
        return variant.at("/calculated_price/calculated_amount").asText();
    }
}
