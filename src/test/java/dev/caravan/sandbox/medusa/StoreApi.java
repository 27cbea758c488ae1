package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.objects;
import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.InventoryItem.Level;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code /store}: what a customer sees and can buy. Shipping costs nothing and there are no taxes; the rest of the checkout is real. */
final class StoreApi {
    private static final int PAGE = 50;
    private static final String USUAL =
            "id,title,subtitle,description,handle,is_giftcard,discountable,thumbnail,collection_id,type_id,"
                    + "weight,length,height,width,hs_code,origin_country,mid_code,material,created_at,updated_at,*type,*collection,*options,"
                    + "*options.values,*tags,*images,*variants,*variants.options";
    private static final String PRICED = USUAL + ",*variants.calculated_price";
    private static final String SHIPPING_OPTION = "so_standard";

    private final Shop shop;
    private final View view;

    StoreApi(Shop shop, View view) {
        this.shop = shop;
        this.view = view;
    }

    void register(Routes routes) {
        routes.get("/store/products", this::products);
        routes.get("/store/products/:id", this::product);
        routes.get(
                "/store/regions",
                request -> page(request, "regions", List.copyOf(shop.regions.all()), PAGE, ObjectNode::deepCopy));
        routes.post("/store/carts", this::createCart);
        routes.get("/store/carts/:id", request -> wrapped("cart", cart(request)));
        routes.post("/store/carts/:id", this::updateCart);
        routes.post("/store/carts/:id/line-items", this::addLine);
        routes.get("/store/shipping-options", this::shippingOptions);
        routes.post("/store/carts/:id/shipping-methods", this::addShipping);
        routes.post("/store/payment-collections", this::startPayment);
        routes.post(
                "/store/payment-collections/:id/payment-sessions",
                request -> wrapped(
                        "payment_collection",
                        JsonNodeFactory.instance.objectNode().put("id", request.id("id"))));
        routes.post("/store/carts/:id/complete", this::complete);
    }

    /** @throws MedusaError when the request has no publishable key, or one that does not exist */
    void admit(String key) {
        if (key == null) {
            throw MedusaError.of(
                    400,
                    "not_allowed",
                    "Publishable API key required in the request header: x-publishable-api-key. "
                            + "You can manage your keys in settings in the dashboard.");
        }
        if (!shop.channelsOfKey.containsKey(key)) {
            throw MedusaError.of(400, "not_allowed", "A valid publishable key is required to proceed with the request");
        }
    }

    private JsonNode products(Request request) {
        var products =
                request.asksFor("handle") ? shop.products.by(Shop.HANDLE, request.all("handle")) : shop.products.all();
        var hits = products.stream()
                .filter(product -> visible(product, channels(request)))
                .filter(product -> !request.asksFor("id") || request.all("id").contains(product.id()))
                .filter(product -> !request.asksFor("q")
                        || product.text("title")
                                .toLowerCase()
                                .contains(request.first("q").toLowerCase()))
                .toList();
        return page(request, "products", hits, PAGE, product -> shown(request, product));
    }

    private JsonNode product(Request request) {
        var product = shop.products.get(request.id("id"));
        if (product == null || !visible(product, channels(request))) {
            throw MedusaError.notFound("Product with id: " + request.id("id") + " was not found");
        }
        return wrapped("product", shown(request, product));
    }

    /** With a single channel in the database Medusa does not look at channels at all. */
    private boolean visible(Product product, Set<String> channels) {
        var offered = shop.channels.size() == 1 || product.channels.stream().anyMatch(channels::contains);
        return offered && product.status().equals("published");
    }

    private ObjectNode shown(Request request, Product product) {
        var region = request.asksFor("region_id") ? shop.regions.get(request.first("region_id")) : null;
        var fields = Fields.of(request.first("fields"), region == null ? USUAL : PRICED);
        var priced = fields.follows("variants") && fields.inside("variants").follows("calculated_price");
        if (priced && region == null)
            throw MedusaError.invalid("Missing required pricing context to calculate prices - region_id");
        var shown = view.product(product, fields);
        for (var node : shown.path("variants")) {
            var variant = product.variant(node.get("id").textValue());
            if (node.has("inventory_quantity")) {
                var locations = shop.locationsOf(channels(request));
                ((ObjectNode) node).set("inventory_quantity", View.number(shop.quantity(variant, locations)));
            }
            var price = priced ? price(variant, region) : null;
            if (price != null) ((ObjectNode) node).set("calculated_price", calculated(price));
        }
        return shown;
    }

