package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A product as the shop is asked to have it: what {@code shop-product.schema.json} describes, read once.
 *
 * @param subtitle   sent when the product is created, then the merchant's; null when the source has none
 * @param thumbnail  one of the images, null when there is none
 * @param categories root first
 * @param options    title to values, in order
 * @param metadata   without the keys that have no value, because Medusa takes an empty text as "delete this key"
 */
record ShopProduct(
        String handle,
        String externalId,
        String title,
        String subtitle,
        String description,
        String status,
        String thumbnail,
        List<String> images,
        List<Category> categories,
        Map<String, List<String>> options,
        List<Variant> variants,
        ObjectNode metadata) {

    /** @param parentHandle null for a root */
    record Category(String handle, String name, String parentHandle, ObjectNode metadata) {}

    /**
     * @param options title to value, one for each option of the product
     * @param prices  lower-case currency to amount in major units, in order
     * @param stock   null when it is not managed
     */
    record Variant(
            String sku,
            String title,
            int rank,
            Map<String, String> options,
            Map<String, BigDecimal> prices,
            boolean managed,
            Integer stock,
            ObjectNode metadata) {}

    boolean draft() {
        return status.equals("draft");
    }

    List<String> skus() {
        return variants.stream().map(Variant::sku).toList();
    }

    /** @throws BadMessage when the product is not one, or could not be sold: that should have been held back before */
    static ShopProduct of(ObjectNode json) {
        var handle = text(json, "handle", "a product");
        var about = "product \"" + handle + "\"";
        var options = new LinkedHashMap<String, List<String>>();
        for (var option : json.path("options")) options.put(text(option, "title", about), texts(option.path("values")));
        if (options.isEmpty()) throw new BadMessage(about + " has no option, and Medusa wants at least one");
        var skus = new HashSet<String>();
        var variants = new ArrayList<Variant>();
        for (var variant : json.path("variants")) {
            variants.add(variant(variant, about, options));
            var sku = variants.get(variants.size() - 1).sku();
            if (!skus.add(sku)) throw new BadMessage(about + " has sku \"" + sku + "\" twice");
        }
        var categories = new ArrayList<Category>();
        for (var category : json.path("categories")) {
            categories.add(new Category(
                    text(category, "handle", about),
                    text(category, "name", about),
                    textOrNull(category, "parent_handle"),
                    kept(category)));
        }
        var images = texts(json.path("images")).stream().distinct().toList();
        var status = json.path("status").asText("");
        if (!status.equals("published") && !status.equals("draft")) {
            throw new BadMessage(about + ": status \"" + status + "\" is neither published nor draft");
        }
        return new ShopProduct(
                handle,
                textOrNull(json, "external_id"),
                text(json, "title", about),
                textOrNull(json, "subtitle"),
                textOrNull(json, "description"),
                status,
                images.isEmpty() ? null : Objects.requireNonNullElse(textOrNull(json, "thumbnail"), images.get(0)),
                images,
                categories,
                options,
                variants,
                kept(json));
    }

    private static Variant variant(JsonNode json, String product, Map<String, List<String>> productOptions) {
        var sku = text(json, "sku", product);
        var about = product + ", sku \"" + sku + "\"";
        var options = new LinkedHashMap<String, String>();
        for (var title : productOptions.keySet()) {
            var value = json.path("options").path(title).asText("");
            if (value.isEmpty()) throw new BadMessage(about + " has no value for option \"" + title + "\"");
            options.put(title, value);
        }
        var prices = new LinkedHashMap<String, BigDecimal>();
        for (var price : json.path("prices"))
            prices.put(
                    text(price, "currency_code", about),
                    amount(price.path("amount").asText(), about));
        if (prices.isEmpty()) throw new BadMessage(about + " has no price");
        var managed = json.path("manage_inventory").asBoolean(true);
        var stock = json.path("stock");
        if (managed && !(stock.canConvertToInt() && stock.isIntegralNumber() && stock.intValue() >= 0)) {
            throw new BadMessage(about + " is managed and has no stock that is a whole number: " + stock);
        }
        return new Variant(
                sku,
                text(json, "title", about),
                json.path("variant_rank").asInt(),
                options,
                prices,
                managed,
                managed ? stock.intValue() : null,
                kept(json));
    }

    private static BigDecimal amount(String text, String about) {
        try {
            var amount = new BigDecimal(text);
            if (amount.signum() > 0) return amount;
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new BadMessage(about + ": price \"" + text + "\" is not an amount above 0");
    }

    private static String text(JsonNode json, String field, String about) {
        var text = textOrNull(json, field);
        if (text == null) throw new BadMessage(about + " has no " + field);
        return text;
    }

    private static String textOrNull(JsonNode json, String field) {
        var text = json.path(field).asText("");
        return text.isBlank() ? null : text;
    }

    private static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.asText()));
        return List.copyOf(texts);
    }

    private static ObjectNode kept(JsonNode json) {
        var kept = Json.object();
        json.path("metadata").properties().forEach(entry -> {
            var value = entry.getValue();
            if (!value.isNull() && !(value.isTextual() && value.textValue().isEmpty())) kept.set(entry.getKey(), value);
        });
        return kept;
    }
}
