package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Arabic names and descriptions as Medusa's own translations, which the Store API gives to who asks for that locale. Medusa keeps them only
 * when it is started with {@code MEDUSA_FF_TRANSLATION=true}; in metadata they stand anyway.
 */
final class Translations {
    private static final int LOOKED_FOR_PER_CALL = 100;

    private final AdminApi api;
    private final String locale;
    private final int maxBodyBytes;

    /** Categories that are known to be translated: there are few, and each page of products has the same. */
    private final Set<String> categories = ConcurrentHashMap.newKeySet();

    private Translations(AdminApi api, String locale, int maxBodyBytes) {
        this.api = api;
        this.locale = locale;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** @throws BadSettings when this Medusa keeps none */
    static Translations open(AdminApi api, ShopSettings settings) {
        try {
            api.get("/admin/translations?limit=1&fields=id");
        } catch (BadSettings e) {
            throw none();
        } catch (TargetUnavailable e) {
            // With the flag and without the module the route is there and breaks.
            throw Halving.broke(e) ? none() : e;
        }
        return new Translations(api, settings.arabicLocale(), settings.maxBodyBytes());
    }

    private static BadSettings none() {
        return new BadSettings(
                "Medusa keeps no translations: give its medusa-config featureFlags {translation: true} and the module"
                        + " @medusajs/medusa/translation, or leave MEDUSA_ARABIC_LOCALE empty");
    }

    /**
     * Has products, and the categories they are in, translated.
     *
     * @param products    by the shop's id
     * @param categoryIds handle to id, of all their categories
     * @return ids of products whose translation was not as it should be
     */
    Set<String> bring(Map<String, ShopProduct> products, Map<String, String> categoryIds) {
        var names = new LinkedHashMap<String, ObjectNode>();
        var texts = new LinkedHashMap<String, ObjectNode>();
        products.forEach((id, product) -> {
            var arabic = product.metadata().path("ar");
            put(texts, id, "title", arabic.path("name"));
            put(texts, id, "description", arabic.path("description"));
            for (var category : product.categories()) {
                var categoryId = categoryIds.get(category.handle());
                if (categoryId != null && !categories.contains(categoryId))
                    put(names, categoryId, "name", category.metadata().path("ar"));
            }
        });
        bring("product_category", names);
        categories.addAll(names.keySet());
        return bring("product", texts);
    }

    private static void put(Map<String, ObjectNode> into, String id, String field, JsonNode text) {
        if (!text.asText("").isBlank())
            into.computeIfAbsent(id, unknown -> Json.object()).put(field, text.asText());
    }

    private Set<String> bring(String kind, Map<String, ObjectNode> wanted) {
        var known = look(kind, wanted.keySet());
        var create = new ArrayList<ObjectNode>();
        var update = new ArrayList<ObjectNode>();
        var changed = new HashSet<String>();
        wanted.forEach((id, texts) -> {
            var current = known.get(id);
            if (current == null) {
                create.add(Json.object()
                        .put("reference", kind)
                        .put("reference_id", id)
                        .put("locale_code", locale)
                        .set("translations", texts));
                changed.add(id);
                return;
            }
            // Fields that somebody else has translated stay.
            var all = current.path("translations").isObject()
                    ? (ObjectNode) current.path("translations").deepCopy()
                    : Json.object();
            all.setAll(texts);
            if (all.equals(current.path("translations"))) return;
            update.add(Json.object().put("id", current.path("id").asText()).set("translations", all));
            changed.add(id);
        });
        send("create", create);
        send("update", update);
        return changed;
    }

    private Map<String, JsonNode> look(String kind, Collection<String> ids) {
        var known = new HashMap<String, JsonNode>();
        var all = List.copyOf(ids);
        for (int from = 0; from < all.size(); from += LOOKED_FOR_PER_CALL) {
            var some = all.subList(from, Math.min(all.size(), from + LOOKED_FOR_PER_CALL));
            var found = api.get("/admin/translations?fields=id,reference_id,translations&reference=" + kind
                    + "&locale_code=" + locale + "&limit=" + some.size() + "&" + AdminApi.query("reference_id", some));
            for (var one : found.path("translations"))
                known.put(one.path("reference_id").asText(), one);
        }
        return known;
    }

    private void send(String verb, List<ObjectNode> items) {
        for (var some : Batches.of(items, LOOKED_FOR_PER_CALL, maxBodyBytes, item -> Json.bytes(item).length))
            api.post("/admin/translations/batch", Shop.body(verb, some));
    }
}
