package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** All that the shop knows, in memory, set up as after the usual bootstrap. Not safe for several threads: the server locks around it. */
final class Shop {
    static final String HANDLE = "Product handle";
    static final String EXTERNAL_ID = "external_id";
    static final String USED_ITEM = "inventory_item_id";
    static final String SKU = "Product variant sku";
    static final String VARIANT_ID = "Product variant id";
    static final String ITEM_SKU = "Inventory item sku";
    static final String CATEGORY_HANDLE = "Product category handle";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    final Clock clock;
    final Ids ids;
    final Journal journal = new Journal();

    final Table<Product> products = new Table<>(journal, Product::id)
            .unique("Product", "handle", product -> present(product.text("handle")))
            .unique("Product variant", "id", Product::variantIds)
            .unique("Product variant", "sku", product -> product.ofVariants("sku"))
            .unique("Product variant", "ean", product -> product.ofVariants("ean"))
            .unique("Product variant", "upc", product -> product.ofVariants("upc"))
            .unique("Product variant", "barcode", product -> product.ofVariants("barcode"))
            .unique("Price", "id", Product::priceIds)
            .indexed(EXTERNAL_ID, product -> present(product.text("external_id")))
            .indexed(USED_ITEM, Product::itemIds);
    final Table<InventoryItem> items =
            new Table<>(journal, InventoryItem::id).unique("Inventory item", "sku", item -> present(item.sku()));
    final Table<ObjectNode> categories = rows().unique(
                    "Product category", "handle", row -> present(text(row, "handle")))
            .indexed("parent", row -> present(text(row, "parent_category_id")));
    final Table<ObjectNode> tags = rows().unique("Product tag", "value", row -> present(text(row, "value")));
    final Table<ObjectNode> types = rows().unique("Product type", "value", row -> present(text(row, "value")));
    final Table<ObjectNode> collections =
            rows().unique("Product collection", "handle", row -> present(text(row, "handle")));
    final Table<ObjectNode> stores = rows();
    final Table<ObjectNode> channels = rows();
    final Table<ObjectNode> regions = rows();
    final Table<ObjectNode> locations = rows();
    final Table<ObjectNode> profiles = rows();
    final Table<ObjectNode> taxRegions =
            rows().unique("Tax region", "country_code", row -> present(text(row, "country_code")));
    final Table<ObjectNode> shippingOptions = rows();
    final Table<ObjectNode> translations = rows();
    final Table<ObjectNode> keys = rows();
    final Table<ObjectNode> carts = rows();
    final Table<ObjectNode> orders = rows();
    final Table<ObjectNode> customers = rows();

    /** Stock location id to the channels that sell from there. */
    final Map<String, Set<String>> channelsOfLocation = new HashMap<>();
    /** Publishable key to the channels it opens. */
    final Map<String, Set<String>> channelsOfKey = new HashMap<>();
    /** Secret keys and log-in tokens. */
    final Set<String> credentials = new HashSet<>();

    private final Set<String> deletedVariants = new HashSet<>();
    private long shownMillis = Long.MIN_VALUE;
    private String shownTime;

    /** @param setUp whether somebody has set it up, or it is as after Medusa's own migrations */
    Shop(Clock clock, String secretKey, String publishableKey, boolean setUp) {
        this.clock = clock;
        this.ids = new Ids(clock);
        journal.transaction(() -> {
            var channel = migrated(secretKey, publishableKey);
            if (setUp) setUp(channel);
            return null;
        });
    }

    /** The time as replies show it; formatted once a millisecond, because every row has it twice. */
    String now() {
        var millis = clock.millis();
        if (millis != shownMillis) {
            shownTime = TIME.format(Instant.ofEpochMilli(millis));
            shownMillis = millis;
        }
        return shownTime;
    }

    /** A new row with its id and times. */
    ObjectNode row(String prefix) {
        return row(prefix, ids.next(prefix));
    }

    ObjectNode row(String prefix, String id) {
        var now = now();
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("created_at", now)
                .put("updated_at", now);
    }

