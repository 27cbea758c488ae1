package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A product as the mapping wants Pimcore to have it.
 *
 * @param product    the product itself
 * @param variants   in the source's order
 * @param categories root first
 */
record Desired(Item product, List<Item> variants, List<Item> categories) {
    static final String PRODUCTS = "/products";
    static final String CATEGORIES = "/categories";

    /**
     * One object.
     *
     * @param hash of its content: what the mapping wants, without what only says where the content came from
     */
    record Item(String key, String externalId, ObjectNode input, String hash) {
        String sku() {
            return input.path("sku").asText(key);
        }
    }

    /** @throws BadMessage when the mapping's result lacks what every object needs, or names one object twice */
    static Desired of(JsonNode mapped) {
        var desired = new Desired(
                item(mapped.path("product"), "product"), items(mapped, "variants"), items(mapped, "categories"));
        var seen = new HashSet<String>();
        for (var variant : desired.variants) {
            if (!seen.add(variant.key))
                throw new BadMessage("the mapping to Pimcore made two variants with the key \"" + variant.key + "\"");
            if (!variant.externalId.startsWith(desired.product.externalId + ":")) {
                throw new BadMessage("the mapping to Pimcore made a variant \"" + variant.externalId
                        + "\" that does not begin with \"" + desired.product.externalId + ":\"");
            }
        }
        return desired;
    }

    String fullpath() {
        return PRODUCTS + "/" + product.key;
    }

    /** Which variants, in order, belong to this content, each with the beginning of its hash. */
    Map<String, String> manifest() {
        var manifest = new LinkedHashMap<String, String>();
        for (var variant : variants) manifest.put(variant.key, SyncState.brief(variant.hash));
        return manifest;
    }

    private static List<Item> items(JsonNode mapped, String name) {
        var items = new ArrayList<Item>();
        for (var node : mapped.path(name)) items.add(item(node, name));
        return List.copyOf(items);
    }

    private static Item item(JsonNode node, String name) {
        var key = node.path("key").asText("");
        var externalId = node.path("input").path("externalId").asText("");
        if (key.isBlank() || externalId.isBlank()) {
            throw new BadMessage(
                    "the mapping to Pimcore made an item of \"" + name + "\" without key or input.externalId");
        }
        var input = (ObjectNode) node.get("input");
        var content = input.deepCopy();
        content.remove(List.of("origin", "sourceVersion", "contentHash", "syncState"));
        return new Item(key, externalId, input, Json.hash(content));
    }
}
