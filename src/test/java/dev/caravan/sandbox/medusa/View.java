package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.InventoryItem.Level;
import dev.caravan.sandbox.medusa.Variant.Link;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Rows as replies show them. Only what the fields ask for is built: a list of ten thousand handles must not cost their variants. */
final class View {
    static final String PRODUCT =
            "*,*type,*collection,*options,*options.values,*tags,*images,*variants,*variants.images,"
                    + "*variants.options,*variants.options.option,*variants.prices,variants.prices.price_rules.value,*sales_channels";
    static final String VARIANT = "*,*options,options.option.id,*prices,prices.price_rules.value";
    static final String INVENTORY_ITEM = "*,*location_levels";
    static final String CATEGORY = "*,*parent_category,*category_children";

    private final Shop shop;

    View(Shop shop) {
        this.shop = shop;
    }

    /** As JavaScript writes it: no zeros behind, no exponent. */
    static JsonNode number(BigDecimal value) {
        var plain = new BigDecimal(value.stripTrailingZeros().toPlainString());
        return plain.scale() <= 0 && plain.precision() < 19
                ? LongNode.valueOf(plain.longValueExact())
                : DecimalNode.valueOf(plain);
    }

    ObjectNode product(Product product, Fields fields) {
        var view = Columns.PRODUCT.view(product.columns, fields);
        fields.one(view, "type", shop.types.get(product.text("type_id")), Columns.TAG::view);
        fields.one(view, "collection", shop.collections.get(product.text("collection_id")), Columns.COLLECTION::view);
        fields.many(view, "options", product.options, this::option);
        fields.many(view, "tags", product.tags.stream().map(shop.tags::get).toList(), Columns.TAG::view);
        fields.many(view, "images", product.images, Columns.IMAGE::view);
        fields.many(
                view,
                "variants",
                fields.follows("variants") ? product.variantsUnordered() : product.variants,
                (variant, inside) -> variant(product, variant, inside));
        fields.many(
                view,
                "categories",
                product.categories.stream()
                        .map(shop.categories::get)
                        .filter(Objects::nonNull)
                        .toList(),
                Columns.CATEGORY::view);
        // A channel that does not exist is accepted and shows as a null.
        var channels = product.channels.stream().map(shop.channels::get).toList();
        fields.many(view, "sales_channels", channels, (row, inside) -> inside.project(row));
        fields.one(
                view,
                "shipping_profile",
                shop.profiles.get(product.shippingProfile),
                (row, inside) -> inside.project(row));
        return view;
    }

    ObjectNode variant(Product product, Variant variant, Fields fields) {
        var view = Columns.VARIANT.view(variant.columns, fields);
        fields.many(view, "images", product.images, Columns.IMAGE::view);
        fields.many(view, "options", new ArrayList<>(variant.options.entrySet()), (choice, inside) -> {
            var option = product.option(choice.getKey());
            var value = Columns.OPTION_VALUE.view(option.value(choice.getValue()), inside);
            inside.one(value, "option", option, (o, deeper) -> Columns.OPTION.view(o.columns(), deeper));
            return value;
        });
        fields.many(
                view,
                "prices",
                variant.prices,
                (price, inside) -> inside.project(price(variant, price, inside.follows("price_rules"))));
        fields.many(view, "inventory_items", variant.links, (link, inside) -> link(variant, link, inside));
        fields.one(view, "product", product, this::product);
        if (fields.follows("inventory_quantity")) {
            var quantity = shop.quantity(
                    variant,
                    shop.locations.all().stream()
                            .map(row -> Shop.text(row, "id"))
                            .toList());
            if (quantity != null) view.set("inventory_quantity", number(quantity));
        }
        return view;
    }

