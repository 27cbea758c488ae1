package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.records.CoreRule;
import dev.caravan.records.Shown;
import dev.caravan.records.Texts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Brings what a mapping made into the one form in which the same content is always the same bytes: texts cleaned, members in a fixed
 * order, lists there even when empty, addresses absolute and https, repeats dropped, images numbered, options collected from the variants.
 * Shapes it does not expect are left as they are, for the product schema to refuse.
 */
final class Canonical {
    private static final List<String> PRODUCT = List.of(
            "id",
            "supplier",
            "sku",
            "handle",
            "name",
            "description",
            "brand",
            "categories",
            "attributes",
            "options",
            "variants",
            "images",
            "siblings");
    private static final List<String> CATEGORY = List.of("id", "parentId", "level", "leaf", "name");
    private static final List<String> ATTRIBUTE = List.of("id", "valueId", "name", "value");
    private static final List<String> VARIANT = List.of("sku", "options", "prices", "stock", "images");
    private static final List<String> PRICE = List.of("currency", "amount", "was");
    private static final List<String> SIBLING = List.of("id", "sku", "name", "options", "images");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?");
    private static final boolean[] NOT_IN_ADDRESS = new boolean[128];
    private static final int LONGEST_ADDRESS = 2048;

    static {
        "<>\"{}|\\^`\u007f".chars().forEach(character -> NOT_IN_ADDRESS[character] = true);
    }

    /**
     * Something wrong with the product as a whole.
     *
     * @param pointer into the product; empty when only the text tells where it is
     * @param raw     the text as the mapping gave it, null when it is not about one
     */
    record Problem(CoreRule rule, String pointer, String message, String raw) {}

    private final ObjectNode product;
    private final List<Problem> problems = new ArrayList<>();

    /** @param mapped what the mapping made; not changed */
    Canonical(String supplier, ObjectNode mapped) {
        var cleaned = (ObjectNode) cleaned(mapped);
        cleaned.put("supplier", supplier);
        var id = cleaned.path("id").asText();
        cleaned.put("handle", id.isBlank() ? "-" : ProductKey.handle(supplier, id));
        for (var name : List.of("sku", "brand")) cleaned.putIfAbsent(name, NullNode.instance);
        for (var name : List.of("name", "description")) localised(cleaned, name);
        for (var name : List.of("categories", "attributes", "options", "variants", "images", "siblings"))
            cleaned.putIfAbsent(name, Json.array());
        product = ordered(cleaned, PRODUCT);
        product.set("categories", distinct(each("/categories", product.get("categories"), this::category)));
        product.set("attributes", distinct(each("/attributes", product.get("attributes"), this::attribute)));
        product.set("variants", each("/variants", product.get("variants"), this::variant));
        product.set("images", images(product.get("images")));
        product.set("siblings", distinct(each("/siblings", product.get("siblings"), this::sibling)));
        product.set("options", options());
    }

    /** The product without warnings and origin: its content. */
    ObjectNode product() {
        return product;
    }

    List<Problem> problems() {
        return problems;
    }

    private interface Shape {
        JsonNode of(ObjectNode item, String pointer);
    }

    private JsonNode category(ObjectNode category, String pointer) {
        category.putIfAbsent("parentId", NullNode.instance);
        localised(category, "name");
        return ordered(category, CATEGORY);
    }

    private JsonNode attribute(ObjectNode attribute, String pointer) {
        localised(attribute, "name");
        localised(attribute, "value");
        return ordered(attribute, ATTRIBUTE);
    }

    private JsonNode variant(ObjectNode variant, String pointer) {
        localised(variant, "options");
        variant.putIfAbsent("prices", Json.array());
        variant.set("prices", each(pointer + "/prices", variant.get("prices"), (price, at) -> ordered(price, PRICE)));
        if (variant.path("stock").isIntegralNumber() && variant.get("stock").canConvertToInt()) {
            variant.set("stock", IntNode.valueOf(variant.get("stock").intValue()));
        }
        variant.putIfAbsent("stock", NullNode.instance);
        variant.set("images", addresses(variant.path("images"), pointer + "/images"));
        return ordered(variant, VARIANT);
    }

    private JsonNode sibling(ObjectNode sibling, String pointer) {
        localised(sibling, "name");
        localised(sibling, "options");
        sibling.set("images", addresses(sibling.path("images"), pointer + "/images"));
        return ordered(sibling, SIBLING);
    }

    /** Own images, each once: the first is the main one unless the mapping says otherwise. */
    private JsonNode images(JsonNode images) {
        if (!images.isArray()) return images;
        var kept = Json.array();
        var seen = new HashSet<String>();
        for (int i = 0; i < images.size(); i++) {
            var image = images.get(i);
            var given = image.isObject() ? image.path("url") : image;
            var url = address(given, "/images/" + i);
            if (url == null || !seen.add(url)) continue;
            var role = image.path("role").isTextual()
                    ? image.get("role").textValue()
                    : kept.isEmpty() ? "main" : "gallery";
            kept.add(Json.object().put("url", url).put("position", kept.size()).put("role", role));
        }
        return kept;
    }

    private JsonNode addresses(JsonNode urls, String pointer) {
        if (urls.isMissingNode()) return Json.array();
        if (!urls.isArray()) return urls;
        var kept = new LinkedHashSet<String>();
        for (int i = 0; i < urls.size(); i++) {
            var url = address(urls.get(i), pointer + "/" + i);
            if (url != null) kept.add(url);
        }
        var list = Json.array();
        kept.forEach(list::add);
        return list;
    }

