package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.caravan.json.Json;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds what Pimcore already has, for a whole page in one request. Looks by external id, so that it also finds what a person moved to
 * another folder; by path only where an external id led nowhere.
 */
final class Lookup {
    private static final String NODE = "edges{ node{ id fullpath objectType published externalId sku contentHash syncState } }";
    private static final String BY_ID = """
            query Look($products:String, $categories:String){
              products: getProductListing(filter:$products, published:false){ %s }
              categories: getCategoryListing(filter:$categories, published:false){ edges{ node{ fullpath externalId } } }
            }""".formatted(NODE);
    private static final String BY_PATH = """
            query LookAgain($products:String, $categories:String, $productPaths:String, $categoryPaths:String){
              products: getProductListing(filter:$products, published:false){ %s }
              productsThere: getProductListing(fullpaths:$productPaths, published:false){ %s }
              categories: getCategoryListing(filter:$categories, published:false){ edges{ node{ fullpath externalId } } }
              categoriesThere: getCategoryListing(fullpaths:$categoryPaths, published:false){ edges{ node{ fullpath externalId } } }
            }""".formatted(NODE, NODE);

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
        variables.put("products", anyOf(wanted.stream().map(Desired::product).toList(), true));
        variables.put("categories", anyOf(categories, false));
        if (byPath) {
            variables.put("productPaths", quoted(wanted.stream().map(Desired::fullpath).toList()));
            variables.put("categoryPaths", quoted(categories.stream().map(category -> path(category)).toList()));
        }
        var data = hub.read(byPath ? BY_PATH : BY_ID, variables);
        return new Found(products(wanted, data), categories(categories, data));
    }

    static String path(Desired.Item category) {
        return Desired.CATEGORIES + "/" + category.key();
    }

    private static Map<String, Stored> products(Collection<Desired> wanted, JsonNode data) {
        var byExternalId = nodes(data.path("products")).stream()
                .filter(node -> !isVariant(node))
                .collect(Collectors.toMap(node -> node.path("externalId").asText(), Function.identity(), (one, other) -> one));
        var byPath = nodes(data.path("productsThere")).stream()
                .filter(node -> node.path("externalId").asText("").isEmpty())
                .collect(Collectors.toMap(node -> node.path("fullpath").asText(), Function.identity(), (one, other) -> one));
        var found = new HashMap<String, Stored>();
        for (var product : wanted) {
            var externalId = product.product().externalId();
            var node = byExternalId.getOrDefault(externalId, byPath.get(product.fullpath()));
            if (node == null) continue;
            var stored = Stored.of(node);
            for (var candidate : nodes(data.path("products"))) {
                var ours = candidate.path("externalId").asText().startsWith(externalId + ":");
                var below = candidate.path("fullpath").asText().startsWith(stored.fullpath() + "/");
                if (ours && below && isVariant(candidate)) stored.put(Stored.Variant.of(candidate));
            }
            found.put(externalId, stored);
        }
        return found;
    }

    private static Map<String, String> categories(Collection<Desired.Item> wanted, JsonNode data) {
        var known = new HashMap<String, String>();
        for (var node : nodes(data.path("categories"))) known.put(node.path("externalId").asText(), node.path("fullpath").asText());
        var there = new HashMap<String, String>();
        for (var node : nodes(data.path("categoriesThere"))) there.put(node.path("fullpath").asText(), node.path("externalId").asText(""));
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

    private static boolean isVariant(JsonNode node) {
        return node.path("objectType").asText().equals("variant");
    }

    static List<JsonNode> nodes(JsonNode listing) {
        var nodes = new java.util.ArrayList<JsonNode>();
        for (var edge : listing.path("edges")) if (edge.path("node").isObject()) nodes.add(edge.get("node"));
        return nodes;
    }

    /** Pimcore's filter language, as text: any of these external ids, and for products those of their variants. */
    private static String anyOf(Collection<Desired.Item> items, boolean withVariants) {
        ArrayNode any = Json.array();
        for (var item : items) {
            any.addObject().put("externalId", item.externalId());
            if (withVariants) {
                any.addObject().putObject("externalId").put("$like", item.externalId().replace("\\", "\\\\").replace("%", "\\%") + ":%");
            }
        }
        if (any.isEmpty()) any.addObject().put("externalId", "-");
        return Json.object().set("$or", any).toString();
    }

    /** Pimcore's list of paths: each in single quotes, a quote inside doubled. */
    static String quoted(Collection<String> paths) {
        return paths.stream().map(path -> "'" + path.replace("'", "''") + "'").collect(Collectors.joining(","));
    }
}
