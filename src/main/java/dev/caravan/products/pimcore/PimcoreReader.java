package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.products.ProductKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/**
 * Reads products back from Pimcore, as they are there, edits by people included, each with all its published variants: the <em>pimcore
 * product document</em>. A variant that is not published is not in it, because Pimcore does not give it out as part of its product.
 *
 * <pre>{@code
 * {id, fullpath, key, handle, published, complete, modificationDate, externalId, supplier, sku, name{en,ar}, description{en,ar}, brand,
 *  categories[{externalId, handle, parentExternalId, level, name{}}] root first, mainImage, images[{url, position, role}],
 *  attributes[{attributeId, valueId, name{}, value{}}], options[title], siblings[], sourceVersion, contentHash, origin{},
 *  variants[{id, key, published, externalId, sku, options{title: value}, prices[{currency, amount, was}], stock, images[],
 *            contentHash, sourceVersion}] in the source's order}
 * }</pre>
 *
 * <p>{@code complete} is false while a write is under way or broke off: then the product is of one version and some variants of another,
 * and should not be sold as it is. A variant's {@code contentHash} is the product's when it belongs to the product's content, else its own.
 * Missing texts are null, missing lists empty. What a variant merely inherits is not in it.
 */
public final class PimcoreReader {
    /** How many products one request reads by default. */
    public static final int PRODUCTS_PER_REQUEST = 25;

    private static final String IMAGES = "images{ ... on fieldcollection_ProductImage{ url position role } }";
    static final String QUERY = """
            query Read($products:String){
              products: getProductListing(fullpaths:$products, published:false){ edges{ node{
                id fullpath key published objectType modificationDate externalId supplier sku
                nameEn: name(language:"en") nameAr: name(language:"ar")
                descriptionEn: description(language:"en") descriptionAr: description(language:"ar")
                brand mainImage %1$s
                categories{ ... on object_Category{ externalId supplier key parentExternalId level
                  nameEn: name(language:"en") nameAr: name(language:"ar") } }
                attributes{ ... on fieldcollection_ProductAttribute{ attributeId valueId nameEn nameAr valueEn valueAr } }
                siblingProducts sourceVersion contentHash origin syncState
                children(objectTypes:["variant"]){ ... on object_Product{
                  id key published externalId sku stock %1$s
                  optionValues{ ... on fieldcollection_ProductOption{ title optionValue position } }
                  prices{ ... on fieldcollection_ProductPrice{ currency amount was } }
                  contentHash sourceVersion } } } } }
            }""".formatted(IMAGES);

    private final DataHub hub;
    private final int perRequest;

    /**
     * @param pimcore    its base URL is the Data Hub endpoint, and it adds the API key
     * @param perRequest how many products one request reads, at least 1
     */
    public PimcoreReader(Port pimcore, int perRequest, Clock clock) {
        this.hub = new DataHub(pimcore, clock);
        this.perRequest = perRequest;
    }

    /**
     * @param fullpaths of products, such as {@code /products/shein-1}
     * @return the documents by fullpath, in the order asked for; without those that Pimcore does not have
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help
     * @throws dev.caravan.failure.BadSettings       when key, endpoint or its columns are wrong
     */
    public Map<String, ObjectNode> read(Collection<String> fullpaths) {
        var asked = List.copyOf(new LinkedHashSet<>(fullpaths));
        var documents = new LinkedHashMap<String, ObjectNode>();
        for (int from = 0; from < asked.size(); from += perRequest) {
            var page = asked.subList(from, Math.min(from + perRequest, asked.size()));
            var found = page(page);
            for (var path : page) if (found.containsKey(path)) documents.put(path, found.get(path));
        }
        return documents;
    }

    private Map<String, ObjectNode> page(List<String> fullpaths) {
        var data = hub.read(QUERY, Json.object().put("products", Lookup.quoted(fullpaths)));
        var documents = new HashMap<String, ObjectNode>();
        for (var node : Lookup.nodes(data.path("products"))) {
            if (!Lookup.isVariant(node)) documents.put(node.path("fullpath").asText(), document(node));
        }
        return documents;
    }

