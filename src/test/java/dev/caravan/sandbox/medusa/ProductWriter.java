package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.objects;
import static dev.caravan.sandbox.medusa.Routes.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.Variant.Link;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes products step by step in Medusa's order (products, then variants with their inventory items, then prices), because what a failure
 * leaves behind depends on the step it came in.
 */
final class ProductWriter {
    private static final Pattern NOT_IN_A_SLUG = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final Pattern NOT_IN_A_HANDLE = Pattern.compile("[\\p{Lu}\\s_]");

    private final Shop shop;
    private final Collection<String> poison;

    /** @param poison handles and SKUs that no write gets past; may change while this lives */
    ProductWriter(Shop shop, Collection<String> poison) {
        this.shop = shop;
        this.poison = poison;
    }

    /** How far a write gets before the power fails. */
    enum Reach {
        PRODUCTS,
        VARIANTS,
        ALL
    }

    /** Prices to set once the variants are there. */
    private record Pricing(String productId, String variantId, JsonNode prices) {}

    /** @return ids in the order sent */
    List<String> create(List<ObjectNode> sent, Reach reach) {
        var withoutOptions = sent.stream()
                .filter(body -> body.path("options").isEmpty())
                .map(body -> body.get("title").textValue())
                .toList();
        if (!withoutOptions.isEmpty()) {
            throw MedusaError.invalid(
                    "Product options are not provided for: [" + String.join(",", withoutOptions) + "].");
        }
        var ids = new ArrayList<String>();
        for (var body : sent) ids.add(newProduct(body));
        shop.journal.count("products.created", ids.size());
        if (reach == Reach.PRODUCTS) return ids;

        var pricings = new ArrayList<Pricing>();
        for (int i = 0; i < sent.size(); i++)
            pricings.addAll(newVariants(ids.get(i), objects(sent.get(i).path("variants"))));
        for (int i = 0; i < sent.size(); i++) {
            newInventory(
                    ids.get(i),
                    shop.product(ids.get(i)).variants,
                    objects(sent.get(i).path("variants")));
        }
        if (reach == Reach.ALL) setPrices(pricings);
        return ids;
    }

    /** Changes existing products; {@code sent} have ids, all known. */
    void update(List<ObjectNode> sent, Reach reach) {
        for (var body : sent) changeProduct(body);
        shop.journal.count("products.updated", sent.size());
        if (reach == Reach.PRODUCTS) return;

        var pricings = new ArrayList<Pricing>();
        for (var body : sent) if (body.hasNonNull("variants")) pricings.addAll(replaceVariants(body));
        if (reach == Reach.VARIANTS) return;
        try {
            setPrices(pricings);
        } catch (MedusaError late) {
            throw late.leaving(() -> keepVariantChanges(sent));
        }
    }

    /** What stays of a failed update: products and prices as before, variants as sent. */
    void keepVariantChanges(List<ObjectNode> sent) {
        forEachSentVariant(sent, (variant, body) -> Columns.VARIANT.take(body, variant.columns));
    }

    /** What stays of an update that failed because of a create beside it: as {@link #keepVariantChanges}, and the prices are gone. */
    void loseUpdatedPrices(List<ObjectNode> sent) {
        forEachSentVariant(sent, (variant, body) -> {
            Columns.VARIANT.take(body, variant.columns);
            if (body.has("prices")) variant.prices.clear();
        });
    }

    void losePrices(String productId, Collection<String> variantIds) {
        change(productId, product -> product.variants.stream()
                .filter(variant -> variantIds.contains(variant.id()))
                .forEach(variant -> variant.prices.clear()));
    }

    void delete(Collection<String> ids) {
        for (var id : ids) {
            var product = shop.products.get(id);
            if (product == null) continue;
            removeInventory(product.variants);
            product.variants.forEach(shop::remember);
            shop.products.remove(id);
            shop.journal.count("products.deleted", 1);
        }
    }

    /** Adds variants with inventory items and prices, as every route does but the product's own update. */
    List<String> addVariants(String productId, List<ObjectNode> sent) {
        refuseTakenCombinations(productId, sent);
        var pricings = newVariants(productId, sent);
        var ids = pricings.stream().map(Pricing::variantId).toList();
        var added = shop.product(productId).variants.stream()
                .filter(variant -> ids.contains(variant.id()))
                .toList();
        newInventory(productId, added, sent);
        setPrices(pricings);
        return ids;
    }

