package dev.caravan.products.medusa;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.StockWhenAbsent;
import dev.caravan.products.StockWhenAbsent.Mode;
import dev.caravan.records.Reason;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SellabilityTest {
    private final Sellability strict = new Sellability(true, supplier -> StockWhenAbsent.HOLD);

    @Test
    void a_product_with_variants_prices_stock_and_an_image_can_be_sold() {
        assertThat(strict.hold("acme", product(p -> {}))).isEmpty();
    }

    @Test
    void a_product_without_variants_is_held() {
        var product = product(p -> p.putArray("variants"));

        assertThat(strict.hold("acme", product)).hasValueSatisfying(is("/variants", "unsellable-no-variant"));
        assertThat(strict.hold("acme", product(p -> p.remove("variants"))))
                .hasValueSatisfying(is("/variants", "unsellable-no-variant"));
    }

    @Test
    void a_variant_without_a_price_holds_the_product() {
        var product = product(p -> variant(p, 1).remove("prices"));

        assertThat(strict.hold("acme", product)).hasValueSatisfying(is("/variants/1/prices", "unsellable-no-price"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.00", "-1", "", "free"})
    void a_price_that_is_nothing_holds_the_product(String amount) {
        var product = product(p -> ((ObjectNode) variant(p, 0).path("prices").get(1)).put("amount", amount));

        assertThat(strict.hold("acme", product)).hasValueSatisfying(reason -> {
            assertThat(reason.pointer()).isEqualTo("/variants/0/prices/1/amount");
            assertThat(reason.message())
                    .isEqualTo("sku \"A-S\" has the price \"" + amount + "\" in USD, and it must be above 0");
            assertThat(reason.value().asText()).isEqualTo(amount);
        });
    }

    @Test
    void a_stock_of_zero_is_a_decision_too() {
        assertThat(strict.hold("acme", product(p -> variant(p, 0).put("stock", 0))))
                .isEmpty();
    }

    @Test
    void a_stock_that_is_not_told_holds_the_product_when_the_supplier_says_so() {
        var product = product(p -> variant(p, 1).remove("stock"));

        assertThat(strict.hold("acme", product)).hasValueSatisfying(is("/variants/1/stock", "unsellable-no-stock"));
    }

    @Test
    void a_stock_that_is_not_told_is_not_counted_when_the_supplier_says_so() {
        var sellability = new Sellability(
                true,
                supplier -> supplier.equals("acme") ? new StockWhenAbsent(Mode.UNMANAGED, 0) : StockWhenAbsent.HOLD);
        var product = product(p -> variant(p, 1).putNull("stock"));

        var decided = sellability.decided("acme", product);

        assertThat(sellability.hold("acme", product)).isEmpty();
        assertThat(decided.at("/variants/0/manage_inventory").asBoolean()).isTrue();
        assertThat(decided.at("/variants/1/manage_inventory").asBoolean()).isFalse();
    }

    @Test
    void a_stock_that_is_not_told_is_the_number_the_supplier_says() {
        var sellability = new Sellability(true, supplier -> new StockWhenAbsent(Mode.AMOUNT, 7));
        var product = product(p -> variant(p, 1).remove("stock"));

        var decided = sellability.decided("acme", product);

        assertThat(sellability.hold("acme", product)).isEmpty();
        assertThat(decided.at("/variants/0/stock").asInt()).isEqualTo(20);
        assertThat(decided.at("/variants/1/stock").asInt()).isEqualTo(7);
        assertThat(product.at("/variants/1/stock").isMissingNode())
                .as("the product given is left alone")
                .isTrue();
    }

    @Test
    void a_product_without_an_image_is_held_only_when_the_setting_demands_one() {
        var product = product(p -> p.remove("images"));

        assertThat(strict.hold("acme", product)).hasValueSatisfying(is("/images", "unsellable-no-image"));
        assertThat(new Sellability(false, supplier -> StockWhenAbsent.HOLD).hold("acme", product))
                .isEmpty();
    }

    private static Consumer<Reason> is(String pointer, String rule) {
        return reason -> {
            assertThat(reason.pointer()).isEqualTo(pointer);
            assertThat(reason.rule()).isEqualTo(rule);
        };
    }

    private static ObjectNode variant(ObjectNode product, int index) {
        return (ObjectNode) product.path("variants").get(index);
    }

    private static ObjectNode product(Consumer<ObjectNode> edit) {
        var product = (ObjectNode) Json.read("""
                {"handle": "acme-1", "title": "Shirt", "status": "published", "images": ["https://img.example.com/1.jpg"],
                 "options": [{"title": "Size", "values": ["S", "M"]}], "metadata": {"supplier": "acme"},
                 "variants": [
                   {"sku": "A-S", "title": "S", "variant_rank": 0, "options": {"Size": "S"}, "manage_inventory": true, "stock": 20,
                    "prices": [{"currency_code": "sar", "amount": "23.80"}, {"currency_code": "usd", "amount": "6.35"}]},
                   {"sku": "A-M", "title": "M", "variant_rank": 1, "options": {"Size": "M"}, "manage_inventory": true, "stock": 20,
                    "prices": [{"currency_code": "sar", "amount": "23.80"}]}]}
                """);
        edit.accept(product);
        return product;
    }
}
