package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds what Pimcore already has, for a whole page in one request. Looks by external id, so that it also finds what a person moved to
 * another folder; by path only where an external id led nowhere.
 */
final class Lookup {
    private static final String VARIANT = "id externalId sku contentHash published";
    // children are the published ones, whatever is asked for; the filter for variants finds the others that matter.
    private static final String PRODUCT = "id fullpath objectType published externalId contentHash syncState "
            + "children(objectTypes:[\"variant\"]){ ... on object_Product{ " + VARIANT + " } }";
    private static final String CATEGORY = "fullpath externalId";
    private static final String BY_ID = """
              products: getProductListing(filter:$products, published:false){ edges{ node{ %s } } }
              variants: getProductListing(filter:$variants, published:false){ edges{ node{ %s } } }
              categories: getCategoryListing(filter:$categories, published:false){ edges{ node{ %s } } }
            """.formatted(PRODUCT, VARIANT, CATEGORY);
    private static final String BY_PATH = """
              productsThere: getProductListing(fullpaths:$productPaths, published:false){ edges{ node{ %s } } }
              categoriesThere: getCategoryListing(fullpaths:$categoryPaths, published:false){ edges{ node{ %s } } }
            """.formatted(PRODUCT, CATEGORY);
    private static final String LOOK =
            "query Look($products:String, $variants:String, $categories:String){\n" + BY_ID + "}";
    static final String LOOK_AGAIN =
            "query LookAgain($products:String, $variants:String, $categories:String, $productPaths:String, "
                    + "$categoryPaths:String){\n" + BY_ID + BY_PATH + "}";

    /**
     * @param products   by external id
     * @param categories fullpath by external id
     */
    record Found(Map<String, Stored> products, Map<String, String> categories) {}

    private final DataHub hub;

    Lookup(DataHub hub) {
        this.hub = hub;
    }

    /**
     * @param byPath whether to look at the expected paths too: an object there that has no external id of its own is taken over
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help
     * @throws dev.caravan.failure.BadSettings       when the endpoint is not as it should be
     */
    Found look(Collection<Desired> wanted, Collection<Desired.Item> categories, boolean byPath) {
        var variables = Json.object();
        variables.put("products", anyOf(wanted.stream().map(Desired::product)));
        variables.put("variants", anyOf(wanted.stream().flatMap(product -> product.variants().stream())));
        variables.put("categories", anyOf(categories.stream()));
        if (byPath) {
            variables.put(
                    "productPaths",
                    quoted(wanted.stream().map(Desired::fullpath).toList()));
            variables.put(
                    "categoryPaths",
                    quoted(categories.stream().map(Lookup::path).toList()));
        }
        var data = hub.read(byPath ? LOOK_AGAIN : LOOK, variables);
        return new Found(products(wanted, data), categories(categories, data));
    }

    static String path(Desired.Item category) {
        return Desired.CATEGORIES + "/" + category.key();
    }

    private static Map<String, Stored> products(Collection<Desired> wanted, JsonNode data) {
        var byExternalId = new HashMap<String, JsonNode>();
        for (var node : nodes(data.path("products"))) {
            // A variant without an external id of its own has inherited its product's.
            if (!isVariant(node)) byExternalId.put(node.path("externalId").asText(), node);
        }
        var byPath = new HashMap<String, JsonNode>();
        for (var node : nodes(data.path("productsThere"))) {
            if (node.path("externalId").asText("").isEmpty())
                byPath.put(node.path("fullpath").asText(), node);
        }
        var variants = new HashMap<String, Stored.Variant>();
        for (var node : nodes(data.path("variants")))
            variants.put(node.path("externalId").asText(), Stored.Variant.of(node));
        var found = new HashMap<String, Stored>();
        for (var product : wanted) {
            var externalId = product.product().externalId();
            var node = byExternalId.getOrDefault(externalId, byPath.get(product.fullpath()));
            if (node == null) continue;
            var stored = Stored.of(node);
            for (var child : node.path("children")) {
                if (child.path("externalId").asText("").startsWith(externalId + ":"))
                    stored.put(Stored.Variant.of(child));
            }
            for (var variant : product.variants()) {
                if (variants.containsKey(variant.externalId())) stored.put(variants.get(variant.externalId()));
            }
            found.put(externalId, stored);
        }
        return found;
    }

    private static Map<String, String> categories(Collection<Desired.Item> wanted, JsonNode data) {
        var known = new HashMap<String, String>();
        for (var node : nodes(data.path("categories")))
            known.put(node.path("externalId").asText(), node.path("fullpath").asText());
        var there = new HashMap<String, String>();
        for (var node : nodes(data.path("categoriesThere")))
            there.put(node.path("fullpath").asText(), node.path("externalId").asText(""));
        var found = new HashMap<String, String>();
        for (var category : wanted) {
            if (known.containsKey(category.externalId())) {
                found.put(category.externalId(), known.get(category.externalId()));
            } else if ("".equals(there.get(path(category)))) {
                found.put(category.externalId(), path(category));
            }
        }
        return found;
    }

    static boolean isVariant(JsonNode node) {
        return node.path("objectType").asText().equals("variant");
    }

    static List<JsonNode> nodes(JsonNode listing) {
        var nodes = new ArrayList<JsonNode>();
        for (var edge : listing.path("edges")) if (edge.path("node").isObject()) nodes.add(edge.get("node"));
        return nodes;
    }

    /** In Pimcore's filter language: any of these external ids. Both are unique columns there. */
    static String anyOf(Stream<Desired.Item> items) {
        var any = Json.array();
        items.forEach(item -> any.addObject().put("externalId", item.externalId()));
        // An empty list would be no filter at all.
        if (any.isEmpty()) any.addObject().put("externalId", "-");
        return Json.object().set("$or", any).toString();
    }

    /** Pimcore's list of paths: each in single quotes, a quote inside doubled. */
    static String quoted(Collection<String> paths) {
        return paths.stream().map(path -> "'" + path.replace("'", "''") + "'").collect(Collectors.joining(","));
    }
}
