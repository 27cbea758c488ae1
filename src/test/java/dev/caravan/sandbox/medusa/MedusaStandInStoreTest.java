package dev.caravan.sandbox.medusa;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedusaStandInStoreTest {
    private final MedusaStandIn medusa = new MedusaStandIn();
    private final ShopClient shop = new ShopClient(medusa);

    @AfterEach
    void stop() {
        medusa.close();
    }

    /**
     * What is wrong with the product "polo", its stock, and what a customer then meets: how often it is listed, its price, its quantity,
     * and the outcome of putting two of it into the cart and of ordering.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", textBlock = """
            nothing                      | {}                                  | 5  | 1 | 23.8 | 5 | ok | order
            draft                        | {'status': 'draft'}                 | 5  | 0 | -    | - \
                    | Variants VARIANT do not exist or belong to a product that is not published | -
            proposed                     | {'status': 'proposed'}              | 5  | 0 | -    | - \
                    | Variants VARIANT do not exist or belong to a product that is not published | -
            no sales channel             | {'sales_channels': []}              | 5  | 0 | -    | - | ok | order
            unknown sales channel        | {'sales_channels': [{'id': 'sc_no'}]} | 5 | 0 | -   | - | ok | order
            no stock level               | {}                                  | -  | 1 | 23.8 | 0 \
                    | Sales channel CHANNEL is not associated with any stock location for variant VARIANT. | -
            stock 0                      | {}                                  | 0  | 1 | 23.8 | 0 \
                    | Some variant does not have the required inventory | -
            stock 1 for two              | {}                                  | 1  | 1 | 23.8 | 1 \
                    | Some variant does not have the required inventory | -
            stock 0 with backorder       | variant {'allow_backorder': true}   | 0  | 1 | 23.8 | 0 | ok | order
            no level with backorder      | variant {'allow_backorder': true}   | -  | 1 | 23.8 | 0 | ok \
                    | Item ITEM is not stocked at location undefined
            not managed                  | variant {'manage_inventory': false} | -  | 1 | 23.8 | - | ok | order
            no price                     | variant {'prices': []}              | 5  | 1 | -    | 5 \
                    | Variants with IDs VARIANT do not have a price | -
            price in another currency    | variant {'prices': [{'currency_code': 'usd', 'amount': 1}]} | 5 | 1 | - | 5 \
                    | Variants with IDs VARIANT do not have a price | -
            price for the region only    \
                    | variant {'prices': [{'currency_code': 'sar', 'amount': 7, 'rules': {'region_id': 'REGION'}}]} | 5 | 1 | 7 | 5 \
                    | ok | order
            price 0                      | variant {'prices': [{'currency_code': 'sar', 'amount': 0}]} | 5 | 1 | 0 | 5 | ok | order
            no shipping profile          | {'shipping_profile_id': null}       | 5  | 1 | 23.8 | 5 | ok \
                    | The cart items require shipping profiles that are not satisfied by the current shipping methods
            unknown shipping profile     | {'shipping_profile_id': 'sp_no'}    | 5  | 1 | 23.8 | 5 | ok \
                    | The cart items require shipping profiles that are not satisfied by the current shipping methods
            """)
    void what_is_missing_shows_where_it_shows_in_medusa(
            String wrong,
            String change,
            Integer stock,
            int listed,
            String price,
            Integer quantity,
            String inCart,
            String ordered) {
        var product = spoiled(change);
        var id = shop.created(product);
        if (stock != null) shop.stock("polo-S", stock);
        var variant = shop.variantId("polo-S");
        var item = shop.itemId("polo-S");

        var hits = shop.get("/store/products?handle=polo&region_id=" + medusa.regionId("sar")
                + "&fields=id,*variants.calculated_price,%2Bvariants.inventory_quantity");
        var single = shop.get("/store/products/" + id);
        var cart = shop.post("/store/carts", "{'region_id': '%s'}".formatted(medusa.regionId("sar")))
                .text("/cart/id");
        var added = shop.post(
                "/store/carts/" + cart + "/line-items", "{'variant_id': '%s', 'quantity': 2}".formatted(variant));

        assertThat(hits.at("/count").asInt()).isEqualTo(listed);
        assertThat(single.status()).isEqualTo(listed == 1 ? 200 : 404);
        assertThat(hits.at("/products/0/variants/0/calculated_price/calculated_amount")
                        .asText(null))
                .isEqualTo(price);
        assertThat(hits.at("/products/0/variants/0/inventory_quantity").asText(null))
                .isEqualTo(quantity == null ? null : quantity.toString());
        assertThat(outcome(added)).isEqualTo(filled(inCart, variant, item));
        if (added.status() == 200) assertThat(outcome(ordered(cart))).isEqualTo(filled(ordered, variant, item));
    }

    @Test
    void with_one_sales_channel_in_the_shop_channels_do_not_matter() {
        var shirt = shop.shirt("polo", "S");
        shirt.putArray("sales_channels");
        shop.created(shirt);
        var other = shop.get("/admin/sales-channels?name=B2B").text("/sales_channels/0/id");

        var withTwo = shop.get("/store/products").at("/count").asInt();
        shop.delete("/admin/sales-channels/" + other);
        var withOne = shop.get("/store/products").at("/count").asInt();
        shop.post("/admin/sales-channels", "{'name': 'Outlet'}");
        var withTwoAgain = shop.get("/store/products").at("/count").asInt();

        assertThat(withTwo + " " + withOne + " " + withTwoAgain).isEqualTo("0 1 0");
    }

    @Test
    void stock_where_the_channel_does_not_sell_from_does_not_count() {
        shop.created(shop.shirt("polo", "S"));
        shop.post(
                "/admin/inventory-items/location-levels/batch",
                "{'create': [%s]}"
                        .formatted(shop.level("polo-S", 5).replace(medusa.stockLocationId(), "sloc_elsewhere")));

        var reply = shop.get("/store/products?handle=polo&fields=%2Bvariants.inventory_quantity");

        assertThat(reply.at("/products/0/variants/0/inventory_quantity").asInt())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"sar, 23.8", "usd, 6.35"})
    void each_region_has_its_price(String currency, String amount) {
        shop.created(shop.shirt("polo", "S"));

        var price = shop.get("/store/products?q=shirt&region_id=" + medusa.regionId(currency))
                .at("/products/0/variants/0/calculated_price");

        assertThat(price.get("calculated_amount").asText()).isEqualTo(amount);
        assertThat(price.get("currency_code").asText()).isEqualTo(currency);
    }

    @Test
    void without_a_region_there_is_no_price_and_status_and_metadata_are_not_told() {
        var id = shop.created(shop.shirt("polo", "S"));

        var usual = shop.get("/store/products?id=" + id).at("/products/0");
        var asked = shop.get("/store/products?fields=id,*variants.calculated_price");

        assertThat(usual.at("/variants/0").has("calculated_price")).isFalse();
        assertThat(usual.has("status")).isFalse();
        assertThat(usual.has("metadata")).isFalse();
        assertThat(asked.message()).isEqualTo("Missing required pricing context to calculate prices - region_id");
    }

    @Test
    void the_publishable_key_is_required() {
        var without = shop.exchange(shop.request("GET", "/store/products", null).build());
        var wrong = shop.exchange(shop.request("GET", "/store/products", null)
                .header("x-publishable-api-key", "pk_no")
                .build());

        assertThat(without.status()).isEqualTo(400);
        assertThat(without.message()).startsWith("Publishable API key required in the request header");
        assertThat(without.text("/type")).isEqualTo("not_allowed");
        assertThat(wrong.message()).isEqualTo("A valid publishable key is required to proceed with the request");
    }

    @Test
    void a_cart_adds_up_and_is_ordered_once() {
        shop.created(shop.shirt("polo", "S"));
        shop.stock("polo-S", 5);
        var cart = shop.post("/store/carts", "{'email': 'nura@example.com'}").text("/cart/id");
        var line = "{'variant_id': '%s', 'quantity': 2}".formatted(shop.variantId("polo-S"));
        shop.post("/store/carts/" + cart + "/line-items", line);
        shop.post("/store/carts/" + cart + "/line-items", line);

        var early = shop.post("/store/carts/" + cart + "/complete", "{}");
        var first = ordered(cart);
        var again = shop.post("/store/carts/" + cart + "/complete", "{}");

        assertThat(early.message()).isEqualTo("Payment collection has not been initiated for cart");
        assertThat(first.text("/order/total")).isEqualTo("95.2");
        assertThat(again.text("/order/id")).isEqualTo(first.text("/order/id")).startsWith("order_");
        assertThat(shop.get("/store/products?fields=%2Bvariants.inventory_quantity")
                        .at("/products/0/variants/0/inventory_quantity")
                        .asInt())
                .isEqualTo(1);
        assertThat(shop.get("/store/carts/" + cart).at("/cart/items")).hasSize(1);
    }

    @Test
    void what_is_reserved_cannot_be_deleted() {
        var id = shop.created(shop.shirt("polo", "S"));
        shop.stock("polo-S", 5);
        var cart = shop.post("/store/carts", "{}").text("/cart/id");
        shop.post(
                "/store/carts/" + cart + "/line-items",
                "{'variant_id': '%s', 'quantity': 1}".formatted(shop.variantId("polo-S")));
        ordered(cart);

        var reply = shop.delete("/admin/products/" + id);

        assertThat(reply.message())
                .isEqualTo("Cannot remove following inventory item(s) since they have reservations: ["
                        + shop.itemId("polo-S") + "].");
        assertThat(shop.get("/admin/products/" + id).status()).isEqualTo(200);
    }

    @Test
    void unknown_carts_regions_and_variants_are_refused() {
        var cart = shop.post("/store/carts", "{}").text("/cart/id");

        assertThat(shop.post("/store/carts", "{'region_id': 'reg_no'}").status())
                .isEqualTo(404);
        assertThat(shop.get("/store/carts/cart_no").status()).isEqualTo(404);
        assertThat(shop.post("/store/carts/" + cart + "/line-items", "{'variant_id': 'variant_no'}")
                        .message())
                .isEqualTo("Variants variant_no do not exist or belong to a product that is not published");
        assertThat(shop.get("/store/regions").at("/count").asInt()).isEqualTo(2);
    }

    private ObjectNode spoiled(String change) {
        var shirt = shop.shirt("polo", "S");
        var ofVariant = change.startsWith("variant ");
        var target = ofVariant ? (ObjectNode) shirt.at("/variants/0") : shirt;
        try {
            target.setAll((ObjectNode) Request.MAPPER.readTree(
                    change.replace("variant ", "").replace('\'', '"').replace("REGION", medusa.regionId("sar"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shirt;
    }

    private ShopClient.Reply ordered(String cart) {
        shop.post("/store/carts/" + cart, "{'email': 'nura@example.com', 'shipping_address': {'country_code': 'sa'}}");
        var option = shop.get("/store/shipping-options?cart_id=" + cart).text("/shipping_options/0/id");
        shop.post("/store/carts/" + cart + "/shipping-methods", "{'option_id': '%s'}".formatted(option));
        var payment = shop.post("/store/payment-collections", "{'cart_id': '%s'}".formatted(cart))
                .text("/payment_collection/id");
        shop.post(
                "/store/payment-collections/" + payment + "/payment-sessions", "{'provider_id': 'pp_system_default'}");
        return shop.post("/store/carts/" + cart + "/complete", "{}");
    }

    private static String outcome(ShopClient.Reply reply) {
        if (reply.status() != 200) return reply.message();
        return reply.json().has("order") ? "order" : "ok";
    }

    private String filled(String message, String variant, String item) {
        return message.replace("VARIANT", variant).replace("ITEM", item).replace("CHANNEL", medusa.salesChannelId());
    }
}
