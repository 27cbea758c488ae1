package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.util.Arrays;
import java.util.List;

/** Products as Pimcore has them, three like the ones every demo shows, mapped as shipped. */
final class ShopProducts {
    private ShopProducts() {}

    static List<ObjectNode> three() {
        return List.of(dress(), oil(), sweater());
    }

    static ObjectNode dress() {
        return sized("shein-1", "Midi Dress", "فستان", "23.80", "6.35", 20, 3, "XS", "S", "M", "L", "XL");
    }

    static ObjectNode oil() {
        return unsized("shein-2", "Hair Oil", "17.00", "4.53", 1);
    }

    static ObjectNode sweater() {
        return sized("shein-3", "Sweater", "كنزة", "51.85", "13.82", 20, 9, "S", "M", "L", "XL");
    }

    static ObjectNode sized(
            String key, String name, String arabic, String sar, String usd, int stock, int images, String... sizes) {
        var document = document(key, name, images);
        ((ObjectNode) document.path("name")).put("ar", arabic);
        document.putArray("options").add("Color").add("Size");
        var variants = document.putArray("variants");
        Arrays.stream(sizes).forEach(size -> {
            var variant = variant(variants.addObject(), key + "-" + size, sar, usd, stock);
            variant.putObject("options").put("Color", "Black").put("Size", size);
        });
        return mapped(document);
    }

    static ObjectNode unsized(String key, String name, String sar, String usd, int stock) {
        var document = document(key, name, 7);
        variant(document.putArray("variants").addObject(), key + "-sku", sar, usd, stock);
        return mapped(document);
    }

    /** A variant of a shop product, by its place. */
    static ObjectNode variant(ObjectNode product, int index) {
        return (ObjectNode) product.path("variants").get(index);
    }

    static ObjectNode price(ObjectNode product, int variant, String currency, String amount) {
        for (var price : variant(product, variant).path("prices")) {
            if (price.path("currency_code").asText().equals(currency)) ((ObjectNode) price).put("amount", amount);
        }
        return product;
    }

    static ObjectNode stock(ObjectNode product, int variant, int stock) {
        variant(product, variant).put("stock", stock);
        return product;
    }

    private static ObjectNode document(String key, String name, int images) {
        var id = key.substring(key.lastIndexOf('-') + 1);
        var document = Json.object()
                .put("id", 100)
                .put("fullpath", "/products/" + key)
                .put("key", key)
                .put("handle", key)
                .put("published", true);
        document.put("externalId", id)
                .put("supplier", "shein")
                .put("sku", "s" + id)
                .put("brand", "INAWLY");
        document.putObject("name").put("en", name);
        document.putObject("description").put("en", name + ", described").put("ar", "وصف");
        var categories = document.putArray("categories");
        String parent = null;
        for (var category : List.of("10", "20", "30", "4" + id)) {
            var one = categories.addObject().put("externalId", category).put("handle", "shein-" + category);
            one.put("parentExternalId", parent);
            one.putObject("name").put("en", "Category " + category).put("ar", "فئة " + category);
            parent = category;
        }
        var list = document.putArray("images");
        for (int i = 1; i <= images; i++) {
            list.addObject()
                    .put("url", "https://img.example.com/" + key + "/" + i + ".jpg")
                    .put("position", i);
        }
        return document;
    }

    private static ObjectNode variant(ObjectNode variant, String sku, String sar, String usd, int stock) {
        variant.put("id", 200).put("externalId", "x" + sku).put("sku", sku).put("stock", stock);
        var prices = variant.putArray("prices");
        prices.addObject().put("currency", "SAR").put("amount", sar).put("was", "99.00");
        prices.addObject().put("currency", "USD").put("amount", usd);
        return variant;
    }

    private static ObjectNode mapped(ObjectNode document) {
        return (ObjectNode) ShopProductMappingTest.mapped(document);
    }
}
