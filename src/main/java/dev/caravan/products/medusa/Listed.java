package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A product as the shop has it, as far as we write it.
 *
 * @param images          URL to id, in the order shown
 * @param shippingProfile id, or null
 * @param salesChannels   ids
 * @param categories      id to the supplier it was made for, empty when it is the merchant's
 * @param options         by title
 * @param variants        by SKU; those without one are the merchant's and left out
 */
record Listed(
        String id,
        String handle,
        String externalId,
        String title,
        String subtitle,
        String description,
        String status,
        String thumbnail,
        Map<String, String> images,
        Map<String, String> categories,
        List<String> salesChannels,
        String shippingProfile,
        Map<String, Option> options,
        Map<String, Variant> variants,
        ObjectNode metadata) {

    /** The fields to ask for: nothing that is not read here, because a page of 50 products is long enough. */
    static final String FIELDS = String.join(
            ",",
            "id,handle,external_id,title,subtitle,description,status,thumbnail,metadata",
            "options.id,options.title,options.values.id,options.values.value",
            "images.id,images.url,images.rank",
            "categories.id,categories.metadata",
            "sales_channels.id",
            "shipping_profile.id",
            "variants.id,variants.sku,variants.title,variants.variant_rank,variants.manage_inventory,variants.metadata",
            "*variants.prices,variants.prices.price_rules.attribute,variants.prices.price_rules.value",
            "variants.options.value,variants.options.option.title",
            "variants.inventory_items.inventory_item_id",
            "variants.inventory_items.inventory.location_levels.location_id",
            "variants.inventory_items.inventory.location_levels.stocked_quantity");

    /** @param values in the order Medusa gives them */
    record Option(String id, List<String> values) {}

    /**
     * @param options       title to value; may lack some
     * @param prices        lower-case currency to amount, of the prices that hold for everybody
     * @param specialPrices prices for a region, a group or a quantity: the merchant's, to be sent back as they are
     * @param itemId        the inventory item, or null when it has none
     * @param stocked       what is in stock at our location, or null when it is not stocked there
     */
    record Variant(
            String id,
            String sku,
            String title,
            int rank,
            boolean managed,
            Map<String, String> options,
            Map<String, BigDecimal> prices,
            ArrayNode specialPrices,
            String itemId,
            Integer stocked,
            ObjectNode metadata) {}

    static Listed of(JsonNode json, String locationId) {
        var options = new LinkedHashMap<String, Option>();
        for (var option : json.path("options")) {
            var values = new ArrayList<String>();
            option.path("values")
                    .forEach(value -> values.add(value.path("value").asText()));
            options.put(
                    option.path("title").asText(), new Option(option.path("id").asText(), values));
        }
        var variants = new LinkedHashMap<String, Variant>();
        for (var variant : json.path("variants")) {
            if (!variant.path("sku").asText("").isEmpty())
                variants.put(variant.path("sku").asText(), variant(variant, locationId));
        }
        var images = new ArrayList<JsonNode>();
        json.path("images").forEach(images::add);
        images.sort(Comparator.comparingInt(image -> image.path("rank").asInt()));
        var byUrl = new LinkedHashMap<String, String>();
        images.forEach(image ->
                byUrl.putIfAbsent(image.path("url").asText(), image.path("id").asText()));
        var categories = new LinkedHashMap<String, String>();
        json.path("categories")
                .forEach(category -> categories.put(
                        category.path("id").asText(),
                        category.path("metadata").path("supplier").asText("")));
        var channels = new ArrayList<String>();
        json.path("sales_channels")
                .forEach(channel -> channels.add(channel.path("id").asText()));
        return new Listed(
                json.path("id").asText(),
                json.path("handle").asText(),
                textOrNull(json.path("external_id")),
                json.path("title").asText(),
                textOrNull(json.path("subtitle")),
                textOrNull(json.path("description")),
                json.path("status").asText(),
                textOrNull(json.path("thumbnail")),
                byUrl,
                categories,
                channels,
                textOrNull(json.path("shipping_profile").path("id")),
                options,
                variants,
                object(json.path("metadata")));
    }

    private static Variant variant(JsonNode json, String locationId) {
        var options = new LinkedHashMap<String, String>();
        json.path("options")
                .forEach(value -> options.put(
                        value.path("option").path("title").asText(),
                        value.path("value").asText()));
        var prices = new LinkedHashMap<String, BigDecimal>();
        var special = Json.array();
        for (var price : json.path("prices")) {
            if (price.path("rules").isEmpty()
                    && !price.hasNonNull("min_quantity")
                    && !price.hasNonNull("max_quantity")) {
                prices.put(
                        price.path("currency_code").asText(),
                        price.path("amount").decimalValue());
            } else {
                ObjectNode kept = price.deepCopy();
                special.add(kept.retain("id", "currency_code", "amount", "min_quantity", "max_quantity", "rules"));
            }
        }
        String itemId = null;
        Integer stocked = null;
        for (var item : json.path("inventory_items")) {
            itemId = item.path("inventory_item_id").asText();
            for (var level : item.path("inventory").path("location_levels")) {
                if (level.path("location_id").asText().equals(locationId))
                    stocked = level.path("stocked_quantity").asInt();
            }
        }
        return new Variant(
                json.path("id").asText(),
                json.path("sku").asText(),
                json.path("title").asText(),
                json.path("variant_rank").asInt(),
                json.path("manage_inventory").asBoolean(true),
                options,
                prices,
                special,
                itemId,
                stocked,
                object(json.path("metadata")));
    }

    private static ObjectNode object(JsonNode json) {
        return json instanceof ObjectNode object ? object : Json.object();
    }

    private static String textOrNull(JsonNode json) {
        return json.asText("").isEmpty() || json.isNull() ? null : json.asText();
    }
}