    Product product(String id) {
        var product = products.get(id);
        if (product == null) throw MedusaError.notFound("Product with id \"" + id + "\" not found");
        return product;
    }

    /** The product that has the variant, or null. */
    Product productOf(String variantId) {
        var owners = products.by(VARIANT_ID, variantId);
        return owners.isEmpty() ? null : owners.get(0);
    }

    InventoryItem item(String id) {
        var item = items.get(id);
        if (item == null) throw MedusaError.notFound("InventoryItem with id: " + id + " was not found");
        return item;
    }

    boolean wasDeleted(String variantId) {
        return deletedVariants.contains(variantId);
    }

    void remember(Variant deleted) {
        if (deletedVariants.add(deleted.id())) journal.onRollback(() -> deletedVariants.remove(deleted.id()));
    }

    /** Locations that one of the channels sells from. */
    Set<String> locationsOf(Collection<String> channelIds) {
        var found = new LinkedHashSet<String>();
        channelsOfLocation.forEach((location, sellers) -> {
            if (sellers.stream().anyMatch(channelIds::contains)) found.add(location);
        });
        return found;
    }

    /** How often the variant can be sold from these locations, by what it takes of each item; null when nobody counts. */
    BigDecimal quantity(Variant variant, Collection<String> locationIds) {
        if (!variant.flag("manage_inventory")) return null;
        return variant.links.stream()
                .map(link -> levels(link.itemId(), locationIds)
                        .map(InventoryItem.Level::available)
                        .reduce(BigDecimal.ZERO, BigDecimal::add)
                        .divideToIntegralValue(BigDecimal.valueOf(link.required())))
                .min(BigDecimal::compareTo)
                .orElse(BigDecimal.ZERO);
    }

    /** Whether every item the variant takes has a level at one of these locations. */
    boolean stocked(Variant variant, Collection<String> locationIds) {
        return !variant.links.isEmpty()
                && variant.links.stream()
                        .allMatch(link ->
                                levels(link.itemId(), locationIds).findAny().isPresent());
    }

    private Stream<InventoryItem.Level> levels(String itemId, Collection<String> locationIds) {
        var item = items.get(itemId);
        return item == null
                ? Stream.of()
                : locationIds.stream().map(item.levels::get).filter(Objects::nonNull);
    }

    private Table<ObjectNode> rows() {
        return new Table<>(journal, row -> text(row, "id"));
    }

    static String text(ObjectNode row, String column) {
        var value = row.get(column);
        return value == null || value.isNull() ? null : value.textValue();
    }

    private static List<String> present(String key) {
        return key == null ? List.of() : List.of(key);
    }

    /** As Medusa's migrations and first start leave it; the id of its sales channel. */
    private String migrated(String secretKey, String publishableKey) {
        var channel = channel("Default Sales Channel", "Created by Medusa");
        var store = row("store")
                .put("name", "Medusa Store")
                .put("default_sales_channel_id", channel)
                .putNull("default_region_id")
                .putNull("default_location_id")
                .putNull("metadata");
        stores.save(store);
        currencies(store, List.of("eur"));
        profiles.save(row("sp")
                .put("name", "Default Shipping Profile")
                .put("type", "default")
                .putNull("metadata"));
        key("Default Publishable API Key", "publishable", publishableKey);
        channelsOfKey.put(publishableKey, new LinkedHashSet<>(List.of(channel)));
        key("integration", "secret", secretKey);
        return channel;
    }

