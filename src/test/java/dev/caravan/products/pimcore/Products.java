package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductKey;
import java.util.List;

/** Canonical products for tests. */
final class Products {
    static final List<String> SIZES = List.of("XS", "S", "M", "L", "XL", "XXL");

    private Products() {}

    /** Five, one and four variants. */
    static List<PimcoreWrite> threeWithTenVariants() {
        return List.of(write(product("1", 5)), write(product("2", 1)), write(product("3", 4)));
    }

    static ObjectNode product(String id, int sizes) {
        var product = Json.object()
                .put("id", id)
                .put("supplier", "acme")
                .put("sku", "P" + id)
                .put("handle", "acme-" + id);
        product.putObject("name").put("en", "Product " + id).put("ar", "منتج " + id);
        product.putObject("description").put("en", "Text");
        product.put("brand", "Brand " + id);
        var categories = product.putArray("categories");
        categories
                .addObject()
                .put("id", "10")
                .putNull("parentId")
                .put("level", 1)
                .put("leaf", false)
                .putObject("name")
                .put("en", "Women");
        categories
                .addObject()
                .put("id", "11")
                .put("parentId", "10")
                .put("level", 2)
                .put("leaf", true)
                .putObject("name")
                .put("en", "Dresses")
                .put("ar", "فساتين");
        var attribute =
                product.putArray("attributes").addObject().put("id", "160").put("valueId", "9");
        attribute.putObject("name").put("en", "Material");
        attribute.putObject("value").put("en", "Linen").put("ar", "كتان");
        product.putArray("options").add("Size");
        var variants = product.putArray("variants");
        for (int size = 0; size < sizes; size++) {
            var variant = variants.addObject()
                    .put("sku", "P" + id + "-" + SIZES.get(size))
                    .put("stock", 20);
            variant.putObject("options").put("Size", SIZES.get(size));
            var prices = variant.putArray("prices");
            prices.addObject().put("currency", "SAR").put("amount", "23.80").put("was", "28.00");
            prices.addObject().put("currency", "USD").put("amount", "6.35").put("was", "7.47");
            variant.putArray("images");
        }
        product.putArray("images")
                .addObject()
                .put("url", "https://img.example/" + id + ".jpg")
                .put("position", 0)
                .put("role", "main");
        product.putArray("siblings").addObject().put("id", "9" + id);
        product.putArray("warnings");
        product.putObject("origin")
                .put("bucket", "inbox")
                .put("key", "products/acme/1.json")
                .put("index", 0);
        return product;
    }

    static ObjectNode withPrice(ObjectNode product, int variant, String amount) {
        var copy = product.deepCopy();
        ((ObjectNode) copy.path("variants").path(variant).path("prices").path(0)).put("amount", amount);
        return copy;
    }

    static PimcoreWrite write(ObjectNode product) {
        return write(product, true);
    }

    static PimcoreWrite write(ObjectNode product, boolean publish) {
        var content = product.deepCopy();
        content.remove(List.of("origin", "warnings"));
        var key = new ProductKey(
                product.path("supplier").asText(), product.path("id").asText());
        return new PimcoreWrite(key, product, Json.hash(content), "2026-11-21T07:00:00Z/1", publish);
    }
}
