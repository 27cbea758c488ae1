package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.net.URI;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What writing to Medusa is compared with: the calls a script would make, 50 new products in one and then the stock of all their variants
 * in another, one after the other. It looks at nothing, repairs nothing and remembers nothing. The bodies are those of production.
 */
public final class BareShop {
    private static final int PRODUCTS_PER_CALL = 50;
    private static final String CREATE =
            "/admin/products/batch?fields=id,handle,variants.sku,variants.inventory_items.inventory_item_id";
    private static final String STOCK = "/admin/inventory-items/location-levels/batch";

    private final AdminApi api;
    private final Place place;
    private final Categories categories;

    /** @param medusa a shop that is set up */
    public BareShop(URI medusa, String secretKey) {
        api = new AdminApi(new HttpPort(medusa, secretKey), Clock.systemUTC());
        place = Place.find(api, ShopSettings.DEFAULT);
        categories = new Categories(api);
    }

    /**
     * Creates products, each by another handle and with other SKUs than it has.
     *
     * @param products as in {@code shop-product.schema.json}
     * @return seconds it took
     */
    public double create(Collection<ObjectNode> products) {
        var bodies = products.stream().map(this::body).toList();
        long began = System.nanoTime();
        for (int from = 0; from < bodies.size(); from += PRODUCTS_PER_CALL)
            create(bodies.subList(from, Math.min(bodies.size(), from + PRODUCTS_PER_CALL)));
        return (System.nanoTime() - began) / 1e9;
    }

    /** A product for the shop, of one as {@link dev.caravan.products.pimcore.PimcoreReader} gives it. */
    public static ObjectNode shopProduct(ObjectNode document) {
        return (ObjectNode) ShopProductMappingTest.mapped(document);
    }

    private ObjectNode body(ObjectNode original) {
        var json = original.deepCopy();
        json.put("handle", "bare-" + json.path("handle").asText());
        for (var variant : json.path("variants"))
            ((ObjectNode) variant).put("sku", "bare-" + variant.path("sku").asText());
        var product = ShopProduct.of(json);
        categories.ensure(product.categories());
        return Changes.creation(product, place, categories.ids(product), Map.of(), FieldOwners.DEFAULT);
    }

    private void create(List<ObjectNode> bodies) {
        var items = new HashMap<String, String>();
        for (var product : api.post(CREATE, Shop.body("create", bodies)).path("created"))
            for (var variant : product.path("variants"))
                items.put(
                        variant.path("sku").asText(),
                        variant.at("/inventory_items/0/inventory_item_id").asText());
        var levels = items.values().stream()
                .map(item -> Json.object()
                        .put("inventory_item_id", item)
                        .put("location_id", place.stockLocation())
                        .put("stocked_quantity", 20))
                .toList();
        api.post(STOCK, Shop.body("create", levels));
    }
}