    /**
     * Tells two states of a product apart. A save that changed nothing makes none.
     *
     * @param document as {@link #read} gives it, or null when Pimcore does not have the product
     */
    public static String fingerprint(ObjectNode document) {
        if (document == null) return "absent";
        var content = document.deepCopy();
        content.remove("modificationDate");
        return Json.hash(content);
    }

    /** The path above: of a variant, its product's. */
    public static String parent(String fullpath) {
        return fullpath.substring(0, Math.max(0, fullpath.lastIndexOf('/')));
    }

    private static ObjectNode document(JsonNode node) {
        var notes = SyncState.parse(text(node, "syncState"));
        var order = List.copyOf(notes.variants().keySet());
        var sorted = StreamSupport.stream(node.path("children").spliterator(), false)
                .sorted(Comparator.comparingInt((JsonNode variant) -> place(order, variant))
                        .thenComparing(variant -> variant.path("key").asText()))
                .toList();
        var document = Json.object();
        document.put("id", text(node, "id"));
        document.put("fullpath", text(node, "fullpath"));
        document.put("key", text(node, "key"));
        document.put("handle", handle(node));
        document.put("published", node.path("published").asBoolean());
        document.put("complete", complete(node, sorted, notes));
        document.put(
                "modificationDate",
                PimcoreDates.read(node.path("modificationDate"))
                        .map(Object::toString)
                        .orElse(null));
        for (var name : List.of("externalId", "supplier", "sku")) document.put(name, text(node, name));
        document.set("name", languages(node, "name"));
        document.set("description", languages(node, "description"));
        document.put("brand", text(node, "brand"));
        document.set("categories", categories(node.path("categories")));
        document.put("mainImage", text(node, "mainImage"));
        document.set("images", images(node.path("images")));
        document.set("attributes", attributes(node.path("attributes")));
        document.set("options", options(sorted));
        document.set("siblings", json(text(node, "siblingProducts"), Json.array()));
        document.put("sourceVersion", text(node, "sourceVersion"));
        document.put("contentHash", text(node, "contentHash"));
        document.set("origin", json(text(node, "origin"), Json.object()));
        var variants = document.putArray("variants");
        for (var variant : sorted) variants.add(variant(variant, node, notes));
        return document;
    }

    private static int place(List<String> order, JsonNode variant) {
        int place = order.indexOf(variant.path("key").asText());
        return place < 0 ? Integer.MAX_VALUE : place;
    }

    /** A variant that a person made has no external id of ours and is in nobody's way. */
    private static boolean complete(JsonNode product, List<JsonNode> variants, SyncState notes) {
        if (text(product, "contentHash") == null) return false;
        var prefix = product.path("externalId").asText() + ":";
        return variants.stream()
                .filter(variant -> variant.path("externalId").asText().startsWith(prefix))
                .allMatch(variant -> belongs(variant, notes));
    }

    private static boolean belongs(JsonNode variant, SyncState notes) {
        var hash = notes.variants().get(variant.path("key").asText());
        return hash != null
                && hash.equals(SyncState.brief(variant.path("contentHash").asText()));
    }

    private static ObjectNode variant(JsonNode node, JsonNode product, SyncState notes) {
        var variant = Json.object();
        variant.put("id", text(node, "id"));
        variant.put("key", text(node, "key"));
        variant.put("published", node.path("published").asBoolean());
        variant.put("externalId", text(node, "externalId"));
        variant.put("sku", text(node, "sku"));
        var options = variant.putObject("options");
        for (var option : byPosition(node.path("optionValues")))
            options.put(option.path("title").asText(), text(option, "optionValue"));
        var prices = variant.putArray("prices");
        for (var price : node.path("prices")) {
            prices.addObject()
                    .put("currency", text(price, "currency"))
                    .put("amount", text(price, "amount"))
                    .put("was", text(price, "was"));
        }
        var stock = node.path("stock");
        if (stock.isNumber()) {
            variant.put("stock", stock.decimalValue().intValue());
        } else {
            variant.putNull("stock");
        }
        // Pimcore gives a variant without images those of its product.
        var inherited = node.path("images").equals(product.path("images"));
        variant.set("images", inherited ? Json.array() : images(node.path("images")));
        variant.put("contentHash", text(belongs(node, notes) ? product : node, "contentHash"));
        variant.put("sourceVersion", text(node, "sourceVersion"));
        return variant;
    }