    ObjectNode item(InventoryItem item, Fields fields) {
        var view = Columns.INVENTORY_ITEM.view(item.columns, fields);
        var counted = fields.follows("location_levels");
        if (fields.has("reserved_quantity")) view.set("reserved_quantity", counted ? sum(item, Level::reserved) : null);
        if (fields.has("stocked_quantity")) view.set("stocked_quantity", counted ? sum(item, Level::stocked) : null);
        fields.many(
                view,
                "location_levels",
                item.levels.values(),
                (level, inside) ->
                        inside.project(level(item, level).set("available_quantity", number(level.available()))));
        if (fields.follows("variants")) {
            var variants = view.putArray("variants");
            for (var product : shop.products.by(Shop.USED_ITEM, item.id())) {
                product.variants.stream()
                        .filter(variant -> variant.takes(item.id()))
                        .forEach(variant -> variants.add(variant(product, variant, fields.inside("variants"))));
            }
        }
        return view;
    }

    ObjectNode level(InventoryItem item, Level level) {
        var view = JsonNodeFactory.instance
                .objectNode()
                .put("id", level.id())
                .put("location_id", level.locationId())
                .putNull("metadata")
                .put("inventory_item_id", item.id())
                .put("created_at", level.createdAt())
                .put("updated_at", level.updatedAt())
                .putNull("deleted_at");
        view.set("stocked_quantity", number(level.stocked()));
        view.set("reserved_quantity", number(level.reserved()));
        return view.put("incoming_quantity", 0);
    }

    ObjectNode category(ObjectNode category, Fields fields) {
        var view = Columns.CATEGORY.view(category, fields);
        fields.one(
                view,
                "parent_category",
                shop.categories.get(Shop.text(category, "parent_category_id")),
                this::category);
        fields.many(view, "category_children", children(category), this::category);
        return view;
    }

    /** The category with all that is below it. */
    ObjectNode tree(ObjectNode category) {
        var view = Columns.CATEGORY.view(category, Fields.of(null, "*"));
        var below = view.putArray("category_children");
        children(category).forEach(child -> below.add(tree(child)));
        return view;
    }

    private List<ObjectNode> children(ObjectNode category) {
        return shop.categories.by("parent", Shop.text(category, "id")).stream()
                .sorted(Comparator.comparingInt(child -> child.path("rank").asInt()))
                .toList();
    }

    private ObjectNode option(Product.Option option, Fields fields) {
        var view = Columns.OPTION.view(option.columns(), fields);
        var values = new ArrayList<>(option.values());
        Collections.reverse(values);
        fields.many(view, "values", values, Columns.OPTION_VALUE::view);
        return view;
    }

    /** A price tells its rules only when they were asked for; otherwise one for a region looks like one for all. */
    private static ObjectNode price(Variant variant, Price price, boolean withRules) {
        var view = JsonNodeFactory.instance.objectNode().put("id", price.id());
        view.set("amount", number(price.amount()));
        view.put("currency_code", price.currency());
        view.set("min_quantity", price.minQuantity());
        view.set("max_quantity", price.maxQuantity());
        view.put("variant_id", variant.id())
                .put("created_at", price.createdAt())
                .put("updated_at", price.createdAt());
        var rules = view.putObject("rules");
        if (withRules) price.rules().forEach(rules::put);
        return view;
    }

    private ObjectNode link(Variant variant, Link link, Fields fields) {
        var view = JsonNodeFactory.instance
                .objectNode()
                .put("variant_id", variant.id())
                .put("inventory_item_id", link.itemId());
        if (fields.has("*")) {
            view.put("id", link.id())
                    .put("created_at", link.createdAt())
                    .put("updated_at", link.createdAt())
                    .putNull("deleted_at");
        }
        if (fields.has("required_quantity")) view.put("required_quantity", link.required());
        fields.one(view, "inventory", shop.items.get(link.itemId()), this::item);
        return view;
    }

    private static JsonNode sum(InventoryItem item, Function<Level, BigDecimal> part) {
        return number(item.levels.values().stream().map(part).reduce(BigDecimal.ZERO, BigDecimal::add));
    }
}