    /** Changes some variants and leaves the others alone; their metadata is merged. */
    void updateVariants(String productId, List<ObjectNode> sent) {
        var product = shop.product(productId);
        var unknown = sent.stream()
                .map(body -> body.get("id").textValue())
                .filter(id -> product.variant(id) == null)
                .toList();
        if (!unknown.isEmpty())
            throw MedusaError.invalid("Cannot update non-existing variants with ids: " + String.join(", ", unknown));
        var pricings = new ArrayList<Pricing>();
        change(productId, changed -> {
            for (var body : sent) {
                var variant = changed.variant(body.get("id").textValue());
                refusePoison(variant.text("sku"), body.path("sku").textValue());
                changeVariant(changed, variant, body);
                if (body.has("metadata")) merge(variant.columns, body.get("metadata"));
                if (body.has("options")) refuseCollision(changed, variant);
                if (body.hasNonNull("prices")) pricings.add(new Pricing(productId, variant.id(), body.get("prices")));
            }
        });
        shop.journal.count("variants.updated", sent.size());
        setPrices(pricings);
    }

    void deleteVariants(String productId, Collection<String> ids) {
        change(productId, product -> {
            var going = product.variants.stream()
                    .filter(variant -> ids.contains(variant.id()))
                    .toList();
            removeInventory(going);
            going.forEach(shop::remember);
            product.variants.removeAll(going);
            shop.journal.count("variants.deleted", going.size());
        });
    }

    void changeOptions(String productId, ObjectNode batch) {
        change(productId, product -> {
            batch.path("update").forEach(update -> changeOption(product, (ObjectNode) update));
            for (var added : batch.path("add")) {
                if (added.isTextual()) throw MedusaError.noSuchRelation("product_option_id", added.textValue());
                var option = newOption(added.path("title").asText(), texts(added.path("values")));
                option.columns().put("is_exclusive", false);
                product.options.add(option);
            }
            for (var id : texts(batch.path("remove"))) {
                if (product.variants.stream().anyMatch(variant -> variant.options.containsKey(id))) {
                    throw MedusaError.invalid(
                            "Cannot unassign product option from product which has variants for that option");
                }
                product.options.removeIf(option -> option.id().equals(id));
            }
        });
        shop.journal.count("options.updated", 1);
    }

    void link(String productId, String variantId, String itemId, int required) {
        if (!shop.items.has(itemId))
            throw MedusaError.notFound("Inventory items with ids: " + itemId + " were not found");
        change(productId, product -> product.variant(variantId)
                .links
                .add(new Link(shop.ids.next("pvitem"), itemId, required, shop.now())));
    }

    /** Saves a changed copy of the product. */
    void change(String productId, Consumer<Product> change) {
        var copy = shop.product(productId).nextRevision();
        change.accept(copy);
        shop.products.save(copy);
    }

    static String slug(String title) {
        return NOT_IN_A_SLUG
                .matcher(title.strip().toLowerCase(Locale.ROOT).replace("ß", "ss"))
                .replaceAll("-")
                .replaceAll("^-+|-+$", "");
    }

    private String newProduct(ObjectNode body) {
        var product = new Product(shop.row("prod"));
        Columns.PRODUCT.take(body, product.columns);
        if (product.text("handle") == null || product.text("handle").isEmpty()) {
            product.columns.put("handle", slug(product.text("title")));
        }
        refusePoison(product.text("handle"), null);
        objects(body.path("variants"))
                .forEach(variant -> refusePoison(variant.path("sku").textValue(), null));
        if (body.has("metadata")) product.columns.set("metadata", body.get("metadata"));
        for (var option : objects(body.path("options"))) {
            product.options.add(newOption(option.get("title").textValue(), texts(option.get("values"))));
        }
        takeRelations(body, product);
        if (product.text("thumbnail") == null && !product.images.isEmpty()) {
            product.columns.set("thumbnail", product.images.get(0).get("url"));
        }
        refuseBadHandle(product);
        shop.products.save(product);
        return product.id();
    }

    private void changeProduct(ObjectNode body) {
        change(body.get("id").textValue(), product -> {
            refusePoison(product.text("handle"), body.path("handle").textValue());
            product.ofVariants("sku").forEach(sku -> refusePoison(sku, null));
            objects(body.path("variants"))
                    .forEach(variant -> refusePoison(variant.path("sku").textValue(), null));
            var changed = Columns.PRODUCT.take(body, product.columns);
            if (body.has("metadata")) merge(product.columns, body.get("metadata"));
            // Only a change of the product's own row counts: a new price or image leaves updated_at as it was.
            if (changed || body.has("metadata")) product.columns.put("updated_at", shop.now());
            takeRelations(body, product);
            refuseBadHandle(product);
        });
    }

