package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The shop, flat. */
final class Dump {
    private final Shop shop;

    Dump(Shop shop) {
        this.shop = shop;
    }

    ObjectNode json() {
        var dump = JsonNodeFactory.instance.objectNode();
        var products = dump.putArray("products");
        shop.products.all().forEach(product -> products.add(product(product)));
        var used = shop.products.all().stream()
                .flatMap(product -> product.variants.stream())
                .flatMap(variant -> variant.links.stream())
                .map(Variant.Link::itemId)
                .collect(Collectors.toSet());
        var orphans = dump.putArray("orphans");
        shop.items.all().stream().filter(item -> !used.contains(item.id())).forEach(item -> orphans.add(item.sku()));
        var categories = dump.putArray("categories");
        shop.categories.all().forEach(row -> categories
                .addObject()
                .put("handle", Shop.text(row, "handle"))
                .put("name", Shop.text(row, "name"))
                .put("parent", handle(Shop.text(row, "parent_category_id"))));
        return dump;
    }

    private ObjectNode product(Product product) {
        var node = JsonNodeFactory.instance.objectNode().put("id", product.id());
        for (var name : List.of("handle", "external_id", "title")) node.put(name, product.text(name));
        node.put("status", product.status());
        node.set("metadata", product.columns.get("metadata"));
        product.channels.forEach(node.putArray("channels")::add);
        node.put("shipping_profile", product.shippingProfile);
        product.categories.stream().map(this::handle).forEach(node.putArray("categories")::add);
        product.images.stream().map(image -> Shop.text(image, "url")).forEach(node.putArray("images")::add);
        var variants = node.putArray("variants");
        product.variants.forEach(variant -> variants.add(variant(product, variant)));
        return node;
    }

    private ObjectNode variant(Product product, Variant variant) {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("id", variant.id())
                .put("sku", variant.text("sku"))
                .put("title", variant.text("title"));
        var options = node.putObject("options");
        variant.options.forEach((optionId, valueId) -> {
            var option = product.option(optionId);
            options.set(option.title(), option.value(valueId).get("value"));
        });
        var prices = node.putObject("prices");
        variant.prices.forEach(price -> prices.set(price.currency(), View.number(price.amount())));
        node.set("metadata", variant.columns.get("metadata"));
        node.put("managed", variant.flag("manage_inventory")).put("items", variant.links.size());
        var stock = variant.links.stream()
                .map(link -> shop.items.get(link.itemId()))
                .filter(Objects::nonNull)
                .flatMap(item -> item.levels.values().stream())
                .map(InventoryItem.Level::stocked)
                .reduce(BigDecimal::add);
        node.set(
                "stock",
                variant.flag("manage_inventory") ? stock.map(View::number).orElse(null) : null);
        return node;
    }

    private String handle(String categoryId) {
        var row = shop.categories.get(categoryId);
        return row == null ? null : Shop.text(row, "handle");
    }
}