    private void setUp(String channel) {
        channel("B2B", null);
        currencies(stores.all().iterator().next(), List.of("sar", "usd"));
        region("Saudi Arabia", "sar", List.of("sa"), List.of("pp_system_default"));
        region("United States", "usd", List.of("us"), List.of("pp_system_default"));
        taxRegion("sa", "tp_system");
        taxRegion("us", "tp_system");
        var location = location("Main Warehouse");
        location.set(
                "address",
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", ids.next("laddr"))
                        .put("address_1", "King Fahd Road 1")
                        .put("city", "Riyadh")
                        .put("country_code", "SA")
                        .put("postal_code", "12211"));
        location.withArray("fulfillment_providers").addObject().put("id", "manual_manual");
        var zone = zone(fulfillmentSet(location, "Shipping", "shipping"), "Everywhere", List.of("sa", "us"));
        channelsOfLocation.get(text(location, "id")).add(channel);
        var option = row("so")
                .put("name", "Standard")
                .put("service_zone_id", text(zone, "id"))
                .put("shipping_profile_id", text(profiles.all().iterator().next(), "id"));
        option.putArray("rules").addObject().put("attribute", "is_return").put("value", "false");
        for (var code : List.of("sar", "usd"))
            option.withArray("prices").addObject().put("currency_code", code).put("amount", 5);
        shippingOptions.save(option);
    }

    /** Replaces the store's currencies; the first is the default one. */
    void currencies(ObjectNode store, List<String> codes) {
        var currencies = JsonNodeFactory.instance.arrayNode();
        for (var code : codes) {
            currencies.add(row("stocur")
                    .put("currency_code", code)
                    .put("is_default", currencies.isEmpty())
                    .put("store_id", text(store, "id"))
                    .putNull("deleted_at"));
        }
        var changed = store.deepCopy();
        changed.set("supported_currencies", currencies);
        stores.save(changed);
    }

    /** A stock location that serves no channel yet. */
    ObjectNode location(String name) {
        var location = row("sloc").put("name", name).putNull("metadata");
        location.putArray("fulfillment_providers");
        location.putArray("fulfillment_sets");
        locations.save(location);
        channelsOfLocation.put(text(location, "id"), new LinkedHashSet<>());
        return location;
    }

    ObjectNode fulfillmentSet(ObjectNode location, String name, String type) {
        var set = row("fuset").put("name", name).put("type", type);
        set.putArray("service_zones");
        location.withArray("fulfillment_sets").add(set);
        return set;
    }

    ObjectNode zone(ObjectNode set, String name, List<String> countries) {
        var zone = row("serzo").put("name", name);
        for (var country : countries)
            zone.withArray("geo_zones").add(row("fgz").put("type", "country").put("country_code", country));
        set.withArray("service_zones").add(zone);
        return zone;
    }

    ObjectNode taxRegion(String country, String provider) {
        var region = row("txreg").put("country_code", country).put("provider_id", provider);
        taxRegions.save(region);
        return region;
    }

    private String channel(String name, String description) {
        var channel = row("sc")
                .put("name", name)
                .put("description", description)
                .put("is_disabled", false)
                .putNull("deleted_at")
                .putNull("metadata");
        channels.save(channel);
        return text(channel, "id");
    }

    ObjectNode region(String name, String currency, List<String> countries, List<String> paymentProviders) {
        var region = row("reg")
                .put("name", name)
                .put("currency_code", currency)
                .putNull("deleted_at")
                .put("automatic_taxes", true)
                .putNull("metadata");
        var list = region.putArray("countries");
        for (var iso : countries)
            list.addObject().put("id", iso).put("iso_2", iso).put("region_id", text(region, "id"));
        var providers = region.putArray("payment_providers");
        for (var provider : paymentProviders) providers.addObject().put("id", provider);
        regions.save(region);
        return region;
    }

    /** A key's row shows a secret token only redacted; the caller has the real one. */
    ObjectNode key(String title, String type, String token) {
        var redacted = token.substring(0, 6) + "***" + token.substring(token.length() - 3);
        var key = row("apk")
                .put("token", type.equals("secret") ? redacted : token)
                .put("redacted", redacted)
                .put("title", title)
                .put("type", type)
                .putNull("last_used_at")
                .putNull("created_by")
                .putNull("revoked_by")
                .putNull("revoked_at")
                .putNull("deleted_at");
        if (type.equals("secret")) credentials.add(token);
        keys.save(key);
        return key;
    }
}