    private void takeRelations(ObjectNode body, Product product) {
        if (body.has("categories")) {
            product.categories = ids(body.get("categories"));
            known(product.categories, shop.categories, "product_category_id");
        }
        if (body.has("tags")) {
            product.tags = ids(body.get("tags"));
            for (var tag : product.tags) {
                if (!shop.tags.has(tag)) {
                    throw MedusaError.invalid("Tag with id " + tag
                            + " not found. Please create the tag before associating it with the product.");
                }
            }
        }
        if (body.hasNonNull("type_id")) known(List.of(body.get("type_id").textValue()), shop.types, "type_id");
        if (body.hasNonNull("collection_id"))
            known(List.of(body.get("collection_id").textValue()), shop.collections, "collection_id");
        if (body.has("sales_channels")) product.channels = ids(body.get("sales_channels"));
        if (body.has("shipping_profile_id"))
            product.shippingProfile = body.get("shipping_profile_id").textValue();
        if (body.has("images")) product.images = images(product, body.get("images"));
    }

    private List<ObjectNode> images(Product product, JsonNode sent) {
        var images = new ArrayList<ObjectNode>();
        for (var image : sent) {
            var known = product.images.stream()
                    .filter(old -> old.get("id").equals(image.get("id")))
                    .findFirst();
            var row = known.map(ObjectNode::deepCopy)
                    .orElseGet(() -> shop.row("img").put("product_id", product.id()));
            images.add(row.put("url", image.get("url").textValue()).put("rank", images.size()));
        }
        return images;
    }

    private static void refuseBadHandle(Product product) {
        var handle = product.text("handle");
        if (handle != null && NOT_IN_A_HANDLE.matcher(handle).find()) {
            throw MedusaError.invalid("Invalid product handle '" + handle + "'. It must contain URL safe characters");
        }
    }

    private Product.Option newOption(String title, Collection<String> values) {
        var option = new Product.Option(shop.row("opt").put("title", title), new ArrayList<>());
        for (var value : new LinkedHashSet<>(values)) option.values().add(newValue(option, value));
        return option;
    }

    private ObjectNode newValue(Product.Option option, String value) {
        return shop.row("optval").put("value", value).put("option_id", option.id());
    }

    private void changeOption(Product product, ObjectNode update) {
        var optionId = update.get("product_option_id").textValue();
        var option = product.option(optionId);
        if (option == null) throw MedusaError.noSuchRelation("product_option_id", optionId);
        for (var added : update.path("add")) {
            // A bare string is the id of a value that exists, not a new value.
            if (added.isTextual()) {
                if (option.value(added.textValue()) == null)
                    throw MedusaError.noSuchRelation("product_option_value_id", added.textValue());
            } else if (option.valueNamed(added.path("value").asText()) == null) {
                option.values().add(newValue(option, added.path("value").asText()));
            }
        }
        for (var valueId : texts(update.path("remove"))) {
            var users = product.variants.stream()
                    .filter(variant -> variant.options.containsValue(valueId))
                    .toList();
            if (!users.isEmpty()) {
                throw MedusaError.invalid(
                        "Cannot unassign option values from product because the following variant(s) are using it: "
                                + users.stream()
                                        .map(variant -> variant.text("title"))
                                        .collect(Collectors.joining(", ")));
            }
            option.values().removeIf(value -> value.get("id").textValue().equals(valueId));
        }
    }

    private List<Pricing> newVariants(String productId, List<ObjectNode> sent) {
        var pricings = new ArrayList<Pricing>();
        if (sent.isEmpty()) return pricings;
        change(productId, product -> {
            for (var body : sent) {
                refusePoison(body.path("sku").textValue(), null);
                var variant = newVariant(product, body);
                pricings.add(new Pricing(productId, variant.id(), body.path("prices")));
            }
        });
        shop.journal.count("variants.created", sent.size());
        return pricings;
    }

    private Variant newVariant(Product product, ObjectNode body) {
        var variant = new Variant(shop.row("variant").put("product_id", product.id()));
        Columns.VARIANT.take(body, variant.columns);
        if (body.has("metadata")) variant.columns.set("metadata", body.get("metadata"));
        var given = body.path("options").size();
        if (given != product.options.size()) {
            throw MedusaError.invalid("Product has " + product.options.size() + " option values but there were " + given
                    + " provided option values for the variant: " + variant.text("title") + ".");
        }
        choose(product, variant, body.path("options"));
        product.variants.add(variant);
        return variant;
    }

