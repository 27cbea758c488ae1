package dev.caravan.products.medusa;

import static dev.caravan.products.medusa.ShopProducts.dress;
import static dev.caravan.products.medusa.ShopProducts.price;
import static dev.caravan.products.medusa.ShopProducts.variant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ShopProductTest {
    @Test
    void each_thing_that_is_missing_or_wrong_is_named() {
        refused(product -> product.remove("handle"), "a product has no handle");
        refused(product -> product.put("title", " "), "product \"shein-1\" has no title");
        refused(
                product -> product.putArray("options"),
                "product \"shein-1\" has no option, and Medusa wants at least one");
        refused(
                product -> product.put("status", "live"),
                "product \"shein-1\": status \"live\" is neither published nor draft");
        refused(
                product -> variant(product, 1).put("sku", "shein-1-XS"),
                "product \"shein-1\" has sku \"shein-1-XS\" twice");
        refused(
                product -> ((ObjectNode) variant(product, 0).path("options")).remove("Size"),
                "product \"shein-1\", sku \"shein-1-XS\" has no value for option \"Size\"");
        refused(
                product -> variant(product, 0).putArray("prices"),
                "product \"shein-1\", sku \"shein-1-XS\" has no price");
        refused(
                product -> price(product, 0, "sar", "1,5"),
                "product \"shein-1\", sku \"shein-1-XS\": price \"1,5\" is not an amount above 0");
        refused(
                product -> price(product, 0, "usd", "0"),
                "product \"shein-1\", sku \"shein-1-XS\": price \"0\" is not an amount above 0");
        refused(
                product -> variant(product, 0).put("stock", -1),
                "product \"shein-1\", sku \"shein-1-XS\" is managed and has no stock that is a whole number: -1");
        refused(
                product -> variant(product, 0).put("stock", 1.5),
                "product \"shein-1\", sku \"shein-1-XS\" is managed and has no stock that is a whole number: 1.5");
    }

    @Test
    void the_first_image_is_the_thumbnail_when_none_is_given() {
        var product = dress();
        product.remove("thumbnail");

        assertThat(ShopProduct.of(product).thumbnail()).isEqualTo("https://img.example.com/shein-1/1.jpg");
    }

    @Test
    void metadata_without_a_value_is_left_out_because_medusa_would_delete_it() {
        var product = dress();
        ((ObjectNode) product.path("metadata"))
                .put("brand", "")
                .putNull("sku")
                .put("weight", 0)
                .set("list", Json.array());

        assertThat(ShopProduct.of(product).metadata().has("brand")).isFalse();
        assertThat(ShopProduct.of(product).metadata().has("sku")).isFalse();
        assertThat(ShopProduct.of(product).metadata().has("weight")).isTrue();
        assertThat(ShopProduct.of(product).metadata().has("list")).isTrue();
    }

    private static void refused(Consumer<ObjectNode> edit, String message) {
        var product = dress();
        edit.accept(product);
        assertThatThrownBy(() -> ShopProduct.of(product))
                .isInstanceOf(BadMessage.class)
                .hasMessage(message);
    }
}
