package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.products.StockWhenAbsent;
import dev.caravan.products.StockWhenAbsent.Mode;
import dev.caravan.records.Reason;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether a product can be sold. One that cannot is held back with the reason and never published; when it is on sale already, it has to be
 * taken off. Medusa itself would take a price of nothing, or below, without a word.
 */
public final class Sellability {
    private final boolean imageRequired;
    private final Function<String, StockWhenAbsent> stockWhenAbsent;

    /**
     * @param imageRequired   setting {@code products.image-required}
     * @param stockWhenAbsent what holds for a supplier whose source does not tell the stock; never null
     */
    public Sellability(boolean imageRequired, Function<String, StockWhenAbsent> stockWhenAbsent) {
        this.imageRequired = imageRequired;
        this.stockWhenAbsent = stockWhenAbsent;
    }

    /**
     * Why a product has to be held back: the first reason found, its pointer leading into the product given. Empty when it can be sold.
     *
     * @param supplier whose product it is
     * @param product  canonical, or as in {@code shop-product.schema.json}: what matters here looks alike in both
     */
    public Optional<Reason> hold(String supplier, ObjectNode product) {
        var variants = product.path("variants");
        if (variants.isEmpty())
            return held("/variants", "unsellable-no-variant", "there is no variant to buy", variants);
        if (imageRequired && product.path("images").isEmpty()) {
            return held(
                    "/images",
                    "unsellable-no-image",
                    "there is no image, and products.image-required is set",
                    product.path("images"));
        }
        var absent = stockWhenAbsent.apply(supplier);
        for (int i = 0; i < variants.size(); i++) {
            var variant = variants.get(i);
            var at = "/variants/" + i;
            var hold = price(variant, at).or(() -> stock(variant, at, absent));
            if (hold.isPresent()) return hold;
        }
        return Optional.empty();
    }

    /** The product with a stock decision for each variant the source does not tell the stock of. Others are as they were. */
    public ObjectNode decided(String supplier, ObjectNode product) {
        var decided = product.deepCopy();
        var absent = stockWhenAbsent.apply(supplier);
        for (var variant : decided.path("variants")) {
            if (!undecided(variant)) continue;
            if (absent.mode() == Mode.UNMANAGED) ((ObjectNode) variant).put("manage_inventory", false);
            if (absent.mode() == Mode.AMOUNT) ((ObjectNode) variant).put("stock", absent.amount());
        }
        return decided;
    }

    private static boolean undecided(JsonNode variant) {
        return variant.path("manage_inventory").asBoolean(true) && !variant.hasNonNull("stock");
    }

    private static Optional<Reason> price(JsonNode variant, String at) {
        var prices = variant.path("prices");
        if (prices.isEmpty())
            return held(at + "/prices", "unsellable-no-price", named(variant) + " has no price", prices);
        for (int i = 0; i < prices.size(); i++) {
            var amount = prices.get(i).path("amount");
            if (!positive(amount.asText())) {
                var currency = prices.get(i)
                        .path("currency_code")
                        .asText(prices.get(i).path("currency").asText())
                        .toUpperCase(Locale.ROOT);
                var message = named(variant) + " has the price \"" + amount.asText() + "\" in " + currency
                        + ", and it must be above 0";
                return held(at + "/prices/" + i + "/amount", "unsellable-price", message, amount);
            }
        }
        return Optional.empty();
    }

    private static Optional<Reason> stock(JsonNode variant, String at, StockWhenAbsent absent) {
        if (!undecided(variant) || absent.mode() != Mode.HOLD) return Optional.empty();
        var message = named(variant) + " has no stock, and its supplier's stock-when-absent is hold";
        return held(at + "/stock", "unsellable-no-stock", message, variant.path("stock"));
    }

    private static boolean positive(String amount) {
        try {
            return new BigDecimal(amount).signum() > 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static String named(JsonNode variant) {
        return "sku \"" + variant.path("sku").asText() + "\"";
    }

    private static Optional<Reason> held(String pointer, String rule, String message, JsonNode value) {
        return Optional.of(new Reason(pointer, rule, message, value.isMissingNode() ? null : value));
    }
}