    private static void choose(Product product, Variant variant, JsonNode options) {
        options.properties().forEach(choice -> {
            var option = product.optionTitled(choice.getKey());
            var value =
                    option == null ? null : option.valueNamed(choice.getValue().asText());
            if (value == null) {
                throw MedusaError.invalid(
                        "Option value " + choice.getValue().asText() + " does not exist for option " + choice.getKey());
            }
            variant.options.put(option.id(), value.get("id").textValue());
        });
    }

    private void changeVariant(Product product, Variant variant, ObjectNode body) {
        if (Columns.VARIANT.take(body, variant.columns) || body.has("metadata"))
            variant.columns.put("updated_at", shop.now());
        if (body.hasNonNull("options")) choose(product, variant, body.get("options"));
    }

    /**
     * The product's variants become those sent, matched by id. New ones get no inventory item, and those left out leave theirs behind:
     * that is what Medusa does here, and only here.
     */
    private List<Pricing> replaceVariants(ObjectNode body) {
        var productId = body.get("id").textValue();
        var pricings = new ArrayList<Pricing>();
        change(productId, product -> {
            var before = List.copyOf(product.variants);
            var kept = new ArrayList<Variant>();
            for (var sent : objects(body.get("variants"))) {
                var id = sent.path("id").textValue();
                var variant = id == null ? null : product.variant(id);
                var ghost = id != null && variant == null;
                if (ghost) {
                    variant = ghost(product, id, sent);
                } else if (variant != null) {
                    changeVariant(product, variant, sent);
                    if (sent.has("metadata")) variant.columns.set("metadata", sent.get("metadata"));
                    shop.journal.count("variants.updated", 1);
                } else {
                    variant = newVariant(product, sent);
                    shop.journal.count("variants.created", 1);
                }
                kept.add(variant);
                if (sent.hasNonNull("prices") && !ghost)
                    pricings.add(new Pricing(productId, variant.id(), sent.get("prices")));
            }
            var dropped =
                    before.stream().filter(variant -> !kept.contains(variant)).toList();
            dropped.forEach(shop::remember);
            shop.journal.count("variants.deleted", dropped.size());
            product.variants = kept;
        });
        return pricings;
    }

    /** An unknown variant id is taken for a new variant: without options, price or inventory item. */
    private Variant ghost(Product product, String id, ObjectNode sent) {
        if (shop.wasDeleted(id)) throw MedusaError.alreadyExists("Product variant", "id", id);
        var variant = new Variant(shop.row("variant", id).put("product_id", product.id()));
        Columns.VARIANT.take(sent, variant.columns);
        shop.journal.count("variants.created", 1);
        return variant;
    }

    private void newInventory(String productId, List<Variant> variants, List<ObjectNode> sent) {
        var links = new HashMap<String, List<Link>>();
        for (int i = 0; i < variants.size(); i++) {
            var variant = variants.get(i);
            var given = objects(sent.get(i).path("inventory_items"));
            if (!given.isEmpty()) {
                for (var item : given) {
                    var required = item.get("required_quantity").intValue();
                    link(productId, variant.id(), item.get("inventory_item_id").textValue(), required);
                }
            } else if (variant.flag("manage_inventory")) {
                var item = new InventoryItem(shop.row("iitem"));
                for (var column :
                        List.of("sku", "title", "hs_code", "origin_country", "mid_code", "material", "weight")) {
                    if (variant.columns.hasNonNull(column)) item.columns.set(column, variant.columns.get(column));
                }
                item.columns.set("description", variant.columns.get("title"));
                shop.items.save(item);
                links.put(variant.id(), List.of(new Link(shop.ids.next("pvitem"), item.id(), 1, shop.now())));
            }
        }
        shop.journal.count("inventory_items.created", links.size());
        if (!links.isEmpty()) {
            change(
                    productId,
                    product -> product.variants.forEach(v -> v.links.addAll(links.getOrDefault(v.id(), List.of()))));
        }
    }

    private void removeInventory(Collection<Variant> variants) {
        var itemIds = variants.stream()
                .flatMap(variant -> variant.links.stream())
                .map(Link::itemId)
                .toList();
        var reserved = itemIds.stream()
                .filter(id -> shop.items.has(id) && shop.items.get(id).reserved())
                .toList();
        if (!reserved.isEmpty()) {
            throw MedusaError.invalid("Cannot remove following inventory item(s) since they have reservations: ["
                    + String.join(", ", reserved) + "].");
        }
        itemIds.forEach(shop.items::remove);
    }

