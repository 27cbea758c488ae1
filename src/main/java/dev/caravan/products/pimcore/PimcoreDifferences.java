package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.products.pimcore.Desired.Item;
import dev.caravan.products.pimcore.Mutations.Operation;
import dev.caravan.products.pimcore.Mutations.Result;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares products in Pimcore with what they should be, field by field: a write compares hashes and does not see that a person, or a
 * restored backup, changed a field behind them. Only fields the mapping names are compared; all others are people's, and so is whether
 * something is published.
 */
public final class PimcoreDifferences {
    /** What says where the content came from, and is no part of it. */
    private static final Set<String> NOT_CONTENT = Set.of("origin", "sourceVersion", "contentHash", "syncState");

    /**
     * A field that is not as it should be.
     *
     * @param object external id of the product or variant
     * @param field  as Pimcore names it; empty when the whole object is missing
     */
    public record Difference(String object, String field, JsonNode wanted, JsonNode found) {}

    /**
     * What is wrong with a product; nothing when there are no differences.
     *
     * @param missing whether Pimcore does not have it at all
     */
    public record Finding(PimcoreWrite write, boolean missing, List<Difference> differences) {
        public boolean same() {
            return differences.isEmpty();
        }
    }

    /**
     * @param objects how many were written
     * @param whole   what became of a product that was written as a whole; null when fields of it were enough
     */
    public record Repaired(int objects, Outcome whole) {}

    /** What has to be sent to one object that is there. */
    private record Patch(String id, ObjectNode input) {}

    private record Compared(Finding finding, Desired desired, List<Patch> patches, boolean incomplete) {}

    private final PimcoreMapping mapping;
    private final DataHub hub;
    private final PimcoreProducts products;
    private final Mutations mutations;
    private final AtomicInteger written = new AtomicInteger();

    /** @param pimcore its base URL is the Data Hub endpoint, and it adds the API key */
    public PimcoreDifferences(Port pimcore, PimcoreMapping mapping, PimcoreProducts.Settings settings, Clock clock) {
        this.mapping = mapping;
        this.hub = new DataHub(pimcore, clock);
        Port counted = call -> {
            var query = Json.read(call.body()).path("query").asText();
            if (query.startsWith("mutation")) written.addAndGet(query.split(" m\\d+: ", -1).length - 1);
            return pimcore.send(call);
        };
        this.products = new PimcoreProducts(counted, mapping, settings, clock);
        this.mutations = new Mutations(new DataHub(counted, clock), settings.objectsPerRequest());
    }

    /**
     * Only looks: one request.
     *
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help
     * @throws dev.caravan.failure.BadSettings       when key, endpoint or its columns are wrong
     */
    public List<Finding> compare(List<PimcoreWrite> writes) {
        return compared(writes).stream().map(Compared::finding).toList();
    }

    /**
     * Looks again and sends what differs: to an object that is there, its fields in one mutation; what is missing is written as a whole.
     *
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help
     * @throws BadMessage                            when Pimcore refuses a value
     */
    public Repaired repair(PimcoreWrite write) {
        var before = written.get();
        var compared = compared(List.of(write)).get(0);
        var operations = compared.patches.stream()
                .map(patch -> Operation.update("Product", patch.id, patch.input))
                .toList();
        for (var result : mutations.send(operations)) {
            if (!(result instanceof Result.Done)) throw new BadMessage(write.key() + ": Pimcore refused it: " + result);
        }
        Outcome outcome = null;
        if (compared.incomplete) {
            outcome = products.upsert(List.of(write)).get(0);
            if (outcome instanceof Outcome.Failed failed) throw new BadMessage(write.key() + ": " + failed.message());
        }
        return new Repaired(written.get() - before, outcome);
    }

    private List<Compared> compared(List<PimcoreWrite> writes) {
        if (writes.isEmpty()) return List.of();
        var desired = writes.stream()
                .map(write -> Desired.of(mapping.apply(write.product())))
                .toList();
        var found = look(desired);
        var compared = new ArrayList<Compared>();
        for (int i = 0; i < writes.size(); i++) compared.add(compared(writes.get(i), desired.get(i), found));
        return compared;
    }