    /** The address as absolute https; null, and a problem noted, when it cannot be one. */
    private String address(JsonNode given, String pointer) {
        var raw = given.asText();
        var url = raw;
        if (url.startsWith("//")) url = "https:" + url;
        if (url.startsWith("http://")) url = "https://" + url.substring("http://".length());
        if (given.isTextual() && isAddress(url)) return url;
        problems.add(new Problem(
                CoreRule.URL_UNUSABLE,
                pointer,
                "image address " + Shown.inMessage(given) + " is no absolute web address, the image is left out",
                raw));
        return null;
    }

    private static boolean isAddress(String url) {
        if (!url.startsWith("https://") || url.length() > LONGEST_ADDRESS) return false;
        int slash = url.indexOf('/', "https://".length());
        var host = url.substring("https://".length(), slash < 0 ? url.length() : slash);
        return HOST.matcher(host).matches() && hasOnlyWhatMayBe(url);
    }

    private static boolean hasOnlyWhatMayBe(String url) {
        for (int i = 0; i < url.length(); i++) {
            char c = url.charAt(i);
            if (c <= ' ' || c < 128 && NOT_IN_ADDRESS[c]) return false;
        }
        return true;
    }

    /** The titles of the options by which the variants differ, in the order in which the variants name them; every variant must have all. */
    private ArrayNode options() {
        var titles = new LinkedHashSet<String>();
        var variants = product.get("variants");
        variants.forEach(variant -> variant.path("options").fieldNames().forEachRemaining(titles::add));
        for (int i = 0; i < variants.size(); i++) {
            for (var title : titles) {
                var options = variants.get(i).path("options");
                if (!options.isObject() || options.has(title)) continue;
                problems.add(new Problem(
                        CoreRule.OPTION_MISSING,
                        "/variants/" + i + "/options",
                        "SKU " + Shown.inMessage(variants.get(i).path("sku")) + " has no " + title
                                + ", which other SKUs have",
                        null));
            }
        }
        var list = Json.array();
        titles.forEach(list::add);
        return list;
    }

    /** Texts cleaned, what is null or blank dropped; all nodes new. */
    private JsonNode cleaned(JsonNode value) {
        if (value.isObject()) {
            var object = Json.object();
            for (var member : value.properties()) {
                var cleaned = cleaned(member.getValue());
                var name = text(member.getKey());
                if (cleaned != null && !name.isEmpty()) object.set(name, cleaned);
            }
            return object;
        }
        if (value.isArray()) {
            var array = Json.array();
            for (var item : value) {
                var cleaned = cleaned(item);
                if (cleaned != null) array.add(cleaned);
            }
            return array;
        }
        if (value.isTextual()) {
            var text = text(value.textValue());
            return text.isEmpty() ? null : text.equals(value.textValue()) ? value : TextNode.valueOf(text);
        }
        return value.isNull() ? null : value;
    }

    private String text(String text) {
        if (Texts.isPlain(text)) return text;
        if (!Texts.isBroken(text)) return Texts.clean(text);
        var storable = Shown.storable(text);
        problems.add(
                new Problem(CoreRule.TEXT_BROKEN, "", "text \"" + storable + "\" has half a character in it", text));
        return Texts.clean(storable);
    }

    private static JsonNode each(String pointer, JsonNode list, Shape shape) {
        if (!list.isArray()) return list;
        var shaped = Json.array();
        for (int i = 0; i < list.size(); i++) {
            shaped.add(list.get(i) instanceof ObjectNode item ? shape.of(item, pointer + "/" + i) : list.get(i));
        }
        return shaped;
    }

    private static JsonNode distinct(JsonNode list) {
        if (!list.isArray()) return list;
        var seen = new LinkedHashSet<JsonNode>();
        list.forEach(seen::add);
        return seen.size() == list.size() ? list : Json.array().addAll(seen);
    }

    /** A text in several languages, or options by title: always there. Languages are sorted, titles keep the mapping's order. */
    private static void localised(ObjectNode owner, String name) {
        owner.putIfAbsent(name, Json.object());
        if (name.equals("options") || !(owner.get(name) instanceof ObjectNode texts) || isSorted(texts)) return;
        var sorted = new TreeMap<String, JsonNode>();
        texts.properties().forEach(text -> sorted.put(text.getKey(), text.getValue()));
        owner.set(name, Json.object().setAll(sorted));
    }

    private static boolean isSorted(ObjectNode object) {
        String last = "";
        for (var names = object.fieldNames(); names.hasNext(); ) {
            var name = names.next();
            if (name.compareTo(last) < 0) return false;
            last = name;
        }
        return true;
    }

    private static ObjectNode ordered(ObjectNode object, List<String> names) {
        int next = 0;
        for (var given = object.fieldNames(); given.hasNext() && next >= 0; ) {
            var name = given.next();
            while (next < names.size() && !names.get(next).equals(name)) next++;
            if (next == names.size()) next = -1;
        }
        if (next >= 0) return object;
        var ordered = Json.object();
        for (var name : names) {
            var member = object.get(name);
            if (member != null) ordered.set(name, member);
        }
        if (ordered.size() < object.size())
            object.properties().forEach(member -> ordered.putIfAbsent(member.getKey(), member.getValue()));
        return ordered;
    }
}