    private void setPrices(List<Pricing> pricings) {
        var byProduct = new LinkedHashMap<String, List<Pricing>>();
        pricings.forEach(pricing -> byProduct
                .computeIfAbsent(pricing.productId(), id -> new ArrayList<>())
                .add(pricing));
        byProduct.forEach((productId, group) -> change(
                productId,
                product -> group.forEach(pricing -> {
                    var variant = product.variant(pricing.variantId());
                    variant.prices = prices(variant, pricing.prices());
                })));
    }

    private List<Price> prices(Variant variant, JsonNode sent) {
        var prices = new ArrayList<Price>();
        for (var body : sent) {
            var id = body.path("id").textValue();
            var old = variant.prices.stream()
                    .filter(price -> price.id().equals(id))
                    .findFirst()
                    .orElse(null);
            var currency = body.path("currency_code")
                    .asText(old == null ? "" : old.currency())
                    .toLowerCase(Locale.ROOT);
            var amount = body.hasNonNull("amount")
                    ? body.get("amount").decimalValue()
                    : old == null ? BigDecimal.ZERO : old.amount();
            var rules = new HashMap<String, String>();
            body.path("rules")
                    .properties()
                    .forEach(rule -> rules.put(rule.getKey(), rule.getValue().asText()));
            prices.add(new Price(
                    id == null ? shop.ids.next("price") : id,
                    currency,
                    amount,
                    orNull(body.get("min_quantity")),
                    orNull(body.get("max_quantity")),
                    rules,
                    shop.now()));
        }
        return prices;
    }

    private void refuseTakenCombinations(String productId, List<ObjectNode> sent) {
        var product = shop.product(productId);
        for (var body : sent) {
            var wanted = new HashMap<String, String>();
            body.path("options")
                    .properties()
                    .forEach(choice ->
                            wanted.put(choice.getKey(), choice.getValue().asText()));
            for (var variant : product.variants) {
                if (!wanted.isEmpty() && choices(product, variant).equals(wanted)) throw combinationTaken(variant);
            }
        }
    }

    private static void refuseCollision(Product product, Variant changed) {
        for (var other : product.variants) {
            if (other != changed && other.options.equals(changed.options)) throw combinationTaken(other);
        }
    }

    private static MedusaError combinationTaken(Variant taken) {
        return MedusaError.invalid("Variant (" + taken.text("title") + ") with provided options already exists.");
    }

    private static Map<String, String> choices(Product product, Variant variant) {
        var choices = new HashMap<String, String>();
        variant.options.forEach((optionId, valueId) -> {
            var option = product.option(optionId);
            choices.put(option.title(), option.value(valueId).get("value").textValue());
        });
        return choices;
    }

    private void forEachSentVariant(List<ObjectNode> sent, BiConsumer<Variant, ObjectNode> damage) {
        for (var body : sent) {
            change(body.get("id").textValue(), product -> objects(body.path("variants"))
                    .forEach(variantBody -> {
                        var variant = product.variant(variantBody.path("id").asText());
                        if (variant != null) damage.accept(variant, variantBody);
                    }));
        }
    }

    private void refusePoison(String key, String newKey) {
        for (var word : new String[] {key, newKey}) {
            if (word != null && poison.contains(word)) throw MedusaError.invalid("Poisoned by the sandbox: " + word);
        }
    }

    /** Product and variant metadata: {@code ""} takes a key away, null stores a null, what is not mentioned stays. */
    private static void merge(ObjectNode row, JsonNode sent) {
        if (!sent.isObject()) {
            row.set("metadata", sent);
            return;
        }
        var merged = row.path("metadata").isObject()
                ? (ObjectNode) row.get("metadata")
                : JsonNodeFactory.instance.objectNode();
        sent.properties().forEach(field -> {
            if (field.getValue().isTextual() && field.getValue().textValue().isEmpty()) merged.remove(field.getKey());
            else merged.set(field.getKey(), field.getValue());
        });
        row.set("metadata", merged);
    }

    private static void known(Collection<String> ids, Table<?> table, String relation) {
        ids.stream().filter(id -> !table.has(id)).findFirst().ifPresent(id -> {
            throw MedusaError.noSuchRelation(relation, id);
        });
    }

    private static List<String> ids(JsonNode sent) {
        var ids = new LinkedHashSet<String>();
        sent.forEach(entry -> ids.add(entry.get("id").textValue()));
        ids.removeIf(Objects::isNull);
        return new ArrayList<>(ids);
    }

    private static JsonNode orNull(JsonNode node) {
        return node == null ? JsonNodeFactory.instance.nullNode() : node;
    }
}