    private static Compared compared(PimcoreWrite write, Desired desired, Map<String, JsonNode> found) {
        var differences = new ArrayList<Difference>();
        var patches = new ArrayList<Patch>();
        var product = found.get(desired.product().externalId());
        if (product == null) {
            differences.add(missing(desired.product()));
            return new Compared(new Finding(write, true, differences), desired, List.of(), true);
        }
        var incomplete = !product.path("contentHash").asText().equals(write.contentHash());
        if (incomplete)
            differences.add(new Difference(
                    desired.product().externalId(),
                    "contentHash",
                    Json.mapper().valueToTree(write.contentHash()),
                    product.path("contentHash")));
        var categories = desired.categories().stream()
                .collect(Collectors.toMap(Lookup::path, Item::externalId, (one, same) -> one));
        compare(desired.product(), product, null, categories, differences, patches);
        for (var variant : desired.variants()) {
            var there = found.get(variant.externalId());
            if (there == null) {
                differences.add(missing(variant));
                incomplete = true;
            } else {
                compare(variant, there, product, categories, differences, patches);
            }
        }
        return new Compared(new Finding(write, false, differences), desired, patches, incomplete);
    }

    private static Difference missing(Item item) {
        return new Difference(
                item.externalId(),
                "",
                Json.mapper().valueToTree(item.hash()),
                Json.mapper().nullNode());
    }

    private static void compare(
            Item item,
            JsonNode found,
            JsonNode above,
            Map<String, String> categories,
            List<Difference> differences,
            List<Patch> patches) {
        var input = Json.object();
        item.input().properties().forEach(field -> {
            var name = field.getKey();
            if (NOT_CONTENT.contains(name)) return;
            var wanted = wanted(field.getValue(), categories);
            var there = found(name, field.getValue(), found);
            // What a variant leaves empty, Pimcore fills with its product's.
            if (wanted.equals(there)
                    || above != null && isEmpty(wanted) && there.equals(found(name, field.getValue(), above))) return;
            differences.add(new Difference(item.externalId(), name, wanted, there));
            input.set(name, field.getValue());
        });
        if (!input.isEmpty()) patches.add(new Patch(found.path("id").asText(), input));
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isNull() || value.isContainerNode() && value.isEmpty();
    }

    /** A mutation's input in the shape in which it is read back. */
    private static JsonNode wanted(JsonNode input, Map<String, String> categories) {
        if (input.isArray()) {
            var ids = Json.array();
            input.forEach(relation -> ids.add(categories.getOrDefault(
                    relation.path("fullpath").asText(),
                    relation.path("fullpath").asText())));
            return ids;
        }
        if (!input.isObject()) return scalar(input);
        if (!input.has("replace")) return texts(input);
        var entries = Json.array();
        input.path("items").forEach(items -> items.forEach(entry -> entries.add(fields(entry, keys(entry)))));
        return entries;
    }

    private static JsonNode found(String name, JsonNode input, JsonNode node) {
        if (input.isArray()) {
            var ids = Json.array();
            node.path(name)
                    .forEach(category -> ids.add(category.path("externalId").asText()));
            return ids;
        }
        if (!input.isObject()) return scalar(node.path(name));
        if (!input.has("replace")) {
            var texts = Json.object();
            input.fieldNames().forEachRemaining(language -> texts.set(language, node.path(alias(name, language))));
            return withoutFallbacks(texts(input), texts(texts));
        }
        var entries = Json.array();
        node.path(name).forEach(entry -> entries.add(fields(entry, keys(entry))));
        return entries;
    }

    /** With fallback languages Pimcore answers a missing text with that of the other language. */
    private static ObjectNode withoutFallbacks(ObjectNode wanted, ObjectNode found) {
        for (var language : keys(wanted)) {
            var value = found.path(language);
            var copied = keys(wanted).stream()
                    .anyMatch(other ->
                            !other.equals(language) && found.path(other).equals(value));
            if (wanted.path(language).isNull() && copied) found.putNull(language);
        }
        return found;
    }

