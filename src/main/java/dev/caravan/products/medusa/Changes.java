package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.FieldOwners.Field;
import dev.caravan.products.medusa.ShopSettings.VariantsGone;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What has to be sent so that a product in the shop is as asked, and nothing else.
 *
 * @param patch      fields of the product itself that differ
 * @param newValues  values for options it has: {@code {product_option_id, add}}
 * @param newOptions options it lacks: {@code {title, values}}
 * @param create     variants it lacks
 * @param itemless   variants whose stock is counted and that have nothing to count it with
 * @param levels     stock to be written
 * @param update     variants that differ: their id and the fields that do
 * @param delete     ids of variants to be deleted
 */
record Changes(
        ObjectNode patch,
        ArrayNode newValues,
        ArrayNode newOptions,
        List<ObjectNode> create,
        List<Itemless> itemless,
        List<Level> levels,
        List<ObjectNode> update,
        List<String> delete) {

    /** The stock we last wrote for a variant. While the source's is the same, what the shop has sold since is left alone. */
    static final String STOCK_KEY = "caravan_stock";

    /** Which metadata keys are ours, so that one the source no longer has can be taken away again. Others are the merchant's. */
    static final String KEYS_KEY = "caravan_keys";

    private static final Comparator<JsonNode> SAME_VALUE = (one, other) -> {
        if (one.isNumber() && other.isNumber()) return one.decimalValue().compareTo(other.decimalValue());
        return one.equals(other) ? 0 : 1;
    };

    /**
     * @param itemId inventory item
     * @param create whether the item is not stocked at our location yet
     */
    record Level(String itemId, int quantity, boolean create) {}

    record Itemless(String variantId, String sku, int stock) {}

    boolean none() {
        return patch.isEmpty() && !structural() && levels.isEmpty() && update.isEmpty();
    }

    /** Whether this brings up something new to count: a variant that was sold without counting gets an inventory item. */
    boolean startsCounting() {
        return update.stream()
                .anyMatch(fields -> fields.path("manage_inventory").asBoolean(false));
    }

    /** Whether there is something to add or take away, after which the product has to be looked at again. */
    boolean structural() {
        return !newValues.isEmpty()
                || !newOptions.isEmpty()
                || !create.isEmpty()
                || !itemless.isEmpty()
                || !delete.isEmpty();
    }

    /** The body that creates a product, with everything it needs to be visible, and its variants to be bought once they are in stock. */
    static ObjectNode creation(
            ShopProduct product,
            Place place,
            List<String> categoryIds,
            Map<String, String> orphans,
            FieldOwners owners) {
        var body = Json.object()
                .put("title", product.title())
                .put("handle", product.handle())
                .put("status", product.status());
        if (product.externalId() != null) body.put("external_id", product.externalId());
        if (product.subtitle() != null) body.put("subtitle", product.subtitle());
        if (product.description() != null) body.put("description", product.description());
        if (product.thumbnail() != null) body.put("thumbnail", product.thumbnail());
        body.set("images", images(product, Map.of()));
        if (!categoryIds.isEmpty()) body.set("categories", ids(categoryIds));
        body.set("sales_channels", ids(List.of(place.salesChannel())));
        body.put("shipping_profile_id", place.shippingProfile());
        var ownership = new Ownership(owners, Json.object());
        values(product, categoryIds).forEach(ownership::made);
        body.set("metadata", withKeys(ownership.remembered(product.metadata())));
        body.set("options", options(product.options()));
        var variants = body.putArray("variants");
        for (var variant : product.variants()) variants.add(creation(variant, variant.options(), orphans, owners));
        return body;
    }

    /**
     * @param categoryIds of the product's categories
     * @param orphans     SKU to an inventory item that bears it and counts nothing
     */
    static Changes between(
            ShopProduct wanted,
            Listed listed,
            Place place,
            List<String> categoryIds,
            VariantsGone whenGone,
            Map<String, String> orphans,
            FieldOwners owners) {
        var newValues = Json.array();
        var newOptions = Json.array();
        wanted.options().forEach((title, values) -> {
            var option = listed.options().get(title);
            if (option == null) {
                // Its own: otherwise it would be an option of the whole shop, and of those only one may have this
                // title.
                newOptions
                        .addObject()
                        .put("title", title)
                        .put("is_exclusive", true)
                        .set("values", texts(values));
                return;
            }
            var missing = values.stream()
                    .filter(value -> !option.values().contains(value))
                    .toList();
            if (missing.isEmpty()) return;
            var add =
                    newValues.addObject().put("product_option_id", option.id()).putArray("add");
            missing.forEach(value -> add.addObject().put("value", value));
        });
        var create = new ArrayList<ObjectNode>();
        var itemless = new ArrayList<Itemless>();
        var levels = new ArrayList<Level>();
        var update = new ArrayList<ObjectNode>();
        var delete = new ArrayList<String>();
        var gone = gone(wanted, listed);
        for (var variant : wanted.variants()) {
            var current = listed.variants().get(variant.sku());
            if (current == null) current = renamed(variant, gone);
            if (current == null) {
                create.add(creation(variant, withForeignOptions(variant, wanted, listed), orphans, owners));
                continue;
            }
            if (variant.managed() && current.managed() && current.itemId() == null) {
                itemless.add(new Itemless(current.id(), current.sku(), variant.stock()));
            }
            stock(variant, current, levels);
            var fields = update(variant, current, owners);
            if (fields.size() > 1) update.add(fields);
        }
        for (var current : gone) {
            if (whenGone == VariantsGone.DELETE) delete.add(current.id());
            else outOfStock(current, levels, update);
        }
        var patch = patch(wanted, listed, place, categoryIds, owners);
        return new Changes(patch, newValues, newOptions, create, itemless, levels, update, delete);
    }

    /** Variants we made that the source no longer has. Those the merchant made are none of our business. */
    private static List<Listed.Variant> gone(ShopProduct wanted, Listed listed) {
        var skus = wanted.skus();
        return listed.variants().values().stream()
                .filter(current ->
                        !skus.contains(current.sku()) && current.metadata().has(KEYS_KEY))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** The variant that looks the same to a buyer and bears a SKU that is gone: it gets the new one. Two alike Medusa does not take. */
    private static Listed.Variant renamed(ShopProduct.Variant variant, List<Listed.Variant> gone) {
        for (var current : gone) {
            if (current.options().equals(variant.options())) {
                gone.remove(current);
                return current;
            }
        }
        return null;
    }

    private static ObjectNode patch(
            ShopProduct wanted, Listed listed, Place place, List<String> categoryIds, FieldOwners owners) {
        var ownership = new Ownership(owners, listed.metadata());
        var merchants = new LinkedHashSet<String>();
        var ours = new ArrayList<String>();
        var supplier = wanted.metadata().path("supplier").asText();
        listed.categories().forEach((id, madeFor) -> (madeFor.equals(supplier) ? ours : merchants).add(id));
        var there = values(listed, ours);
        var send = new LinkedHashMap<Field, JsonNode>();
        values(wanted, categoryIds).forEach((field, value) -> {
            if (ownership.sends(field, value, there.get(field))) send.put(field, value);
        });
        var patch = Json.object();
        send.forEach((field, value) -> {
            switch (field) {
                case IMAGES -> patch.set("images", images(wanted, listed.images()));
                case CATEGORIES -> {
                    var all = new LinkedHashSet<>(categoryIds);
                    all.addAll(merchants);
                    patch.set("categories", ids(all));
                }
                default -> patch.set(field.word(), value);
            }
        });
        if (!Objects.equals(wanted.externalId(), listed.externalId())) patch.put("external_id", wanted.externalId());
        if (!wanted.status().equals(listed.status())) patch.put("status", wanted.status());
        if (!listed.salesChannels().contains(place.salesChannel())) {
            var channels = new ArrayList<>(listed.salesChannels());
            channels.add(place.salesChannel());
            patch.set("sales_channels", ids(channels));
        }
        if (listed.shippingProfile() == null) patch.put("shipping_profile_id", place.shippingProfile());
        var metadata = metadata(withKeys(ownership.remembered(wanted.metadata())), listed.metadata());
        if (!metadata.isEmpty()) patch.set("metadata", metadata);
        return patch;
    }

    /** What can be owned, in a form to be compared. */
    private static Map<Field, JsonNode> values(ShopProduct product, List<String> categoryIds) {
        return values(
                product.title(),
                product.subtitle(),
                product.description(),
                product.thumbnail(),
                product.images(),
                categoryIds);
    }

    private static Map<Field, JsonNode> values(Listed listed, List<String> categoryIds) {
        return values(
                listed.title(),
                listed.subtitle(),
                listed.description(),
                listed.thumbnail(),
                listed.images().keySet(),
                categoryIds);
    }

    private static Map<Field, JsonNode> values(
            String title,
            String subtitle,
            String description,
            String thumbnail,
            Iterable<String> images,
            List<String> categoryIds) {
        var values = new EnumMap<Field, JsonNode>(Field.class);
        values.put(Field.TITLE, text(title));
        values.put(Field.SUBTITLE, text(subtitle));
        values.put(Field.DESCRIPTION, text(description));
        values.put(Field.THUMBNAIL, text(thumbnail));
        values.put(Field.IMAGES, texts(images));
        values.put(Field.CATEGORIES, texts(new TreeSet<>(categoryIds)));
        return values;
    }

    private static JsonNode text(String text) {
        return text == null ? NullNode.getInstance() : TextNode.valueOf(text);
    }

    private static void stock(ShopProduct.Variant variant, Listed.Variant current, List<Level> levels) {
        if (!variant.managed() || current.itemId() == null) return;
        if (current.stocked() == null) {
            levels.add(new Level(current.itemId(), variant.stock(), true));
        } else if (!variant.stock().equals(lastWritten(current))
                && !variant.stock().equals(current.stocked())) {
            levels.add(new Level(current.itemId(), variant.stock(), false));
        }
    }

    private static void outOfStock(Listed.Variant current, List<Level> levels, List<ObjectNode> update) {
        var last = lastWritten(current);
        if (last != null && last == 0 && current.managed()) return;
        boolean left = current.itemId() != null && current.stocked() != null && current.stocked() != 0;
        if (left) levels.add(new Level(current.itemId(), 0, false));
        var fields = Json.object().put("id", current.id());
        if (!current.managed()) fields.put("manage_inventory", true);
        fields.putObject("metadata").put(STOCK_KEY, 0);
        update.add(fields);
    }

    private static Integer lastWritten(Listed.Variant current) {
        var last = current.metadata().path(STOCK_KEY);
        return last.canConvertToInt() && last.isNumber() ? last.intValue() : null;
    }

    private static ObjectNode creation(
            ShopProduct.Variant variant, Map<String, String> options, Map<String, String> orphans, FieldOwners owners) {
        var body = Json.object()
                .put("title", variant.title())
                .put("sku", variant.sku())
                .put("variant_rank", variant.rank());
        body.put("manage_inventory", variant.managed());
        var chosen = body.putObject("options");
        options.forEach(chosen::put);
        body.set("prices", prices(variant.prices(), Json.array()));
        var ownership = new Ownership(owners, Json.object())
                .made(Field.VARIANT_TITLE, text(variant.title()))
                .made(Field.VARIANT_PRICES, comparable(variant.prices()));
        body.set("metadata", metadata(variant, ownership));
        if (variant.managed() && orphans.containsKey(variant.sku())) {
            body.putArray("inventory_items")
                    .addObject()
                    .put("inventory_item_id", orphans.get(variant.sku()))
                    .put("required_quantity", 1);
        }
        return body;
    }

    private static ObjectNode update(ShopProduct.Variant variant, Listed.Variant current, FieldOwners owners) {
        var ownership = new Ownership(owners, current.metadata());
        var fields = Json.object().put("id", current.id());
        if (!variant.sku().equals(current.sku())) fields.put("sku", variant.sku());
        if (ownership.sends(Field.VARIANT_TITLE, text(variant.title()), text(current.title())))
            fields.put("title", variant.title());
        if (variant.rank() != current.rank()) fields.put("variant_rank", variant.rank());
        if (variant.managed() != current.managed()) fields.put("manage_inventory", variant.managed());
        if (!current.options().entrySet().containsAll(variant.options().entrySet())) {
            var options = fields.putObject("options");
            current.options().forEach(options::put);
            variant.options().forEach(options::put);
        }
        // None at all is what a death of Medusa's in mid-batch leaves, and nobody's decision.
        var sendsPrices =
                ownership.sends(Field.VARIANT_PRICES, comparable(variant.prices()), comparable(current.prices()));
        if (sendsPrices || current.prices().isEmpty())
            fields.set("prices", prices(variant.prices(), current.specialPrices()));
        var metadata = metadata(metadata(variant, ownership), current.metadata());
        if (!metadata.isEmpty()) fields.set("metadata", metadata);
        return fields;
    }

    /** Medusa wants a value for every option of the product, also for one that the source does not know (any more). */
    private static Map<String, String> withForeignOptions(
            ShopProduct.Variant variant, ShopProduct wanted, Listed listed) {
        var options = new LinkedHashMap<>(variant.options());
        listed.options().forEach((title, option) -> {
            if (!wanted.options().containsKey(title) && !option.values().isEmpty())
                options.put(title, option.values().get(0));
        });
        return options;
    }

    /** Currency and amount, without zeros that say nothing. */
    private static JsonNode comparable(Map<String, BigDecimal> prices) {
        var list = Json.object();
        new TreeMap<>(prices)
                .forEach((currency, amount) ->
                        list.put(currency, amount.stripTrailingZeros().toPlainString()));
        return list;
    }

    private static ObjectNode metadata(ShopProduct.Variant variant, Ownership ownership) {
        var metadata = ownership.remembered(variant.metadata()).deepCopy();
        if (variant.managed()) metadata.put(STOCK_KEY, variant.stock());
        return withKeys(metadata);
    }

    private static ObjectNode withKeys(ObjectNode metadata) {
        var keys = new TreeSet<String>();
        metadata.fieldNames().forEachRemaining(keys::add);
        var with = metadata.deepCopy();
        with.set(KEYS_KEY, texts(keys));
        return with;
    }

    /** What to merge into the metadata a product or variant has. Medusa takes an empty text as "delete this key". */
    private static ObjectNode metadata(ObjectNode wanted, ObjectNode current) {
        var merge = Json.object();
        wanted.properties().forEach(entry -> {
            if (!entry.getValue().equals(SAME_VALUE, current.path(entry.getKey())))
                merge.set(entry.getKey(), entry.getValue());
        });
        for (var key : current.path(KEYS_KEY)) {
            if (!wanted.has(key.asText()) && current.has(key.asText())) merge.put(key.asText(), "");
        }
        return merge;
    }

    private static ArrayNode prices(Map<String, BigDecimal> prices, ArrayNode special) {
        var list = Json.array();
        // DecimalNode by hand: the usual way strips zeros, and 20.00 would go out as 2E+1.
        prices.forEach((currency, amount) ->
                list.addObject().put("currency_code", currency).set("amount", DecimalNode.valueOf(amount)));
        return list.addAll(special);
    }

    private static ArrayNode images(ShopProduct product, Map<String, String> known) {
        var images = Json.array();
        for (var url : product.images()) {
            var image = images.addObject();
            if (known.containsKey(url)) image.put("id", known.get(url));
            image.put("url", url);
        }
        return images;
    }

    private static ArrayNode options(Map<String, List<String>> options) {
        var list = Json.array();
        options.forEach((title, values) -> list.addObject().put("title", title).set("values", texts(values)));
        return list;
    }

    private static ArrayNode ids(Iterable<String> ids) {
        var list = Json.array();
        ids.forEach(id -> list.addObject().put("id", id));
        return list;
    }

    private static ArrayNode texts(Iterable<String> texts) {
        var list = Json.array();
        texts.forEach(list::add);
        return list;
    }
}
