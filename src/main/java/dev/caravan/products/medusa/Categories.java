package dev.caravan.products.medusa;

import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The shop's category tree, as far as our products hang in it. Handles are the identity; ids are remembered. */
final class Categories {
    private static final int HANDLES_PER_LOOK = 100;

    private final AdminApi api;
    private final Map<String, String> ids = new ConcurrentHashMap<>();

    Categories(AdminApi api) {
        this.api = api;
    }

    /**
     * Makes sure these categories exist. One that is there is left as it is: its name and place are the merchant's to change.
     *
     * @param wanted a parent before its children
     * @return those that Medusa refused, by handle
     */
    Map<String, Refusal> ensure(Collection<ShopProduct.Category> wanted) {
        var missing = new LinkedHashMap<String, ShopProduct.Category>();
        for (var category : wanted)
            if (!ids.containsKey(category.handle())) missing.putIfAbsent(category.handle(), category);
        look(missing.keySet());
        var refused = new HashMap<String, Refusal>();
        for (var category : missing.values()) {
            if (ids.containsKey(category.handle())) continue;
            try {
                create(category);
            } catch (Refusal e) {
                refused.put(category.handle(), e);
            }
        }
        return refused;
    }

    /** The ids of these categories, all of which {@link #ensure} has seen. */
    List<String> ids(ShopProduct product) {
        return product.categories().stream()
                .map(category -> ids.get(category.handle()))
                .toList();
    }

    /** Handle to id of all that are known. */
    Map<String, String> ids() {
        return Map.copyOf(ids);
    }

    /** Forgets these: Medusa says that one of them is no longer there. */
    void forget(ShopProduct product) {
        product.categories().forEach(category -> ids.remove(category.handle()));
    }

    private void create(ShopProduct.Category category) {
        var body = Json.object().put("name", category.name()).put("handle", category.handle());
        body.put("is_active", true).put("is_internal", false);
        var parent = category.parentHandle() == null ? null : ids.get(category.parentHandle());
        if (parent != null) body.put("parent_category_id", parent);
        if (!category.metadata().isEmpty()) body.set("metadata", category.metadata());
        try {
            ids.put(
                    category.handle(),
                    api.post("/admin/product-categories?fields=id", body)
                            .path("product_category")
                            .path("id")
                            .asText());
        } catch (Refusal e) {
            // Somebody else made it a moment ago.
            if (e.verdict() == MedusaErrors.Verdict.LOOK_UP) look(List.of(category.handle()));
            if (!ids.containsKey(category.handle())) throw e;
        }
    }

    private void look(Collection<String> handles) {
        var all = new ArrayList<>(handles);
        for (int from = 0; from < all.size(); from += HANDLES_PER_LOOK) {
            var some = all.subList(from, Math.min(all.size(), from + HANDLES_PER_LOOK));
            var found = api.get("/admin/product-categories?limit=" + some.size() + "&fields=id,handle&"
                    + AdminApi.query("handle", some));
            for (var category : found.path("product_categories")) {
                var handle = category.path("handle").asText();
                if (some.contains(handle)) ids.put(handle, category.path("id").asText());
            }
        }
    }
}