    private static ObjectNode texts(JsonNode node) {
        return fields(node, keys(node));
    }

    private static ObjectNode fields(JsonNode node, Collection<String> names) {
        var fields = Json.object();
        names.forEach(name -> fields.set(name, scalar(node.path(name))));
        return fields;
    }

    private static Set<String> keys(JsonNode node) {
        var keys = new TreeSet<String>();
        node.fieldNames().forEachRemaining(keys::add);
        keys.remove("index");
        return keys;
    }

    /** Pimcore keeps an empty text as none, and a number as a decimal. */
    private static JsonNode scalar(JsonNode value) {
        if (value.isNumber())
            return Json.mapper()
                    .valueToTree(value.decimalValue().stripTrailingZeros().toPlainString());
        if (value.isMissingNode() || value.isNull() || value.asText().isEmpty())
            return Json.mapper().nullNode();
        return Json.mapper().valueToTree(value.asText());
    }

    private Map<String, JsonNode> look(List<Desired> wanted) {
        var variants =
                wanted.stream().flatMap(product -> product.variants().stream()).toList();
        var query =
                "query Compare($products:String, $variants:String){ products: getProductListing(filter:$products, published:false)"
                        + "{ edges{ node{ id objectType contentHash "
                        + selection(wanted.stream().map(Desired::product)) + " } } } "
                        + "variants: getProductListing(filter:$variants, published:false){ edges{ node{ id objectType "
                        + selection(variants.stream()) + " } } } }";
        var data = hub.read(
                query,
                Json.object()
                        .put("products", Lookup.anyOf(wanted.stream().map(Desired::product)))
                        .put("variants", Lookup.anyOf(variants.stream())));
        var found = new HashMap<String, JsonNode>();
        for (var node : Lookup.nodes(data.path("variants")))
            found.put(node.path("externalId").asText(), node);
        for (var node : Lookup.nodes(data.path("products"))) {
            // A variant without an external id of its own has inherited its product's.
            if (!Lookup.isVariant(node)) found.put(node.path("externalId").asText(), node);
        }
        return found;
    }

    /** GraphQL for all fields that the mapping names, told by the shape of their inputs. */
    private static String selection(Stream<Item> items) {
        var plain = new TreeSet<String>(Set.of("externalId"));
        var collections = new LinkedHashMap<String, Map<String, Set<String>>>();
        items.forEach(item -> item.input().properties().forEach(field -> {
            var name = field.getKey();
            var input = field.getValue();
            if (NOT_CONTENT.contains(name)) return;
            if (input.isArray()) plain.add(name + "{ ... on object_Category{ externalId } }");
            else if (!input.isObject()) plain.add(name);
            else if (!input.has("replace"))
                keys(input)
                        .forEach(language ->
                                plain.add(alias(name, language) + ": " + name + "(language:\"" + language + "\")"));
            else
                input.path("items").properties().forEach(type -> type.getValue().forEach(entry -> collections
                        .computeIfAbsent(name, unknown -> new TreeMap<>())
                        .computeIfAbsent(type.getKey(), unknown -> new TreeSet<>())
                        .addAll(keys(entry))));
            // An empty list has no fields to ask for; that there is none must be seen all the same.
            if (input.isObject() && input.has("replace"))
                input.path("items").fieldNames().forEachRemaining(type -> collections
                        .computeIfAbsent(name, unknown -> new TreeMap<>())
                        .computeIfAbsent(type, unknown -> new TreeSet<>(Set.of("__typename"))));
        }));
        var selection = new ArrayList<>(plain);
        collections.forEach((name, types) -> selection.add(name + "{ "
                + types.entrySet().stream()
                        .map(type -> "... on fieldcollection_" + type.getKey() + "{ "
                                + String.join(" ", type.getValue()) + " }")
                        .collect(Collectors.joining(" "))
                + " }"));
        return String.join(" ", selection);
    }

    private static String alias(String field, String language) {
        return field + "_" + language;
    }
}