    /** What the variant costs in the region, or null: a price made for the region wins over one of its currency. */
    private static Price price(Variant variant, ObjectNode region) {
        var currency = Shop.text(region, "currency_code");
        var regionId = Shop.text(region, "id");
        Price found = null;
        for (var price : variant.prices) {
            if (!price.currency().equals(currency)) continue;
            if (regionId.equals(price.rules().get("region_id"))) return price;
            if (found == null && price.rules().isEmpty()) found = price;
        }
        return found;
    }

    private static ObjectNode calculated(Price price) {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("is_calculated_price_price_list", false)
                .put("is_calculated_price_tax_inclusive", false);
        node.set("calculated_amount", View.number(price.amount()));
        node.set("original_amount", View.number(price.amount()));
        node.put("currency_code", price.currency());
        node.putObject("calculated_price").put("id", price.id()).putNull("price_list_id");
        return node;
    }

    private Set<String> channels(Request request) {
        return shop.channelsOfKey.get(request.key());
    }

    private JsonNode createCart(Request request) {
        var region = shop.regions.get(request.object()
                .path("region_id")
                .asText(Shop.text(shop.regions.all().iterator().next(), "id")));
        if (region == null)
            throw MedusaError.notFound(
                    "Region with id: " + request.object().path("region_id").asText() + " was not found");
        var cart = shop.row("cart")
                .put("currency_code", Shop.text(region, "currency_code"))
                .put("region_id", Shop.text(region, "id"))
                .put(
                        "sales_channel_id",
                        request.object()
                                .path("sales_channel_id")
                                .asText(channels(request).iterator().next()))
                .putNull("completed_at")
                .put("total", 0);
        cart.set("email", request.object().get("email"));
        cart.putArray("items");
        cart.putArray("shipping_methods");
        shop.carts.save(cart);
        return wrapped("cart", cart);
    }

    private ObjectNode cart(Request request) {
        var cart = shop.carts.get(request.id("id"));
        if (cart == null) throw MedusaError.notFound("Cart id not found: " + request.id("id"));
        return cart;
    }

    private JsonNode saved(ObjectNode cart) {
        cart.put("updated_at", shop.now());
        shop.carts.save(cart);
        return wrapped("cart", cart);
    }

    private JsonNode updateCart(Request request) {
        var cart = cart(request).deepCopy();
        for (var field : List.of("email", "shipping_address", "billing_address")) {
            if (request.object().has(field)) cart.set(field, request.object().get(field));
        }
        return saved(cart);
    }

    private JsonNode addLine(Request request) {
        var cart = cart(request).deepCopy();
        var variantId = request.object().path("variant_id").asText();
        var quantity = request.object().path("quantity").asInt(1);
        var product = shop.productOf(variantId);
        if (product == null || !product.status().equals("published")) {
            throw MedusaError.invalid(
                    "Variants " + variantId + " do not exist or belong to a product that is not published");
        }
        var variant = product.variant(variantId);
        var price = price(variant, shop.regions.get(Shop.text(cart, "region_id")));
        if (price == null) throw MedusaError.invalid("Variants with IDs " + variantId + " do not have a price");
        var line = objects(cart.get("items")).stream()
                .filter(item -> Shop.text(item, "variant_id").equals(variantId))
                .findFirst()
                .orElseGet(() -> ((ObjectNode) cart.withArray("items").addObject())
                        .put("id", shop.ids.next("cali"))
                        .put("quantity", 0));
        var wanted = line.get("quantity").intValue() + quantity;
        refuseUnavailable(variant, wanted, Shop.text(cart, "sales_channel_id"));

        line.put("variant_id", variantId)
                .put("product_id", product.id())
                .put("product_title", product.text("title"))
                .put("product_handle", product.text("handle"))
                .put("variant_sku", variant.text("sku"))
                .put("title", product.text("title"))
                .put("variant_title", variant.text("title"))
                .put("thumbnail", product.text("thumbnail"))
                .put("quantity", wanted);
        line.set("unit_price", View.number(price.amount()));
        var total = BigDecimal.ZERO;
        for (var item : cart.get("items")) {
            total = total.add(item.get("unit_price")
                    .decimalValue()
                    .multiply(item.get("quantity").decimalValue()));
        }
        cart.set("total", View.number(total));
        return saved(cart);
    }