    private static ArrayNode categories(JsonNode nodes) {
        var categories = new ArrayList<JsonNode>();
        nodes.forEach(categories::add);
        categories.sort(
                Comparator.comparingInt(category -> category.path("level").asInt(Integer.MAX_VALUE)));
        var result = Json.array();
        for (var node : categories) {
            var category = result.addObject();
            category.put("externalId", text(node, "externalId"));
            category.put("handle", handle(node));
            category.put("parentExternalId", text(node, "parentExternalId"));
            if (node.path("level").isNumber())
                category.put("level", node.path("level").asInt());
            else category.putNull("level");
            category.set("name", languages(node, "name"));
        }
        return result;
    }

    /** From the external id, which stays when a person renames the object; one without, made by a person, goes by its key. */
    private static String handle(JsonNode node) {
        var externalId = node.path("externalId").asText("");
        var supplier = node.path("supplier").asText("");
        if (supplier.isEmpty()
                || !externalId.startsWith(supplier + ":")
                || externalId.length() == supplier.length() + 1) return text(node, "key");
        return ProductKey.handle(supplier, externalId.substring(supplier.length() + 1));
    }

    private static ArrayNode images(JsonNode nodes) {
        var images = Json.array();
        for (var node : byPosition(nodes)) {
            var image = images.addObject().put("url", text(node, "url"));
            if (node.path("position").isNumber())
                image.put("position", node.path("position").asInt());
            else image.putNull("position");
            image.put("role", text(node, "role"));
        }
        return images;
    }

    private static ArrayNode attributes(JsonNode nodes) {
        var attributes = Json.array();
        for (var node : nodes) {
            var attribute = attributes
                    .addObject()
                    .put("attributeId", text(node, "attributeId"))
                    .put("valueId", text(node, "valueId"));
            attribute.set("name", languages(node, "name"));
            attribute.set("value", languages(node, "value"));
        }
        return attributes;
    }

    private static ArrayNode options(List<JsonNode> variants) {
        var positions = new LinkedHashMap<String, Integer>();
        for (var variant : variants) {
            for (var option : variant.path("optionValues")) {
                positions.merge(
                        option.path("title").asText(), option.path("position").asInt(Integer.MAX_VALUE), Math::min);
            }
        }
        var titles = Json.array();
        positions.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(option -> titles.add(option.getKey()));
        return titles;
    }

    private static List<JsonNode> byPosition(JsonNode nodes) {
        var list = new ArrayList<JsonNode>();
        nodes.forEach(list::add);
        list.sort(Comparator.comparingInt(node -> node.path("position").asInt(Integer.MAX_VALUE)));
        return list;
    }

    /**
     * With fallback languages Pimcore answers a missing text with that of the other language. Twice the same text therefore counts once, in
     * the language whose letters it has.
     */
    private static ObjectNode languages(JsonNode node, String name) {
        var texts = new TreeMap<String, String>(Comparator.reverseOrder());
        texts.put("en", text(node, name + "En"));
        texts.put("ar", text(node, name + "Ar"));
        if (texts.get("en") != null && texts.get("en").equals(texts.get("ar"))) {
            texts.put(texts.get("en").codePoints().anyMatch(PimcoreReader::isArabic) ? "en" : "ar", null);
        }
        var result = Json.object();
        texts.forEach(result::put);
        return result;
    }

    private static boolean isArabic(int codePoint) {
        return Character.UnicodeScript.of(codePoint) == Character.UnicodeScript.ARABIC;
    }

    private static JsonNode json(String text, JsonNode otherwise) {
        if (text == null) return otherwise;
        try {
            return Json.read(text);
        } catch (BadMessage e) {
            return otherwise;
        }
    }

    private static String text(JsonNode node, String name) {
        var text = node.path(name).asText("");
        return text.isEmpty() ? null : text;
    }
}