    private void refuseUnavailable(Variant variant, int wanted, String channel) {
        if (!variant.flag("manage_inventory") || variant.flag("allow_backorder")) return;
        var locations = shop.locationsOf(List.of(channel));
        if (!shop.stocked(variant, locations)) {
            throw MedusaError.invalid("Sales channel " + channel
                    + " is not associated with any stock location for variant " + variant.id() + ".");
        }
        if (shop.quantity(variant, locations).compareTo(BigDecimal.valueOf(wanted)) < 0) {
            throw MedusaError.invalid("Some variant does not have the required inventory");
        }
    }

    private JsonNode shippingOptions(Request request) {
        var option = JsonNodeFactory.instance
                .objectNode()
                .put("id", SHIPPING_OPTION)
                .put("name", "Standard Shipping")
                .put("price_type", "flat")
                .put("shipping_profile_id", profile())
                .put("provider_id", "manual_manual")
                .put("amount", 0);
        return JsonNodeFactory.instance
                .objectNode()
                .set("shipping_options", JsonNodeFactory.instance.arrayNode().add(option));
    }

    private JsonNode addShipping(Request request) {
        var cart = cart(request).deepCopy();
        cart.withArray("shipping_methods")
                .addObject()
                .put("id", shop.ids.next("casm"))
                .put("shipping_option_id", request.object().path("option_id").asText())
                .put("amount", 0);
        return saved(cart);
    }

    private JsonNode startPayment(Request request) {
        var cartId = request.object().path("cart_id").asText();
        var cart = cart(request.at(Map.of("id", cartId))).deepCopy();
        cart.put("payment_collection_id", shop.ids.next("pay_col"));
        saved(cart);
        var payment = JsonNodeFactory.instance
                .objectNode()
                .put("id", Shop.text(cart, "payment_collection_id"))
                .put("currency_code", Shop.text(cart, "currency_code"));
        payment.set("amount", cart.get("total"));
        payment.putArray("payment_sessions");
        return wrapped("payment_collection", payment);
    }

    /** Completing a cart again gives the same order. */
    private JsonNode complete(Request request) {
        var cart = cart(request).deepCopy();
        if (!cart.hasNonNull("order_id")) {
            if (!cart.hasNonNull("payment_collection_id")) {
                throw MedusaError.invalid("Payment collection has not been initiated for cart");
            }
            for (var line : cart.get("items"))
                sell(shop.productOf(Shop.text((ObjectNode) line, "variant_id")), (ObjectNode) line, cart);
            cart.put("order_id", shop.ids.next("order")).put("completed_at", shop.now());
            saved(cart);
            AdminOrders.place(shop, cart);
        }
        var order = shop.orders.get(Shop.text(cart, "order_id"));
        return JsonNodeFactory.instance.objectNode().put("type", "order").set("order", order);
    }

    private void sell(Product product, ObjectNode line, ObjectNode cart) {
        if (!profile().equals(product.shippingProfile)) {
            throw MedusaError.invalid(
                    "The cart items require shipping profiles that are not satisfied by the current shipping methods");
        }
        var variant = product.variant(Shop.text(line, "variant_id"));
        if (!variant.flag("manage_inventory")) return;
        var locations = shop.locationsOf(List.of(Shop.text(cart, "sales_channel_id")));
        for (var link : variant.links)
            reserve(shop.item(link.itemId()), locations, line.get("quantity").decimalValue());
    }

    private void reserve(InventoryItem item, Collection<String> locations, BigDecimal quantity) {
        var location = locations.stream()
                .filter(item.levels::containsKey)
                .findFirst()
                .orElseThrow(() -> MedusaError.notFound("Item " + item.id() + " is not stocked at location undefined"));
        var level = item.levels.get(location);
        shop.items.save(item.with(
                location,
                new Level(
                        level.id(),
                        location,
                        level.stocked(),
                        level.reserved().add(quantity),
                        level.createdAt(),
                        shop.now())));
    }

    private String profile() {
        return Shop.text(shop.profiles.all().iterator().next(), "id");
    }
}
